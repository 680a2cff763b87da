//! What is shown about files: those of messages, those that were fetched, those to come.

use std::path::Path;

use data_encoding::HEXLOWER;
use parlor_proto::v1;
use serde::Serialize;

use crate::when::When;

/// A file of a message.
#[derive(Debug, Serialize)]
pub(crate) struct FileOfMessage {
    pub(crate) file_id: u64,
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) media_type: String,
    pub(crate) sha256: String,
}

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum FileRecord {
    /// A file was fetched.
    File {
        room: String,
        room_id: u64,
        seq: u64,
        /// Where it is now.
        path: String,
        #[serde(flatten)]
        file: FileOfMessage,
    },
    /// An upload that is not finished.
    Upload {
        upload_id: u64,
        name: String,
        size: u64,
        sha256: String,
        began_at: Option<When>,
    },
    UploadCancelled {
        upload_id: u64,
    },
    /// What one's files take, and may take.
    FileUsage {
        used_bytes: u64,
        quota_bytes: u64,
        file_bytes_max: u64,
    },
}

impl FileOfMessage {
    pub(crate) fn new(file: &v1::FileInfo) -> Self {
        Self {
            file_id: file.file_id,
            name: file.name.clone(),
            size: file.size,
            media_type: file.media_type.clone(),
            sha256: HEXLOWER.encode(&file.sha256),
        }
    }
}

impl FileRecord {
    pub(crate) fn saved(
        (room, room_id, seq): (String, u64, u64),
        path: &Path,
        file: &v1::FileInfo,
    ) -> Self {
        let path = path.to_string_lossy().into_owned();
        Self::File { room, room_id, seq, path, file: FileOfMessage::new(file) }
    }

    pub(crate) fn upload(upload: &v1::Upload) -> Self {
        Self::Upload {
            upload_id: upload.upload_id,
            name: upload.name.clone(),
            size: upload.size,
            sha256: HEXLOWER.encode(&upload.sha256),
            began_at: When::known(upload.begin_time_ms),
        }
    }
}
