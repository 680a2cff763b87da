//! What a search may see: the rooms of whoever searches, each from where and up to where this
//! user may read it.

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::message::MessageAction;
use super::{Who, is_within_rate, may, somebody};
use crate::chat::effects::Denial;
use crate::chat::input::{ConnId, Now};
use crate::chat::permissions::{Operation, called, no_such_room};
use crate::chat::rules::Limited;
use crate::chat::search::{Query, SearchPermit, SearchPlace, Span, Where};
use crate::chat::state::State;

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (query, resume, rows): (Query, Option<SearchPlace>, u32),
) -> Result<MessageAction, Denial> {
    let who = somebody(state, conn)?;
    if !state.rules.has_index {
        let message = "this server is not searched: its operator has turned that off";
        return Err(Denial::new(Reason::UnknownRequest, message));
    }
    is_within_rate(state, now, who, Limited::Search)?;
    let spans = spans(state, now, (conn, who), &query)?;
    let author = query.author.as_ref().map(|name| user(state, name)).transpose()?;
    let Query { terms, since, before, .. } = query;
    let permit = SearchPermit { spans, author, since, before, terms, resume, rows };
    Ok(MessageAction::Search { who, permit })
}

/// In order of rooms, each once.
fn spans(
    state: &State,
    now: Now,
    (conn, who): (ConnId, Who),
    query: &Query,
) -> Result<Vec<Span>, Denial> {
    let mut rooms = Vec::new();
    for named in &query.rooms {
        let room = match named {
            Where::Group(name) => called(state, now, who.user, name).first().copied(),
            Where::With(name) => {
                let mut people = vec![who.user, user(state, name)?];
                people.sort_unstable();
                people.dedup();
                state.rooms.direct(&people)
            }
        };
        let room = room.ok_or_else(no_such_room)?;
        may(state, now, conn, (room, Operation::Read))?;
        rooms.push(room);
    }
    if query.rooms.is_empty() {
        rooms.extend(state.rooms.of_user(who.user));
    }
    rooms.sort_unstable();
    rooms.dedup();
    Ok(rooms.into_iter().filter_map(|room| span(state, who.user, room)).collect())
}

/// All that a user may read, in order of rooms.
pub(in crate::chat) fn spans_of(state: &State, user: UserId) -> Vec<Span> {
    state.rooms.of_user(user).filter_map(|room| span(state, user, room)).collect()
}

fn user(state: &State, name: &Name) -> Result<UserId, Denial> {
    let unknown = || Denial::new(Reason::UserNotFound, format!("there is no user {name}"));
    state.users.named(name).ok_or_else(unknown)
}

/// What a member may read of a room.
fn span(state: &State, user: UserId, room: RoomId) -> Option<Span> {
    let (floor, ceiling) = (state.rooms.floor(room, user)?, state.rooms.get(room)?.head);
    Some(Span { room, floor, ceiling })
}
