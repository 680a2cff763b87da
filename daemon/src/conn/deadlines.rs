//! When a connection has used up its time. Pure: looked at once a second for every connection
//! of a shard, so that none needs a timer of its own.

use std::time::Duration;

use super::Patience;
use crate::chat::Moment;

/// Silence beyond the keepalive interval after which a client is asked for a sign of life.
const PROBE_GRACE: Duration = Duration::from_secs(5);

/// How far a connection has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// The handshake is done.
    Stranger,
    /// It has a session.
    SignedIn,
    /// The last frame is in the outbox: since when.
    Leaving(Moment),
    /// Nothing can be sent any more.
    Broken,
}

/// When what happened last on a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pulse {
    pub(super) opened: Moment,
    /// The last whole frame.
    pub(super) heard: Moment,
    /// The unfinished frame, while it is read.
    pub(super) frame_begun: Option<Moment>,
    pub(super) probed: bool,
}

/// What is to be done about a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due {
    Probe,
    SignInOver,
    FrameOver,
    FarewellOver,
}

impl Pulse {
    pub(super) fn new(now: Moment) -> Self {
        Self { opened: now, heard: now, frame_begun: None, probed: false }
    }

    /// A whole frame has come.
    pub(super) fn hear(&mut self, at: Moment) {
        self.heard = at;
        self.probed = false;
        self.frame_begun = None;
    }

    /// All that has come is taken in; `mid_frame` if the last frame is not whole.
    pub(super) fn rest(&mut self, mid_frame: bool, now: Moment) {
        self.frame_begun = mid_frame.then(|| self.frame_begun.unwrap_or(now));
    }

    pub(super) fn due(
        &self,
        phase: Phase,
        patience: &Patience,
        keep_alive: Duration,
        now: Moment,
    ) -> Option<Due> {
        let over = |since: Moment, limit: Duration| now.since(since) >= limit;
        match phase {
            Phase::Leaving(since) if over(since, patience.farewell) => Some(Due::FarewellOver),
            Phase::Leaving(_) | Phase::Broken => None,
            Phase::Stranger if over(self.opened, patience.sign_in) => Some(Due::SignInOver),
            Phase::Stranger | Phase::SignedIn
                if self.frame_begun.is_some_and(|begun| over(begun, patience.frame)) =>
            {
                Some(Due::FrameOver)
            }
            Phase::SignedIn if !self.probed && over(self.heard, keep_alive + PROBE_GRACE) => {
                Some(Due::Probe)
            }
            Phase::Stranger | Phase::SignedIn => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEEP_ALIVE: Duration = Duration::from_secs(20);

    #[track_caller]
    fn check(pulse: Pulse, phase: Phase, at: u64, expect: Option<Due>) {
        let due = pulse.due(phase, &Patience::default(), KEEP_ALIVE, Moment(at));
        assert_eq!(due, expect, "{phase:?} at {at}");
    }

    #[test]
    fn a_stranger_has_ten_seconds_whatever_it_sends() {
        let mut pulse = Pulse::new(Moment(0));
        pulse.hear(Moment(9_000));
        check(pulse, Phase::Stranger, 9_999, None);
        check(pulse, Phase::Stranger, 10_000, Some(Due::SignInOver));
        check(pulse, Phase::SignedIn, 10_000, None);
    }

    #[test]
    fn a_dripped_frame_is_not_made_young_by_its_drops() {
        let mut pulse = Pulse::new(Moment(0));
        pulse.rest(true, Moment(1_000));
        pulse.rest(true, Moment(15_000));
        check(pulse, Phase::SignedIn, 20_999, None);
        check(pulse, Phase::SignedIn, 21_000, Some(Due::FrameOver));
        pulse.hear(Moment(20_000));
        pulse.rest(true, Moment(20_000));
        check(pulse, Phase::SignedIn, 39_999, None);
    }

    #[test]
    fn silence_is_probed_once() {
        let mut pulse = Pulse::new(Moment(0));
        check(pulse, Phase::SignedIn, 24_999, None);
        check(pulse, Phase::SignedIn, 25_000, Some(Due::Probe));
        pulse.probed = true;
        check(pulse, Phase::SignedIn, 40_000, None);
        pulse.hear(Moment(40_000));
        check(pulse, Phase::SignedIn, 65_000, Some(Due::Probe));
    }

    #[test]
    fn a_farewell_is_not_waited_for_for_ever() {
        let pulse = Pulse::new(Moment(0));
        check(pulse, Phase::Leaving(Moment(7_000)), 11_999, None);
        check(pulse, Phase::Leaving(Moment(7_000)), 12_000, Some(Due::FarewellOver));
    }
}
