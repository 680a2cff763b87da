//! What people say of themselves: text that others see beside names, and so are to see as it is.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::limits::{DISPLAY_NAME_BYTES_MAX, STATUS_BYTES_MAX};
use parlor_proto::v1;
use unicode_security::MixedScript as _;

use crate::chat::{AccountRequest, Denial, Stamp};
use crate::wire::parse::{at_most, deny};

pub(super) fn set_profile_request(set: &v1::SetProfileRequest) -> Result<AccountRequest, Denial> {
    Ok(AccountRequest::SetProfile { display_name: display_name(&set.display_name)? })
}

/// Of a person or of a bot.
pub(in crate::wire::parse) fn display_name(name: &str) -> Result<Arc<str>, Denial> {
    at_most("display_name", name.len(), DISPLAY_NAME_BYTES_MAX)?;
    match fault_of(name) {
        Some(fault) => Err(deny(Reason::BadField, format!("display_name {fault}"))),
        None => Ok(name.into()),
    }
}

pub(super) fn set_status_request(set: v1::SetStatusRequest) -> Result<AccountRequest, Denial> {
    at_most("text", set.text.len(), STATUS_BYTES_MAX)?;
    if set.expire_time_ms < 0 {
        return Err(deny(Reason::BadField, "expire_time_ms is past"));
    }
    let expires = (set.expire_time_ms != 0).then_some(Stamp(set.expire_time_ms));
    Ok(AccountRequest::SetStatus { text: set.text.into(), expires })
}

/// Why a text is no name for display.
fn fault_of(name: &str) -> Option<&'static str> {
    if name.trim() != name {
        Some("begins or ends with a space")
    } else if name.chars().any(is_invisible) {
        Some("has characters that cannot be seen")
    } else if !name.is_single_script() {
        Some("mixes scripts")
    } else {
        None
    }
}

/// Controls, and what is drawn as nothing or turns the text around it: the default ignorable
/// code points of Unicode, line and paragraph separators among them.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_one_script_and_can_be_seen() {
        for good in ["", "Ann", "Ann O'Neil 3", "Анна", "アン・山田", "Zoë", "Ann \u{1f98a}"]
        {
            assert_eq!(fault_of(good), None, "{good:?}");
        }
        for (bad, why) in [
            (" Ann", "space"),
            ("Ann\u{a0}", "space"),
            ("Ann\n", "space"),
            ("An\u{7}n", "seen"),
            ("Ann\u{202e}boB", "seen"),
            ("A\u{200b}nn", "seen"),
            ("A\u{e0041}nn", "seen"),
            ("\u{410}nn", "mixes"), // The first letter is Cyrillic.
        ] {
            assert!(fault_of(bad).is_some_and(|fault| fault.contains(why)), "{bad:?}");
        }
    }
}
