//! Leave to look for messages.

use parlor_proto::ids::RequestId;

use crate::chat::authorize::Who;
use crate::chat::effects::{Effects, Notice};
use crate::chat::input::{ConnId, Now};
use crate::chat::rules::Limited;
use crate::chat::search::SearchPermit;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (who, permit): (Who, SearchPermit),
    effects: &mut Effects,
) {
    state.charge(now, who.user, Limited::Search);
    effects.notices.push(Notice::Search { conn, id, permit });
}
