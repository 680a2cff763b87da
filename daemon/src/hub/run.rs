//! What a room has to say at once: consecutive events, encoded back to back in one piece of
//! memory. What is queued for a connection, kept for those who are behind, or read for them
//! is a run, so a busy room costs each of its members one step per run and not one per event.

use std::fmt;

use bytes::{Buf as _, Bytes};
use parlor_proto::ids::Seq;

use crate::chat::RoomEvent;
use crate::wire::encode;

/// From here on a run in the making takes no more events: half of what is sent in one call.
const RUN_BYTES: usize = 32 * 1024;

/// At least one event; whole frames, length prefix included. Cheap to clone.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Run {
    first: Seq,
    last: Seq,
    bytes: Bytes,
}

/// A run in the making, empty at first.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    first: Seq,
    last: Seq,
    bytes: Vec<u8>,
}

impl Run {
    /// What stands in `bytes`, frame by frame.
    #[cfg(any(test, feature = "bench"))]
    pub(crate) fn of_frames(first: Seq, last: Seq, bytes: Bytes) -> Self {
        Self { first, last, bytes }
    }

    /// The events, which must be consecutive; `None` if there are none.
    pub(crate) fn of(events: &[RoomEvent]) -> Option<Self> {
        let mut run = Growing::default();
        events.iter().for_each(|event| run.push(event));
        run.finish()
    }

    pub(crate) fn first(&self) -> Seq {
        self.first
    }

    pub(crate) fn last(&self) -> Seq {
        self.last
    }

    /// How many events.
    pub(crate) fn count(&self) -> u64 {
        self.last.0 + 1 - self.first.0
    }

    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The events from `seq` on; `None` if it is not among them. A small rest is copied, so that
    /// whoever waits for it does not hold all the others.
    pub(crate) fn from(&self, seq: Seq) -> Option<Self> {
        let skipped = seq.0.checked_sub(self.first.0).filter(|_| seq <= self.last)?;
        let mut bytes = self.bytes.clone();
        for _ in 0..skipped {
            let len = bytes.try_get_u32().ok()?;
            bytes = bytes.get(usize::try_from(len).ok()?..).map(|rest| bytes.slice_ref(rest))?;
        }
        if bytes.len() < self.bytes.len() / 2 {
            bytes = Bytes::copy_from_slice(&bytes);
        }
        Some(Self { first: seq, last: self.last, bytes })
    }
}

/// Its bytes are what people have said.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}: {} bytes", self.first, self.last, self.bytes.len())
    }
}

impl Growing {
    /// Whether the event can be added to what is there.
    pub(crate) fn takes(&self, event: &RoomEvent) -> bool {
        self.bytes.is_empty() || (event.seq == self.last.next() && self.bytes.len() < RUN_BYTES)
    }

    pub(crate) fn push(&mut self, event: &RoomEvent) {
        if self.bytes.is_empty() {
            self.first = event.seq;
        }
        self.last = event.seq;
        encode::append_event(&mut self.bytes, event);
    }

    pub(crate) fn finish(mut self) -> Option<Run> {
        let Self { first, last, .. } = self;
        self.bytes.shrink_to_fit();
        (!self.bytes.is_empty()).then(|| Run { first, last, bytes: self.bytes.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(seqs: impl IntoIterator<Item = u64>) -> Vec<u8> {
        let frame = |seq: u64| {
            let text = seq.to_string();
            let len = u32::try_from(text.len()).unwrap();
            [&len.to_be_bytes(), text.as_bytes()].concat()
        };
        seqs.into_iter().flat_map(frame).collect()
    }

    #[test]
    fn the_rest_of_a_run_begins_with_the_event_asked_for() {
        let run = Run::of_frames(Seq(8), Seq(11), frames(8..=11).into());
        assert_eq!(run.from(Seq(8)), Some(run.clone()));
        for seq in 9..=11 {
            let rest = run.from(Seq(seq)).unwrap();
            assert_eq!((rest.first(), rest.last()), (Seq(seq), Seq(11)));
            assert_eq!(**rest.bytes(), frames(seq..=11));
        }
        assert_eq!((run.from(Seq(7)), run.from(Seq(12))), (None, None));
    }

    #[test]
    fn a_small_rest_does_not_hold_the_whole_run() {
        let run = Run::of_frames(Seq(8), Seq(11), frames(8..=11).into());
        assert!(!run.from(Seq(9)).unwrap().bytes.is_unique());
        assert!(run.from(Seq(11)).unwrap().bytes.is_unique());
    }
}
