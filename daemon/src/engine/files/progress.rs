//! How far an upload has come, and the hash of what has come. Pure.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use parlor_proto::ids::FileHash;

/// What has come is written to the disk every so many bytes: so the end does not take long, and
/// whoever commits a message meanwhile waits for no more than this. With 8 MiB it was felt.
const SYNC_EVERY: u64 = 512 * 1024;

/// One upload.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    /// So many bytes have come. Of what came before a restart the hash is not known.
    Coming { received: u64, unsynced: u64, hasher: Option<Hasher> },
    /// All has come, was as it should be, and is a content.
    Kept { media_type: Arc<str> },
}

/// What is to be done with a piece.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// It is the next one: write it.
    Write,
    /// It has come before.
    Known,
    /// Something before it is missing.
    TooFar,
}

/// SHA-256 as it grows.
#[derive(Clone)]
pub(super) struct Hasher(Context);

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher(..)")
    }
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    pub(super) fn finish(self) -> FileHash {
        FileHash::try_from(self.0.finish().as_ref()).unwrap_or_default()
    }
}

impl Progress {
    /// Of an upload of which so much is there.
    pub(super) fn resumed(received: u64) -> Self {
        let hasher = (received == 0).then(Hasher::new);
        Self::Coming { received, unsynced: received, hasher }
    }

    /// All bytes before this one have come.
    pub(super) fn received(&self, size: u64) -> u64 {
        match self {
            Self::Coming { received, .. } => *received,
            Self::Kept { .. } => size,
        }
    }

    pub(super) fn next(&self, size: u64, (offset, length): (u64, u64)) -> Next {
        let received = self.received(size);
        if offset == received && length > 0 && received < size {
            Next::Write
        } else if offset.saturating_add(length) <= received {
            Next::Known
        } else {
            Next::TooFar
        }
    }

    /// A piece has been written. Says whether it is time to sync.
    pub(super) fn wrote(&mut self, data: &[u8]) -> bool {
        let Self::Coming { received, unsynced, hasher } = self else { return false };
        *received += data.len() as u64;
        *unsynced += data.len() as u64;
        if let Some(hasher) = hasher {
            hasher.update(data);
        }
        let is_time = *unsynced >= SYNC_EVERY;
        if is_time {
            *unsynced = 0;
        }
        is_time
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn only_the_next_piece_is_written() {
        let mut progress = Progress::resumed(0);
        assert_eq!(progress.next(10, (0, 4)), Next::Write);
        progress.wrote(b"abcd");
        assert_eq!(progress.next(10, (0, 4)), Next::Known);
        assert_eq!(progress.next(10, (1, 3)), Next::Known);
        assert_eq!(progress.next(10, (2, 4)), Next::TooFar, "not by halves");
        assert_eq!(progress.next(10, (5, 1)), Next::TooFar);
        assert_eq!(progress.next(10, (4, 6)), Next::Write);
        assert_eq!(progress.next(10, (u64::MAX, 6)), Next::TooFar);
    }

    #[test]
    fn the_hash_grows_with_what_comes_unless_some_came_before() {
        let mut progress = Progress::resumed(0);
        progress.wrote(b"hello ");
        progress.wrote(b"world");
        let Progress::Coming { hasher: Some(hasher), .. } = progress else { panic!() };
        let hash = HEXLOWER.encode(&hasher.finish().0);
        assert_eq!(hash, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
        let Progress::Coming { hasher: None, .. } = Progress::resumed(1) else { panic!() };
    }

    #[test]
    fn it_is_synced_now_and_then() {
        let mut progress = Progress::resumed(0);
        let piece = vec![0; 32 * 1024];
        let synced: Vec<_> = (0..32).map(|_| progress.wrote(&piece)).collect();
        let times: Vec<_> = (0..32).filter(|n| synced[*n]).collect();
        assert_eq!(times, [15, 31]);
    }
}
