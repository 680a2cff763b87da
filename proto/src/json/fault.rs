//! What is wrong with a text, and whether the request that it was meant to be can be told.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use prost_reflect::MessageDescriptor;
use serde::Deserialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;

/// What is told of a fault without its place, in bytes: the beginning of a long name is enough.
const WHAT_BYTES_MAX: usize = 80;

/// The field of an envelope that says which request it is, as it is written and as in the schema.
const REQUEST_ID: [&str; 2] = ["requestId", "request_id"];

/// A text that is no frame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The request that it was meant to be, if that can be read.
    pub request_id: Option<NonZeroU32>,
    /// In which way it is wrong.
    pub unlike: Unlike,
    what: String,
    line: usize,
    column: usize,
}

/// In which way a text is no frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unlike {
    /// It is not JSON.
    Json,
    /// It is JSON, and asks for something that the schema does not have.
    Request,
    /// It is JSON, and a field in it is not as the schema says.
    Field,
}

/// What can be read of an envelope in which something else is wrong.
#[derive(Default)]
struct Outline {
    request_id: Option<NonZeroU32>,
    has_unknown_field: bool,
}

/// Proto3 JSON takes numbers as strings too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id<'a> {
    Number(u32),
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

impl Fault {
    /// Looks a second time at a text that could not be read because of this error.
    pub(super) fn find(
        envelope: &MessageDescriptor,
        text: &str,
        error: &serde_json::Error,
    ) -> Self {
        let mut json = serde_json::Deserializer::from_str(text);
        let outline = json.deserialize_map(OutlineVisitor(envelope));
        let outline = outline.and_then(|outline| json.end().map(|()| outline));
        let is_json = !matches!(error.classify(), Category::Syntax | Category::Eof);
        let unlike = match &outline {
            _ if !is_json => Unlike::Json,
            Ok(outline) if outline.has_unknown_field => Unlike::Request,
            Ok(_) | Err(_) => Unlike::Field,
        };
        let (line, column) = (error.line(), error.column());
        let told = error.to_string();
        let place = format!(" at line {line} column {column}");
        let what = told.strip_suffix(&place).unwrap_or(&told);
        Self {
            request_id: outline.ok().filter(|_| is_json).and_then(|outline| outline.request_id),
            unlike,
            what: beginning(what).to_owned(),
            line,
            column,
        }
    }
}

struct OutlineVisitor<'a>(&'a MessageDescriptor);

impl<'de> Visitor<'de> for OutlineVisitor<'_> {
    type Value = Outline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outline, A::Error> {
        let mut outline = Outline::default();
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if REQUEST_ID.contains(&&*name) {
                outline.request_id = map.next_value::<Id<'_>>()?.number();
                continue;
            }
            let field = self.0.get_field_by_json_name(&name);
            let is_known = field.or_else(|| self.0.get_field_by_name(&name)).is_some();
            outline.has_unknown_field |= !is_known;
            map.next_value::<IgnoredAny>()?;
        }
        Ok(outline)
    }
}

impl Id<'_> {
    fn number(self) -> Option<NonZeroU32> {
        match self {
            Self::Number(number) => NonZeroU32::new(number),
            Self::Text(text) => text.parse().ok(),
            Self::Other(_) => None,
        }
    }
}

fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(WHAT_BYTES_MAX)).unwrap_or(text)
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, line, column, .. } = self;
        write!(f, "{what}, line {line}, column {column}")
    }
}

impl std::error::Error for Fault {}
