//! Signing in with a password: it is looked at outside, then a session begins.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, UserId};
use parlor_proto::name::Name;

use super::resume;
use crate::chat::authorize::has_storage;
use crate::chat::effects::{
    AccountChange, Answer, Change, Denial, Effects, Farewell, Job, PresenceCause, PresenceState,
};
use crate::chat::input::{Checked, ConnId, FreshToken, Now, Password, SignIn};
use crate::chat::liveness;
use crate::chat::ops::answer;
use crate::chat::state::State;
use crate::chat::state::conns::{Pending, Purpose};
use crate::chat::state::sessions::{Session, Standing};

/// Names that the table of wrong passwords holds.
const NAMES_MAX: usize = 10_000;

/// Who wants to sign in.
pub(super) struct Wish {
    pub(super) name: Option<Name>,
    pub(super) password: Password,
    pub(super) sign_in: SignIn,
}

pub(super) fn run(
    state: &mut State,
    (conn, id): (ConnId, RequestId),
    Wish { name, password, sign_in }: Wish,
    effects: &mut Effects,
) {
    let user = name.as_ref().and_then(|name| state.users.named(name));
    let against = user.and_then(|user| state.users.get(user)).map(|user| user.password.clone());
    let purpose = Purpose::Login { name, user };
    state.conns.pending.insert(conn, Pending { id, sign_in, purpose, abandoned: false });
    effects.jobs.push(Job::CheckPassword { conn, password, against });
}

/// The password has been looked at.
pub(in crate::chat) fn finish(
    state: &mut State,
    now: Now,
    (conn, token): (ConnId, FreshToken),
    outcome: Checked,
    effects: &mut Effects,
) {
    let Some(pending) = state.conns.pending.remove(&conn) else { return };
    let Purpose::Login { name, user } = pending.purpose else { return };
    if pending.abandoned {
        return;
    }
    match (outcome, user) {
        (Checked::Match { raised }, Some(user)) => {
            if let Err(denial) = has_storage(state) {
                return answer(effects, conn, pending.id, Answer::Denied(denial));
            }
            if let Some(password) = raised {
                if let Some(account) = state.users.get_mut(user) {
                    account.password = password.clone();
                }
                effects
                    .changes
                    .push(Change::Account(AccountChange::PasswordRaised { user, password }));
            }
            begin_session(state, now, (conn, pending.id), (user, pending.sign_in, token), effects);
        }
        (Checked::Match { .. } | Checked::Mismatch, _) => {
            remember_wrong(state, now, name);
            let denial = Denial::new(Reason::BadCredentials, "the name or the password is wrong");
            answer(effects, conn, pending.id, Answer::Denied(denial));
        }
    }
}

/// A new session; the one heard from longest ago makes room if there are too many.
pub(super) fn begin_session(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (user, sign_in, token): (UserId, SignIn, FreshToken),
    effects: &mut Effects,
) {
    while state.sessions.of_user(user).count() >= state.rules.sessions_per_user_max {
        let oldest = state.sessions.of_user(user).min_by_key(|(id, session)| (session.heard, *id));
        let Some((oldest, _)) = oldest else { break };
        liveness::end_session(state, now, oldest, Farewell::Displaced, effects);
    }
    let timeout = resume::granted(state, &sign_in);
    let device = sign_in.device;
    let session = state.sessions.add(Session {
        user,
        token: token.hash,
        device: Arc::clone(&device),
        timeout,
        heard: now.moment,
        standing: Standing {
            state: PresenceState::Online,
            cause: PresenceCause::Connected,
            since: now.stamp,
            ends: None,
        },
        timer: None,
    });
    let (token_hash, at) = (token.hash, now.stamp);
    effects.changes.push(Change::Account(AccountChange::SessionStarted {
        session,
        user,
        token: token_hash,
        device,
        timeout,
        at,
    }));
    resume::attach(state, now, (conn, id), (session, timeout, Some(token)), effects);
}

fn remember_wrong(state: &mut State, now: Now, name: Option<Name>) {
    let Some(name) = name else { return };
    let rate = state.rules.wrong_passwords;
    let mut bucket = state.wrong_passwords.get(&name).copied().unwrap_or_default();
    // Whoever was let through before the bucket was empty may find it empty now.
    let _empty = bucket.take(now.moment, rate);
    if state.wrong_passwords.len() >= NAMES_MAX && !state.wrong_passwords.contains(&name) {
        make_room(state, now);
    }
    state.wrong_passwords.insert(name, bucket);
}

fn make_room(state: &mut State, now: Now) {
    let all = state.wrong_passwords.iter();
    let full = all.filter(|(_, bucket)| bucket.is_full(now.moment)).map(|(name, _)| name.clone());
    let mut forgettable: Vec<Name> = full.collect();
    if forgettable.is_empty() {
        forgettable.extend(state.wrong_passwords.first().map(|(name, _)| name.clone()));
    }
    for name in forgettable {
        state.wrong_passwords.remove(&name);
    }
}
