//! Frames, answers and events as a line each.

#![expect(clippy::wildcard_enum_match_arm, reason = "a kind that no script has stops the test")]

use bytes::Bytes;
use prost::Message as _;

use crate::client::session::Answer;
use crate::client::{Error, Event};
use crate::limits::PREFIX_BYTES;
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{Activity, ClientFrame, RoomState, SyncRequest};

/// Rooms by their ids; 0 is none.
pub(super) const ROOMS: [&str; 5] = ["-", "lobby", "kitchen", "cellar", "attic"];

fn room(id: u64) -> &'static str {
    ROOMS[usize::try_from(id).unwrap()]
}

pub(super) fn sent(frame: &Bytes) -> String {
    let frame = ClientFrame::decode(frame.slice(PREFIX_BYTES..)).unwrap();
    let device = |sign_in: &Option<crate::v1::SignIn>| sign_in.clone().unwrap().device;
    let body = match frame.body.unwrap() {
        Ask::Hello(hello) => format!("hello {}-{}", hello.revision_min, hello.revision_max),
        Ask::Login(login) => {
            format!("login {} {} at {}", login.user_name, login.password, device(&login.sign_in))
        }
        Ask::Register(it) => format!("register {} {} {}", it.user_name, it.password, it.invite),
        Ask::Resume(resume) => format!("resume {}×{:?}", resume.token.len(), resume.token[0]),
        Ask::LoginWithDevice(login) => {
            let (user, signature) = (login.user_id, login.signature.len());
            format!("device of {user}, {signature} bytes at {}", device(&login.sign_in))
        }
        Ask::Sync(sync) => sync_request(&sync),
        Ask::Send(send) => format!("send {} {:?}", room(send.room_id), send.text),
        Ask::LeaveRoom(leave) => format!("leave {}", room(leave.room_id)),
        Ask::Logout(_) => "logout".to_owned(),
        Ask::KeepAlive(alive) => match alive.activity() {
            Activity::Unspecified => "keep-alive".to_owned(),
            Activity::Active => "keep-alive active".to_owned(),
            Activity::Idle => "keep-alive idle".to_owned(),
        },
        other => panic!("{other:?}"),
    };
    if frame.request_id == 0 { body } else { format!("{body} ({})", frame.request_id) }
}

fn sync_request(sync: &SyncRequest) -> String {
    let mut line = "sync".to_owned();
    for id in &sync.room_ids {
        line += &format!(" {}", room(*id));
    }
    for cursor in &sync.cursors {
        line += &format!(" {}@{}", room(cursor.room_id), cursor.seq);
    }
    line + if sync.presence { " presence" } else { "" } + &format!(" epoch:{}", sync.epoch)
}

pub(super) fn answer(answer: &Result<Answer, Error>) -> String {
    match answer {
        Ok(Answer::SignedIn(None)) => "ok".to_owned(),
        Ok(Answer::SignedIn(Some(account))) => format!("ok {}", account.user.user_name),
        Ok(Answer::Rooms(states)) => {
            let states: Vec<_> = states.iter().map(state).collect();
            format!("ok {}", states.join(" "))
        }
        Ok(Answer::Body(body)) => match &**body {
            Body::Ack(_) => "ok".to_owned(),
            Body::Send(sent) => format!("ok {}", sent.seq),
            other => panic!("{other:?}"),
        },
        Err(error) => error.to_string(),
    }
}

fn state(state: &RoomState) -> String {
    let reset = if state.reset { "!" } else { "" };
    format!("{}:{}{reset}", room(state.room.as_ref().unwrap().room_id), state.head_seq)
}

pub(super) fn event(event: &Event) -> String {
    match event {
        Event::Room(event) => {
            let kind = if event.kind.is_some() { "" } else { " of a new kind" };
            format!("{} {}{kind}", room(event.room_id), event.seq)
        }
        Event::Reset(it) => format!("reset {}", state(it)),
        Event::RoomAdded(it) => format!("added {}", state(it)),
        Event::RoomRemoved(it) => format!("removed {}", room(it.room_id)),
        Event::Presence(them) => format!("presence of {}", them[0].user_name),
        Event::Offline { why, retry_in } => format!("offline: {why}, retry in {retry_in:.0?}"),
        Event::Online { resumed: true } => "online, resumed".to_owned(),
        Event::Online { resumed: false } => "online".to_owned(),
        Event::SignedOut(error) => format!("signed out: {error}"),
        Event::Ended(error) => format!("ended: {error}"),
        other => format!("{other:?}"),
    }
}
