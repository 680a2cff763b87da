//! The small values of which resources are made, as they stand in JSON and in paths.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::DeviceId;
use crate::limits::{DEVICE_ID_BYTES, TOKEN_BYTES};

/// Digits of an id: as many as fit whatever comes.
const ID_DIGITS_MAX: usize = 19;

/// Not what it should be; says what that is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// Declares that a value is a string in JSON, written and read as it is shown and parsed.
macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

as_text!(Id, Time, EpochText, PageToken, TokenText, DeviceId);

/// The number of a user, a room, a session; a string, for JSON's numbers are not exact.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id(pub u64);

impl Id {
    /// Nothing if it is 0, by which the schema says so.
    #[must_use]
    pub fn some(number: u64) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }

    /// 0 if there is none.
    #[must_use]
    pub fn number(id: Option<Self>) -> u64 {
        id.map_or(0, |id| id.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Id {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = Malformed("an id has 1 to 19 digits and is not 0");
        let is_plain = !text.starts_with('0')
            && text.len() <= ID_DIGITS_MAX
            && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { text.parse().map(Self).map_err(|_| wrong) } else { Err(wrong) }
    }
}

/// A time in milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Time(pub i64);

impl Time {
    /// Nothing if it is 0, by which the schema says so.
    #[must_use]
    pub fn some(ms: i64) -> Option<Self> {
        (ms != 0).then_some(Self(ms))
    }

    /// 0 if there is none.
    #[must_use]
    pub fn ms(time: Option<Self>) -> i64 {
        time.map_or(0, |time| time.0)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Beyond the year 9999 nothing of what follows has a form.
        let time = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::MAX);
        write!(f, "{time:.3}")
    }
}

impl FromStr for Time {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let time: Result<Timestamp, _> = text.parse();
        time.map(|time| Self(time.as_millisecond()))
            .map_err(|_| Malformed("a time looks like 2026-01-31T12:00:00Z"))
    }
}

/// Names a history without a gap, in hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct EpochText(pub u64);

impl fmt::Display for EpochText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for EpochText {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let epoch = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16);
        epoch.map(Self).ok_or(Malformed("an epoch has 16 hexadecimal digits"))
    }
}

/// Where a page ended. Made by a server, and only it can read it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PageToken(pub Vec<u8>);

impl PageToken {
    /// Nothing if it is empty, by which the schema says so.
    #[must_use]
    pub fn some(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        Some(Self(bytes.into())).filter(|token| !token.0.is_empty())
    }

    /// For pages by name: the last name, if more follow.
    #[must_use]
    pub fn after(last: Option<&str>, more: bool) -> Option<Self> {
        last.filter(|_| more).map(|name| Self(name.as_bytes().to_vec()))
    }

    /// Empty if there is none.
    #[must_use]
    pub fn bytes(token: Option<Self>) -> Bytes {
        token.map(|token| token.0).unwrap_or_default().into()
    }

    /// As text: of pages that go on after a name or a number.
    #[must_use]
    pub fn text(token: Option<&Self>) -> Option<&str> {
        token.map_or(Some(""), |token| std::str::from_utf8(&token.0).ok())
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl FromStr for PageToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        bytes.map(Self).ok_or(Malformed("a page token is one that an answer gave"))
    }
}

/// The token of a session, in hexadecimal digits. Shown to nobody.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct TokenText(pub [u8; TOKEN_BYTES]);

impl fmt::Display for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(..)")
    }
}

impl FromStr for TokenText {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        bytes(text).map(Self).ok_or(Malformed("a token has 64 hexadecimal digits"))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for DeviceId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        const _: () = assert!(DEVICE_ID_BYTES == 16);
        bytes(text).map(Self).ok_or(Malformed("a device's id has 32 hexadecimal digits"))
    }
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(feature = "openapi")]
mod schema {
    use std::borrow::Cow;

    use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
    use utoipa::{PartialSchema, ToSchema};

    use super::{DeviceId, EpochText, Id, PageToken, Time, TokenText};

    macro_rules! schemas {
        ($($name:ident as $text:literal: $build:expr;)+) => {$(
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let builder = ObjectBuilder::new().schema_type(Type::String);
                    let build: fn(ObjectBuilder) -> ObjectBuilder = $build;
                    build(builder).into()
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    $text.into()
                }
            }
        )+};
    }

    schemas! {
        Id as "Id": |it| it.pattern(Some("^[1-9][0-9]{0,18}$")).examples(["42"]);
        Time as "Time": |it| it.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        EpochText as "Epoch": |it| it.pattern(Some("^[0-9a-f]{16}$"));
        PageToken as "PageToken": |it| it.pattern(Some("^[A-Za-z0-9_-]{0,512}$"));
        TokenText as "SessionToken": |it| it.pattern(Some("^[0-9a-f]{64}$"));
        DeviceId as "DeviceId": |it| it.pattern(Some("^[0-9a-fA-F]{32}$"));
    }
}
