//! Saying something in a room.

use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, RoomId, UserId};

use crate::chat::authorize::{First, Who};
use crate::chat::effects::{Answer, Effects, EventKind, FileFacts, Message, MessageAnswer};
use crate::chat::input::{Now, Said};
use crate::chat::ops::{log, lost, room};
use crate::chat::reading;
use crate::chat::rules::{Limited, kib};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    (id, said, files): (ClientMessageId, Said, Arc<[FileFacts]>),
    effects: &mut Effects,
) -> Answer {
    let Said { text, format, reply_to, thread, .. } = said;
    state.charge(now, who.user, Limited::Send);
    state.charge_many(now, who.user, (Limited::SendText, kib(&text)));
    if state.is_webhook(who.user) {
        state.charge(now, who.user, Limited::WebhookSend);
    }
    state.has_spoken(now, who.user, room);
    room::hide_room::show(state, room, effects);
    let body = reading::body_of(state, now, (who.user, room), (text, format));
    let said = Message { id, body, reply_to, thread, files, ..Message::default() };
    let Some(event) = log(state, now, room, (who.user, EventKind::Message(said)), effects) else {
        return lost("the room");
    };
    if let EventKind::Message(said) = &event.kind {
        reading::said(state, &event, &said.body, effects);
    }
    let (seq, at) = (event.seq, event.at);
    Answer::Message(MessageAnswer::Sent { room, seq, at, duplicate: false })
}

/// The first message to these people makes their room.
pub(super) fn direct(
    state: &mut State,
    now: Now,
    (who, people): (Who, &[UserId]),
    what: (ClientMessageId, Said, Arc<[FileFacts]>),
    effects: &mut Effects,
) -> Answer {
    match room::direct::make(state, now, who, people, effects) {
        Some(room) => run(state, now, (who, room), what, effects),
        None => lost("the room"),
    }
}

/// The same message came before: the same answer.
pub(super) fn again(room: RoomId, first: First) -> Answer {
    Answer::Message(MessageAnswer::Sent { room, seq: first.seq, at: first.at, duplicate: true })
}
