//! Going live: where the client stands, what its rooms are, and pushes from there on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parlor_proto::ids::{RequestId, RoomId, Seq, UserId};

use super::answer;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, Notice};
use crate::chat::input::{ConnId, Now, Sync};
use crate::chat::presence;
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::conns::Wants;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id, who): (ConnId, RequestId, Who),
    Sync { epoch, cursors, rooms, presence }: Sync,
    effects: &mut Effects,
) {
    state.charge(now, who.user, Limited::Sync);
    let only: BTreeSet<RoomId> = rooms.into_iter().collect();
    let rooms = (!only.is_empty()).then(|| Arc::new(only));
    let wants = Wants { rooms, presence };
    let cursors: BTreeMap<RoomId, Seq> = cursors.into_iter().collect();
    let wanted: Vec<RoomId> = shown(state, who.user).filter(|room| wants.covers(*room)).collect();

    effects.notices.push(Notice::Synced { conn, presence });
    let mut views = Vec::with_capacity(wanted.len());
    let mut subscriptions = Vec::with_capacity(wanted.len());
    for room in &wanted {
        let Some(mut view) = state.rooms.view(*room, who.user) else { continue };
        let next = match cursors.get(room) {
            None => view.head.next(),
            Some(cursor) => go_on(state, epoch == state.epoch, *cursor, (view.floor, view.head))
                .unwrap_or_else(|| {
                    view.reset = true;
                    view.head.next()
                }),
        };
        subscriptions.push(Notice::Subscribed { conn, room: *room, next, head: view.head });
        views.push(view);
    }
    let mut invitations = super::room::invitations(state, who.user);
    invitations.retain(|invitation| wants.covers(invitation.room.room));
    // The answer goes first: a client knows its rooms before their events come.
    answer(effects, conn, id, Answer::Synced { epoch: state.epoch, rooms: views, invitations });
    effects.notices.append(&mut subscriptions);
    if presence {
        presence::introduce(state, conn, wanted, effects);
    }
    if let Some(attached) = state.conns.get_mut(conn) {
        attached.wants = Some(wants);
    }
}

/// The rooms of a user but for direct ones that were left.
fn shown(state: &State, user: UserId) -> impl Iterator<Item = RoomId> {
    let is_hidden = move |room: &RoomId| {
        state.rooms.member(*room, user).is_some_and(|member| member.preferences.hidden)
    };
    state.rooms.of_user(user).filter(move |room| !is_hidden(room))
}

/// The next seq after a cursor, if everything from there on can be sent.
fn go_on(state: &State, same_epoch: bool, cursor: Seq, (first, head): (Seq, Seq)) -> Option<Seq> {
    let is_kept = cursor.next() >= first;
    let missed = head.0.checked_sub(cursor.0)?;
    (same_epoch && is_kept && missed <= state.rules.catch_up_events_max).then(|| cursor.next())
}

/// A slow reader has caught up with the log, but missed presence on the way.
pub(in crate::chat) fn introduce_again(
    state: &State,
    conn: ConnId,
    from: UserId,
    effects: &mut Effects,
) {
    let Some(attached) = state.conns.get(conn) else { return };
    let Some(wants) = attached.wants.as_ref().filter(|wants| wants.presence) else { return };
    let rooms: Vec<RoomId> =
        shown(state, attached.user).filter(|room| wants.covers(*room)).collect();
    presence::introduce_again(state, conn, (rooms, from), effects);
}
