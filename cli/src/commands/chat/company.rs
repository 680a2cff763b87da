//! What people in a conversation tell one another without saying anything: who is writing, and
//! how far has been read. Says when something is to be told; tells nothing itself.

use std::collections::BTreeMap;
use std::time::Instant;

use parlor_proto::ids::Seq;
use parlor_proto::limits::{TYPING_INTERVAL, TYPING_LIFETIME};
use parlor_proto::v1::Typist;

/// Others who write at the same time; more are not shown.
const WRITERS_MAX: usize = 8;

/// Who is writing, each with when that was heard last.
#[derive(Debug, Default)]
pub(super) struct Writers(BTreeMap<u64, (String, Instant)>);

impl Writers {
    /// Whether somebody began.
    pub(super) fn heard(&mut self, now: Instant, typist: Typist) -> bool {
        self.forget_old(now);
        if typist.stopped {
            self.stopped(typist.user_id);
            return false;
        }
        let is_new = !self.0.contains_key(&typist.user_id);
        if is_new && self.0.len() >= WRITERS_MAX {
            return false;
        }
        self.0.insert(typist.user_id, (typist.user_name, now));
        is_new
    }

    /// Somebody has said it, or does not want to any more.
    pub(super) fn stopped(&mut self, user_id: u64) {
        self.0.remove(&user_id);
    }

    pub(super) fn forget_old(&mut self, now: Instant) {
        self.0.retain(|_, (_, then)| now.duration_since(*then) < TYPING_LIFETIME);
    }

    /// When the next of them is forgotten.
    pub(super) fn until(&self) -> Option<Instant> {
        self.0.values().map(|(_, then)| *then + TYPING_LIFETIME).min()
    }

    /// `ann and bob are writing`; nothing if nobody is.
    pub(super) fn sentence(&self) -> String {
        let names: Vec<&str> = self.0.values().map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            [] => String::new(),
            [one] => format!("{one} is writing"),
            [one, other] => format!("{one} and {other} are writing"),
            [one, rest @ ..] => format!("{one} and {} others are writing", rest.len()),
        }
    }
}

/// What others were told of oneself.
#[derive(Debug, Default)]
pub(super) struct OwnTyping(Option<Instant>);

impl OwnTyping {
    /// What to tell now that the line is this: that one writes, or that one stopped.
    pub(super) fn changed(&mut self, now: Instant, line: &str) -> Option<bool> {
        let is_message = !line.is_empty() && (!line.starts_with('/') || line.starts_with("//"));
        let is_fresh = self.0.is_some_and(|told| now.duration_since(told) < TYPING_INTERVAL);
        match (is_message, self.0) {
            (true, _) if is_fresh => None,
            (true, _) => {
                self.0 = Some(now);
                Some(false)
            }
            (false, Some(_)) => {
                self.0 = None;
                Some(true)
            }
            (false, None) => None,
        }
    }

    /// The line is a message now, which tells as much.
    pub(super) fn sent(&mut self) {
        self.0 = None;
    }
}

/// How far the server has been told that one has read.
#[derive(Debug, Default)]
pub(super) struct Marked(pub(super) Seq);

impl Marked {
    /// What to tell, if so much has been shown to somebody who is there.
    pub(super) fn behind(&self, shown: Option<Seq>) -> Option<Seq> {
        shown.filter(|shown| *shown > self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "some moment to begin with")]
    fn now() -> Instant {
        Instant::now()
    }

    fn typist(user_id: u64, stopped: bool) -> Typist {
        Typist { user_id, user_name: format!("u{user_id}"), stopped, ..Default::default() }
    }

    #[test]
    fn who_writes_is_told_once_until_it_is_said_or_forgotten() {
        let mut writers = Writers::default();
        let start = now();
        assert!(writers.heard(start, typist(1, false)));
        let later = start + Duration::from_secs(3);
        assert!(!writers.heard(later, typist(1, false)));
        assert_eq!(writers.until(), Some(later + TYPING_LIFETIME));
        assert!(writers.heard(later, typist(2, false)));
        assert_eq!(writers.sentence(), "u1 and u2 are writing");
        writers.stopped(2);
        assert!(!writers.heard(later, typist(2, true)));
        assert_eq!(writers.sentence(), "u1 is writing");
        writers.forget_old(later + TYPING_LIFETIME);
        assert_eq!((writers.sentence().as_str(), writers.until()), ("", None));
        for user in 0..100 {
            writers.heard(later, typist(user, false));
        }
        assert_eq!(writers.sentence(), "u0 and 7 others are writing");
    }

    #[test]
    fn others_hear_of_it_now_and_then_while_a_message_grows() {
        let mut typing = OwnTyping::default();
        let start = now();
        assert_eq!(typing.changed(start, ""), None);
        assert_eq!(typing.changed(start, "/who"), None, "a command is nobody's business");
        assert_eq!(typing.changed(start, "h"), Some(false));
        assert_eq!(typing.changed(start + Duration::from_secs(1), "he"), None);
        assert_eq!(typing.changed(start + TYPING_INTERVAL, "hel"), Some(false));
        assert_eq!(typing.changed(start + TYPING_INTERVAL, ""), Some(true));
        assert_eq!(typing.changed(start + TYPING_INTERVAL, "//x"), Some(false));
        typing.sent();
        assert_eq!(typing.changed(start + TYPING_INTERVAL, ""), None);
    }
}
