//! How things end: a connection, a session, the client. Everybody who waits is told.

use std::time::{Duration, Instant};

use super::fate::Fate;
use super::{Answer, Identity, Phase, Session, Ticket};
use crate::client::{Error, Event, SignIn};
use crate::codes::Reason;
use crate::v1::{self, GoAwayCode, server_frame};

impl Session {
    /// There is no connection, or none any more.
    pub(in crate::client) fn handle_lost(&mut self, now: Instant, error: Error) {
        self.lose(now, error);
    }

    /// Nothing more is wanted.
    pub(in crate::client) fn handle_close(&mut self) {
        self.end(Error::Closed);
    }

    /// The connection is of no use any more: decides what comes next.
    pub(super) fn lose(&mut self, now: Instant, error: Error) {
        if self.wants_connection().is_none() {
            return;
        }
        // Who was let in and told everything starts from the shortest wait again.
        let was_settled = matches!(self.phase, Phase::Live(_)) && !self.feed.is_unsettled();
        if was_settled && !matches!(error, Error::Protocol(_)) {
            self.backoff.reset();
        }
        let fate = Fate::of(&error, &mut self.backoff);
        self.greeting.clear();
        self.feed.disconnected();
        let logouts = self.requests.take_logouts();
        if !logouts.is_empty() && fate == Fate::SignedOut {
            let done =
                |ticket| (ticket, Ok(Answer::Body(Box::new(server_frame::Body::Ack(v1::Ack {})))));
            self.answers.extend(logouts.into_iter().map(done));
            return self.end(Error::Closed);
        }
        self.fail(logouts, &error);
        let lost = self.requests.disconnected();
        self.fail(lost, &error);
        if self.may_fall_back(&error) {
            return self.fall_back(now, &error);
        }
        if let Some((ticket, _)) = self.entry.take() {
            self.answers.push_back((ticket, Err(error.clone())));
            return self.sign_out(error);
        }
        match fate {
            Fate::Again(retry_in) if self.options.reconnect => {
                self.wait(now, retry_in, &error);
            }
            Fate::SignedOut => {
                self.sign_out(error.clone());
                self.tell(now, Event::SignedOut(error));
            }
            Fate::Again(_) | Fate::Ended => {
                self.tell(now, Event::Ended(error.clone()));
                self.end(error);
            }
        }
    }

    /// Whether a device is about to sign in, or has just done so in vain.
    pub(super) fn signs_with_device(&self) -> bool {
        match &self.entry {
            Some((_, sign_in)) => matches!(sign_in, SignIn::Device),
            None => matches!(self.identity, Identity::Device),
        }
    }

    /// The session has ended of itself: the device opens another. Not if somebody has ended it,
    /// or if others took its place: two that come back for ever would put each other out.
    fn may_fall_back(&self, error: &Error) -> bool {
        let has_ended = if let Error::GoAway(away) = error {
            away.code() == GoAwayCode::SessionTimedOut
        } else {
            error.reason() == Some(Reason::SessionEnded)
        };
        let may_come_back = self.entry.is_some() || self.options.reconnect;
        has_ended && may_come_back && self.options.device_key.is_some() && !self.signs_with_device()
    }

    fn fall_back(&mut self, now: Instant, error: &Error) {
        if let Some((ticket, _)) = self.entry.take() {
            self.entry = Some((ticket, SignIn::Device));
            return self.dial(now);
        }
        self.identity = Identity::Device;
        if let Error::GoAway(away) = error {
            let (min, max) = (away.reconnect_min_ms, away.reconnect_max_ms);
            let retry_in = self.backoff.wait_within(min, max);
            self.wait(now, retry_in, error);
        } else {
            self.dial(now);
        }
    }

    fn wait(&mut self, now: Instant, retry_in: Duration, error: &Error) {
        self.phase = Phase::Waiting(now + retry_in);
        // An outage leaves one event, however long it is and however seldom taken.
        while let Some(Event::Offline { .. } | Event::Online { .. }) = self.events.back() {
            self.events.pop_back();
        }
        self.tell(now, Event::Offline { why: error.to_string(), retry_in });
    }

    fn sign_out(&mut self, error: Error) {
        self.account = None;
        self.identity = Identity::Nobody;
        self.fail_all(&error);
        self.phase = Phase::SignedOut(error);
    }

    pub(super) fn end(&mut self, error: Error) {
        let entry = self.entry.take().map(|(ticket, _)| ticket);
        self.fail(entry, &error);
        self.fail_all(&error);
        self.greeting.clear();
        self.phase = Phase::Ended(error);
    }

    fn fail_all(&mut self, error: &Error) {
        let tickets = self.requests.clear();
        self.fail(tickets, error);
        let caller = self.feed.cancel();
        self.fail(caller, error);
    }

    pub(super) fn fail(&mut self, tickets: impl IntoIterator<Item = Ticket>, error: &Error) {
        let refusal = |ticket| (ticket, Err(error.clone()));
        self.answers.extend(tickets.into_iter().map(refusal));
    }
}
