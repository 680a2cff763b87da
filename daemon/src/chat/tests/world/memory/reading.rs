//! What is remembered of how far everybody has read. Counts are found by going through the log.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::Memory;
use crate::chat::*;

#[derive(Clone, Debug, Default)]
pub(crate) struct Readings {
    markers: BTreeMap<(RoomId, UserId), Reading>,
    pub(super) cursors: BTreeMap<(UserId, Arc<str>, RoomId), NamedCursor>,
}

impl Readings {
    /// Whoever comes has read what was said before.
    pub(super) fn follow(&mut self, event: &RoomEvent) {
        let EventKind::MemberChanged(changed) = &event.kind else { return };
        let place = (event.room, changed.user);
        if changed.membership == Membership::Joined {
            let now = Reading { seq: event.seq, nth: event.nth, ..Reading::default() };
            self.markers.entry(place).or_insert(now);
        } else {
            self.markers.remove(&place);
        }
    }
}

impl Memory {
    pub(super) fn change_reading(&mut self, change: ReadingChange) {
        let Readings { markers, cursors } = &mut self.readings;
        match change {
            ReadingChange::Read { room, user, reading } => {
                let reading = Reading { mentions: 0, ..reading };
                let before = markers.insert((room, user), reading).expect("only members read");
                assert!(before.seq <= reading.seq, "markers never go back");
            }
            ReadingChange::CursorSet { user, cursor } => {
                cursors.insert((user, Arc::clone(&cursor.name), cursor.room), cursor);
            }
            ReadingChange::CursorsRemoved { user, name } => {
                cursors.retain(|(of, called, _), _| (*of, called) != (user, &name));
            }
        }
    }

    pub(super) fn reading(&self, room: RoomId, user: UserId) -> Reading {
        let reading = self.readings.markers.get(&(room, user)).copied().unwrap_or_default();
        let after = reading.seq.next();
        Reading { mentions: self.mentions(room, user, after..=Seq(u64::MAX)), ..reading }
    }

    pub(in crate::chat::tests::world) fn for_reading(
        &self,
        user: UserId,
        wish: &ReadingRequest,
    ) -> Found {
        match wish {
            ReadingRequest::MarkRead { room, seq } => {
                let from = self.reading(*room, user);
                let between = from.seq.next()..=*seq;
                let nth = self.log(*room).take_while(|event| event.seq <= *seq).last();
                let is_own = |event: &&Arc<RoomEvent>| {
                    between.contains(&event.seq)
                        && event.actor == user
                        && matches!(event.kind, EventKind::Message(_))
                };
                let own = self.log(*room).filter(is_own).count();
                Found::Passed(Passed {
                    nth: nth.map_or(0, |event| event.nth),
                    own: u64::try_from(own).unwrap(),
                    mentions: self.mentions(*room, user, between),
                })
            }
            ReadingRequest::SetCursor { .. }
            | ReadingRequest::GetCursors { .. }
            | ReadingRequest::RemoveCursor { .. } => {
                let wanted =
                    if let ReadingRequest::GetCursors { name } = wish { name } else { &None };
                let cursors = self.readings.cursors.iter().filter(|((of, name, _), _)| {
                    *of == user && wanted.as_ref().is_none_or(|wanted| wanted == name)
                });
                Found::Cursors(cursors.map(|(_, cursor)| cursor.clone()).collect())
            }
            ReadingRequest::ListUnread { .. } | ReadingRequest::ListMentions { .. } => {
                Found::Nothing
            }
        }
    }

    fn mentions(&self, room: RoomId, user: UserId, seqs: std::ops::RangeInclusive<Seq>) -> u32 {
        let mentions = |event: &&Arc<RoomEvent>| {
            let EventKind::Message(message) = &event.kind else { return false };
            let body = &message.body;
            let is_meant = body.mentions_room || body.mentions.contains(&user);
            event.actor != user && is_meant && seqs.contains(&event.seq)
        };
        u32::try_from(self.log(room).filter(mentions).count()).unwrap()
    }
}
