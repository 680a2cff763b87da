//! Files that messages refer to.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

use super::Id;
use crate::v1;

/// A file of a message. Its name was given by people: make no path of it, and escape it where it
/// is shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileInfo {
    pub file_id: Id,
    pub name: String,
    pub size: u64,
    /// What the server found in the content.
    pub media_type: String,
    /// SHA-256 of the content, in hex.
    pub sha256: String,
}

impl From<v1::FileInfo> for FileInfo {
    fn from(file: v1::FileInfo) -> Self {
        Self {
            file_id: Id(file.file_id),
            name: file.name,
            size: file.size,
            media_type: file.media_type,
            sha256: HEXLOWER_PERMISSIVE.encode(&file.sha256),
        }
    }
}

impl From<FileInfo> for v1::FileInfo {
    fn from(file: FileInfo) -> Self {
        let sha256 = HEXLOWER_PERMISSIVE.decode(file.sha256.as_bytes());
        Self {
            file_id: file.file_id.0,
            name: file.name,
            size: file.size,
            media_type: file.media_type,
            sha256: sha256.unwrap_or_default().into(),
        }
    }
}
