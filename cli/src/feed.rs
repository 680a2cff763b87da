//! The events of some rooms, each shown once and in order: first what is there, then what
//! comes, over lost connections and resets. Does not connect.
//!
//! While the past of a room is read page by page, what is pushed of it is not kept: the pages
//! will hold it. So nothing here grows, however far behind the room is.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor_proto::client::{Client, Error, Event, Retry};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::limits::PAGE_ROWS_MAX;
use parlor_proto::v1::history_request::Anchor;
use parlor_proto::v1::{HistoryResponse, RoomEvent, RoomState, room_event};

use crate::connect::Keeper;
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;
use crate::record::Record;
use crate::record::place::name_of;
use crate::when::spell;

mod kept;

pub(crate) use self::kept::Kept;

/// Between two attempts to read a page, if the server does not say how long.
const PAUSE: Duration = Duration::from_millis(100);

/// Where to begin in each room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Start {
    /// With so many of the newest events.
    Last(u32),
    /// After this seq.
    After(Seq),
}

/// What is shown of each room.
pub(crate) struct Feed<'a> {
    client: &'a Client,
    rooms: BTreeMap<u64, Progress>,
    /// Also show rooms that are joined meanwhile.
    grows: bool,
    keeper: Keeper,
    /// Why the connection is lost, if it is.
    offline: Option<String>,
}

/// How far a room has been shown.
#[derive(Debug, Eq, PartialEq)]
struct Progress {
    name: String,
    shown: u64,
    /// What there is, as far as is known: `shown` is behind while pages are to be read.
    known: u64,
}

impl Progress {
    fn new(state: RoomState, start: Start) -> Self {
        let known = state.head_seq;
        let shown = match start {
            Start::Last(rows) => known.saturating_sub(rows.into()),
            Start::After(seq) => seq.0,
        };
        Self { name: name_of(&state.room.unwrap_or_default()), shown, known }
    }

    /// Takes note of an event; whether it is the one to show now. One that comes too early
    /// leaves the room behind, and pages fill the hole.
    fn is_next(&mut self, seq: u64) -> bool {
        let is_next = self.shown == self.known && seq == Seq(self.known).next().0;
        self.known = self.known.max(seq);
        if is_next {
            self.shown = seq;
        }
        is_next
    }
}

impl<'a> Feed<'a> {
    /// A feed of the rooms that `sync` has answered.
    pub(crate) fn new(
        (client, keeper): (&'a Client, Keeper),
        states: Vec<RoomState>,
        start: impl Fn(u64) -> Start,
        grows: bool,
    ) -> Self {
        let rooms = states.into_iter().filter_map(|state| {
            let id = state.room.as_ref()?.room_id;
            Some((id, Progress::new(state, start(id))))
        });
        let rooms = rooms.collect();
        Self { client, rooms, grows, keeper, offline: None }
    }

    /// Shows what there is, up to now.
    pub(crate) async fn catch_up(&mut self, out: &mut Out) -> Result<()> {
        self.tell_resets(out)?;
        self.settle(out).await
    }

    /// Says where the log does not go on from where it was to begin.
    fn tell_resets(&mut self, out: &mut Out) -> Result<()> {
        for (room_id, room) in &mut self.rooms {
            if room.shown > room.known {
                let (after_seq, head_seq) = (room.shown, room.known);
                room.shown = room.known;
                let room = room.name.clone();
                out.record(&Record::Reset { room, room_id: *room_id, after_seq, head_seq })?;
            }
        }
        Ok(())
    }

    /// Shows what comes, until the client ends or there is no room left.
    pub(crate) async fn follow(&mut self, out: &mut Out) -> Result<()> {
        while self.grows || !self.rooms.is_empty() {
            let event = self.client.next_event().await;
            self.handle(out, event).await?;
        }
        Err(Failure::new(Exit::NotAllowed, "there is no room left to follow"))
    }

    /// Shows one event, and what it entails.
    pub(crate) async fn handle(&mut self, out: &mut Out, event: Option<Event>) -> Result<()> {
        self.take(out, event)?;
        self.settle(out).await
    }

    /// Shows a room up to this seq, which is known to be there.
    pub(crate) async fn show_to(&mut self, out: &mut Out, room: RoomId, seq: Seq) -> Result<()> {
        if let Some(room) = self.rooms.get_mut(&room.0) {
            room.known = room.known.max(seq.0);
        }
        self.settle(out).await
    }

    /// Whether the connection is lost.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline.is_some()
    }

    /// How far a room has been shown.
    pub(crate) fn shown(&self, room: RoomId) -> Option<Seq> {
        self.rooms.get(&room.0).map(|room| Seq(room.shown))
    }

    /// Whether the room is still among those shown.
    pub(crate) fn has(&self, room: RoomId) -> bool {
        self.rooms.contains_key(&room.0)
    }

    fn take(&mut self, out: &mut Out, event: Option<Event>) -> Result<()> {
        let ended = || Failure::new(Exit::Unavailable, "the connection has ended");
        match event.ok_or_else(ended)? {
            Event::Room(event) => self.take_event(out, event),
            Event::Reset(state) => self.reset(out, &state),
            Event::RoomAdded(state) => self.add(out, state),
            Event::RoomRemoved(removed) => match self.rooms.remove(&removed.room_id) {
                Some(room) => out.record(&Record::room_removed(&room.name, &removed)),
                None => Ok(()),
            },
            Event::Presence(_)
            | Event::ReadMarker(_)
            | Event::Typist(_)
            | Event::UserChanged(_)
            | Event::Invited(_)
            | Event::Uninvited(_)
            | Event::PreferencesChanged(_) => Ok(()),
            Event::Offline { why, retry_in } => {
                // Each attempt that fails in the same way is no news.
                if self.offline.as_ref() != Some(&why) {
                    out.say(&format!("offline: {why}; trying again in {}", spell(retry_in)));
                    self.offline = Some(why);
                }
                Ok(())
            }
            Event::Online { .. } => {
                self.keeper.keep(self.client)?;
                self.offline = None;
                out.say("connected again");
                Ok(())
            }
            Event::SignedOut(error) => Err(Failure::new(Exit::Authentication, error.to_string())),
            Event::Ended(error) => Err(error.into()),
        }
    }

    fn take_event(&mut self, out: &mut Out, event: RoomEvent) -> Result<()> {
        let Some(room) = self.rooms.get_mut(&event.room_id) else { return Ok(()) };
        if room.is_next(event.seq) { show(out, room, event) } else { Ok(()) }
    }

    fn reset(&mut self, out: &mut Out, state: &RoomState) -> Result<()> {
        let room_id = state.room.as_ref().map_or(0, |room| room.room_id);
        let Some(room) = self.rooms.get_mut(&room_id) else { return Ok(()) };
        let (after_seq, head_seq) = (room.shown, state.head_seq);
        room.known = head_seq;
        room.shown = room.shown.min(head_seq);
        out.record(&Record::Reset { room: room.name.clone(), room_id, after_seq, head_seq })
    }

    fn add(&mut self, out: &mut Out, state: RoomState) -> Result<()> {
        let Some(room_id) = state.room.as_ref().map(|room| room.room_id) else { return Ok(()) };
        if !self.grows || self.rooms.contains_key(&room_id) {
            return Ok(());
        }
        let start = Start::After(Seq(state.join_seq).previous());
        let room = Progress::new(state, start);
        let (name, head_seq) = (room.name.clone(), room.known);
        self.rooms.insert(room_id, room);
        out.record(&Record::RoomAdded { room: name, room_id, head_seq })
    }

    /// Reads pages until every room has been shown as far as it is known.
    async fn settle(&mut self, out: &mut Out) -> Result<()> {
        while self.settle_a_bit(out).await? {}
        Ok(())
    }

    /// Reads one page; says whether there was one to read.
    async fn settle_a_bit(&mut self, out: &mut Out) -> Result<bool> {
        let behind = self.rooms.iter().find(|(_, room)| room.shown < room.known);
        let Some((&room_id, room)) = behind else { return Ok(false) };
        let shown = room.shown;
        match self.page(out, RoomId(room_id), shown).await {
            Ok(page) => self.show_page(out, room_id, page)?,
            // Events of the connection are taken meanwhile: the room may be gone.
            Err(_) if !self.rooms.contains_key(&room_id) => {}
            Err(failure) => return Err(failure),
        }
        Ok(true)
    }

    /// The page after `seq`. Takes events meanwhile, since a client that hands out none reads
    /// no answers either.
    async fn page(&mut self, out: &mut Out, room: RoomId, seq: u64) -> Result<HistoryResponse> {
        let client = self.client;
        let mut reading = Box::pin(read_page(client, room, Anchor::AfterSeq(seq), PAGE_ROWS_MAX));
        loop {
            tokio::select! {
                biased;
                page = &mut reading => return Ok(page?),
                event = client.next_event() => self.take(out, event)?,
            }
        }
    }

    fn show_page(&mut self, out: &mut Out, room_id: u64, page: HistoryResponse) -> Result<()> {
        let Some(room) = self.rooms.get_mut(&room_id) else { return Ok(()) };
        if page.events.is_empty() {
            room.shown = room.shown.max(room.known); // What no page holds is not for us to see.
        }
        for event in page.events {
            if event.seq > room.shown {
                room.shown = event.seq;
                show(out, room, event)?;
            }
        }
        if !page.has_newer {
            room.shown = room.shown.max(page.head_seq);
        }
        room.known = room.known.max(room.shown);
        Ok(())
    }
}

fn show(out: &mut Out, room: &mut Progress, event: RoomEvent) -> Result<()> {
    if let Some(room_event::Kind::RoomChanged(changed)) = &event.kind
        && let Some(now) = changed.room.as_ref().filter(|now| !now.name.is_empty())
    {
        room.name.clone_from(&now.name);
    }
    out.record(&Record::event(&room.name, event))
}

/// Asks until the server has time for it.
pub(crate) async fn read_page(
    client: &Client,
    room: RoomId,
    anchor: Anchor,
    rows: u32,
) -> Result<HistoryResponse, Error> {
    loop {
        let error = match client.history(room, anchor, rows).await {
            Err(error @ Error::Refused(_)) => error,
            done => return done,
        };
        match error.retry() {
            Retry::Now => tokio::time::sleep(PAUSE).await,
            Retry::After(pause) => tokio::time::sleep(pause.max(PAUSE)).await,
            Retry::Never => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(start: Start, head_seq: u64) -> Progress {
        Progress::new(RoomState { head_seq, ..Default::default() }, start)
    }

    #[test]
    fn a_feed_begins_so_many_events_before_the_head_or_after_a_seq() {
        assert_eq!(progress(Start::Last(20), 100).shown, 80);
        assert_eq!(progress(Start::Last(20), 7).shown, 0);
        assert_eq!(progress(Start::Last(0), 7).shown, 7);
        assert_eq!(progress(Start::After(Seq(3)), 7).shown, 3);
    }

    #[test]
    fn each_event_is_shown_once_and_none_while_pages_are_to_be_read() {
        let mut room = progress(Start::Last(0), 7);
        assert!(room.is_next(8) && room.is_next(9));
        assert!(!room.is_next(9) && !room.is_next(5));
        assert!(!room.is_next(12), "10 and 11 are to be read first");
        assert_eq!((room.shown, room.known), (9, 12));
        let mut behind = progress(Start::Last(2), 7);
        assert!(!behind.is_next(8));
        assert_eq!((behind.shown, behind.known), (5, 8));
        behind.shown = 8;
        assert!(behind.is_next(9));
    }
}
