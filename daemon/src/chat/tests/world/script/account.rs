//! What people ask about accounts, sessions and devices.

use parlor_proto::ids::{DeviceId, SessionId, UserId};
use parlor_proto::name::Name;

use super::{duration, secret, user_part};
use crate::chat::tests::world::World;
use crate::chat::*;

impl World {
    pub(super) fn account_request(
        &self,
        who: &str,
        verb: &str,
        words: &[&str],
    ) -> Option<AccountRequest> {
        let user = user_part(who);
        let word = |i: usize| words.get(i).copied().unwrap_or_default();
        Some(match verb {
            "register" => AccountRequest::Register {
                name: Name::parse(user).unwrap(),
                password: Password("secret".into()),
                invite: word(0).strip_prefix("invite:").map(secret),
                sign_in: sign_in(who, words),
            },
            "login" => AccountRequest::Login {
                name: Some(Name::parse(user).unwrap()),
                password: Password(word(0).strip_prefix("as:").unwrap_or("secret").into()),
                sign_in: sign_in(who, words),
            },
            // `of:ann/laptop`: with the token that ann/laptop got, not with ann's last.
            "resume" => AccountRequest::Resume {
                token: self.token(word(0).strip_prefix("of:").unwrap_or(user)),
                sign_in: sign_in(who, words),
            },
            "logout" => AccountRequest::Logout { keep_device: word(0) == "keep" },
            "users" => AccountRequest::GetUsers {
                ids: vec![UserId(1), UserId(99)],
                name: Name::parse(word(0)).ok(),
            },
            "passwd" => AccountRequest::ChangePassword {
                old: Password(word(0).into()),
                new: Password(word(1).into()),
            },
            "sessions" => AccountRequest::ListSessions,
            "end" => AccountRequest::EndSessions {
                session: word(0).parse().map(SessionId).ok(), // Else it is `others`.
            },
            "called" => AccountRequest::SetProfile { display_name: words.join(" ").into() },
            "status" => AccountRequest::SetStatus {
                text: word(0).into(),
                expires: word(1)
                    .strip_prefix("for:")
                    .map(|left| self.now.stamp.plus(duration(left))),
            },
            "why" => AccountRequest::GetPresence {
                users: words.iter().map(|word| UserId(word.parse().unwrap())).collect(),
            },
            _ => AccountRequest::Device(Box::new(device_request(who, verb, words)?)),
        })
    }

    fn token(&self, whose: &str) -> SecretHash {
        self.tokens.get(whose).copied().unwrap_or(SecretHash([0; 32]))
    }
}

/// A device is `d1`: its key is known by the first letter, and signs unless it is `forged`.
fn device_request(who: &str, verb: &str, words: &[&str]) -> Option<DeviceRequest> {
    let word = |i: usize| words.get(i).copied().unwrap_or_default();
    let is = |what| words.contains(&what);
    let key = if is("key:2") { 2 } else { 1 };
    let proof = Proof { signature: [if is("forged") { 0 } else { key }; 64], nonce: None };
    Some(match verb {
        "device-login" => DeviceRequest::Login {
            user: UserId(word(0).parse().unwrap()),
            device: device(word(1)),
            proof,
            sign_in: sign_in(who, words),
        },
        "add" => DeviceRequest::Add {
            device: device(word(0)),
            public_key: PublicKey([key; 32]),
            name: format!("{}'s", word(0)).into(),
            proof,
        },
        "devices" => DeviceRequest::List,
        "rename-device" => DeviceRequest::Rename { device: device(word(0)), name: word(1).into() },
        "remove" => DeviceRequest::Remove { device: device(word(0)) },
        _ => return None,
    })
}

fn device(word: &str) -> DeviceId {
    let mut id = DeviceId::default();
    id.0.iter_mut().zip(word.bytes()).for_each(|(to, from)| *to = from);
    id
}

pub(super) fn sign_in(who: &str, words: &[&str]) -> SignIn {
    let device = who.split_once('/').map_or("", |(_, device)| device);
    let find = |key| words.iter().find_map(|word| word.strip_prefix(key));
    let name = find("client:").unwrap_or_default().into();
    let client = Client { name, ..Client::default() };
    let timeout = find("timeout:").map(duration);
    let idle = words.contains(&"idle");
    SignIn { device: device.into(), timeout, idle, client, ..SignIn::default() }
}
