//! From notices to parcels: each event is put into bytes once, and each shard gets one parcel
//! per batch. Knows which shard holds a connection, and nothing else about connections.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, RoomId, Seq, UserId};
use parlor_proto::v1::GoAwayCode;

use self::losses::{About, Losses, Lost, Turn};
pub(crate) use self::mailboxes::{Gauges, Mailboxes, Parcel};
pub(crate) use self::priority::{run_when_idle, step_back};
use self::readers::{Asked, Read, Readers};
use self::run::{Growing, Run};
use self::searching::{Search, Searching};
use self::tally::Tally;
use crate::chat::{
    Answer, Audience, ConnId, Denial, Farewell, MessageAnswer, Notice, PieceOfFile, RoomEvent,
};
use crate::wire::encode;

pub(crate) mod losses;
mod mailboxes;
mod priority;
pub(crate) mod readers;
pub(crate) mod run;
pub(crate) mod searching;
pub(crate) mod tally;

/// What a client is told to wait when no page can be read now.
pub(crate) const READ_RETRY: Duration = Duration::from_millis(200);

/// A piece of a file to be read and sent, as it was permitted.
#[derive(Clone, Debug)]
pub(crate) struct FileRead {
    pub(crate) asked: Asked,
    pub(crate) piece: PieceOfFile,
}

/// One thing for a shard to do. All bytes are whole frames, length prefix included.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    /// For one connection; `answers` if this completes the answer to a request in flight, which
    /// may need no bytes.
    Frame { conn: ConnId, bytes: Bytes, answers: bool },
    /// What was found for a request, which this answers, if who asked may still be told.
    Found { asked: Asked, about: About, bytes: Bytes },
    /// The same, with a piece of a file: everything else goes first.
    Piece { asked: Asked, about: About, bytes: Bytes },
    /// So many rooms have been lost, and who lost them has been told.
    Lost { turn: Turn },
    /// For everybody in this shard who is subscribed to the room.
    Events { room: RoomId, run: Run },
    /// For whoever of the audience asked for presence; may be dropped. `first` has the lowest
    /// number of those whose presence it is.
    Presence { audience: Audience, first: UserId, bytes: Bytes },
    /// An event of a room does not say any more what it said when it was told.
    Changed { room: RoomId, seq: Seq },
    /// For one connection; dropped if it reads slowly.
    Offered { conn: ConnId, bytes: Bytes },
    /// For everybody in this shard who is subscribed to the room, but for one connection; dropped
    /// for whoever reads slowly.
    Passing { room: RoomId, except: ConnId, bytes: Bytes },
    /// For whoever of the audience has room for it.
    News { audience: Audience, bytes: Bytes },
    /// More presence is to be asked for, of users from `from` on, when there is room for it.
    MorePresence { conn: ConnId, from: UserId },
    /// The connection has a session: the limits for those who have signed in hold.
    Attached { conn: ConnId, user: UserId },
    /// Forget all subscriptions of the connection, new ones follow; `presence`: it wants to
    /// hear of it.
    Synced { conn: ConnId, presence: bool },
    /// Events of `room` from `next` on are wanted; `head` is the newest one there is.
    Subscribed { conn: ConnId, room: RoomId, next: Seq, head: Seq },
    /// Events of `room` before `first` are gone: who needs one of them is turned away.
    Trimmed { room: RoomId, first: Seq },
    /// Nothing of `room` may be sent any more, also nothing that is being read.
    Unsubscribed { conn: ConnId, room: RoomId },
    /// Answer with `Input::Heard`, after reading what is pending.
    Ask { conn: ConnId },
    /// Send this last frame, then close.
    Close { conn: ConnId, bytes: Bytes },
    /// What a reader thread found for a connection that was behind in a room, beginning with
    /// the seq asked for; `None` if it could not be read now: ask again later. So many bytes
    /// were reserved for it.
    CaughtUp { conn: ConnId, room: RoomId, run: Option<Run>, reserved: usize },
}

impl Delivery {
    /// The connection that this is for, if it is for one.
    fn conn(&self) -> Option<ConnId> {
        match self {
            Self::Frame { conn, .. }
            | Self::Offered { conn, .. }
            | Self::Attached { conn, .. }
            | Self::Synced { conn, .. }
            | Self::Subscribed { conn, .. }
            | Self::Unsubscribed { conn, .. }
            | Self::Ask { conn }
            | Self::Close { conn, .. }
            | Self::CaughtUp { conn, .. }
            | Self::MorePresence { conn, .. }
            | Self::Found { asked: Asked { conn, .. }, .. }
            | Self::Piece { asked: Asked { conn, .. }, .. }
            | Self::News { audience: Audience::One(conn), .. }
            | Self::Presence { audience: Audience::One(conn), .. } => Some(*conn),
            Self::Events { .. }
            | Self::Lost { .. }
            | Self::Trimmed { .. }
            | Self::Passing { .. }
            | Self::Changed { .. }
            | Self::News { audience: Audience::Rooms(_), .. }
            | Self::Presence { audience: Audience::Rooms(_), .. } => None,
        }
    }
}

/// Tells the shards what the core has decided.
#[derive(Debug)]
pub(crate) struct Hub {
    mailboxes: Mailboxes,
    readers: Readers,
    searching: Searching,
    /// What each shard gets at the end of the batch.
    parcels: Vec<Vec<Delivery>>,
    /// Events to which more may come before they go into the parcels.
    growing: BTreeMap<RoomId, Growing>,
    /// Events that are not to be told again as they were, once the batch has been.
    changed: Vec<(RoomId, Seq)>,
    losses: Arc<Losses>,
    /// How many losses have been told.
    turn: Turn,
    file_reads: Vec<FileRead>,
    tally: Arc<Tally>,
}

impl Hub {
    pub(crate) fn new(mailboxes: Mailboxes, readers: Readers, searching: Searching) -> Self {
        let parcels = vec![Vec::new(); mailboxes.0.len()];
        let (growing, tally) = (BTreeMap::new(), Arc::default());
        let (changed, turn) = (Vec::new(), Turn::default());
        let losses = Arc::clone(readers.losses());
        Self {
            mailboxes,
            readers,
            searching,
            parcels,
            growing,
            changed,
            losses,
            turn,
            file_reads: Vec::new(),
            tally,
        }
    }

    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// The way to the shards, for who answers a request by themselves.
    pub(crate) fn mailboxes(&self) -> &Mailboxes {
        &self.mailboxes
    }

    /// What is to be read of files by now, for who does that.
    pub(crate) fn take_file_reads(&mut self) -> Vec<FileRead> {
        std::mem::take(&mut self.file_reads)
    }

    /// What this batch takes away is not told any more. Must come before its commit.
    pub(crate) fn withhold(&self, notices: &[Notice]) {
        for notice in notices {
            if let Notice::Lost { user, room, denial } = notice {
                self.losses.note(Lost::Room(*user, *room), denial.clone());
            } else if let Notice::Withdrawn { room, seq, denial } = notice {
                self.losses.note(Lost::Files(*room, *seq), denial.clone());
            }
        }
    }

    /// The batch has not come about.
    pub(crate) fn take_back(&self) {
        self.losses.take_back(self.turn);
    }

    /// Encodes and delivers a batch. Must come after its commit, which was then by the daemon's
    /// uptime.
    pub(crate) fn deliver(&mut self, notices: Vec<Notice>, committed: Duration) {
        for notice in notices {
            self.address(notice);
        }
        self.post_events();
        for (room, seq) in std::mem::take(&mut self.changed) {
            self.post(Delivery::Changed { room, seq });
        }
        for (shard, parcel) in self.parcels.iter_mut().enumerate() {
            if !parcel.is_empty() {
                let deliveries = std::mem::take(parcel);
                self.tally.deliveries.add(u64::try_from(deliveries.len()).unwrap_or(u64::MAX));
                self.mailboxes.put(shard, Parcel { deliveries, committed: Some(committed) });
            }
        }
    }

    fn address(&mut self, notice: Notice) {
        if !may_overtake_events(&notice) {
            self.post_events();
        }
        let delivery = match notice {
            Notice::Answer { conn, id, answer } => return self.answer(conn, id, answer),
            Notice::Search { conn, id, permit } => {
                return self.search(Search { asked: self.asked(conn, id), permit });
            }
            Notice::Page { conn, id, permit } => {
                return self.read(conn, id, Read::Page { asked: self.asked(conn, id), permit });
            }
            Notice::Look { conn, id, look } => {
                return self.read(conn, id, Read::Look { asked: self.asked(conn, id), look });
            }
            Notice::ReadFile { conn, id, piece } => {
                let asked = self.asked(conn, id);
                return self.file_reads.push(FileRead { asked, piece });
            }
            Notice::Lost { .. } | Notice::Withdrawn { .. } => {
                self.turn = self.turn.next();
                Delivery::Lost { turn: self.turn }
            }
            // Others' markers are of use only while they are news.
            Notice::ReadMarker { conn, marker } if marker.counts.is_none() => {
                Delivery::Offered { conn, bytes: encode::read_marker(&marker) }
            }
            Notice::ReadMarker { conn, marker } => push(conn, encode::read_marker(&marker)),
            Notice::Typist { typist, except } => {
                let (room, bytes) = (typist.room, encode::typist(&typist));
                Delivery::Passing { room, except, bytes }
            }
            Notice::Event(event) => return self.collect(&event),
            Notice::Changed { room, seq } => return self.changed.push((room, seq)),
            Notice::Presence { audience, presences } => {
                let users = presences.iter().map(|presence| presence.user);
                let Some(first) = users.min() else { return };
                Delivery::Presence { audience, first, bytes: encode::presence(&presences) }
            }
            Notice::UserChanged { audience, user } => {
                Delivery::News { audience, bytes: encode::user_changed(&user) }
            }
            Notice::MorePresence { conn, from } => Delivery::MorePresence { conn, from },
            Notice::RoomAdded { conn, room } => push(conn, encode::room_added(&room)),
            Notice::RoomRemoved { conn, room, cause } => {
                push(conn, encode::room_removed(room, cause))
            }
            Notice::Invited { conn, invitation } => push(conn, encode::invited(&invitation)),
            Notice::Uninvited { conn, room } => push(conn, encode::uninvited(room)),
            Notice::PreferencesChanged { conn, room, preferences } => {
                push(conn, encode::preferences_changed(room, preferences))
            }
            Notice::Attached { conn, user } => Delivery::Attached { conn, user },
            Notice::Synced { conn, presence } => Delivery::Synced { conn, presence },
            Notice::Subscribed { conn, room, next, head } => {
                Delivery::Subscribed { conn, room, next, head }
            }
            Notice::Trimmed { room, first } => Delivery::Trimmed { room, first },
            Notice::Unsubscribed { conn, room } => Delivery::Unsubscribed { conn, room },
            Notice::Ask { conn } => Delivery::Ask { conn },
            Notice::GoAway { conn, farewell } => {
                let (code, message) = go_away(farewell);
                self.tally.go_aways.add(code);
                Delivery::Close { conn, bytes: encode::go_away(code, message) }
            }
        };
        self.post(delivery);
    }

    fn collect(&mut self, event: &RoomEvent) {
        let growing = self.growing.entry(event.room).or_default();
        if !growing.takes(event) {
            let full = std::mem::take(growing);
            growing.push(event);
            return self.post_run(event.room, full);
        }
        growing.push(event);
    }

    fn post_events(&mut self) {
        while let Some((room, growing)) = self.growing.pop_first() {
            self.post_run(room, growing);
        }
    }

    fn post_run(&mut self, room: RoomId, growing: Growing) {
        if let Some(run) = growing.finish() {
            self.post(Delivery::Events { room, run });
        }
    }

    fn answer(&mut self, conn: ConnId, id: RequestId, mut answer: Answer) {
        while let Answer::Synced { epoch, rooms, invitations } = &mut answer {
            let is_last = invitations.is_empty();
            let Some(bytes) = encode::synced_part(id, *epoch, rooms, is_last) else { break };
            self.post(Delivery::Frame { conn, bytes, answers: false });
        }
        if let Answer::Denied(denial) = &answer {
            self.tally.refusals.add(denial.reason);
        }
        // Who gave no id wants no answer, but has one request less in flight.
        let bytes = if id == RequestId(0) { Bytes::new() } else { encode::answer(id, answer) };
        self.post(Delivery::Frame { conn, bytes, answers: true });
    }

    fn asked(&self, conn: ConnId, id: RequestId) -> Asked {
        Asked { conn, id, turn: self.turn }
    }

    fn read(&mut self, conn: ConnId, id: RequestId, read: Read) {
        if self.readers.submit(read).is_err() {
            let denial = Denial::new(Reason::Overloaded, "too many pages are waiting to be read");
            self.answer(conn, id, Answer::Denied(Denial { retry_after: READ_RETRY, ..denial }));
        }
    }

    fn search(&mut self, search: Search) {
        let Asked { conn, id, .. } = search.asked;
        if self.searching.submit(search).is_err() {
            let denial = Denial::new(Reason::Overloaded, "too many searches are waiting");
            self.answer(conn, id, Answer::Denied(Denial { retry_after: READ_RETRY, ..denial }));
        }
    }

    fn post(&mut self, delivery: Delivery) {
        match delivery.conn() {
            Some(conn) => {
                if let Some(parcel) = self.parcels.get_mut(usize::from(conn.shard())) {
                    parcel.push(delivery);
                }
            }
            None => {
                for parcel in &mut self.parcels {
                    parcel.push(delivery.clone());
                }
            }
        }
    }
}

/// Whether this may reach a client before events that were decided earlier, so that these can
/// wait for others of their room. Not so what begins, ends or describes a subscription.
fn may_overtake_events(notice: &Notice) -> bool {
    matches!(
        notice,
        Notice::Event(_)
            | Notice::Changed { .. }
            | Notice::Answer {
                answer: Answer::Message(MessageAnswer::Sent { .. })
                    | Answer::Logged(_)
                    | Answer::Denied(_),
                ..
            }
    )
}

fn push(conn: ConnId, bytes: Bytes) -> Delivery {
    Delivery::Frame { conn, bytes, answers: false }
}

fn go_away(farewell: Farewell) -> (GoAwayCode, &'static str) {
    match farewell {
        Farewell::LoggedOut => (GoAwayCode::SessionEnded, "logged out"),
        Farewell::Displaced => (GoAwayCode::SessionEnded, "newer sessions took its place"),
        Farewell::Revoked => {
            (GoAwayCode::SessionEnded, "the session was ended, or its device removed")
        }
        Farewell::TimedOut => {
            (GoAwayCode::SessionTimedOut, "nothing came for the session's timeout: sign in again")
        }
        Farewell::Silent => {
            (GoAwayCode::Silent, "nothing came on this connection for its timeout: resume")
        }
    }
}

#[cfg(test)]
mod tests;
