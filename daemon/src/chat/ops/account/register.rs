//! Making an account: the password is hashed outside, then the account and its first session
//! begin together.

use parlor_proto::codes::Reason;
use parlor_proto::ids::RequestId;
use parlor_proto::name::Name;

use super::login;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{bad_invite, has_storage, may_register};
use crate::chat::effects::{AccountChange, Answer, Change, Denial, Effects, Job};
use crate::chat::input::{
    Claim, ConnId, FreshToken, Hashed, Now, Password, PasswordHash, SecretHash, SecretId, SignIn,
};
use crate::chat::ops::answer;
use crate::chat::rules::Registration;
use crate::chat::state::State;
use crate::chat::state::conns::{Pending, Purpose};
use crate::chat::state::users::User;

/// Who wants an account.
pub(super) struct Wish {
    pub(super) name: Name,
    pub(super) password: Password,
    pub(super) invite: Option<SecretHash>,
    pub(super) sign_in: SignIn,
}

pub(super) fn run(
    state: &mut State,
    (conn, id): (ConnId, RequestId),
    Wish { name, password, invite, sign_in }: Wish,
    effects: &mut Effects,
) {
    let purpose = Purpose::Register { name: name.clone() };
    state.conns.pending.insert(conn, Pending { id, sign_in, purpose, abandoned: false });
    effects.jobs.push(Job::HashPassword { conn, name, password, invite });
}

/// The password is hashed. Much may have happened meanwhile, so everything is asked again.
pub(super) fn finish(
    state: &mut State,
    now: Now,
    (conn, token): (ConnId, FreshToken),
    (outcome, claim, pending): (Hashed, &Claim, Pending),
    effects: &mut Effects,
) {
    let Purpose::Register { name } = pending.purpose else { return };
    if pending.abandoned {
        return;
    }
    match may_finish(state, now, &name, outcome, claim) {
        Ok((password, invite)) => {
            let user = state.users.add(User::new(name.clone(), password.clone(), now.stamp));
            let (at, name_text) = (now.stamp, name.as_str().to_owned());
            effects.changes.push(Change::Account(AccountChange::UserAdded {
                user,
                name,
                password,
                at,
                invite,
            }));
            let actor = Actor { user: Some(user), ..Actor::at(pending.sign_in.address) };
            let entry = Entry::new(Deed::AccountAdded, name_text);
            audit(state, now, actor, entry, effects);
            if let Some(hash) = invite {
                let object = format!("invite {}", SecretId::of(&hash).0);
                audit(state, now, actor, Entry::new(Deed::InviteUsed, object), effects);
            }
            let asked = (conn, pending.id);
            login::begin_session(state, now, asked, (user, pending.sign_in, token), effects);
        }
        Err(denial) => answer(effects, conn, pending.id, Answer::Denied(denial)),
    }
}

fn may_finish(
    state: &State,
    now: Now,
    name: &Name,
    outcome: Hashed,
    claim: &Claim,
) -> Result<(PasswordHash, Option<SecretHash>), Denial> {
    let password = match outcome {
        Hashed::Done(password) => password,
        Hashed::Weak(why) => return Err(Denial::new(Reason::WeakPassword, why)),
    };
    let known = match claim {
        Claim::Known(invite) => Some(invite),
        Claim::Nothing | Claim::Unchecked(_) => None,
    };
    let usable = known.filter(|invite| invite.is_good(now.stamp));
    let needed = state.rules.registration == Registration::Invite;
    if needed && usable.is_none() {
        return Err(bad_invite());
    }
    let invite = usable.filter(|_| needed).map(|invite| invite.hash);
    may_register(state, name, invite)?;
    has_storage(state)?;
    Ok((password, invite))
}
