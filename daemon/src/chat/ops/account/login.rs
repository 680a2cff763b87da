//! Signing in with a password: it is looked at outside, then a session begins.

use std::net::IpAddr;
use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, SessionId, UserId};
use parlor_proto::name::Name;

use super::resume;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{has_storage, may_act};
use crate::chat::effects::{
    AccountChange, AdminChange, Answer, Change, Denial, Effects, Farewell, Job, PresenceCause,
    PresenceState,
};
use crate::chat::failures;
use crate::chat::guesses;
use crate::chat::input::{Checked, ConnId, FreshToken, Now, Password, PasswordHash, SignIn};
use crate::chat::liveness;
use crate::chat::ops::answer;
use crate::chat::snapshot::SessionRow;
use crate::chat::state::State;
use crate::chat::state::conns::{Attention, Pending, Purpose};
use crate::chat::state::sessions::{Session, Standing};

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
    let account = user.and_then(|user| state.users.get(user));
    let against = account.and_then(|account| account.password_in_use()).cloned();
    let purpose = Purpose::Login { name, user };
    state.conns.pending.insert(conn, Pending { id, sign_in, purpose, abandoned: false });
    effects.jobs.push(Job::CheckPassword { conn, password, against });
}

/// The password has been looked at.
pub(super) fn finish(
    state: &mut State,
    now: Now,
    (conn, token): (ConnId, FreshToken),
    (outcome, pending): (Checked, Pending),
    effects: &mut Effects,
) {
    let Purpose::Login { name, user } = pending.purpose else { return };
    if pending.abandoned {
        return;
    }
    match (outcome, user) {
        // Who was suspended meanwhile has no password any more, and who has set another one has no
        // part in what is compared with the old one.
        (Checked::Match { raised }, Some(user)) if may_act(state, user) => {
            if let Err(denial) = has_storage(state) {
                return answer(effects, conn, pending.id, Answer::Denied(denial));
            }
            if let Some(password) = raised {
                raise_password(state, user, password, effects);
            }
            begin_session(state, now, (conn, pending.id), (user, pending.sign_in, token), effects);
        }
        (Checked::Match { .. } | Checked::Mismatch, _) => {
            remember_wrong(state, now, name, pending.sign_in.address, effects);
            let denial = Denial::new(Reason::BadCredentials, "the name or the password is wrong");
            answer(effects, conn, pending.id, Answer::Denied(denial));
        }
    }
}

fn raise_password(state: &mut State, user: UserId, password: PasswordHash, effects: &mut Effects) {
    if let Some(account) = state.users.get_mut(user) {
        account.password = password.clone();
    }
    effects.changes.push(Change::Account(AccountChange::PasswordSet { user, password }));
}

/// Somebody wants another password: with the old one goes what could have replaced it, and what
/// is being compared with it.
pub(in crate::chat::ops) fn replace_password(
    state: &mut State,
    user: UserId,
    password: PasswordHash,
    effects: &mut Effects,
) {
    if let Some(account) = state.users.get_mut(user) {
        account.reset = None;
        account.password = password.clone();
    }
    state.conns.outdate(user);
    effects.changes.push(Change::Admin(AdminChange::PasswordReset { user, password }));
}

/// A new session. If there are too many, one makes room: first those without a connection, whose
/// clients have gone; of these the one heard from longest ago.
pub(in crate::chat::ops) fn begin_session(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (user, sign_in, token): (UserId, SignIn, FreshToken),
    effects: &mut Effects,
) -> SessionId {
    while state.sessions.of_user(user).count() >= state.rules.sessions_per_user_max {
        let sessions = state.sessions.of_user(user);
        let oldest = sessions.min_by_key(|(id, session)| (is_open(state, *id), session.heard, *id));
        let Some((oldest, _)) = oldest else { break };
        liveness::end_session(state, now, oldest, Farewell::Displaced, effects);
    }
    let timeout = resume::granted(state, &sign_in);
    let (address, idle) = (sign_in.address, sign_in.idle);
    let came = resume::Came { address, timeout, idle, token: Some(token) };
    let origin = sign_in.origin();
    let device = sign_in.device;
    let session = state.sessions.add(Session {
        user,
        token: token.hash,
        device: Arc::clone(&device),
        timeout,
        origin: origin.clone(),
        started: now.stamp,
        device_id: None,
        heard: now.moment,
        standing: Standing {
            state: PresenceState::Online,
            cause: PresenceCause::Connected,
            since: now.stamp,
            ends: None,
        },
        timer: None,
        api_token: None,
    });
    let actor = Actor { user: Some(user), session: Some(session), address: came.address };
    let name = state.users.get(user).map(|user| user.name.to_string()).unwrap_or_default();
    audit(state, now, actor, Entry::new(Deed::Login, name), effects);
    guesses::right(state, now, user, came.address, effects);
    effects.changes.push(Change::Account(AccountChange::SessionStarted(SessionRow {
        session,
        user,
        token: token.hash,
        device,
        timeout,
        started: now.stamp,
        api_token: None,
        origin,
        device_id: None,
    })));
    resume::attach(state, now, (conn, id), (session, came), effects);
    session
}

/// Whether a session has a connection on which somebody is heard. When that was the last time is
/// known only now and then.
fn is_open(state: &State, session: SessionId) -> bool {
    let mut conns = state.conns.of_session(session);
    conns.any(|(_, conn)| !matches!(conn.attention, Attention::Silent { .. }))
}

/// Somebody has typed something wrong.
pub(in crate::chat::ops) fn remember_wrong(
    state: &mut State,
    now: Now,
    name: Option<Name>,
    address: Option<IpAddr>,
    effects: &mut Effects,
) {
    let user = name.as_ref().and_then(|name| state.users.named(name));
    if let Some(name) = name {
        guesses::wrong(state, now, &name, address);
    }
    failures::note(state, now, address, user, effects);
}
