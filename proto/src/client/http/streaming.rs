//! A stream of events while it comes, over a connection of its own.

use std::pin::pin;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response, StatusCode};

use super::exchange::{Moving, Open, is, lost, read};
use super::sse::{Reader, Told};
use crate::client::Error;

pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// See the module.
pub(super) struct Streaming {
    // Who lets go of it hangs up.
    _sender: SendRequest<Full<Bytes>>,
    /// `None` once it has ended: what has come before is there to be read.
    connection: Option<Moving>,
    body: Incoming,
    reader: Reader,
}

impl Streaming {
    /// Asks for a stream over a connection that was just made.
    pub(super) async fn begin(open: Open, request: Request<Full<Bytes>>) -> Result<Self, Error> {
        let Open { mut sender, mut connection } = open;
        let (response, connection) = {
            let mut asking = pin!(hear(&mut sender, request));
            let response = tokio::select! {
                biased;
                response = &mut asking => Some(response?),
                _ended = &mut connection => None,
            };
            match response {
                Some(response) => (response, Some(connection)),
                // What has come before the end is there to be read. A request that was too late
                // for this connection is only told so when that is dropped.
                None => {
                    drop(connection);
                    (asking.await?, None)
                }
            }
        };
        let reader = Reader::default();
        Ok(Self { _sender: sender, connection, body: response.into_body(), reader })
    }

    /// The next event. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Result<Told, Error> {
        loop {
            if let Some(told) = self.reader.next()? {
                return Ok(told);
            }
            let Self { connection, body, .. } = self;
            let frame = match connection {
                Some(open) => tokio::select! {
                    biased;
                    frame = body.frame() => frame,
                    _ended = open => {
                        *connection = None;
                        continue;
                    }
                },
                None => body.frame().await,
            };
            let ended = || Error::Unreachable("connection lost: the stream was cut".to_owned());
            let frame = frame.ok_or_else(ended)?.map_err(|error| lost(&error))?;
            if let Ok(piece) = frame.into_data() {
                self.reader.push(&piece)?;
            }
        }
    }
}

/// A response that is a stream of events.
async fn hear(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, Error> {
    sender.ready().await.map_err(|error| lost(&error))?;
    let response = sender.send_request(request).await.map_err(|error| lost(&error))?;
    if response.status() == StatusCode::OK && is(response.headers(), EVENT_STREAM) {
        return Ok(response);
    }
    let status = response.status();
    read(response).await?;
    Err(Error::Unreachable(format!("this is no stream of events: HTTP {}", status.as_u16())))
}
