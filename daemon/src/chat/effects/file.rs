//! What follows from requests about files.

use std::sync::Arc;

use bytes::Bytes;
use parlor_proto::ids::{FileHash, FileId, RequestId, RoomId, Seq, UploadId, UserId};

use crate::chat::input::{ConnId, NewFile, Part, Stamp};

/// A file as everybody may see it who may read a message with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FileFacts {
    pub(crate) file: FileId,
    pub(crate) name: Arc<str>,
    pub(crate) size: u64,
    pub(crate) media_type: Arc<str>,
    pub(crate) hash: FileHash,
}

/// A file that no message refers to, or not any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct LooseFile {
    pub(crate) file: FileId,
    pub(crate) owner: UserId,
    pub(crate) size: u64,
    pub(crate) hash: FileHash,
}

/// What the store must remember of files.
#[derive(Clone, Debug)]
pub(crate) enum FileChange {
    UploadBegun {
        upload: UploadId,
        user: UserId,
        new: NewFile,
        at: Stamp,
    },
    /// It is finished, cancelled or forgotten.
    UploadEnded {
        upload: UploadId,
    },
    Added {
        owner: UserId,
        facts: FileFacts,
        at: Stamp,
    },
    Removed {
        file: FileId,
    },
}

/// The answers to requests about files.
#[derive(Clone, Debug)]
pub(crate) enum FileAnswer {
    Begun {
        upload: UploadId,
        received: u64,
    },
    /// Nothing needs to be sent.
    There(FileFacts),
    Progress {
        upload: UploadId,
        received: u64,
    },
    Finished(FileFacts),
    Uploads {
        uploads: Vec<UploadFacts>,
        used: u64,
        quota: u64,
        file_bytes_max: u64,
    },
    Piece(Bytes),
}

/// An upload as its user sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UploadFacts {
    pub(crate) upload: UploadId,
    pub(crate) new: NewFile,
    pub(crate) begun: Stamp,
}

/// An upload as those see it who work on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Uploading {
    pub(crate) upload: UploadId,
    pub(crate) size: u64,
    pub(crate) hash: FileHash,
}

/// Leave to read a piece of a file of this message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PieceOfFile {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) hash: FileHash,
    pub(crate) part: Part,
}

/// Work that changes contents, which are no business of the engine's thread. What has an `id` is answered
/// by whoever does the work.
#[derive(Clone, Debug)]
pub(crate) enum FileWork {
    Write {
        conn: ConnId,
        id: RequestId,
        to: Uploading,
        offset: u64,
        data: Bytes,
    },
    Ask {
        conn: ConnId,
        id: RequestId,
        of: Uploading,
        /// It is answered as one that begins.
        begins: bool,
    },
    /// Comes back as [`Input::ContentChecked`](crate::chat::Input::ContentChecked), unless it is
    /// answered with a denial.
    Check {
        conn: ConnId,
        id: RequestId,
        of: Uploading,
    },
    /// What has come of an upload is needed no more.
    Discard(Uploading),
    /// This content may be needed no more.
    Sift(FileHash),
}

impl FileWork {
    /// The request that is waiting for it.
    pub(crate) fn asked(&self) -> Option<(ConnId, RequestId)> {
        match *self {
            Self::Write { conn, id, .. }
            | Self::Ask { conn, id, .. }
            | Self::Check { conn, id, .. } => Some((conn, id)),
            Self::Discard(_) | Self::Sift(_) => None,
        }
    }

    /// The content that it is about.
    pub(crate) fn hash(&self) -> FileHash {
        match self {
            Self::Write { to: on, .. }
            | Self::Ask { of: on, .. }
            | Self::Check { of: on, .. }
            | Self::Discard(on) => on.hash,
            Self::Sift(hash) => *hash,
        }
    }
}
