//! Whether a client's TCP connection is alive. Says nothing about the person behind it.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};

/// Ticks without a sign of life, each with a ping that got no pong.
const QUIET_TICKS_MAX: u32 = 2;

/// What both loops of a connection know of its client. They run in one task, so nothing here
/// is ever contended.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    listening: AtomicBool,
    quiet_ticks: AtomicU32,
    heard: AtomicU32,
}

impl Pulse {
    /// From here on silence is the client's.
    pub(super) fn listen(&self) {
        self.listening.store(true, Relaxed);
    }

    /// Something came; until we listen again, silence is our own.
    pub(super) fn hear(&self) {
        self.listening.store(false, Relaxed);
        self.heard.fetch_add(1, Relaxed);
        self.stir();
    }

    /// It has taken something that had to wait for it.
    pub(super) fn stir(&self) {
        self.quiet_ticks.store(0, Relaxed);
    }

    /// How much has come so far, for [`Self::has_been_silent`].
    pub(super) fn heard(&self) -> u32 {
        self.heard.load(Relaxed)
    }

    /// Whether nothing has come since then although we have listened.
    pub(super) fn has_been_silent(&self, heard: u32) -> bool {
        self.listening.load(Relaxed) && self.heard() == heard
    }

    /// A ping's time has passed. Whether the client may still be there.
    pub(super) fn tick(&self) -> bool {
        if !self.listening.load(Relaxed) {
            return true;
        }
        self.quiet_ticks.fetch_add(1, Relaxed) < QUIET_TICKS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_answers_no_ping_is_gone() {
        let pulse = Pulse::default();
        pulse.listen();
        assert!(pulse.tick());
        assert!(pulse.tick());
        assert!(!pulse.tick());
    }

    #[test]
    fn any_sign_of_life_counts() {
        let pulse = Pulse::default();
        for _ in 0..9 {
            pulse.listen();
            assert!(pulse.tick());
            pulse.hear();
        }
    }

    #[test]
    fn who_takes_what_waits_is_there_although_it_says_nothing() {
        let pulse = Pulse::default();
        pulse.listen();
        for _ in 0..9 {
            assert!(pulse.tick());
            pulse.stir();
        }
    }

    #[test]
    fn silence_is_that_of_a_client_to_which_somebody_listens() {
        let pulse = Pulse::default();
        let heard = pulse.heard();
        assert!(!pulse.has_been_silent(heard));
        pulse.listen();
        assert!(pulse.has_been_silent(heard));
        pulse.hear();
        pulse.listen();
        assert!(!pulse.has_been_silent(heard) && pulse.has_been_silent(pulse.heard()));
    }

    #[test]
    fn a_client_to_which_nobody_listens_is_not_blamed() {
        let pulse = Pulse::default();
        pulse.listen();
        pulse.hear();
        assert!((0..9).all(|_| pulse.tick()));
    }
}
