//! A small world around the core: people with connections, a clock, a store that remembers
//! what it is told, and a transcript of what everybody hears.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{ClientMessageId, Epoch, RequestId, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

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
    transcript: Vec<String>,
}

/// What a store would hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) users: BTreeMap<UserId, (Name, PasswordHash, Stamp, Option<LastSeen>)>,
    pub(super) sessions: BTreeMap<SessionId, (UserId, SecretHash, Arc<str>, Duration, Stamp)>,
    pub(super) last_session: SessionId,
    pub(super) events: BTreeMap<(RoomId, Seq), Arc<RoomEvent>>,
}

impl Default for World {
    fn default() -> Self {
        Self::new(Rules { sends: None, rooms_created: None, ..Rules::default() })
    }
}

impl World {
    pub(super) fn new(rules: Rules) -> Self {
        let snapshot = Snapshot { epoch: Epoch(7), ..Snapshot::default() };
        Self {
            chat: Chat::new(START, rules.clone(), snapshot),
            now: START,
            rules,
            store: Memory::default(),
            disk_full: false,
            conns: BTreeMap::new(),
            names: BTreeMap::new(),
            heard: BTreeMap::new(),
            tokens: BTreeMap::new(),
            subscribed: BTreeMap::new(),
            wants_presence: BTreeSet::new(),
            serial: 0,
            transcript: Vec::new(),
        }
    }

    pub(super) fn take_transcript(&mut self) -> Vec<String> {
        std::mem::take(&mut self.transcript)
    }

    /// One line of a script.
    pub(super) fn act(&mut self, line: &str) {
        if let Some(pause) = line.strip_prefix('+') {
            return self.wait(duration(pause));
        }
        match line {
            "restart" => return self.restart(),
            "disk full" => {
                self.disk_full = true;
                return;
            }
            "disk free" => {
                self.disk_full = false;
                return self.step(Input::Storage { full: false });
            }
            "hush" => return drop(self.take_transcript()),
            _ => {}
        }
        let (who, wish) = line.split_once(' ').expect("WHO VERB ...");
        let (verb, rest) = wish.split_once(' ').unwrap_or((wish, ""));
        match verb {
            "cut" | "close" => self.close(who, verb),
            "beat" => {
                let conn = self.conn(who);
                self.heard.insert(conn, self.now.moment);
            }
            "idle" | "active" => {
                let conn = self.conn(who);
                self.heard.insert(conn, self.now.moment);
                self.step(Input::Activity { conn, active: verb == "active" });
            }
            _ => {
                let request = self.request(who, verb, rest);
                let conn = self.conn(who);
                self.heard.insert(conn, self.now.moment);
                self.ask(conn, request);
            }
        }
    }

    fn request(&mut self, who: &str, verb: &str, rest: &str) -> Request {
        let user = user_part(who);
        let words: Vec<&str> = rest.split_whitespace().collect();
        let word = |i: usize| words.get(i).copied().unwrap_or_default();
        match verb {
            "register" => Request::Register {
                name: Name::parse(user).unwrap(),
                password: Password("secret".into()),
                invite: word(0).strip_prefix("invite:").map(secret),
                sign_in: sign_in(who, word(0)),
            },
            "login" => Request::Login {
                name: Some(Name::parse(user).unwrap()),
                password: Password(if rest == "wrong" { "wrong" } else { "secret" }.into()),
                sign_in: sign_in(who, rest),
            },
            "resume" => Request::Resume {
                token: self.tokens.get(user).copied().unwrap_or(SecretHash([0; 32])),
                sign_in: sign_in(who, rest),
            },
            "logout" => Request::Logout,
            "users" => {
                Request::GetUsers { ids: vec![UserId(1), UserId(99)], name: Name::parse(rest).ok() }
            }
            "sync" => Request::Sync(sync(&words)),
            "create" => {
                Request::CreateRoom { name: Name::parse(word(0)).unwrap(), topic: word(1).into() }
            }
            "join" => Request::JoinRoom { room: RoomRef::Name(Name::parse(rest).unwrap()) },
            "leave" => Request::LeaveRoom { room: room(word(0)) },
            "rooms" => Request::ListRooms { after: word(0).into(), rows: 2, name: None },
            "who" => Request::ListMembers { room: room(word(0)), after: "".into(), rows: 100 },
            "say" => {
                let (place, text) = rest.split_once(' ').unwrap();
                self.serial += 1;
                let (id, text) = match text.strip_prefix("id:") {
                    Some(text) => {
                        let (id, text) = text.split_once(' ').unwrap();
                        (id.parse::<u128>().unwrap(), text)
                    }
                    None => (u128::from(self.serial) << 64, text),
                };
                Request::Send {
                    room: room(place),
                    id: ClientMessageId(id.to_be_bytes()),
                    text: text.into(),
                }
            }
            "read" => {
                Request::History { room: room(word(0)), anchor: Anchor::Before(None), rows: 10 }
            }
            _ => panic!("what is {verb}?"),
        }
    }

    fn ask(&mut self, conn: ConnId, request: Request) {
        let found = self.look_up(conn, &request);
        self.step(Input::Asked { conn, id: RequestId(1), request, found });
    }

    fn look_up(&self, conn: ConnId, request: &Request) -> Found {
        let Request::Send { room, id, .. } = request else { return Found::Nothing };
        let author = self.chat.user_of(conn);
        let mut said = self.store.events.values().filter(|event| Some(event.actor) == author);
        let sent = said.find_map(|event| {
            let EventKind::Message { id: first, text } = &event.kind else { return None };
            let text = text.as_ref().to_owned();
            (first == id && event.room == *room).then_some(Found::Sent {
                seq: event.seq,
                at: event.at,
                text,
            })
        });
        sent.unwrap_or_default()
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
                invite: match invite {
                    Some(hash) if hash == secret("good") => {
                        let expires = self.now.stamp.plus(Duration::from_secs(60));
                        Claim::Known(Invite { hash, uses_left: 1, expires })
                    }
                    Some(_) | None => Claim::Nothing,
                },
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
        let heard = self.heard.get(&conn).copied().unwrap_or_default();
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
            Notice::Synced { conn, presence } => {
                for listeners in self.subscribed.values_mut() {
                    listeners.remove(&conn);
                }
                if presence {
                    self.wants_presence.insert(conn)
                } else {
                    self.wants_presence.remove(&conn)
                };
                return;
            }
            Notice::Subscribed { conn, room, next, head } => {
                self.subscribed.entry(room).or_default().insert(conn);
                (conn, format!("from {room}:{next}, head {head}"))
            }
            Notice::Unsubscribed { conn, room } => {
                self.subscribed.entry(room).or_default().remove(&conn);
                return;
            }
            Notice::Event(event) => return self.tell_event(&event),
            Notice::RoomAdded { conn, room } => (conn, format!("added {}", room.facts.name)),
            Notice::RoomRemoved { conn, room } => (conn, format!("removed {room}")),
            Notice::Presence { audience, presences } => {
                return self.tell_presence(&audience, &presences);
            }
            Notice::Page { conn, permit, .. } => {
                let Permit { room, floor, ceiling, .. } = permit;
                (conn, format!("may read {room}:{floor}-{ceiling}"))
            }
            Notice::Ask { conn } => {
                if let Some(name) = self.names.get(&conn) {
                    assert!(self.conns.contains_key(name), "a closed connection is not asked");
                }
                let at = self.heard.get(&conn).copied().unwrap_or_default();
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

    fn answer(&mut self, conn: ConnId, answer: Answer) -> String {
        match answer {
            Answer::Denied(denial) if denial.retry_after.is_zero() => {
                format!("denied: {}", denial.reason)
            }
            Answer::Denied(denial) => {
                format!("denied: {}, again in {:?}", denial.reason, denial.retry_after)
            }
            Answer::Done => "done".into(),
            Answer::SignedIn { session, token, user, timeout } => {
                let who = self.names.get(&conn).cloned().unwrap_or_default();
                if let Some(token) = token {
                    self.tokens.insert(user_part(&who).to_owned(), SecretHash(token));
                }
                format!("session {session} of {}, {timeout:?}", user.name)
            }
            Answer::Users(users) => {
                let names: Vec<_> = users.iter().map(|user| user.name.to_string()).collect();
                format!("users {}", names.join(" "))
            }
            Answer::Synced { rooms, .. } => {
                let rooms: Vec<_> = rooms
                    .iter()
                    .map(|view| {
                        let reset = if view.reset { " reset" } else { "" };
                        format!("{}:{}{reset}", view.facts.name, view.head)
                    })
                    .collect();
                ["synced"]
                    .into_iter()
                    .chain(rooms.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Answer::Room(view) => format!(
                "in {} {} since {}, head {}, {} members",
                view.facts.room, view.facts.name, view.join_seq, view.head, view.facts.members
            ),
            Answer::Rooms { rooms, more } => {
                let rooms: Vec<_> =
                    rooms.iter().map(|room| format!("{}({})", room.name, room.members)).collect();
                format!("rooms {}{}", rooms.join(" "), if more { " ..." } else { "" })
            }
            Answer::Members { members, .. } => {
                let members: Vec<_> = members.iter().map(|m| stands(&m.presence)).collect();
                format!("members {}", members.join(", "))
            }
            Answer::Sent { seq, duplicate, .. } => {
                format!("sent {seq}{}", if duplicate { " before" } else { "" })
            }
        }
    }

    fn tell_event(&mut self, event: &RoomEvent) {
        let what = match &event.kind {
            EventKind::Message { text, .. } => format!("{}: {text}", event.actor_name),
            EventKind::MemberChanged { name, membership, .. } => format!("{name} {membership:?}"),
            EventKind::RoomChanged(facts) => format!("made {}", facts.name),
        };
        let listeners = self.subscribed.get(&event.room).cloned().unwrap_or_default();
        for conn in listeners {
            let who = self.names.get(&conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {}:{} {what}", event.room, event.seq));
        }
    }

    fn tell_presence(&mut self, audience: &Audience, presences: &[Presence]) {
        let listeners: BTreeSet<ConnId> = match audience {
            Audience::One(conn) => [*conn].into(),
            Audience::Rooms(rooms) => rooms
                .iter()
                .filter_map(|room| self.subscribed.get(room))
                .flatten()
                .copied()
                .collect(),
        };
        let stands: Vec<String> = presences.iter().map(stands).collect();
        for conn in listeners.intersection(&self.wants_presence) {
            let who = self.names.get(conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {}", stands.join(", ")));
        }
    }
}

impl Memory {
    fn apply(&mut self, change: Change) {
        match change {
            Change::UserAdded { user, name, password, at, .. } => {
                self.users.insert(user, (name, password, at, None));
            }
            Change::PasswordRaised { .. } => {}
            Change::SessionStarted { session, user, token, device, timeout, at } => {
                self.last_session = session;
                self.sessions.insert(session, (user, token, device, timeout, at));
            }
            Change::SessionTimeout { session, timeout } => {
                self.sessions.get_mut(&session).unwrap().3 = timeout;
            }
            Change::SessionEnded { session, user, last_seen } => {
                self.sessions.remove(&session).expect("a session ends once");
                self.users.get_mut(&user).unwrap().3 = Some(last_seen);
            }
            Change::Event(event) => {
                let before = self.events.insert((event.room, event.seq), event);
                assert!(before.is_none(), "a seq is given out once");
            }
        }
    }

    pub(super) fn replay(&self) -> Snapshot {
        let mut rooms: BTreeMap<RoomId, RoomRow> = BTreeMap::new();
        let mut members = BTreeMap::new();
        for ((room, seq), event) in &self.events {
            match &event.kind {
                EventKind::RoomChanged(facts) => {
                    let row = RoomRow { facts: facts.clone(), head: *seq, head_at: event.at };
                    rooms.insert(*room, row);
                }
                EventKind::MemberChanged { user, membership: Membership::Joined, .. } => {
                    let row =
                        MemberRow { room: *room, user: *user, join_seq: *seq, joined: event.at };
                    members.insert((*room, *user), row);
                }
                EventKind::MemberChanged { user, membership: Membership::Left, .. } => {
                    members.remove(&(*room, *user));
                }
                EventKind::Message { .. } => {}
            }
            let row = rooms.get_mut(room).unwrap();
            (row.head, row.head_at) = (*seq, event.at);
        }
        let user_row = |(user, (name, password, created, last_seen)): (
            &UserId,
            &(Name, PasswordHash, Stamp, Option<LastSeen>),
        )| UserRow {
            user: *user,
            name: name.clone(),
            password: password.clone(),
            created: *created,
            last_seen: last_seen.clone(),
        };
        Snapshot {
            epoch: Epoch(7),
            users: self.users.iter().map(user_row).collect(),
            sessions: self
                .sessions
                .iter()
                .map(|(session, (user, token, device, timeout, started))| SessionRow {
                    session: *session,
                    user: *user,
                    token: *token,
                    device: Arc::clone(device),
                    timeout: *timeout,
                    started: *started,
                })
                .collect(),
            rooms: rooms.into_values().collect(),
            members: members.into_values().collect(),
            last_session: self.last_session,
        }
    }
}

fn stands(presence: &Presence) -> String {
    let Presence { name, state, cause, device, session_ends, .. } = presence;
    let ends = session_ends.map(|at| format!(" ends {}", (at.0 - START.stamp.0) / 1000));
    let device = if device.is_empty() { String::new() } else { format!(" at {device}") };
    format!("{name} {state:?}({cause:?}{device}{})", ends.unwrap_or_default())
}

fn user_part(who: &str) -> &str {
    who.split('/').next().unwrap_or_default()
}

fn sign_in(who: &str, rest: &str) -> SignIn {
    let device = who.split_once('/').map_or("", |(_, device)| device);
    let timeout = rest.strip_prefix("timeout:").map(duration);
    SignIn { device: device.into(), timeout }
}

fn sync(words: &[&str]) -> Sync {
    let mut sync = Sync { epoch: Epoch(7), ..Sync::default() };
    for word in words {
        if let Some(epoch) = word.strip_prefix("epoch:") {
            sync.epoch = Epoch(epoch.parse().unwrap());
        } else if *word == "presence" {
            sync.presence = true;
        } else if let Some(only) = word.strip_prefix("only:") {
            sync.rooms.push(room(only));
        } else {
            let (place, seq) = word.split_once(':').unwrap();
            sync.cursors.push((room(place), Seq(seq.parse().unwrap())));
        }
    }
    sync
}

fn room(word: &str) -> RoomId {
    RoomId(word.strip_prefix('#').unwrap_or(word).parse().unwrap())
}

fn secret(text: &str) -> SecretHash {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    SecretHash(bytes)
}

fn duration(text: &str) -> Duration {
    match text.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(millis.parse().unwrap()),
        None => Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap()),
    }
}
