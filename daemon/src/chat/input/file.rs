//! What can be asked about files: those to come, and those that messages refer to.

use std::sync::Arc;

use bytes::Bytes;
use parlor_proto::ids::{FileHash, FileId, RoomId, Seq, UploadId};

use super::verb::Verb;
use crate::chat::effects::{FileFacts, LooseFile};

#[derive(Clone, Debug)]
pub(crate) enum FileRequest {
    Begin(NewFile),
    Write {
        upload: UploadId,
        offset: u64,
        data: Bytes,
    },
    /// How far is it?
    Ask {
        upload: UploadId,
    },
    Finish {
        upload: UploadId,
    },
    Cancel {
        upload: UploadId,
    },
    ListUploads,
    Read {
        room: RoomId,
        seq: Seq,
        file: FileId,
        part: Part,
    },
}

/// A file as whoever has it describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NewFile {
    pub(crate) name: Arc<str>,
    pub(crate) size: u64,
    pub(crate) hash: FileHash,
}

/// A piece of a file's content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Part {
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

impl FileRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Begin(_) => Verb::BeginUpload,
            Self::Write { .. } => Verb::WriteUpload,
            Self::Ask { .. } => Verb::GetUpload,
            Self::Finish { .. } => Verb::FinishUpload,
            Self::Cancel { .. } => Verb::CancelUpload,
            Self::ListUploads => Verb::ListUploads,
            Self::Read { .. } => Verb::ReadFile,
        }
    }
}

/// What the store knows of a file that is asked about.
#[derive(Clone, Debug)]
pub(crate) enum FileFound {
    /// Of a file to come.
    Same(SameContent),
    /// The file of a message that is not deleted.
    InMessage(FileFacts),
}

/// What there is of a content, as far as whoever asks may know.
#[derive(Clone, Debug, Default)]
pub(crate) struct SameContent {
    /// Their own file of the same name, in no message yet.
    pub(crate) file: Option<FileFacts>,
    /// What the content is, if they have it or may read it.
    pub(crate) media_type: Option<Arc<str>>,
}

/// What became of a content that was to be checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum CheckedContent {
    /// It is as was told, and on the disk.
    Sound { media_type: Arc<str> },
    /// It was another one, and is gone.
    Wrong,
}

/// Files that no message refers to, or not any more.
pub(crate) type LooseFiles = Vec<LooseFile>;
