//! Signing out: the session ends at once, for all of its connections.

use parlor_proto::ids::RequestId;

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, Farewell};
use crate::chat::input::{ConnId, Now};
use crate::chat::liveness;
use crate::chat::ops::answer;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    who: Who,
    effects: &mut Effects,
) {
    answer(effects, conn, id, Answer::Done);
    audit(state, now, Actor::of(state, conn), Entry::new(Deed::Logout, ""), effects);
    liveness::end_session(state, now, who.session, Farewell::LoggedOut, effects);
}
