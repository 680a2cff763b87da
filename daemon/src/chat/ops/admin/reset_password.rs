//! Setting a new password with a one-time code. The password is hashed first, so that neither
//! the answer nor its time tells whether there is such a user.

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, UserId};
use parlor_proto::name::Name;

use super::{end_sessions, name_of};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{bad_code, has_storage, may_act};
use crate::chat::effects::{AccountChange, Answer, Change, Denial, Effects, Job};
use crate::chat::input::{
    ConnId, FreshToken, Hashed, Now, Password, PasswordHash, SecretHash, SignIn,
};
use crate::chat::ops::account::login;
use crate::chat::ops::answer;
use crate::chat::state::State;
use crate::chat::state::conns::{Pending, Purpose};

/// What is hashed in the name of somebody who cannot exist.
const NOBODY: &str = "nobody";

/// Who wants a new password.
pub(super) struct Wish {
    pub(super) name: Option<Name>,
    pub(super) code: SecretHash,
    pub(super) password: Password,
    pub(super) sign_in: SignIn,
}

pub(super) fn run(
    state: &mut State,
    (conn, id): (ConnId, RequestId),
    Wish { name, code, password, sign_in }: Wish,
    effects: &mut Effects,
) {
    let judged_by = name.clone().or_else(|| Name::parse(NOBODY).ok());
    let Some(judged_by) = judged_by else { return };
    let purpose = Purpose::Reset { name, code };
    state.conns.pending.insert(conn, Pending { id, sign_in, purpose, abandoned: false });
    effects.jobs.push(Job::HashPassword { conn, name: judged_by, password, invite: None });
}

/// The password is hashed: now the code counts.
pub(in crate::chat) fn finish(
    state: &mut State,
    now: Now,
    (conn, token): (ConnId, FreshToken),
    (outcome, pending): (Hashed, Pending),
    effects: &mut Effects,
) {
    let Purpose::Reset { name, code } = pending.purpose else { return };
    if pending.abandoned {
        return;
    }
    let address = pending.sign_in.address;
    match may_finish(state, now, (name.as_ref(), code), outcome) {
        Ok((user, password)) => {
            set(state, now, Actor::at(address), (user, password), effects);
            let asked = (conn, pending.id);
            login::begin_session(state, now, asked, (user, pending.sign_in, token), effects);
        }
        Err(denial) => {
            if denial.reason == Reason::BadCode {
                login::remember_wrong(state, now, name, address, effects);
            }
            answer(effects, conn, pending.id, Answer::Denied(denial));
        }
    }
}

fn may_finish(
    state: &State,
    now: Now,
    (name, code): (Option<&Name>, SecretHash),
    outcome: Hashed,
) -> Result<(UserId, PasswordHash), Denial> {
    let user = name.and_then(|name| state.users.named(name));
    let user = user.filter(|user| may_act(state, *user));
    let account = user.and_then(|user| state.users.get(user));
    let good = account.and_then(|account| account.reset);
    let good = good.is_some_and(|(hash, expires)| hash == code && expires > now.stamp);
    let user = user.filter(|_| good).ok_or_else(bad_code)?;
    has_storage(state)?;
    match outcome {
        Hashed::Done(password) => Ok((user, password)),
        Hashed::Weak(why) => Err(Denial::new(Reason::WeakPassword, why)),
    }
}

fn set(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, password): (UserId, PasswordHash),
    effects: &mut Effects,
) {
    login::replace_password(state, user, password, effects);
    let removed = AccountChange::DevicesRemoved { user, but: None };
    effects.changes.push(Change::Account(removed));
    let actor = Actor { user: Some(user), ..actor };
    audit(state, now, actor, Entry::new(Deed::PasswordReset, name_of(state, user)), effects);
    end_sessions(state, now, actor, user, effects);
}
