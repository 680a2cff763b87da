//! One request: for whom it is, and its place among those of the same address.
//!
//! A connection of somebody who speaks for nobody else has its place already. What a trusted proxy
//! passes on is of many clients, one request after the other, and each takes a place of its own
//! until its answer has gone.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderMap;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use crate::http::Visit;
use crate::server::Bridge;
use crate::slots::Slot;

/// See the module.
pub(super) struct Guest {
    visit: Visit,
    slot: Option<Slot>,
}

/// The body of an answer, with the place that it needs.
struct Held {
    body: Body,
    _slot: Slot,
}

impl Guest {
    pub(super) fn of(visit: &Visit, bridge: &Bridge, headers: &HeaderMap) -> Self {
        let proxies = bridge.proxies.load();
        if !proxies.trust(visit.client.ip()) {
            return Self { visit: visit.clone(), slot: None };
        }
        let client = proxies.client(visit.client, headers);
        let slot = bridge.guests.take(client.ip());
        let full = slot.as_ref().err().copied();
        if full.is_some() {
            bridge.figures.arrived(full);
        }
        Self { visit: visit.on_behalf_of(client, full.is_some()), slot: slot.ok() }
    }

    /// What is told to those who answer.
    pub(super) fn visit(&self) -> &Visit {
        &self.visit
    }

    /// Keeps the place while it is answered.
    pub(super) async fn stay(
        self,
        answering: impl Future<Output = Result<Response, Infallible>>,
    ) -> Result<Response, Infallible> {
        let response = answering.await?;
        Ok(match self.slot {
            Some(slot) => response.map(|body| Body::new(Held { body, _slot: slot })),
            None => response,
        })
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
