//! Requests in their order: first those in flight, then those that wait. Knows nothing of
//! connections but when one is lost.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Ticket;
use crate::frame::encode_frame;
use crate::ids::RequestId;
use crate::limits::REQUESTS_IN_FLIGHT_MAX;
use crate::v1::client_frame::Body;
use crate::v1::{ClientFrame, Limits};

/// Requests that are kept, sent or not.
const REQUESTS_MAX: usize = REQUESTS_IN_FLIGHT_MAX as usize;

/// Numbers the requests of one connection.
#[derive(Debug, Default)]
pub(super) struct RequestIds(u32);

impl RequestIds {
    /// Never 0, which is no request.
    pub(super) fn next(&mut self) -> RequestId {
        self.0 = self.0.checked_add(1).unwrap_or(1);
        RequestId(self.0)
    }
}

#[derive(Debug)]
struct Pending {
    /// `None` once somebody was told that there will be no answer.
    ticket: Option<Ticket>,
    body: Body,
    /// Set while it is in flight.
    id: Option<RequestId>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Requests {
    // Invariant: the first `in_flight` have an id, the others have none.
    pending: VecDeque<Pending>,
    in_flight: usize,
    in_flight_max: usize,
}

impl Requests {
    pub(super) fn new() -> Self {
        Self { pending: VecDeque::new(), in_flight: 0, in_flight_max: REQUESTS_MAX }
    }

    /// What the server said that it takes.
    pub(super) fn set_limits(&mut self, limits: Option<&Limits>) {
        let told = limits.map_or(0, |limits| limits.requests_in_flight_max);
        let told = usize::try_from(told).unwrap_or(REQUESTS_MAX);
        self.in_flight_max = if told == 0 { REQUESTS_MAX } else { told.min(REQUESTS_MAX) };
    }

    pub(super) fn has_room(&self) -> bool {
        self.pending.len() < REQUESTS_MAX
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(super) fn push(&mut self, ticket: Ticket, body: Body) {
        self.pending.push_back(Pending { ticket: Some(ticket), body, id: None });
    }

    /// The next request as a frame, if one waits and the server takes one more besides
    /// `others` that are in flight.
    pub(super) fn next_frame(&mut self, ids: &mut RequestIds, others: usize) -> Option<Bytes> {
        if self.in_flight + others >= self.in_flight_max.max(others + 1) {
            return None;
        }
        let next = self.pending.get_mut(self.in_flight)?;
        let id = ids.next();
        let frame = ClientFrame { request_id: id.0, body: Some(next.body.clone()) };
        next.id = Some(id);
        self.in_flight += 1;
        Some(encode_frame(&frame))
    }

    /// The request that was answered, and whether it was a logout. `None`: there is no such.
    pub(super) fn answered(&mut self, id: RequestId) -> Option<(Option<Ticket>, bool)> {
        let at = self.pending.iter().take(self.in_flight).position(|it| it.id == Some(id))?;
        let request = self.pending.remove(at)?;
        self.in_flight -= 1;
        Some((request.ticket, matches!(request.body, Body::Logout(_))))
    }

    /// The connection is lost: what is safe to repeat waits again, in its old order. Answers
    /// with what is not, for nobody knows whether it was done.
    pub(super) fn disconnected(&mut self) -> Vec<Ticket> {
        let mut lost = Vec::new();
        let in_flight = std::mem::take(&mut self.in_flight);
        let mut at = 0;
        self.pending.retain_mut(|request| {
            let was_sent = at < in_flight;
            at += 1;
            request.id = None;
            let Some(ticket) = request.ticket else { return false };
            let keep = !was_sent || request.body.is_repeatable();
            if !keep {
                lost.push(ticket);
            }
            keep
        });
        lost
    }

    /// The logouts in flight.
    pub(super) fn take_logouts(&mut self) -> Vec<Ticket> {
        let in_flight = self.pending.iter_mut().take(self.in_flight);
        let logouts = in_flight.filter(|request| matches!(request.body, Body::Logout(_)));
        logouts.filter_map(|request| request.ticket.take()).collect()
    }

    /// Nobody who waits for an answer that is on its way will get it; what is in flight stays
    /// so, since the server will answer.
    pub(super) fn abandon_in_flight(&mut self) -> Vec<Ticket> {
        let in_flight = self.pending.iter_mut().take(self.in_flight);
        in_flight.filter_map(|request| request.ticket.take()).collect()
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) -> Vec<Ticket> {
        self.in_flight = 0;
        self.pending.drain(..).filter_map(|request| request.ticket).collect()
    }
}

impl Body {
    /// Whether it does no harm to ask twice. A send carries its own id.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        !is_sessions_own(self) && !is_done_once(self)
    }
}

/// What the session sends by itself.
fn is_sessions_own(body: &Body) -> bool {
    matches!(
        body,
        Body::KeepAlive(_)
            | Body::Hello(_)
            | Body::Register(_)
            | Body::Login(_)
            | Body::LoginWithDevice(_)
            | Body::LoginWithToken(_)
            | Body::ResetPassword(_)
            | Body::Resume(_)
            | Body::Sync(_)
    )
}

/// What would be done twice, or would be refused the second time for having been done.
fn is_done_once(body: &Body) -> bool {
    matches!(
        body,
        Body::Logout(_)
            | Body::ChangePassword(_)
            | Body::CreateInvite(_)
            | Body::ClaimAdmin(_)
            | Body::CreateResetCode(_)
            | Body::CreateBot(_)
            | Body::CreateApiToken(_)
            | Body::AddDevice(_)
            | Body::Typing(_)
    )
}

/// Whether a user of the client may ask this as a request; the others are the session's own.
pub(super) fn is_for_users(body: &Body) -> bool {
    !is_sessions_own(body)
}
