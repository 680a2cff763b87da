//! From events and answers to bytes: whole frames, length prefix included. An event is encoded
//! once, whoever receives it.

mod account;
mod admin;
mod event;
mod file;
mod message;
mod presence;
mod reading;
mod room;
mod search;
mod webhook;

use std::time::Duration;

use bytes::Bytes;
use parlor_proto::codes;
use parlor_proto::frame::{append_frame, encode_frame};
use parlor_proto::ids::{Epoch, RequestId, RoomId};
use parlor_proto::limits::{
    FRAME_BYTES_MAX, INVITATIONS_MAX, NAME_BYTES_MAX, PAGE_ROWS_MAX, TOPIC_BYTES_MAX,
};
use parlor_proto::v1::{self, GoAwayCode, server_frame::Body};

use self::event::room_event;
use self::presence::one_presence;
use self::room::{invitation, removal_cause, room_state};
use crate::chat::{
    Answer, Denial, FirstUnread, InvitationFacts, Logged, Membership, MentionToken, Preferences,
    Presence, ReactionBy, ReadMarker, RoomEvent, RoomView, SearchPage, Stamp, Typist,
    UNREAD_ROOMS_MAX, UnreadPlace, UnreadRoom, UserFacts,
};

/// Rooms of one frame that tells the state of each: with the longest topics it fits a frame.
const ROOMS_IN_FRAME_MAX: usize = 64;

/// The longest room, encoded: a direct one has people instead of a topic. A dozen numbers more as
/// one member sees it, or is invited to it.
const ROOM_BYTES_MAX: usize = TOPIC_BYTES_MAX + NAME_BYTES_MAX + 96;
const AS_SEEN_BYTES_MAX: usize = NAME_BYTES_MAX + 96;

const _: () = assert!(
    ROOMS_IN_FRAME_MAX * (ROOM_BYTES_MAX + AS_SEEN_BYTES_MAX) < FRAME_BYTES_MAX
        && UNREAD_ROOMS_MAX <= ROOMS_IN_FRAME_MAX
        && INVITATIONS_MAX * (ROOM_BYTES_MAX + AS_SEEN_BYTES_MAX) < FRAME_BYTES_MAX
        && PAGE_ROWS_MAX as usize * ROOM_BYTES_MAX < FRAME_BYTES_MAX,
    "an answer to Sync and a list of rooms fit a frame"
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
        Answer::Logged(Logged { seq, at }) => {
            Body::Logged(v1::Logged { seq: seq.0, time_ms: at.0 })
        }
        Answer::Account(answer) => account::answer(answer),
        Answer::Synced { epoch, rooms, invitations } => synced(epoch, &rooms, Some(&invitations)),
        Answer::Room(answer) => room::answer(answer),
        Answer::Reading(answer) => reading::answer(answer),
        Answer::Message(answer) => message::answer(&answer),
        Answer::Admin(answer) => admin::answer(answer),
        Answer::Webhook(answer) => webhook::answer(answer),
        Answer::File(answer) => file::answer(answer),
    };
    frame(id, body)
}

/// The answer to `Sync` before its last frame, which [`answer`] makes: splits off as many
/// rooms as one frame holds, while there are more than that. `is_last`: the last frame may have
/// rooms, because it has no invitations.
pub(crate) fn synced_part(
    id: RequestId,
    epoch: Epoch,
    rooms: &mut Vec<RoomView>,
    is_last: bool,
) -> Option<Bytes> {
    if rooms.is_empty() || is_last && rooms.len() <= ROOMS_IN_FRAME_MAX {
        return None;
    }
    let rest = rooms.split_off(rooms.len().min(ROOMS_IN_FRAME_MAX));
    let part = std::mem::replace(rooms, rest);
    Some(frame(id, synced(epoch, &part, None)))
}

/// `invitations`: in the last frame.
fn synced(epoch: Epoch, rooms: &[RoomView], invitations: Option<&[InvitationFacts]>) -> Body {
    Body::Sync(v1::SyncResponse {
        epoch: epoch.0,
        rooms: rooms.iter().map(room_state).collect(),
        more: invitations.is_none(),
        invitations: invitations.unwrap_or_default().iter().map(invitation).collect(),
    })
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

pub(crate) fn search(id: RequestId, page: &SearchPage) -> Bytes {
    frame(id, search::page(page))
}

pub(crate) fn reactions(id: RequestId, reactions: &[ReactionBy], more: bool) -> Bytes {
    let reactions = reactions.iter().map(message::reaction).collect();
    frame(id, Body::ListReactions(v1::ListReactionsResponse { reactions, more }))
}

/// Rooms with something unread, and the first message of each that is.
pub(crate) fn unread(
    id: RequestId,
    rooms: &[(&UnreadRoom, FirstUnread)],
    next: Option<UnreadPlace>,
) -> Bytes {
    let rooms = rooms.iter().map(|(room, first)| reading::unread(room, *first)).collect();
    let next_page_token = next.map_or_else(Vec::new, reading::unread_token).into();
    let more = next.is_some();
    frame(id, Body::ListUnread(v1::ListUnreadResponse { rooms, more, next_page_token }))
}

pub(crate) fn mentions(id: RequestId, events: &[RoomEvent], next: Option<MentionToken>) -> Bytes {
    let next_page_token = next.map(|next| Bytes::copy_from_slice(&next)).unwrap_or_default();
    let events = events.iter().map(room_event).collect();
    frame(id, Body::ListMentions(v1::ListMentionsResponse { events, next_page_token }))
}

pub(crate) fn read_marker(marker: &ReadMarker) -> Bytes {
    push(Body::ReadMarker(reading::read_marker(marker)))
}

pub(crate) fn typist(typist: &Typist) -> Bytes {
    push(Body::Typist(message::typist(typist)))
}

pub(crate) fn presence(presences: &[Presence]) -> Bytes {
    let presences = presences.iter().map(one_presence).collect();
    push(Body::Presence(v1::PresenceUpdate { presences }))
}

pub(crate) fn user_changed(facts: &UserFacts) -> Bytes {
    push(Body::UserChanged(v1::UserChanged { user: Some(account::user(facts)) }))
}

pub(crate) fn room_added(view: &RoomView) -> Bytes {
    push(Body::RoomAdded(v1::RoomAdded { state: Some(room_state(view)) }))
}

pub(crate) fn room_removed(room: RoomId, cause: Membership) -> Bytes {
    let cause = removal_cause(cause).into();
    push(Body::RoomRemoved(v1::RoomRemoved { room_id: room.0, cause }))
}

pub(crate) fn invited(facts: &InvitationFacts) -> Bytes {
    push(Body::InvitationAdded(v1::InvitationAdded { invitation: Some(invitation(facts)) }))
}

pub(crate) fn uninvited(room: RoomId) -> Bytes {
    push(Body::InvitationRemoved(v1::InvitationRemoved { room_id: room.0 }))
}

pub(crate) fn preferences_changed(room: RoomId, preferences: Preferences) -> Bytes {
    let preferences = Some(room::preferences(preferences));
    push(Body::PreferencesChanged(v1::PreferencesChanged { room_id: room.0, preferences }))
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
