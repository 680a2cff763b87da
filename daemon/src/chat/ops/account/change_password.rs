//! Another password: the old one is checked and the new one hashed outside. With it all other
//! sessions and all other devices end, in one batch.

use parlor_proto::codes::Reason;

use super::{end_sessions, login};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{Who, has_storage};
use crate::chat::effects::{AccountChange, Answer, Change, Denial, Effects, Job};
use crate::chat::input::{Checked, ConnId, Hashed, Now, Password, PasswordHash, SignIn};
use crate::chat::ops::{Asked, answer, lost};
use crate::chat::state::State;
use crate::chat::state::conns::{Pending, Purpose};

pub(super) fn run(
    state: &mut State,
    asked: Asked,
    who: Who,
    (old, new): (Password, Password),
    effects: &mut Effects,
) {
    let (conn, id) = asked;
    let Some(account) = state.users.get(who.user) else {
        return answer(effects, conn, id, lost("the user"));
    };
    let (name, against) = (account.name.clone(), account.password_in_use().cloned());
    wait(state, asked, Purpose::ChangePassword { name, who, new });
    effects.jobs.push(Job::CheckPassword { conn, password: old, against });
}

/// The old password has been looked at.
pub(super) fn checked(
    state: &mut State,
    now: Now,
    conn: ConnId,
    (outcome, pending): (Checked, Pending),
    effects: &mut Effects,
) {
    let Purpose::ChangePassword { name, who, new } = pending.purpose else { return };
    let asked = (conn, pending.id);
    if !is_still(state, conn, who) {
        return;
    }
    match outcome {
        Checked::Match { .. } => {
            wait(state, asked, Purpose::NewPassword { who });
            effects.jobs.push(Job::HashPassword { conn, name, password: new, invite: None });
        }
        Checked::Mismatch => {
            let address = Actor::of(state, conn).address;
            login::remember_wrong(state, now, Some(name), address, effects);
            let denial = Denial::new(Reason::BadCredentials, "the old password is wrong");
            answer(effects, conn, pending.id, Answer::Denied(denial));
        }
    }
}

/// The new password is hashed, or too weak.
pub(super) fn finish(
    state: &mut State,
    now: Now,
    conn: ConnId,
    (outcome, pending): (Hashed, Pending),
    effects: &mut Effects,
) {
    let Purpose::NewPassword { who } = pending.purpose else { return };
    if !is_still(state, conn, who) {
        return;
    }
    let done = match (outcome, has_storage(state)) {
        (Hashed::Done(password), Ok(())) => {
            set(state, now, (conn, who), password, effects);
            Answer::Done
        }
        (Hashed::Done(_), Err(denial)) => Answer::Denied(denial),
        (Hashed::Weak(why), _) => Answer::Denied(Denial::new(Reason::WeakPassword, why)),
    };
    answer(effects, conn, pending.id, done);
}

fn set(
    state: &mut State,
    now: Now,
    (conn, who): (ConnId, Who),
    password: PasswordHash,
    effects: &mut Effects,
) {
    let actor = Actor::of(state, conn);
    login::replace_password(state, who.user, password, effects);
    audit(state, now, actor, Entry::new(Deed::PasswordChanged, ""), effects);
    let but = state.sessions.get(who.session).and_then(|session| session.device_id);
    let removed = AccountChange::DevicesRemoved { user: who.user, but };
    effects.changes.push(Change::Account(removed));
    end_sessions::all(state, now, actor, (who.user, Some(who.session)), effects);
}

/// Whether whoever asked is signed in as before; if not, nobody waits for the answer.
fn is_still(state: &State, conn: ConnId, who: Who) -> bool {
    state.conns.get(conn).is_some_and(|conn| conn.session == who.session)
}

fn wait(state: &mut State, (conn, id): Asked, purpose: Purpose) {
    let pending = Pending { id, sign_in: SignIn::default(), purpose, abandoned: false };
    state.conns.pending.insert(conn, pending);
}
