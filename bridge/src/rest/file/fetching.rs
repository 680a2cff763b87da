//! A part of a file on its way to who reads it: a few pieces in flight, and nothing more is asked
//! for until they are taken.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, FuturesOrdered};
use futures_util::{FutureExt as _, StreamExt as _};
use parlor_proto::client::{Error, Patience};
use parlor_proto::limits::{FILE_PIECE_BYTES_MAX, FILE_PIECES_IN_FLIGHT_MAX};
use parlor_proto::v1::client_frame::Body as Ask;
use parlor_proto::v1::{self, server_frame};
use tracing::debug;

use crate::rest::pool::Transfer;

/// See the module.
pub(super) struct Fetching {
    transfer: Arc<Transfer>,
    /// What is read, where, and no part of it.
    file: v1::ReadFileRequest,
    at: u64,
    asked: u64,
    end: u64,
    flight: FuturesOrdered<BoxFuture<'static, Result<server_frame::Body, Error>>>,
    patience: Patience,
}

impl Fetching {
    pub(super) fn new(
        transfer: Arc<Transfer>,
        file: v1::ReadFileRequest,
        (start, end): (u64, u64),
    ) -> Self {
        let (flight, patience) = Default::default();
        Self { transfer, file, at: start, asked: start, end, flight, patience }
    }

    /// The content, once its first piece is there: until then a refusal can be told. Later the
    /// body ends too early, and its connection with it.
    pub(super) async fn body(mut self) -> Result<Body, Error> {
        let Some(first) = self.next().await? else { return Ok(Body::empty()) };
        let rest = stream::try_unfold(self, |mut fetching| async move {
            let next = fetching.next().await;
            if let Err(error) = &next {
                debug!(%error, "a file was not sent to its end");
            }
            Ok::<_, Error>(next?.map(|piece| (piece, fetching)))
        });
        Ok(Body::from_stream(stream::once(async { Ok(first) }).chain(rest)))
    }

    /// The next piece; `None` once all have come.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            while self.asked < self.end && self.flight.len() < FILE_PIECES_IN_FLIGHT_MAX {
                let length = self.length_at(self.asked);
                self.push(length);
            }
            let Some(answer) = self.flight.next().await else { return Ok(None) };
            match answer {
                Ok(server_frame::Body::ReadFile(piece))
                    if piece.data.len() == self.length_at(self.at) as usize =>
                {
                    self.at += piece.data.len() as u64;
                    self.patience.renew();
                    return Ok(Some(piece.data));
                }
                Ok(_) => return Err(Error::Protocol("an answer of another kind".to_owned())),
                Err(error) => {
                    // What was asked for behind it is asked for again.
                    while self.flight.next().await.is_some() {}
                    self.patience.wait(error).await?;
                    self.asked = self.at;
                }
            }
        }
    }

    fn push(&mut self, length: u32) {
        let transfer = Arc::clone(&self.transfer);
        let read = v1::ReadFileRequest { offset: self.asked, length, ..self.file };
        self.asked += u64::from(length);
        self.flight.push_back(async move { transfer.ask(Ask::ReadFile(read)).await }.boxed());
    }

    fn length_at(&self, at: u64) -> u32 {
        const PIECE: u32 = 32 * 1024;
        const _: () = assert!(PIECE as usize == FILE_PIECE_BYTES_MAX);
        u32::try_from(self.end.saturating_sub(at)).unwrap_or(PIECE).min(PIECE)
    }
}
