//! Single values as people type them.

use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::SignedDuration;
use parlor_proto::ids::{DeviceId, Seq};
use parlor_proto::name::Name;

pub(super) fn parse_name(text: &str) -> Result<Name, String> {
    let bare = text.strip_prefix('#').unwrap_or(text);
    Name::parse(bare).map_err(|why| why.to_string())
}

/// 32 hex digits.
pub(super) fn parse_device(text: &str) -> Result<DeviceId, String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    let id = bytes.and_then(|bytes| DeviceId::try_from(bytes.as_slice()).ok());
    id.ok_or_else(|| "a device is 32 hex digits, as `parlor devices` shows it".to_owned())
}

pub(super) fn parse_seq(text: &str) -> Result<Seq, String> {
    text.parse().map(Seq).map_err(|_| "a seq is a number".to_owned())
}

pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|signed| signed.try_into().ok())
            .ok_or_else(|| {
                "a duration is a number and a unit, as in 500ms, 30s or 5m".to_owned()
            })?,
    };
    if duration.is_zero() { Err("0 leaves no time for anything".to_owned()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1m30s"), Ok(Duration::from_secs(90)));
        for bad in ["", "0", "0s", "-1s", "soon", "1 fortnight"] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }
}
