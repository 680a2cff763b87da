//! From when to when a certificate holds.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When the operator is told that a given certificate runs out: a week to act, doubled.
const WARN_BEFORE: Duration = DAY.saturating_mul(14);

/// Both ends belong to it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Validity {
    pub(super) not_before: UnixTime,
    pub(super) not_after: UnixTime,
}

impl Validity {
    /// Asks webpki, which tells the bounds to whoever is outside of them.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        let certificate = EndEntityCert::try_from(certificate)?;
        let outside = |time: UnixTime| {
            let usage = KeyUsage::server_auth();
            match certificate.verify_for_usage(&[], &[], &[], time, usage, None, None) {
                Ok(_) => Error::InvalidCertValidity,
                Err(error) => error,
            }
        };
        // One that holds since 1970 is not refused for coming too early, and a broken one is
        // refused at both ends.
        let not_before =
            if let Error::CertNotValidYet { not_before, .. } = outside(at(Duration::ZERO)) {
                not_before
            } else {
                at(Duration::ZERO)
            };
        let end = outside(at(Duration::MAX));
        let Error::CertExpired { not_after, .. } = end else { return Err(end) };
        Ok(Self { not_before, not_after })
    }

    pub(super) fn has_ended(&self, now: UnixTime) -> bool {
        now > self.not_after
    }

    /// Whether it ends within this time from now.
    pub(super) fn ends_within(&self, time: Duration, now: UnixTime) -> bool {
        self.not_after.as_secs() < now.as_secs().saturating_add(time.as_secs())
    }

    pub(super) fn warning(&self, now: UnixTime) -> Option<String> {
        if now < self.not_before {
            let from = date(self.not_before);
            Some(format!("certificate is not valid yet, clients will refuse it before {from}"))
        } else if self.has_ended(now) {
            Some(format!("certificate has expired: {}", date(self.not_after)))
        } else if self.ends_within(WARN_BEFORE, now) {
            Some(format!("certificate expires soon, renew it: {}", date(self.not_after)))
        } else {
            None
        }
    }
}

fn at(since_1970: Duration) -> UnixTime {
    UnixTime::since_unix_epoch(since_1970)
}

/// The day in UTC, as 2026-11-22.
pub(super) fn date(time: UnixTime) -> String {
    // Days since 0000-03-01, so that leap days end a year; the Gregorian calendar repeats every
    // 146,097 days.
    let days = time.as_secs() / DAY.as_secs() + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year_of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_people_write_it() {
        let check = |seconds, expect: &str| {
            assert_eq!(date(at(Duration::from_secs(seconds))), expect);
        };
        check(0, "1970-01-01");
        check(951_782_400, "2000-02-29");
        check(951_868_800, "2000-03-01");
        check(1_709_251_199, "2024-02-29");
        check(1_735_689_599, "2024-12-31");
        check(1_795_305_600, "2026-11-22");
        check(4_107_542_400, "2100-03-01");
    }
}
