//! Lengths of time as the daemon's configuration has them too: "45s", "5m".

use std::time::Duration;

/// Reads a whole number and a unit, and holds it to its bounds.
pub(super) fn parse(
    key: &str,
    text: &str,
    bounds: (Duration, Duration),
) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or_default();
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3_600),
        _ => None,
    };
    let seconds = seconds.zip(number.parse::<u64>().ok());
    let seconds = seconds.and_then(|(unit, number)| number.checked_mul(unit));
    let duration = seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("{key}: not a length of time such as \"45s\" or \"5m\": {text:?}")
    })?;
    let (min, max) = bounds;
    if duration < min || duration > max {
        let (min, max) = (min.as_secs(), max.as_secs());
        return Err(format!("{key}: must be {min}s to {max}s, not {text}"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<u64, &str>) {
        let bounds = (Duration::from_secs(1), Duration::from_hours(1));
        match (parse("answer-timeout", text, bounds), expect) {
            (Ok(duration), Ok(seconds)) => assert_eq!(duration.as_secs(), seconds),
            (Err(why), Err(expect)) => assert!(why.contains(expect), "{why}"),
            (told, expect) => panic!("{told:?} is not {expect:?}"),
        }
    }

    #[test]
    fn a_length_of_time_is_a_number_and_a_unit_within_bounds() {
        check("1s", Ok(1));
        check("5m", Ok(300));
        check("1h", Ok(3_600));
        for text in ["", "s", "1", "1 s", "-1s", "1ms", "1d", "99999999999999999999s", "\u{661}s"] {
            check(text, Err("answer-timeout: not a length of time"));
        }
        for text in ["0s", "2h", "18446744073709551615s"] {
            check(text, Err("must be 1s to 3600s"));
        }
        check("18446744073709551615h", Err("not a length of time"));
    }
}
