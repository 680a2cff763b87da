//! Times: as the wire has them, as scripts read them, as people read them.

use std::cell::OnceCell;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

/// The first moment of the year 0.
const YEAR_0_MS: i64 = -62_167_219_200_000;

/// Milliseconds since 1970-01-01T00:00:00Z, as a server says; hostile like everything else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct When(pub(crate) i64);

impl When {
    /// What the wire says, where 0 means that it is not known.
    pub(crate) fn known(time_ms: i64) -> Option<Self> {
        (time_ms != 0).then_some(Self(time_ms))
    }

    fn timestamp(self) -> Timestamp {
        let time_ms = self.0.max(YEAR_0_MS); // RFC 3339 knows no years before.
        Timestamp::from_millisecond(time_ms).unwrap_or(Timestamp::MAX)
    }
}

/// RFC 3339 in UTC, always with milliseconds.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").fmt(f)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The clock and the time zone of the person who reads.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Looked up when the first time is shown: many commands show none.
    zone: OnceCell<TimeZone>,
    now: fn() -> Timestamp,
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self { zone: OnceCell::new(), now: Timestamp::now }
    }

    #[cfg(test)]
    pub(crate) fn fixed(now: fn() -> Timestamp) -> Self {
        Self { zone: TimeZone::UTC.into(), now }
    }

    /// Today the time is enough; before that, the day as well.
    pub(crate) fn show(&self, when: When) -> String {
        let zone = self.zone.get_or_init(TimeZone::system);
        let local = when.timestamp().to_zoned(zone.clone());
        let today = (self.now)().to_zoned(zone.clone()).date();
        let form = if local.date() == today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
        local.strftime(form).to_string()
    }
}

/// How long something takes, for a person.
pub(crate) fn spell(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_get_milliseconds_in_utc_whatever_the_server_says() {
        assert_eq!(When(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(When(1_795_348_800_007).to_string(), "2026-11-22T12:00:00.007Z");
        assert_eq!(When(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert!(When(i64::MAX).to_string().starts_with("9999-12-"));
        assert_eq!(When(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn people_get_the_day_only_if_it_is_not_today() {
        let clock = Clock::fixed(|| Timestamp::from_second(1_795_348_800).unwrap());
        assert_eq!(clock.show(When(1_795_348_800_000)), "12:00:00");
        assert_eq!(clock.show(When(1_795_348_800_000 - 13 * 3_600_000)), "2026-11-21 23:00:00");
        assert!(clock.show(When(i64::MAX)).starts_with("9999-"));
    }
}
