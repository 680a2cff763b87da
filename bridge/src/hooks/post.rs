//! One delivery: a signed POST to the target, and what came of it. The connection is kept for the
//! next as long as that comes soon; redirects are not followed, and of answers only the status
//! counts.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, Method, Request, header};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::time::timeout;

use super::EVENT_ID;
use super::lookups::Lookups;
use super::signature::signature;
use super::target::{Stream, Target};
use crate::metrics::deliveries::Deliveries;
use crate::metrics::figures;
use crate::networks::Networks;

/// From the name to the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// From the first byte sent until the status and the headers are there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// What is held of an answer's headers.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What is read of an answer's body and thrown away, and for how long: all of that is only to use
/// the connection again.
const BODY_BYTES_MAX: usize = 16 * 1024;
const BODY_TIMEOUT: Duration = Duration::from_secs(1);

const USER_AGENT: &str = concat!("parlor-bridge/", env!("CARGO_PKG_VERSION"));
const SIGNATURE: &str = "parlor-signature";
/// What kind of thing the body is.
const EVENT: &str = "parlor-event";

/// What is delivered: its kind, and what names it.
type About<'a> = (&'static str, &'a str);

/// What all deliveries go by.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    pub(super) networks: Networks,
    pub(super) lookups: Lookups,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) counted: Arc<Deliveries>,
}

/// Delivers to one target.
pub(super) struct Post {
    target: Target,
    key: String,
    ways: Ways,
    kept: Option<Kept>,
}

/// A connection, and the work that it needs to go on.
struct Kept {
    sender: SendRequest<Body>,
    connection: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_over: bool,
}

/// What was answered, or why nothing was.
#[derive(Debug)]
pub(super) enum Outcome {
    Answered(u16),
    Failed(io::Error),
}

impl Post {
    pub(super) fn new(target: Target, key: String, ways: Ways) -> Self {
        Self { target, key, ways, kept: None }
    }

    pub(super) async fn deliver(&mut self, about: About<'_>, now: u64, body: Bytes) -> Outcome {
        let began = figures::now();
        let outcome = self.attempt(about, now, body).await;
        let status = match &outcome {
            Outcome::Answered(status) => Some(*status),
            Outcome::Failed(_) => None,
        };
        self.ways.counted.attempted(status, figures::now().duration_since(began));
        outcome
    }

    async fn attempt(&mut self, about: About<'_>, now: u64, body: Bytes) -> Outcome {
        if let Some(kept) = self.kept.take() {
            match self.exchange(kept, (about, now), body.clone()).await {
                Ok(status) => return Outcome::Answered(status),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                    return Outcome::Failed(error);
                }
                // It may have been closed meanwhile; a delivery may come twice.
                Err(_) => {}
            }
        }
        let done = async {
            let connecting = timeout(CONNECT_TIMEOUT, connect(&self.target, &self.ways));
            let kept = connecting.await.map_err(|_| too_slow("to be connected to"))??;
            self.exchange(kept, (about, now), body).await
        };
        match done.await {
            Ok(status) => Outcome::Answered(status),
            Err(error) => Outcome::Failed(error),
        }
    }

    /// Whether there is a connection for the next delivery.
    pub(super) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Nothing comes soon.
    pub(super) fn rest(&mut self) {
        self.kept = None;
    }

    async fn exchange(
        &mut self,
        mut kept: Kept,
        when: (About<'_>, u64),
        body: Bytes,
    ) -> io::Result<u16> {
        let request = self.request(when, body)?;
        let (status, is_whole) = kept.exchange(request).await?;
        if is_whole && !kept.is_over {
            self.kept = Some(kept);
        }
        Ok(status)
    }

    fn request(
        &self,
        ((kind, event_id), now): (About<'_>, u64),
        body: Bytes,
    ) -> io::Result<Request<Body>> {
        let signed = signature(&self.key, now, &body);
        Request::builder()
            .method(Method::POST)
            .uri(self.target.path())
            .header(header::HOST, self.target.authority())
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(SIGNATURE, signed)
            .header(EVENT, kind)
            .header(EVENT_ID, event_id)
            .body(Body::from(body))
            .map_err(io::Error::other)
    }
}

async fn connect(target: &Target, ways: &Ways) -> io::Result<Kept> {
    let addresses = target.resolve(&ways.networks, &ways.lookups).await?;
    match target.connect(&addresses, &ways.tls).await? {
        Stream::Plain(tcp) => speak(TokioIo::new(tcp)).await,
        Stream::Tls(tls) => speak(TokioIo::new(*tls)).await,
    }
}

async fn speak<S>(io: TokioIo<S>) -> io::Result<Kept>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let handshake = Builder::new().max_buf_size(HEAD_BYTES_MAX).handshake(io);
    let (sender, connection) = handshake.await.map_err(io::Error::other)?;
    // How it ends is told by the exchange that it ends.
    let connection = Box::pin(async { drop(connection.await) });
    Ok(Kept { sender, connection, is_over: false })
}

impl Kept {
    /// The status, and whether the whole answer was read.
    async fn exchange(&mut self, request: Request<Body>) -> io::Result<(u16, bool)> {
        let Self { sender, connection, is_over } = self;
        let mut exchanging = Box::pin(async {
            let asking = async {
                sender.ready().await?;
                sender.send_request(request).await
            };
            let answer = timeout(ANSWER_TIMEOUT, asking).await;
            let answer = answer.map_err(|_| too_slow("to answer"))?.map_err(io::Error::other)?;
            let status = answer.status().as_u16();
            let body = to_bytes(Body::new(answer.into_body()), BODY_BYTES_MAX);
            let is_whole = timeout(BODY_TIMEOUT, body).await.is_ok_and(|body| body.is_ok());
            Ok((status, is_whole))
        });
        loop {
            tokio::select! {
                biased;
                exchanged = &mut exchanging => return exchanged,
                // What it has read before it ended is still to be taken.
                () = connection.as_mut(), if !*is_over => *is_over = true,
            }
        }
    }
}

fn too_slow(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("it took too long {what}"))
}

#[cfg(test)]
mod tests;
