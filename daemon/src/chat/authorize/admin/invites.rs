//! Who may invite people to the server.

use parlor_proto::codes::Reason;

use super::{a_person, at_most, not_an_admin, not_found_out};
use crate::chat::authorize::{AdminAction, has_storage, is_within_rate};
use crate::chat::effects::Denial;
use crate::chat::input::{AdminFound, AdminRequest, ConnId, Now};
use crate::chat::rules::{InvitesBy, Limited, Registration};
use crate::chat::state::State;

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (AdminRequest, Option<AdminFound>),
) -> Result<AdminAction, Denial> {
    let who = a_person(state, conn)?;
    let is_admin = state.is_admin(who.user);
    match (request, found) {
        (
            AdminRequest::CreateInvite { uses, valid },
            Some(AdminFound::NewInvite { secret, open }),
        ) => {
            if state.rules.registration == Registration::Closed {
                let message = "nobody may register here, so an invite is good for nothing";
                return Err(Denial::new(Reason::RegistrationClosed, message));
            }
            if state.rules.invites_by == InvitesBy::Admins && !is_admin {
                return Err(not_an_admin());
            }
            has_storage(state)?;
            at_most("open invites of one user", open, state.rules.invites_per_user_max)?;
            is_within_rate(state, now, who, Limited::CreateInvite)?;
            Ok(AdminAction::CreateInvite { who, uses, valid, secret })
        }
        (AdminRequest::ListInvites, Some(AdminFound::Invites(invites))) => {
            is_within_rate(state, now, who, Limited::List)?;
            Ok(AdminAction::ListInvites { who, invites })
        }
        (AdminRequest::RevokeInvite { .. }, Some(AdminFound::Invite(invite))) => {
            has_storage(state)?;
            let invite = invite.filter(|invite| is_admin || invite.creator == Some(who.user));
            let missing = || Denial::new(Reason::InviteNotFound, "there is no such invite");
            Ok(AdminAction::RevokeInvite { invite: invite.ok_or_else(missing)? })
        }
        _ => Err(not_found_out()),
    }
}
