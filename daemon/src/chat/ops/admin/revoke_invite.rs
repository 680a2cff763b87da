//! Taking an invite to the server back.

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::effects::{AdminChange, Answer, Change, Effects};
use crate::chat::input::{Invite, Now};
use crate::chat::state::State;

pub(super) fn run(
    state: &State,
    now: Now,
    actor: Actor,
    invite: &Invite,
    effects: &mut Effects,
) -> Answer {
    let hash = invite.hash;
    effects.changes.push(Change::Admin(AdminChange::InviteRevoked { hash }));
    let object = format!("invite {}", invite.id().0);
    audit(state, now, actor, Entry::new(Deed::InviteRevoked, object), effects);
    Answer::Done
}
