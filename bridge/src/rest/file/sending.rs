//! A part of an upload on its way to the daemon: a few pieces in flight, and none of them lost
//! when the daemon wants to be left alone for a while.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};
use parlor_proto::client::{Error, Patience};
use parlor_proto::codes::Reason;
use parlor_proto::ids::UploadId;
use parlor_proto::limits::FILE_PIECES_IN_FLIGHT_MAX;
use parlor_proto::v1::client_frame::Body as Ask;
use parlor_proto::v1::{self, server_frame};

use super::body::{End, Pieces};
use crate::rest::pool::Transfer;

/// See the module.
pub(super) struct Sending {
    transfer: Arc<Transfer>,
    upload: UploadId,
    /// Where the next piece begins.
    at: u64,
    /// How far the daemon has said that it is.
    received: u64,
    flight: FuturesOrdered<BoxFuture<'static, Answered>>,
    patience: Patience,
}

struct Piece {
    offset: u64,
    data: Bytes,
}

type Answered = (Piece, Result<server_frame::Body, Error>);

impl Sending {
    pub(super) fn new(transfer: Arc<Transfer>, upload: UploadId, received: u64) -> Self {
        let (flight, patience) = Default::default();
        Self { transfer, upload, at: received, received, flight, patience }
    }

    /// Sends a body until its end, and what has come of it if that is a sudden one. Tells how far
    /// the upload is, also if the daemon does not take the rest.
    pub(super) async fn run(mut self, body: Body, left: u64) -> (u64, Result<End, Error>) {
        let mut pieces = Pieces::new(body, left);
        let sent = self.send(&mut pieces).await;
        (self.received, sent)
    }

    async fn send(&mut self, pieces: &mut Pieces) -> Result<End, Error> {
        let end = loop {
            tokio::select! {
                biased;
                Some(answered) = self.flight.next() => self.settle(answered).await?,
                piece = pieces.next(), if self.flight.len() < FILE_PIECES_IN_FLIGHT_MAX => {
                    match piece {
                        Ok(data) => self.cut(data),
                        Err(end) => break end,
                    }
                }
            }
        };
        if let Some(data) = pieces.remainder() {
            self.cut(data);
        }
        while let Some(answered) = self.flight.next().await {
            self.settle(answered).await?;
        }
        Ok(end)
    }

    /// The next piece begins where the last one ended.
    fn cut(&mut self, data: Bytes) {
        let offset = self.at;
        self.at += data.len() as u64;
        self.push(Piece { offset, data });
    }

    fn push(&mut self, piece: Piece) {
        let transfer = Arc::clone(&self.transfer);
        let (upload_id, offset, data) = (self.upload.0, piece.offset, piece.data.clone());
        let write = Ask::WriteUpload(v1::WriteUploadRequest { upload_id, offset, data });
        self.flight.push_back(async move { (piece, transfer.ask(write).await) }.boxed());
    }

    async fn settle(&mut self, (piece, answer): Answered) -> Result<(), Error> {
        match answer {
            Ok(server_frame::Body::Upload(upload)) => {
                self.received = self.received.max(upload.received);
                self.patience.renew();
                Ok(())
            }
            Ok(_) => Err(Error::Protocol("an answer of another kind".to_owned())),
            // Nothing before it is missing that is here: somebody else sends it as well.
            Err(error) if error.reason() == Some(Reason::WrongOffset) => Err(error),
            Err(error) => self.again(piece, error).await,
        }
    }

    /// Sends a piece again, and those behind it, which are refused for that; or gives up.
    async fn again(&mut self, first: Piece, error: Error) -> Result<(), Error> {
        let mut refused = VecDeque::from([first]);
        while let Some((piece, answer)) = self.flight.next().await {
            if answer.is_err() {
                refused.push_back(piece);
            }
        }
        self.patience.wait(error).await?;
        for piece in refused {
            self.push(piece);
        }
        Ok(())
    }
}
