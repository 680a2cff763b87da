//! Files: those that messages refer to, and those that are coming. Contents are no resources of
//! JSON: they go as they are.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use bytes::Bytes;
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

use super::{Id, Time, each};
use crate::v1;

/// The media type of a part of an upload, wherever in it that begins.
pub const OFFSET_OCTET_STREAM: &str = "application/offset+octet-stream";

/// Where a part of an upload begins, and how far an upload has come.
pub const UPLOAD_OFFSET: &str = "upload-offset";

/// How long an upload is to be.
pub const UPLOAD_LENGTH: &str = "upload-length";

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

/// A file that is to come.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUpload {
    /// 1 to 255 bytes without "/" and control characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: String,
    pub size: u64,
    /// SHA-256 of the content, in hex: what it must turn out to be.
    #[cfg_attr(feature = "openapi", schema(pattern = "^[0-9a-fA-F]{64}$"))]
    pub sha256: String,
}

/// A file that is coming.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Upload {
    pub upload_id: Id,
    pub name: String,
    pub size: u64,
    /// SHA-256 of the content, in hex.
    pub sha256: String,
    /// The bytes that the server has: go on from here. Not told in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<u64>,
    /// When it was begun. Not told when it is begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin_time: Option<Time>,
}

/// One's own uploads that are not finished, and what one's files take.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Uploads {
    pub uploads: Vec<Upload>,
    /// Bytes of one's files, those that are still to come included.
    pub used_bytes: u64,
    /// How many they may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_bytes: Option<u64>,
    /// How large one file may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_bytes_max: Option<u64>,
}

/// A file whose content is there: messages refer to it by its id.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UploadedFile {
    pub file: FileInfo,
}

/// What becomes of a file that was to come.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Begun {
    /// Nothing needs to be sent.
    There(UploadedFile),
    /// It is sent from `received` on.
    Coming(Upload),
}

fn hex(hash: &[u8]) -> String {
    HEXLOWER_PERMISSIVE.encode(hash)
}

/// Empty if that is no hex: what reads it finds it too short.
fn hash(hex: &str) -> Bytes {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap_or_default().into()
}

impl From<v1::FileInfo> for FileInfo {
    fn from(file: v1::FileInfo) -> Self {
        Self {
            file_id: Id(file.file_id),
            name: file.name,
            size: file.size,
            media_type: file.media_type,
            sha256: hex(&file.sha256),
        }
    }
}

impl From<FileInfo> for v1::FileInfo {
    fn from(file: FileInfo) -> Self {
        Self {
            file_id: file.file_id.0,
            name: file.name,
            size: file.size,
            media_type: file.media_type,
            sha256: hash(&file.sha256),
        }
    }
}

impl From<v1::BeginUploadRequest> for NewUpload {
    fn from(new: v1::BeginUploadRequest) -> Self {
        Self { name: new.name, size: new.size, sha256: hex(&new.sha256) }
    }
}

impl From<NewUpload> for v1::BeginUploadRequest {
    fn from(new: NewUpload) -> Self {
        Self { name: new.name, size: new.size, sha256: hash(&new.sha256) }
    }
}

impl From<v1::Upload> for Upload {
    fn from(upload: v1::Upload) -> Self {
        Self {
            upload_id: Id(upload.upload_id),
            name: upload.name,
            size: upload.size,
            sha256: hex(&upload.sha256),
            received: None,
            begin_time: Time::some(upload.begin_time_ms),
        }
    }
}

impl From<Upload> for v1::Upload {
    fn from(upload: Upload) -> Self {
        Self {
            upload_id: upload.upload_id.0,
            name: upload.name,
            size: upload.size,
            sha256: hash(&upload.sha256),
            begin_time_ms: Time::ms(upload.begin_time),
        }
    }
}

impl From<Upload> for v1::UploadResponse {
    fn from(upload: Upload) -> Self {
        let received = upload.received.unwrap_or_default();
        Self { upload_id: upload.upload_id.0, received }
    }
}

impl From<v1::ListUploadsResponse> for Uploads {
    fn from(list: v1::ListUploadsResponse) -> Self {
        let some = |bytes: u64| (bytes != 0).then_some(bytes);
        Self {
            uploads: each(list.uploads),
            used_bytes: list.used_bytes,
            quota_bytes: some(list.quota_bytes),
            file_bytes_max: some(list.file_bytes_max),
        }
    }
}

impl From<Uploads> for v1::ListUploadsResponse {
    fn from(list: Uploads) -> Self {
        Self {
            uploads: each(list.uploads),
            used_bytes: list.used_bytes,
            quota_bytes: list.quota_bytes.unwrap_or_default(),
            file_bytes_max: list.file_bytes_max.unwrap_or_default(),
        }
    }
}

impl Begun {
    /// Of what was asked for.
    #[must_use]
    pub fn of(new: NewUpload, begun: v1::BeginUploadResponse) -> Self {
        let v1::BeginUploadResponse { upload_id, received, file } = begun;
        if let Some(file) = file {
            return Self::There(UploadedFile { file: file.into() });
        }
        let NewUpload { name, size, sha256 } = new;
        let (upload_id, received) = (Id(upload_id), Some(received));
        Self::Coming(Upload { upload_id, name, size, sha256, received, begin_time: None })
    }
}

impl From<Begun> for v1::BeginUploadResponse {
    fn from(begun: Begun) -> Self {
        match begun {
            Begun::There(UploadedFile { file }) => {
                Self { file: Some(file.into()), ..Self::default() }
            }
            Begun::Coming(upload) => {
                let v1::UploadResponse { upload_id, received } = upload.into();
                Self { upload_id, received, file: None }
            }
        }
    }
}
