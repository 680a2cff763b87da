//! Names of users and rooms: ASCII letters, digits, `.`, `_` and `-`, folded to lower case.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::limits::{NAME_BYTES_MAX, NAME_BYTES_MIN};

/// A well-formed name, folded. Two names are equal if people would say that they are.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name(Arc<str>);

impl Name {
    /// Checks and folds.
    ///
    /// # Errors
    ///
    /// [`BadName`] says what a name may be.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let fits = (NAME_BYTES_MIN..=NAME_BYTES_MAX).contains(&text.len());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if fits && text.bytes().all(allowed) {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(BadName)
        }
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names are ordered as their texts are.
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&Name> for String {
    fn from(name: &Name) -> Self {
        name.as_str().to_owned()
    }
}

/// The text is no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadName;

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a name has {NAME_BYTES_MIN} to {NAME_BYTES_MAX} characters out of a-z, 0-9, '.', '_', '-'"
        )
    }
}

impl std::error::Error for BadName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(Name::parse(text).ok().as_ref().map(Name::as_str), expect, "{text:?}");
    }

    #[test]
    fn names_are_short_ascii_and_folded() {
        for bad in ["", "a", "a b", "ann\n", "änn", "#ann", "@ann", "a/b", &"a".repeat(33)] {
            check(bad, None);
        }
        check("ann", Some("ann"));
        check("Ann.B-c_9", Some("ann.b-c_9"));
        check(&"Z".repeat(32), Some("z".repeat(32).as_str()));
    }
}
