//! A small world around the core: people with connections, a clock, a store that remembers
//! what it is told, and a transcript of what everybody hears.

mod devices;
mod look_up;
mod memory;
mod script;
mod transcript;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use parlor_proto::ids::{Epoch, RequestId, RoomId, Seq, UserId};

use self::memory::Memory;
use self::script::secret;
use self::transcript::{files, label, looks, reading, searching};
use crate::chat::*;

/// When the world begins.
const START: Now = Now { moment: Moment(1_000), stamp: Stamp(1_000_000) };

#[derive(Debug)]
pub(super) struct World {
    pub(super) chat: Chat,
    pub(super) now: Now,
    pub(super) rules: Rules,
    pub(super) store: Memory,
    /// The next batch cannot be remembered.
    pub(super) disk_full: bool,
    conns: BTreeMap<String, ConnId>,
    names: BTreeMap<ConnId, String>,
    /// What the shell would answer when asked.
    heard: BTreeMap<ConnId, Moment>,
    tokens: BTreeMap<String, SecretHash>,
    subscribed: BTreeMap<RoomId, BTreeSet<ConnId>>,
    wants_presence: BTreeSet<ConnId>,
    serial: u64,
    /// How many secrets have been drawn: `s1`, `s2`.
    secrets: u64,
    transcript: Vec<String>,
    /// Events that are not to be told again as they were.
    pub(super) outdated: Vec<(RoomId, Seq)>,
    /// Rooms that somebody has lost and not gained again.
    lost: BTreeSet<(UserId, RoomId)>,
    /// Whether the answer to sync is told with what is unread.
    tells_counts: bool,
}

impl Default for World {
    fn default() -> Self {
        Self::new(Rules {
            sends: None,
            rooms_created: None,
            message_changes: None,
            marks: None,
            joins: None,
            invitations: None,
            room_changes: None,
            pages: None,
            bots_made: None,
            ..Rules::default()
        })
    }
}

impl World {
    pub(super) fn new(rules: Rules) -> Self {
        let mut store = Memory::default();
        store.server.claim = Some(secret("first"));
        let snapshot = Snapshot { epoch: Epoch(7), ..store.replay() };
        let invite = Invite {
            hash: secret("good"),
            creator: None,
            uses_left: 1,
            created: START.stamp,
            expires: START.stamp.plus(Duration::from_secs(60)),
        };
        store.server.invites.insert(invite.hash, invite);
        Self {
            chat: Chat::new(START, rules.clone(), snapshot),
            now: START,
            rules,
            store,
            disk_full: false,
            conns: BTreeMap::new(),
            names: BTreeMap::new(),
            heard: BTreeMap::new(),
            tokens: BTreeMap::new(),
            subscribed: BTreeMap::new(),
            wants_presence: BTreeSet::new(),
            serial: 0,
            secrets: 0,
            transcript: Vec::new(),
            outdated: Vec::new(),
            lost: BTreeSet::new(),
            tells_counts: false,
        }
    }

    pub(super) fn take_transcript(&mut self) -> Vec<String> {
        std::mem::take(&mut self.transcript)
    }

    fn ask(&mut self, conn: ConnId, mut request: Request) {
        self.chat.resolve(conn, &mut request);
        let found = self.look_up_admin(conn, &request);
        let user = self.chat.user_of(conn);
        let found = match (&request, user) {
            (Request::Account(AccountRequest::Device(wish)), user) => {
                self.look_up_device(user, wish)
            }
            _ => found
                .or_else(|| {
                    user.map(|user| self.store.look_up(user, &request, &self.chat.readable(conn)))
                })
                .unwrap_or_default(),
        };
        self.step(Input::Asked { conn, id: RequestId(1), request, found });
    }

    /// Whether the store is asked what a marker would pass on its way.
    pub(super) fn looks_up_mark(&self, who: &str, room: u64, seq: u64) -> bool {
        let conn = self.conns[who];
        self.chat.reading(self.now, conn, (RoomId(room), Seq(seq))).is_some()
    }

    /// When somebody was last heard, whether the core has asked or not.
    pub(super) fn heard(&self, conn: ConnId) -> Moment {
        self.heard.get(&conn).copied().unwrap_or_default()
    }

    /// Who gets the events of which room.
    pub(super) fn listening(&self) -> impl Iterator<Item = (ConnId, RoomId)> {
        self.subscribed.iter().flat_map(|(room, conns)| conns.iter().map(|conn| (*conn, *room)))
    }

    /// Time passes only between lines, so what came due at this very moment waits for it.
    pub(super) fn owes_a_tick(&self) -> bool {
        self.chat.deadline().is_some_and(|due| due == self.now.moment)
    }

    /// What the engine does: decide, remember, tell; and take back what was not remembered.
    pub(super) fn step(&mut self, input: Input) {
        let before = self.chat.clone();
        let mut effects = Effects::default();
        self.chat.step(self.now, input.clone(), &mut effects);
        let first = format!("{effects:?}");
        self.chat.undo();
        assert_eq!(self.chat.without_storage_flag(), before.without_storage_flag());
        self.chat = before;
        effects = Effects::default();
        self.chat.step(self.now, input.clone(), &mut effects);
        assert_eq!(format!("{effects:?}"), first, "the same input has the same effects");
        if self.disk_full && !effects.changes.is_empty() {
            self.chat.undo();
            self.chat.step(self.now, Input::Storage { full: true }, &mut Effects::default());
            self.chat.keep();
            effects = Effects::default();
            self.chat.step(self.now, input, &mut effects);
            assert!(effects.changes.is_empty(), "nothing can be remembered");
        }
        for change in effects.changes {
            self.store.apply(change);
        }
        self.chat.keep();
        for notice in effects.notices {
            self.tell(notice);
        }
        for job in effects.jobs {
            self.work(job);
        }
        for work in effects.files {
            self.look_after(&work);
        }
    }

    /// As those do who look after contents: what begins with `ff` is never as was told.
    fn look_after(&mut self, work: &FileWork) {
        self.transcript.push(files::work(work));
        if let FileWork::Check { conn, id, of } = *work {
            let [first, ..] = of.hash.0;
            let content = match first {
                0xff => CheckedContent::Wrong,
                _ => CheckedContent::Sound { media_type: "text/plain".into() },
            };
            self.step(Input::ContentChecked { conn, id, upload: of.upload, content });
        }
    }

    fn collect(&mut self) {
        let before = self.chat.collects_before(self.now);
        let found = before.map_or_else(Vec::new, |before| self.store.loose_files(before));
        self.step(Input::Collect { found });
    }

    fn work(&mut self, job: Job) {
        self.serial += 1;
        let fresh = secret(&self.serial.to_string());
        let token = FreshToken { secret: fresh.0, hash: fresh };
        let input = match job {
            Job::HashPassword { conn, password, invite, .. } => Input::PasswordHashed {
                conn,
                outcome: Hashed::Done(PasswordHash(password.0.as_str().into())),
                token,
                invite: invite
                    .and_then(|hash| self.store.server.invites.get(&hash).cloned())
                    .map_or(Claim::Nothing, Claim::Known),
            },
            Job::CheckPassword { conn, password, against } => {
                let same = against.is_some_and(|stored| *stored.0 == *password.0);
                let outcome =
                    if same { Checked::Match { raised: None } } else { Checked::Mismatch };
                Input::PasswordChecked { conn, outcome, token }
            }
        };
        self.step(input);
    }

    /// What the engine does once in a while: looks for what is too old.
    fn age(&mut self) {
        let look_up = |overdue: &Overdue| {
            let Overdue { room, first, last, before } = *overdue;
            let events = self.store.events.range((room, first)..=(room, last));
            let kept = events.map(|(_, event)| event).find(|event| event.at >= before);
            let kept = kept.unwrap_or_else(|| &self.store.events[&(room, last)]);
            self.store.oldest((room, first), kept)
        };
        let found = self.chat.overdue(self.now).iter().map(look_up).collect();
        self.step(Input::Aged { found });
    }

    /// Lets time pass, second by second, with whatever is due in it.
    fn wait(&mut self, pause: Duration) {
        let until = self.now.moment.plus(pause);
        while let Some(due) = self.chat.deadline().filter(|due| *due <= until) {
            self.advance(due);
            self.step(Input::Tick);
        }
        self.advance(until);
    }

    pub(super) fn advance(&mut self, to: Moment) {
        let passed = to.since(self.now.moment);
        self.now = Now { moment: to.max(self.now.moment), stamp: self.now.stamp.plus(passed) };
    }

    fn close(&mut self, who: &str, how: &str) {
        let conn = self.conn(who);
        self.forget(conn);
        let heard = self.heard(conn);
        let ending = if how == "close" { Ending::Closed } else { Ending::Lost };
        self.step(Input::Closed { conn, heard, ending });
    }

    fn forget(&mut self, conn: ConnId) {
        if let Some(name) = self.names.get(&conn) {
            self.conns.remove(name);
        }
        self.wants_presence.remove(&conn);
        for listeners in self.subscribed.values_mut() {
            listeners.remove(&conn);
        }
    }

    /// The daemon ends and starts again with what the store remembers.
    pub(super) fn restart(&mut self) {
        self.chat = Chat::new(self.now, self.rules.clone(), self.store.replay());
        for conn in self.conns.values().copied().collect::<Vec<_>>() {
            self.forget(conn);
        }
    }

    fn conn(&mut self, who: &str) -> ConnId {
        if let Some(conn) = self.conns.get(who) {
            return *conn;
        }
        self.serial += 1;
        let conn = ConnId::new(self.serial, 0);
        self.conns.insert(who.to_owned(), conn);
        self.names.insert(conn, who.to_owned());
        conn
    }

    fn tell(&mut self, notice: Notice) {
        let (conn, heard) = match notice {
            Notice::Answer { conn, answer, .. } => (conn, self.answer(conn, answer)),
            Notice::Attached { .. } => return,
            Notice::Synced { conn, presence } => return self.begin_anew(conn, presence),
            Notice::Subscribed { conn, room, next, head } => {
                self.subscribed.entry(room).or_default().insert(conn);
                (conn, format!("from {room}:{next}, head {head}"))
            }
            Notice::Withdrawn { .. } => return,
            Notice::Changed { room, seq } => return self.outdated.push((room, seq)),
            Notice::Trimmed { room, first } => {
                return self.transcript.push(format!("{room} begins with {first}"));
            }
            Notice::Unsubscribed { conn, room } => {
                self.subscribed.entry(room).or_default().remove(&conn);
                return;
            }
            Notice::Lost { user, room, denial } => return self.lose(user, room, &denial),
            Notice::Event(event) => return self.tell_event(&event),
            Notice::RoomAdded { conn, room } => {
                let user = self.chat.user_of(conn).expect("who hears has signed in");
                self.lost.remove(&(user, room.facts.room));
                (conn, format!("added {}", label(&room.facts)))
            }
            Notice::RoomRemoved { conn, room, cause } => {
                self.assert_withheld(conn, room);
                (conn, transcript::removed(room, cause))
            }
            Notice::Invited { conn, invitation } => (conn, transcript::invited(&invitation)),
            Notice::Uninvited { conn, room } => (conn, format!("uninvited {room}")),
            Notice::PreferencesChanged { conn, room, preferences } => {
                (conn, format!("prefers {room} {:?}", preferences.notify))
            }
            Notice::Presence { audience, presences } => {
                return self.tell_presence(&audience, &presences);
            }
            Notice::UserChanged { audience, user } => {
                return self.tell_user_changed(&audience, &user);
            }
            Notice::MorePresence { conn, from } => {
                return self.step(Input::PresenceMissed { conn, from });
            }
            Notice::Page { conn, permit, .. } => {
                let Permit { room, floor, ceiling, .. } = permit;
                self.assert_readable(conn, room, floor);
                (conn, format!("may read {room}:{floor}-{ceiling}"))
            }
            Notice::Search { conn, permit, .. } => (conn, searching(&permit)),
            Notice::ReadFile { piece, .. } => return self.transcript.push(files::read(&piece)),
            Notice::Look { conn, look, .. } => (conn, looks(&look)),
            Notice::ReadMarker { conn, marker } => (conn, reading::marker(&marker)),
            Notice::Typist { typist, except } => return self.tell_typist(&typist, except),
            Notice::Ask { conn } => {
                if let Some(name) = self.names.get(&conn) {
                    assert!(self.conns.contains_key(name), "a closed connection is not asked");
                }
                let at = self.heard(conn);
                return self.step(Input::Heard { conn, at });
            }
            Notice::GoAway { conn, farewell } => {
                let who = self.names.get(&conn).cloned().unwrap_or_default();
                self.forget(conn);
                self.transcript.push(format!("{who} < go away: {farewell:?}"));
                return;
            }
        };
        let who = self.names.get(&conn).cloned().unwrap_or_default();
        self.transcript.push(format!("{who} < {heard}"));
    }

    /// What is still read for somebody of a room that they have lost is told no more.
    fn assert_withheld(&self, conn: ConnId, room: RoomId) {
        let user = self.chat.user_of(conn).expect("who hears has signed in");
        let member = self.chat.state.rooms.member(room, user);
        let is_hidden = member.is_some_and(|member| member.preferences.hidden);
        assert!(
            is_hidden || self.lost.contains(&(user, room)),
            "what is read for them is withheld"
        );
    }

    /// Nobody reads what was said before they may.
    fn assert_readable(&self, conn: ConnId, room: RoomId, floor: Seq) {
        let reader = self.chat.user_of(conn).expect("who reads has signed in");
        let member = self.chat.state.rooms.member(room, reader);
        assert!(member.is_some_and(|member| member.floor <= floor), "nobody reads more");
    }

    fn begin_anew(&mut self, conn: ConnId, presence: bool) {
        for listeners in self.subscribed.values_mut() {
            listeners.remove(&conn);
        }
        if presence {
            self.wants_presence.insert(conn);
        } else {
            self.wants_presence.remove(&conn);
        }
    }
}
