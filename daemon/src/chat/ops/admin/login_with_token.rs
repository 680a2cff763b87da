//! A bot signs in with an API token.

use parlor_proto::codes::Reason;
use parlor_proto::ids::RequestId;

use super::lost;
use crate::chat::effects::{AdminChange, Answer, Change, Denial, Effects};
use crate::chat::failures;
use crate::chat::input::{ConnId, FreshToken, Now, SecretHash, SignIn};
use crate::chat::ops::account::login;
use crate::chat::ops::answer;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (token, sign_in): (Option<(SecretHash, FreshToken)>, SignIn),
    effects: &mut Effects,
) {
    let Some((hash, fresh)) = token else {
        failures::note(state, now, sign_in.address, None, effects);
        return answer(effects, conn, id, Answer::Denied(unknown_token()));
    };
    let Some(known) = state.tokens.get_mut(&hash) else {
        return answer(effects, conn, id, lost("the token"));
    };
    known.last_used = Some(now.stamp);
    let bot = known.bot;
    let session = login::begin_session(state, now, (conn, id), (bot, sign_in, fresh), effects);
    if let Some(session) = state.sessions.get_mut(session) {
        session.api_token = Some(hash);
    }
    effects.changes.push(Change::Admin(AdminChange::TokenUsed { hash, session, at: now.stamp }));
}

fn unknown_token() -> Denial {
    Denial::new(Reason::BadCredentials, "the API token is wrong, or was revoked")
}
