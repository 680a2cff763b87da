//! From events and answers to bytes: whole frames, length prefix included. An event is encoded
//! once, whoever receives it.

use std::time::Duration;

use bytes::Bytes;
use parlor_proto::codes;
use parlor_proto::frame::{append_frame, encode_frame};
use parlor_proto::ids::{Epoch, RequestId, RoomId};
use parlor_proto::limits::{FRAME_BYTES_MAX, NAME_BYTES_MAX, TOPIC_BYTES_MAX};
use parlor_proto::v1::{self, GoAwayCode, server_frame::Body};

use crate::chat::{
    Answer, Denial, EventKind, MemberFacts, Membership, Presence, PresenceCause, PresenceState,
    RoomEvent, RoomFacts, RoomView, Stamp, UserFacts,
};

/// Rooms of one frame that answers `Sync`: with the longest topics it fits a frame.
const SYNCED_ROOMS_MAX: usize = 64;

const _: () = assert!(
    SYNCED_ROOMS_MAX * (TOPIC_BYTES_MAX + 2 * NAME_BYTES_MAX + 128) < FRAME_BYTES_MAX,
    "an answer to Sync fits a frame"
);

/// A page of a room's log, as it came from the store.
#[derive(Debug, Default)]
pub(crate) struct PageFacts {
    pub(crate) head: u64,
    pub(crate) has_older: bool,
    pub(crate) has_newer: bool,
}

pub(crate) fn hello(id: RequestId, hello: v1::HelloResponse) -> Bytes {
    frame(id, Body::Hello(hello))
}

pub(crate) fn keep_alive_ack(id: RequestId, token: u64, now: Stamp) -> Bytes {
    frame(id, Body::KeepAliveAck(v1::KeepAliveAck { token, server_time_ms: now.0 }))
}

pub(crate) fn probe() -> Bytes {
    push(Body::Probe(v1::Probe {}))
}

pub(crate) fn go_away(code: GoAwayCode, message: &str) -> Bytes {
    push(Body::GoAway(codes::go_away(code, message)))
}

pub(crate) fn error(id: RequestId, denial: &Denial) -> Bytes {
    frame(
        id,
        Body::Error(v1::Error {
            code: denial.reason.code().into(),
            reason: denial.reason.as_str().to_owned(),
            message: denial.message.clone(),
            retryable: denial.reason.is_retryable(),
            retry_after_ms: millis(denial.retry_after),
        }),
    )
}

/// All answers but that to `Sync`, which may take several frames.
pub(crate) fn answer(id: RequestId, answer: Answer) -> Bytes {
    let body = match answer {
        Answer::Denied(denial) => return error(id, &denial),
        Answer::Done => Body::Ack(v1::Ack {}),
        Answer::SignedIn { session, token, user: facts, timeout } => Body::Auth(v1::AuthResponse {
            session_id: session.0,
            token: token.map(|token| Bytes::copy_from_slice(&token)).unwrap_or_default(),
            user: Some(user(&facts)),
            session_timeout_ms: millis(timeout),
        }),
        Answer::Users(users) => {
            Body::GetUsers(v1::GetUsersResponse { users: users.iter().map(user).collect() })
        }
        Answer::Synced { epoch, rooms } => synced(epoch, &rooms, false),
        Answer::Room(view) => Body::Room(v1::RoomResponse { state: Some(room_state(&view)) }),
        Answer::Rooms { rooms, more } => {
            Body::ListRooms(v1::ListRoomsResponse { rooms: rooms.iter().map(room).collect(), more })
        }
        Answer::Members { members, more } => Body::ListMembers(v1::ListMembersResponse {
            members: members.iter().map(member).collect(),
            more,
        }),
        Answer::Sent { seq, at, duplicate } => {
            Body::Send(v1::SendResponse { seq: seq.0, time_ms: at.0, duplicate })
        }
    };
    frame(id, body)
}

/// The answer to `Sync` before its last frame, which [`answer`] makes: splits off as many
/// rooms as one frame holds, while there are more than that.
pub(crate) fn synced_part(id: RequestId, epoch: Epoch, rooms: &mut Vec<RoomView>) -> Option<Bytes> {
    if rooms.len() <= SYNCED_ROOMS_MAX {
        return None;
    }
    let rest = rooms.split_off(SYNCED_ROOMS_MAX);
    let part = std::mem::replace(rooms, rest);
    Some(frame(id, synced(epoch, &part, true)))
}

fn synced(epoch: Epoch, rooms: &[RoomView], more: bool) -> Body {
    let rooms = rooms.iter().map(room_state).collect();
    Body::Sync(v1::SyncResponse { epoch: epoch.0, rooms, more })
}

/// Adds the bytes that every member gets.
pub(crate) fn append_event(frames: &mut Vec<u8>, event: &RoomEvent) {
    let body = Some(Body::RoomEvent(room_event(event)));
    append_frame(frames, &v1::ServerFrame { request_id: 0, body });
}

pub(crate) fn page(id: RequestId, events: &[RoomEvent], facts: &PageFacts) -> Bytes {
    frame(
        id,
        Body::History(v1::HistoryResponse {
            events: events.iter().map(room_event).collect(),
            head_seq: facts.head,
            has_older: facts.has_older,
            has_newer: facts.has_newer,
        }),
    )
}

pub(crate) fn presence(presences: &[Presence]) -> Bytes {
    let presences = presences.iter().map(one_presence).collect();
    push(Body::Presence(v1::PresenceUpdate { presences }))
}

pub(crate) fn room_added(view: &RoomView) -> Bytes {
    push(Body::RoomAdded(v1::RoomAdded { state: Some(room_state(view)) }))
}

pub(crate) fn room_removed(room: RoomId) -> Bytes {
    let cause = v1::RemovalCause::Left.into();
    push(Body::RoomRemoved(v1::RoomRemoved { room_id: room.0, cause }))
}

fn room_event(event: &RoomEvent) -> v1::RoomEvent {
    use v1::room_event::Kind;

    let kind = match &event.kind {
        EventKind::Message { id, text } => Kind::Message(v1::Message {
            text: text.as_ref().to_owned(),
            client_message_id: Bytes::copy_from_slice(&id.0),
        }),
        EventKind::MemberChanged { user, name, membership } => {
            Kind::MemberChanged(v1::MemberChanged {
                user_id: user.0,
                user_name: name.into(),
                membership: match membership {
                    Membership::Joined => v1::Membership::Joined,
                    Membership::Left => v1::Membership::Left,
                }
                .into(),
            })
        }
        EventKind::RoomChanged(facts) => {
            Kind::RoomChanged(v1::RoomChanged { room: Some(room(facts)) })
        }
    };
    v1::RoomEvent {
        room_id: event.room.0,
        seq: event.seq.0,
        time_ms: event.at.0,
        actor_id: event.actor.0,
        actor_name: (&event.actor_name).into(),
        kind: Some(kind),
    }
}

fn room_state(view: &RoomView) -> v1::RoomState {
    v1::RoomState {
        room: Some(room(&view.facts)),
        head_seq: view.head.0,
        join_seq: view.join_seq.0,
        reset: view.reset,
    }
}

fn room(facts: &RoomFacts) -> v1::Room {
    v1::Room {
        room_id: facts.room.0,
        name: (&facts.name).into(),
        topic: facts.topic.as_ref().to_owned(),
        creator_id: facts.creator.0,
        create_time_ms: facts.created.0,
        member_count: facts.members,
    }
}

fn user(facts: &UserFacts) -> v1::User {
    v1::User {
        user_id: facts.user.0,
        user_name: (&facts.name).into(),
        create_time_ms: facts.created.0,
    }
}

fn member(facts: &MemberFacts) -> v1::Member {
    v1::Member {
        user_id: facts.user.0,
        user_name: (&facts.name).into(),
        join_seq: facts.join_seq.0,
        join_time_ms: facts.joined.0,
        presence: Some(one_presence(&facts.presence)),
    }
}

fn one_presence(presence: &Presence) -> v1::Presence {
    let state = match presence.state {
        PresenceState::Offline => v1::PresenceState::Offline,
        PresenceState::Away => v1::PresenceState::Away,
        PresenceState::Online => v1::PresenceState::Online,
    };
    v1::Presence {
        user_id: presence.user.0,
        user_name: (&presence.name).into(),
        state: state.into(),
        cause: presence_cause(presence.cause).into(),
        since_ms: presence.since.0,
        device: presence.device.as_ref().to_owned(),
        session_ends_ms: presence.session_ends.unwrap_or_default().0,
    }
}

fn presence_cause(cause: PresenceCause) -> v1::PresenceCause {
    match cause {
        PresenceCause::Connected => v1::PresenceCause::Connected,
        PresenceCause::Idle => v1::PresenceCause::Idle,
        PresenceCause::Silent => v1::PresenceCause::Silent,
        PresenceCause::ConnectionClosed => v1::PresenceCause::ConnectionClosed,
        PresenceCause::ConnectionLost => v1::PresenceCause::ConnectionLost,
        PresenceCause::ServerRestarted => v1::PresenceCause::ServerRestarted,
        PresenceCause::LoggedOut => v1::PresenceCause::LoggedOut,
        PresenceCause::TimedOut => v1::PresenceCause::TimedOut,
        PresenceCause::NeverSeen => v1::PresenceCause::NeverSeen,
        PresenceCause::Displaced => v1::PresenceCause::Displaced,
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

fn frame(id: RequestId, body: Body) -> Bytes {
    encode_frame(&v1::ServerFrame { request_id: id.0, body: Some(body) })
}

fn push(body: Body) -> Bytes {
    frame(RequestId(0), body)
}
