//! What is around a session under test: a user, a server and a clock, all driven by a script.

use super::*;
use crate::client::session::{Session, Ticket};
use crate::client::{Error, Options, SignIn, SyncPlan, Token, Trust};
use crate::frame::encode_frame;
use crate::ids::{Epoch, RoomId, Seq};
use crate::limits::PREFIX_BYTES;
use crate::v1::server_frame::Body;
use crate::v1::{self, ErrorCode, GoAwayCode, ServerFrame, client_frame};

/// What a user of the SDK wants.
enum Ask {
    SignIn(SignIn),
    Request(client_frame::Body),
}

pub(super) struct World {
    pub(super) session: Session,
    pub(super) now: Instant,
    /// Whether somebody takes events.
    pub(super) takes: bool,
    connection: Option<u64>,
    transcript: String,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(|_| ())
    }

    #[expect(clippy::disallowed_methods, reason = "where time begins does not matter")]
    pub(super) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new("parlor://localhost".parse().unwrap(), Trust::default());
        options.device = "laptop".to_owned();
        change(&mut options);
        let (session, now) = (Session::new(options, 1), Instant::now());
        Self { session, now, takes: true, connection: None, transcript: String::new() }
    }

    /// Ann is signed in.
    pub(super) fn signed_in(mut self) -> Self {
        self.run("call 1 login ann\nconnected\n< hello\n< auth ann");
        self
    }

    /// Ann is signed in, and told of the lobby, whose head is 5.
    pub(super) fn live(self) -> Self {
        let mut world = self.signed_in();
        world.run("call 2 sync\n< synced 3 lobby:5");
        world
    }

    /// The transcript of this script.
    pub(super) fn run(&mut self, script: &str) -> String {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.note("", line);
            let words: Vec<&str> = line.split_whitespace().collect();
            self.act(&words);
            self.settle();
        }
        std::mem::take(&mut self.transcript)
    }

    fn act(&mut self, words: &[&str]) {
        match *words {
            ["call", ticket, ref call @ ..] => self.call(Ticket(ticket.parse().unwrap()), call),
            ["connected"] => self.session.handle_connected(),
            ["cut"] => self.session.handle_lost(self.now, Error::Unreachable("cut".to_owned())),
            ["idle"] => self.session.handle_activity(false),
            ["active"] => self.session.handle_activity(true),
            ["close"] => self.session.handle_close(),
            ["takes", "nothing"] => self.takes = false,
            ["takes", "everything"] => self.takes = true,
            ["<", ref frame @ ..] => self.receive(frame),
            ["wait"] => self.pass(self.session.poll_timeout().unwrap() - self.now),
            [time] => self.pass(duration(time)),
            _ => panic!("what is {words:?}?"),
        }
    }

    /// Time goes on, with every stop that the session asks for.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(stop) = self.session.poll_timeout().filter(|stop| *stop <= end) {
            self.now = stop.max(self.now);
            self.session.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    fn call(&mut self, ticket: Ticket, call: &[&str]) {
        let (user_name, password) = ("ann".to_owned(), "secret".to_owned());
        let ask = match *call {
            ["nobody"] => Ask::SignIn(SignIn::Nobody),
            ["login", name] => Ask::SignIn(SignIn::Login { user_name: name.to_owned(), password }),
            ["register"] => {
                Ask::SignIn(SignIn::Register { user_name, password, invite: "s".to_owned() })
            }
            ["resume"] => Ask::SignIn(SignIn::Resume { token: Token::from([7; 32]) }),
            ["device"] => Ask::SignIn(SignIn::Device),
            ["sync", ref rooms @ ..] => {
                return self.session.handle_sync(ticket, plan(rooms));
            }
            ["send", room, text] => Ask::Request(client_frame::Body::Send(v1::SendRequest {
                room_id: room_id(room).0,
                text: text.to_owned(),
                client_message_id: vec![9; 16].into(),
                ..Default::default()
            })),
            ["leave", room] => Ask::Request(client_frame::Body::LeaveRoom(v1::LeaveRoomRequest {
                room_id: room_id(room).0,
            })),
            ["logout"] => Ask::Request(client_frame::Body::Logout(v1::LogoutRequest::default())),
            ["hello"] => Ask::Request(client_frame::Body::Hello(v1::HelloRequest::default())),
            _ => panic!("what is {call:?}?"),
        };
        match ask {
            Ask::SignIn(sign_in) => self.session.handle_sign_in(self.now, ticket, sign_in),
            Ask::Request(body) => self.session.handle_request(ticket, body),
        }
    }

    fn receive(&mut self, frame: &[&str]) {
        if *frame == ["garbage"] {
            return self.session.handle_frame(self.now, vec![0xff; 9].into());
        }
        let (request_id, body) = frame_of(frame);
        self.push(request_id, body);
    }

    pub(super) fn push(&mut self, request_id: u32, body: Option<Body>) {
        let bytes = encode_frame(&ServerFrame { request_id, body }).slice(PREFIX_BYTES..);
        self.session.handle_frame(self.now, bytes);
    }

    /// The lengths of the frames that go out now.
    pub(super) fn flight(&mut self) -> Vec<usize> {
        let frames = std::iter::from_fn(|| self.session.poll_transmit(self.now));
        frames.map(|frame| frame.len()).collect()
    }

    /// Notes everything that the session does.
    fn settle(&mut self) {
        while let Some(frame) = self.session.poll_transmit(self.now) {
            self.note("> ", &show::sent(&frame));
        }
        while let Some((ticket, answer)) = self.session.poll_answer() {
            self.note("= ", &format!("{} {}", ticket.0, show::answer(&answer)));
        }
        while self.takes
            && let Some(event) = self.session.poll_event(self.now)
        {
            self.note("! ", &show::event(&event));
        }
        let wanted = self.session.wants_connection();
        if self.connection != wanted {
            self.note("* ", if wanted.is_some() { "dial" } else { "hang up" });
            self.connection = wanted;
        }
        if let Some(error) = self.session.ended().filter(|_| wanted.is_none()) {
            let line = format!("ended: {error}");
            if !self.transcript.contains(&line) {
                self.note("* ", &line);
            }
        }
    }

    fn note(&mut self, mark: &str, line: &str) {
        let indent = if mark.is_empty() { "" } else { "    " };
        self.transcript += &format!("{indent}{mark}{line}\n");
    }
}

pub(super) fn room_id(name: &str) -> RoomId {
    RoomId(show::ROOMS.iter().position(|room| *room == name).unwrap() as u64)
}

fn duration(text: &str) -> Duration {
    let text = text.strip_prefix('+').unwrap();
    match text.strip_suffix("ms") {
        Some(ms) => Duration::from_millis(ms.parse().unwrap()),
        None => Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap()),
    }
}

// `lobby@5` is a cursor, `lobby` asks for that room only, `epoch:2` says whose cursors.
fn plan(words: &[&str]) -> SyncPlan {
    let mut plan = SyncPlan::default();
    for word in words {
        if let Some((room, seq)) = word.split_once('@') {
            plan.cursors.push((room_id(room), Seq(seq.parse().unwrap())));
        } else if let Some(epoch) = word.strip_prefix("epoch:") {
            plan.epoch = Some(Epoch(epoch.parse().unwrap()));
        } else if *word == "presence" {
            plan.presence = true;
        } else {
            plan.rooms.push(room_id(word));
        }
    }
    plan
}

// `lobby:12` has the head 12, `lobby:12!` is a reset.
fn state(word: &str) -> v1::RoomState {
    let (room, head) = word.split_once(':').unwrap();
    let (head, reset) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    v1::RoomState {
        room: Some(v1::Room { room_id: room_id(room).0, ..Default::default() }),
        head_seq: head.parse().unwrap(),
        reset,
        ..Default::default()
    }
}

fn frame_of(frame: &[&str]) -> (u32, Option<Body>) {
    let number = |text: &str| text.parse::<u32>().unwrap();
    match *frame {
        ["hello"] => (1, Some(Body::Hello(hello(1, 64)))),
        ["hello", "in-flight", max] => (1, Some(Body::Hello(hello(1, number(max))))),
        ["hello", "revision", revision] => (1, Some(Body::Hello(hello(number(revision), 64)))),
        ["auth", name] => (2, Some(Body::Auth(auth(name, &[7; 32])))),
        ["auth", name, "resumed"] => (2, Some(Body::Auth(auth(name, &[])))),
        ["synced", id, ref words @ ..] => {
            let epoch = words.iter().find_map(|word| word.strip_prefix("epoch:"));
            let epoch = epoch.map_or(1, |epoch| epoch.parse().unwrap());
            let states = words.iter().filter(|word| **word != "more" && !word.starts_with("epoch"));
            let rooms = states.map(|word| state(word)).collect();
            let more = words.contains(&"more");
            (
                number(id),
                Some(Body::Sync(v1::SyncResponse { epoch, rooms, more, ..Default::default() })),
            )
        }
        ["sent", id, seq] => {
            let seq = seq.parse().unwrap();
            (number(id), Some(Body::Send(v1::SendResponse { seq, ..Default::default() })))
        }
        ["ack", id] => (number(id), Some(Body::Ack(v1::Ack {}))),
        ["unknown", id] => (number(id), None),
        ["error", id, reason] => (number(id), Some(Body::Error(error(reason, 0)))),
        ["error", id, reason, ms] => (number(id), Some(Body::Error(error(reason, number(ms))))),
        ["event", room, seq] => (0, Some(Body::RoomEvent(event(room, seq, true)))),
        ["event", room, seq, "new-kind"] => (0, Some(Body::RoomEvent(event(room, seq, false)))),
        ["added", word] => (0, Some(Body::RoomAdded(v1::RoomAdded { state: Some(state(word)) }))),
        ["removed", room] => {
            let cause = v1::RemovalCause::Left.into();
            let room_id = room_id(room).0;
            (0, Some(Body::RoomRemoved(v1::RoomRemoved { room_id, cause })))
        }
        ["presence", name] => {
            let user_name = name.to_owned();
            let presences = vec![v1::Presence { user_name, ..Default::default() }];
            (0, Some(Body::Presence(v1::PresenceUpdate { presences })))
        }
        ["probe"] => (0, Some(Body::Probe(v1::Probe {}))),
        ["alive"] => (0, Some(Body::KeepAliveAck(v1::KeepAliveAck::default()))),
        ["away", code] => (0, Some(Body::GoAway(away(code, None)))),
        ["away", code, min, max] => {
            (0, Some(Body::GoAway(away(code, Some((number(min), number(max)))))))
        }
        _ => panic!("what is {frame:?}?"),
    }
}

fn hello(revision: u32, requests_in_flight_max: u32) -> v1::HelloResponse {
    let limits = Some(v1::Limits { requests_in_flight_max, ..Default::default() });
    let policy = v1::KeepAlivePolicy { interval_ms: 20_000, ..Default::default() };
    let keep_alive = Some(policy);
    v1::HelloResponse {
        revision,
        limits,
        keep_alive,
        epoch: 1,
        nonce: vec![2; 32].into(),
        server_id: vec![1; 32].into(),
        ..Default::default()
    }
}

fn auth(name: &str, token: &'static [u8]) -> v1::AuthResponse {
    let user = v1::User { user_id: 1, user_name: name.to_owned(), ..Default::default() };
    let token = token.into();
    v1::AuthResponse { session_id: 1, token, user: Some(user), session_timeout_ms: 45_000 }
}

fn event(room: &str, seq: &str, is_known: bool) -> v1::RoomEvent {
    let message = v1::Message { text: format!("text {seq}"), ..Default::default() };
    let kind = is_known.then_some(v1::room_event::Kind::Message(message));
    let (room_id, seq) = (room_id(room).0, seq.parse().unwrap());
    v1::RoomEvent { room_id, seq, kind, ..Default::default() }
}

fn error(reason: &str, retry_after_ms: u32) -> v1::Error {
    let known = crate::codes::Reason::ALL.iter().find(|known| known.as_str() == reason);
    v1::Error {
        code: known.map_or(ErrorCode::InvalidArgument, |known| known.code()).into(),
        reason: reason.to_owned(),
        retryable: known.is_some_and(|known| known.is_retryable()),
        retry_after_ms,
        ..Default::default()
    }
}

fn away(code: &str, window: Option<(u32, u32)>) -> v1::GoAway {
    let code = GoAwayCode::from_str_name(&format!("GO_AWAY_CODE_{code}")).map_or(99, Into::into);
    let (reconnect_min_ms, reconnect_max_ms) = window.unwrap_or_default();
    let reconnect = window.is_some();
    v1::GoAway { code, reconnect, reconnect_min_ms, reconnect_max_ms, ..Default::default() }
}
