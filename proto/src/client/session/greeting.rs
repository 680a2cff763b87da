//! The first flight of a connection: hello, the sign-in and, when it comes back, sync.

use std::time::Instant;

use super::liveness::Liveness;
use super::requests::RequestIds;
use super::{Answer, Identity, Phase, Session, encode};
use crate::client::{Account, Error, Event, SignIn, Token};
use crate::device::Purpose;
use crate::ids::{Epoch, SessionId};
use crate::limits::{FRAME_BYTES_MAX_BEFORE_AUTH, REVISION_MAX, REVISION_MIN};
use crate::v1::client_frame::Body;
use crate::v1::{self, Activity, AuthResponse, server_frame};

impl Session {
    /// The connection stands: what is said first.
    pub(in crate::client) fn handle_connected(&mut self) {
        let Phase::Dialing { deadline } = self.phase else { return };
        let hello = Body::Hello(v1::HelloRequest {
            revision_min: REVISION_MIN,
            revision_max: REVISION_MAX,
            client_name: self.options.client_name.clone(),
            client_version: self.options.client_version.clone(),
        });
        self.ids = RequestIds::default();
        let hello_id = self.ids.next();
        self.greeting.push_back(encode(hello_id, hello));
        let auth = self.auth_body().map(|body| {
            let id = self.ids.next();
            self.greeting.push_back(encode(id, body));
            id
        });
        self.phase = Phase::Greeting { deadline, hello: Some(hello_id), auth };
        if auth.is_some() && self.feed.is_due() {
            let sync = self.feed.request(Epoch(self.hello.epoch));
            let id = self.ids.next();
            let frame = encode(id, Body::Sync(sync));
            // Before the sign-in is done the server takes short frames only.
            if frame.len() <= FRAME_BYTES_MAX_BEFORE_AUTH {
                self.feed.asked(id);
                self.greeting.push_back(frame);
            }
        }
    }

    fn sign_in(&self) -> v1::SignIn {
        let ms = self.options.session_timeout.as_millis();
        let session_timeout_ms = u32::try_from(ms).unwrap_or(u32::MAX);
        let activity = if self.is_active { Activity::Active } else { Activity::Idle }.into();
        v1::SignIn { device: self.options.device.clone(), session_timeout_ms, activity }
    }

    pub(super) fn auth_body(&self) -> Option<Body> {
        let sign_in = Some(self.sign_in());
        let resume = |token: &Token| {
            let token = token.expose().to_vec().into();
            Some(Body::Resume(v1::ResumeRequest { token, sign_in: sign_in.clone() }))
        };
        match (&self.entry, &self.identity) {
            (Some((_, SignIn::Nobody)), _) | (None, Identity::Nobody) => None,
            // It signs what the server says in its hello.
            (Some((_, SignIn::Device)), _) | (None, Identity::Device) => None,
            (Some((_, SignIn::Resume { token })), _) | (None, Identity::Token(token)) => {
                resume(token)
            }
            (Some((_, SignIn::Register { user_name, password, invite })), _) => {
                let (user_name, password) = (user_name.clone(), password.clone());
                let invite = invite.clone();
                Some(Body::Register(v1::RegisterRequest { user_name, password, invite, sign_in }))
            }
            (Some((_, SignIn::Login { user_name, password })), _) => {
                let (user_name, password) = (user_name.clone(), password.clone());
                Some(Body::Login(v1::LoginRequest { user_name, password, sign_in }))
            }
            (Some((_, SignIn::Token { api_token })), _) => {
                let api_token = api_token.clone();
                Some(Body::LoginWithToken(v1::LoginWithTokenRequest { api_token, sign_in }))
            }
            (Some((_, SignIn::Reset { user_name, code, new_password })), _) => {
                Some(Body::ResetPassword(v1::ResetPasswordRequest {
                    user_name: user_name.clone(),
                    code: code.clone(),
                    new_password: new_password.clone(),
                    sign_in,
                }))
            }
        }
    }

    /// The answer to hello: what holds on this connection.
    pub(super) fn greeted(&mut self, now: Instant, answer: server_frame::Body) {
        let server_frame::Body::Hello(hello) = answer else {
            return self.turned_away(now, answer);
        };
        if !(REVISION_MIN..=REVISION_MAX).contains(&hello.revision) {
            let why = format!("it chose revision {}, which was not offered", hello.revision);
            return self.lose(now, Error::Protocol(why));
        }
        self.requests.set_limits(hello.limits.as_ref());
        self.hello = hello;
        if let Phase::Greeting { hello, auth, .. } = &mut self.phase {
            *hello = None;
            if auth.is_some() {
                return;
            }
            if self.signs_with_device() {
                self.present_device(now);
            } else {
                self.go_live(now, false);
            }
        }
    }

    /// The second flight, if a device signs in: what it signs was told in the hello.
    fn present_device(&mut self, now: Instant) {
        let Some(key) = &self.options.device_key else {
            return self.lose(now, Error::Misuse("there is no key of a device".to_owned()));
        };
        let signature = match key.sign(Purpose::Login, &self.hello) {
            Ok(signature) => signature.into(),
            Err(error) => return self.lose(now, error),
        };
        let login = v1::LoginWithDeviceRequest {
            user_id: key.user.0,
            device_id: key.device.0.to_vec().into(),
            signature,
            sign_in: Some(self.sign_in()),
        };
        let id = self.ids.next();
        self.greeting.push_back(encode(id, Body::LoginWithDevice(login)));
        if let Phase::Greeting { auth, .. } = &mut self.phase {
            *auth = Some(id);
        }
    }

    /// The answer to the sign-in.
    pub(super) fn authenticated(&mut self, now: Instant, answer: server_frame::Body) {
        let server_frame::Body::Auth(auth) = answer else {
            return self.turned_away(now, answer);
        };
        if matches!(self.phase, Phase::Greeting { hello: Some(_), .. }) {
            return self.violated(now, "the sign-in was answered before hello");
        }
        let known = match (&self.entry, &self.identity) {
            (Some((_, SignIn::Resume { token })), _) | (None, Identity::Token(token)) => {
                Some(token.clone())
            }
            _ => None,
        };
        let is_resumed = known.is_some();
        let AuthResponse { session_id, token, user, session_timeout_ms } = auth;
        let (Some(token), Some(user)) = (known.or_else(|| Token::try_from(&*token).ok()), user)
        else {
            return self.violated(now, "a sign-in without a token or without a user");
        };
        self.identity = Identity::Token(token.clone());
        self.account = Some(Account {
            session_id: SessionId(session_id),
            user,
            token,
            session_timeout: std::time::Duration::from_millis(session_timeout_ms.into()),
        });
        self.go_live(now, is_resumed);
    }

    fn turned_away(&mut self, now: Instant, answer: server_frame::Body) {
        if let server_frame::Body::Error(error) = answer {
            self.lose(now, Error::Refused(error));
        } else {
            self.violated(now, "hello or the sign-in was answered with something else");
        }
    }

    fn go_live(&mut self, now: Instant, resumed: bool) {
        let policy = self.hello.keep_alive.as_ref();
        let liveness = Liveness::new(now, policy, &mut self.backoff);
        self.phase = Phase::Live(liveness);
        // A connection starts active.
        self.activity_is_untold = !self.is_active;
        if self.activity_is_untold && self.account.is_some() {
            self.demand_keep_alive();
        }
        let is_first = !std::mem::replace(&mut self.has_been_live, true);
        if let Some((ticket, _)) = self.entry.take() {
            self.answers.push_back((ticket, Ok(Answer::SignedIn(self.account.clone()))));
        }
        if !is_first {
            self.tell(now, Event::Online { resumed });
        }
    }
}
