//! Lengths of time and sizes as people write them: "45s", "15m", "256KiB".

use std::time::Duration;

/// Units, the largest first; a length is shown in the largest that divides it.
const DURATION_UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const SIZE_UNITS: [(&str, u64); 4] =
    [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Reads a length of time: a whole number and a unit.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let millis = parse(text, &DURATION_UNITS).ok_or_else(|| {
        format!("not a length of time such as \"45s\", \"15m\" or \"72h\": {text:?}")
    })?;
    Ok(Duration::from_millis(millis))
}

pub(super) fn show_duration(duration: Duration) -> String {
    show(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), &DURATION_UNITS)
}

/// Reads a number of bytes: a whole number and a unit.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    parse(text, &SIZE_UNITS)
        .ok_or_else(|| format!("not a size such as \"256KiB\" or \"64MiB\": {text:?}"))
}

pub(super) fn show_size(bytes: u64) -> String {
    show(bytes, &SIZE_UNITS)
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, factor): &&(&str, u64)| amount.is_multiple_of(*factor) && amount >= *factor;
    let smallest = units.last().map_or("", |(name, _)| name);
    units.iter().find(fits).map_or_else(
        || format!("{amount}{smallest}"),
        |(name, factor)| format!("{}{name}", amount / factor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<u64>) {
        let millis = parse_duration(text).ok().map(|duration| duration.as_millis());
        assert_eq!(millis, expect.map(u128::from), "{text}");
    }

    #[test]
    fn a_length_of_time_is_a_whole_number_and_a_unit() {
        check("45s", Some(45_000));
        check("15m", Some(900_000));
        check("72h", Some(259_200_000));
        check("7d", Some(604_800_000));
        check("250ms", Some(250));
        check("0s", Some(0));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "45", "s", "1.5s", "-1s", "+1s", "1 s", "1m30s", "1S", "1min", "1é"] {
            check(text, None);
        }
        check("99999999999999999999s", None);
        check("18446744073709551615d", None);
        let refused = parse_duration("soon").unwrap_err();
        assert_eq!(refused, r#"not a length of time such as "45s", "15m" or "72h": "soon""#);
    }

    #[test]
    fn it_is_shown_as_it_is_read() {
        for text in ["45s", "15m", "90m", "3d", "250ms", "0ms"] {
            assert_eq!(show_duration(parse_duration(text).unwrap()), text);
        }
        for text in ["256KiB", "1MiB", "1500B", "0B"] {
            assert_eq!(show_size(parse_size(text).unwrap()), text);
        }
        assert_eq!(show_duration(Duration::from_secs(120)), "2m");
    }
}
