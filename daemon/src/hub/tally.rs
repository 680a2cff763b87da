//! What the hub counts, and what it has in common with others who refuse and send away.

use parlor_proto::codes::Reason;
use parlor_proto::v1::GoAwayCode;

use crate::tally::{Count, Counts};

/// More than the highest code of a go-away.
const GO_AWAY_CODES_MAX: usize = 16;

/// What has gone through the hub.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Things for shards to do: an event counts once for each shard.
    pub(crate) deliveries: Count,
    pub(crate) refusals: Refusals,
    pub(crate) go_aways: GoAways,
}

/// Requests that were not done.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Counts<{ Reason::ALL.len() }>);

/// Connections that were sent away.
#[derive(Debug, Default)]
pub(crate) struct GoAways(Counts<GO_AWAY_CODES_MAX>);

impl Refusals {
    pub(crate) fn add(&self, reason: Reason) {
        self.0.add(reason as usize);
    }

    pub(crate) fn get(&self, reason: Reason) -> u64 {
        self.0.get(reason as usize)
    }
}

impl GoAways {
    pub(crate) fn add(&self, code: GoAwayCode) {
        self.0.add(place(code));
    }

    pub(crate) fn get(&self, code: GoAwayCode) -> u64 {
        self.0.get(place(code))
    }

    /// Every code that a connection can be sent away with.
    pub(crate) fn codes() -> impl Iterator<Item = GoAwayCode> {
        let codes = (1..).map_while(|number| GoAwayCode::try_from(number).ok());
        codes.take(GO_AWAY_CODES_MAX)
    }
}

fn place(code: GoAwayCode) -> usize {
    usize::try_from(i32::from(code)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_and_every_code_has_a_count_of_its_own() {
        let refusals = Refusals::default();
        for reason in Reason::ALL {
            assert_eq!(refusals.get(*reason), 0);
            refusals.add(*reason);
            assert_eq!(refusals.get(*reason), 1);
        }
        let go_aways = GoAways::default();
        for code in GoAways::codes() {
            assert_eq!(go_aways.get(code), 0);
            go_aways.add(code);
            assert_eq!(go_aways.get(code), 1);
        }
        let count = GoAways::codes().count();
        assert!(GoAways::codes().any(|code| code == GoAwayCode::OutboxFull), "{count}");
    }
}
