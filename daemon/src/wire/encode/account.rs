//! Accounts and sessions.

use bytes::Bytes;
use parlor_proto::v1::{self, server_frame::Body};

use super::millis;
use crate::chat::{AccountAnswer, UserFacts};

pub(super) fn answer(answer: AccountAnswer) -> Body {
    match answer {
        AccountAnswer::SignedIn { session, token, user: facts, admin, timeout } => {
            let role = if admin { v1::ServerRole::Admin } else { v1::ServerRole::User };
            Body::Auth(v1::AuthResponse {
                session_id: session.0,
                token: token.map(|token| Bytes::copy_from_slice(&token)).unwrap_or_default(),
                user: Some(v1::User { server_role: role.into(), ..user(&facts) }),
                session_timeout_ms: millis(timeout),
            })
        }
        AccountAnswer::Users(users) => {
            Body::GetUsers(v1::GetUsersResponse { users: users.iter().map(user).collect() })
        }
    }
}

pub(super) fn user(facts: &UserFacts) -> v1::User {
    v1::User {
        user_id: facts.user.0,
        user_name: (&facts.name).into(),
        create_time_ms: facts.created.0,
        bot: facts.bot,
        ..Default::default()
    }
}
