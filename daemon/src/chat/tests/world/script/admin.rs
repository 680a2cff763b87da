//! What is said about the server as a whole: `ann suspend bob`, `machine grant ann`.

use std::time::Duration;

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use super::super::World;
use super::account::sign_in;
use super::{secret, user_part};
use crate::chat::*;

impl World {
    /// `None` if the verb is none of these.
    pub(super) fn admin_request(&self, who: &str, verb: &str, rest: &str) -> Option<AdminRequest> {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let word = |i: usize| words.get(i).copied().unwrap_or_default();
        let user = || self.user_id(word(0));
        Some(match verb {
            "claim" => AdminRequest::Claim { code: secret(word(0)) },
            "accounts" => AdminRequest::ListUsers { after: word(0).into(), rows: 2 },
            "suspend" => AdminRequest::Suspend { user: user(), suspended: true },
            "restore" => AdminRequest::Suspend { user: user(), suspended: false },
            "promote" => AdminRequest::SetRole { user: user(), admin: true },
            "demote" => AdminRequest::SetRole { user: user(), admin: false },
            "reset-code" => AdminRequest::CreateResetCode { user: user() },
            "end-sessions" => AdminRequest::EndSessions { user: user() },
            "reset" => AdminRequest::ResetPassword {
                name: Name::parse(user_part(who)).ok(),
                code: secret(word(0)),
                password: Password(word(1).into()),
                sign_in: sign_in(who, &[]),
            },
            "make-invite" => {
                let uses = word(0).parse().unwrap_or(1);
                AdminRequest::CreateInvite { uses, valid: Duration::from_secs(3600) }
            }
            "made-invites" => AdminRequest::ListInvites,
            "void-invite" => AdminRequest::RevokeInvite { invite: SecretId::of(&secret(word(0))) },
            "bot" => {
                let name = Name::parse(word(0)).unwrap();
                AdminRequest::CreateBot {
                    name,
                    display_name: word(1).into(),
                    token: "first".into(),
                }
            }
            "bots" => {
                let after = words.first().map(|bot| self.user_id(bot));
                AdminRequest::ListBots { after }
            }
            "make-token" => AdminRequest::CreateToken { bot: user(), name: "other".into() },
            "void-token" => AdminRequest::RevokeToken { token: SecretId::of(&secret(word(0))) },
            "enter" => {
                AdminRequest::LoginWithToken { token: secret(word(0)), sign_in: sign_in(who, &[]) }
            }
            "audit" => AdminRequest::ListAudit {
                before: word(1).parse().ok(),
                rows: word(0).parse().unwrap_or(100),
            },
            _ => return None,
        })
    }

    pub(super) fn user_id(&self, name: &str) -> UserId {
        let mut all = self.store.users.iter();
        let named = all.find(|(_, known)| known.name.as_str() == name);
        named.map_or(UserId(99), |(id, _)| *id)
    }

    /// What somebody on the machine wants.
    pub(super) fn control(&mut self, rest: &str) {
        let (verb, name) = rest.split_once(' ').unwrap_or((rest, ""));
        let user = self.user_id(name);
        let wish = match verb {
            "grant" => ControlWish::Admin(true),
            "revoke" => ControlWish::Admin(false),
            "reset-code" => {
                let expires = self.now.stamp.plus(Duration::from_secs(3600));
                ControlWish::ResetCode { hash: secret("machine"), expires }
            }
            "reload" => return self.step(Input::Reloaded),
            _ => panic!("what is {verb}?"),
        };
        self.step(Input::Controlled(Control { id: 1, user, wish }));
    }

    /// What the engine would look up or draw.
    #[expect(clippy::wildcard_enum_match_arm, reason = "for the others it is nothing")]
    pub(in super::super) fn look_up_admin(
        &mut self,
        conn: ConnId,
        request: &Request,
    ) -> Option<Found> {
        let now = self.now.stamp;
        let user = self.chat.user_of(conn);
        let of_user = |invite: &&Invite| invite.creator == user && invite.is_good(now);
        let found = match request {
            Request::Account(AccountRequest::Register { invite: Some(invite), .. }) => {
                AdminFound::Invite(self.store.server.invites.get(invite).cloned())
            }
            Request::Admin(AdminRequest::LoginWithToken { .. }) => {
                self.serial += 1;
                let fresh = secret(&self.serial.to_string());
                AdminFound::Token(FreshToken { secret: fresh.0, hash: fresh })
            }
            Request::Admin(AdminRequest::CreateInvite { .. }) => {
                let open = self.store.server.invites.values().filter(of_user).count();
                let open = u32::try_from(open).unwrap();
                AdminFound::NewInvite { secret: self.fresh_secret(), open }
            }
            Request::Admin(AdminRequest::ListInvites) => {
                let all = self.chat.is_admin(conn);
                let invites = self.store.server.invites.values();
                let good = invites.filter(|invite| all || of_user(invite));
                AdminFound::Invites(good.filter(|invite| invite.is_good(now)).cloned().collect())
            }
            Request::Admin(AdminRequest::RevokeInvite { invite }) => {
                let mut invites = self.store.server.invites.values();
                AdminFound::Invite(invites.find(|known| known.id() == *invite).cloned())
            }
            Request::Webhook(WebhookRequest::Create { .. })
            | Request::Admin(
                AdminRequest::CreateBot { .. }
                | AdminRequest::CreateToken { .. }
                | AdminRequest::CreateResetCode { .. },
            ) => AdminFound::Secret(self.fresh_secret()),
            Request::Admin(AdminRequest::ListAudit { before, rows }) => {
                AdminFound::Audit(self.store.audit_page(*before, *rows))
            }
            _ => return None,
        };
        Some(Found::Admin(found))
    }

    fn fresh_secret(&mut self) -> FreshSecret {
        self.secrets += 1;
        let text = format!("s{}", self.secrets);
        FreshSecret { hash: secret(&text), text: text.into() }
    }
}
