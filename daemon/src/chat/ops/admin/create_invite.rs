//! Inviting somebody to the server.

use std::time::Duration;

use super::invite_facts;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::Who;
use crate::chat::effects::{AdminAnswer, AdminChange, Answer, Change, Effects};
use crate::chat::input::{FreshSecret, Invite, Now};
use crate::chat::rules::Limited;
use crate::chat::state::State;

/// What the invite is good for.
pub(super) struct Terms {
    pub(super) uses: u32,
    pub(super) valid: Duration,
    pub(super) secret: FreshSecret,
}

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, actor): (Who, Actor),
    Terms { uses, valid, secret }: Terms,
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::CreateInvite);
    let invite = Invite {
        hash: secret.hash,
        creator: Some(who.user),
        uses_left: uses,
        created: now.stamp,
        expires: now.stamp.plus(valid),
    };
    effects.changes.push(Change::Admin(AdminChange::InviteMade { invite: invite.clone() }));
    let object = format!("invite {}, {uses} uses", invite.id().0);
    audit(state, now, actor, Entry::new(Deed::InviteMade, object), effects);
    Answer::Admin(AdminAnswer::InviteMade { secret, invite: invite_facts(state, invite) })
}
