//! The body of a request as pieces of a file: all of one length but the last.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use bytes::BytesMut;
use futures_util::StreamExt as _;
use parlor_proto::limits::FILE_PIECE_BYTES_MAX;
use tokio::time::timeout;

/// How long the next piece may take to come: what comes more slowly holds its place for nothing.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// See the module.
pub(super) struct Pieces {
    body: BodyDataStream,
    /// What has come and is in no piece yet.
    rest: Bytes,
    piece: BytesMut,
    /// How much may still come.
    left: u64,
}

/// Why there are no more pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// All has come.
    Whole,
    /// Who sent it is gone.
    Cut,
    /// Who sends it does not.
    Slow,
    /// There is more than may come.
    TooLong,
}

impl Pieces {
    pub(super) fn new(body: Body, left: u64) -> Self {
        let (rest, piece) = Default::default();
        Self { body: body.into_data_stream(), rest, piece, left }
    }

    /// The next piece. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Result<Bytes, End> {
        let ended = timeout(PIECE_TIMEOUT, self.fill()).await.unwrap_or(Some(End::Slow));
        match ended {
            None => Ok(self.take()),
            Some(end) => Err(end),
        }
    }

    /// What has come since the last whole piece.
    pub(super) fn remainder(&mut self) -> Option<Bytes> {
        (!self.piece.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.piece).freeze()
    }

    /// Until a piece is full, or nothing more comes.
    async fn fill(&mut self) -> Option<End> {
        loop {
            let room = FILE_PIECE_BYTES_MAX.saturating_sub(self.piece.len());
            if room == 0 {
                return None;
            }
            if self.rest.is_empty() {
                self.rest = match self.body.next().await {
                    None => return Some(End::Whole),
                    Some(Err(_)) => return Some(End::Cut),
                    Some(Ok(data)) => data,
                };
                let length = self.rest.len() as u64;
                let Some(left) = self.left.checked_sub(length) else { return Some(End::TooLong) };
                self.left = left;
            }
            if self.piece.is_empty() {
                self.piece.reserve(FILE_PIECE_BYTES_MAX);
            }
            let taken = self.rest.split_to(room.min(self.rest.len()));
            self.piece.extend_from_slice(&taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use axum::body::Body;
    use futures_util::stream;

    use super::*;

    fn pieces(frames: &[usize], last: Option<io::Error>, left: u64) -> Pieces {
        let frames: Vec<_> = frames.iter().map(|length| Ok(vec![b'x'; *length])).collect();
        let frames = frames.into_iter().chain(last.map(Err));
        Pieces::new(Body::from_stream(stream::iter(frames)), left)
    }

    async fn all(mut pieces: Pieces) -> (Vec<usize>, End) {
        let mut lengths = Vec::new();
        let end = loop {
            match pieces.next().await {
                Ok(piece) => lengths.push(piece.len()),
                Err(end) => break end,
            }
        };
        lengths.extend(pieces.remainder().map(|piece| piece.len()));
        (lengths, end)
    }

    #[tokio::test]
    async fn frames_of_any_length_become_pieces_of_one() {
        for (frames, expect) in [
            (&[][..], &[][..]),
            (&[1, 0, 2], &[3]),
            (&[32_768], &[32_768]),
            (&[32_767, 2], &[32_768, 1]),
            (&[100_000], &[32_768, 32_768, 32_768, 1_696]),
        ] {
            let pieces = pieces(frames, None, 1_000_000);
            assert_eq!(all(pieces).await, (expect.to_vec(), End::Whole), "{frames:?}");
        }
    }

    #[tokio::test]
    async fn what_came_before_the_end_is_kept_whatever_the_end() {
        let cut = pieces(&[40_000], Some(io::ErrorKind::ConnectionReset.into()), 1_000_000);
        assert_eq!(all(cut).await, (vec![32_768, 7_232], End::Cut));
        let too_long = pieces(&[40_000, 10], None, 40_009);
        assert_eq!(all(too_long).await, (vec![32_768, 7_232], End::TooLong));
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_nothing_is_not_waited_for() {
        let frames = stream::iter([Ok::<_, io::Error>(vec![b'x'; 10])]).chain(stream::pending());
        let slow = Pieces::new(Body::from_stream(frames), 100);
        assert_eq!(all(slow).await, (vec![10], End::Slow));
    }
}
