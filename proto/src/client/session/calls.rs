//! What users of the client want: taken over, or refused at once.

use std::time::Instant;

use super::{Identity, Phase, Session, Ticket, requests};
use crate::client::{Error, SignIn, SyncPlan};
use crate::limits::{FRAME_BYTES_MAX, FRAME_BYTES_MAX_BEFORE_AUTH, SYNC_ROOMS_MAX};
use crate::v1::client_frame;

/// The tag of a request id and its longest value.
const REQUEST_ID_BYTES: usize = 6;

impl Session {
    /// Somebody wants to sign in. Tried once.
    pub(in crate::client) fn handle_sign_in(
        &mut self,
        now: Instant,
        ticket: Ticket,
        sign_in: SignIn,
    ) {
        if self.entry.is_some() || !matches!(self.phase, Phase::SignedOut(_)) {
            let why = "somebody is signed in already".to_owned();
            return self.answers.push_back((ticket, Err(Error::Misuse(why))));
        }
        self.entry = Some((ticket, sign_in));
        // Whoever is not known yet may say little; more would end the connection without an answer.
        match self.auth_body().and_then(|body| self.too_long(&body)) {
            None => self.dial(now),
            Some(error) => {
                let entry = self.entry.take().map(|(ticket, _)| ticket);
                self.fail(entry, &error);
            }
        }
    }

    /// Somebody wants to be told of rooms.
    pub(in crate::client) fn handle_sync(&mut self, ticket: Ticket, plan: SyncPlan) {
        let rooms = plan.rooms.len();
        let refusal = if let Some(error) = self.out_of_service() {
            error
        } else if self.is_nobody() {
            Error::Misuse("nobody is signed in".to_owned())
        } else if rooms > SYNC_ROOMS_MAX {
            Error::Misuse(format!("rooms to sync: {rooms}, at most {SYNC_ROOMS_MAX}"))
        } else if self.feed.is_in_flight() {
            Error::Misuse("sync is under way already".to_owned())
        } else {
            let replaced = self.feed.wish(ticket, plan);
            return self.fail(replaced, &Error::Misuse("another sync took its place".to_owned()));
        };
        self.fail([ticket], &refusal);
    }

    /// Somebody asks something. The caller has looked at [`has_room`](Self::has_room).
    pub(in crate::client) fn handle_request(&mut self, ticket: Ticket, body: client_frame::Body) {
        let refusal = if let Some(error) = self.out_of_service() {
            error
        } else if !requests::is_for_users(&body) {
            Error::Misuse("the client says this by itself".to_owned())
        } else if let Some(error) = self.too_long(&body) {
            error
        } else {
            return self.requests.push(ticket, body);
        };
        self.fail([ticket], &refusal);
    }

    /// Whether somebody is at the keys.
    pub(in crate::client) fn handle_activity(&mut self, is_active: bool) {
        if std::mem::replace(&mut self.is_active, is_active) != is_active {
            self.activity_is_untold = true;
            self.demand_keep_alive();
        }
    }

    /// Why nothing can be asked, while somebody must sign in first or the client has ended.
    fn out_of_service(&self) -> Option<Error> {
        match &self.phase {
            Phase::SignedOut(error) | Phase::Ended(error) => Some(error.clone()),
            Phase::Waiting(_) | Phase::Dialing { .. } | Phase::Greeting { .. } | Phase::Live(_) => {
                None
            }
        }
    }

    fn is_nobody(&self) -> bool {
        match &self.entry {
            Some((_, sign_in)) => matches!(sign_in, SignIn::Nobody),
            None => matches!(self.identity, Identity::Nobody),
        }
    }

    fn too_long(&self, body: &client_frame::Body) -> Option<Error> {
        let limits = self.hello.limits.unwrap_or_default();
        let (told, usual) = match &self.account {
            Some(_) => (limits.frame_bytes_max, FRAME_BYTES_MAX),
            None => (limits.frame_bytes_max_before_auth, FRAME_BYTES_MAX_BEFORE_AUTH),
        };
        let max = usize::try_from(told).ok().filter(|&told| told > 0).unwrap_or(usual);
        let len = body.encoded_len() + REQUEST_ID_BYTES;
        (len > max).then(|| Error::Misuse(format!("request of {len} bytes: at most {max}")))
    }
}
