//! Files: what is to come, and what is to be read.

use std::sync::Arc;

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{FileHash, FileId, Seq, UploadId};
use parlor_proto::limits::{FILE_HASH_BYTES, FILE_NAME_BYTES_MAX, FILE_PIECE_BYTES_MAX};
use parlor_proto::v1::{self, client_frame::Body};

use super::{deny, misplaced, room};
use crate::chat::{Denial, FileRequest, NewFile, Part};

/// The largest piece, as requests say it.
const PIECE_BYTES_MAX: u32 = 32 * 1024;
const _: () = assert!(PIECE_BYTES_MAX as usize == FILE_PIECE_BYTES_MAX);

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<FileRequest, Denial> {
    Ok(match body {
        Body::BeginUpload(begin) => FileRequest::Begin(NewFile {
            name: name(begin.name)?,
            size: begin.size,
            hash: hash(&begin.sha256)?,
        }),
        Body::WriteUpload(write) => FileRequest::Write {
            upload: upload(write.upload_id)?,
            offset: write.offset,
            data: piece(&write.data)?,
        },
        Body::GetUpload(get) => FileRequest::Ask { upload: upload(get.upload_id)? },
        Body::FinishUpload(finish) => FileRequest::Finish { upload: upload(finish.upload_id)? },
        Body::CancelUpload(cancel) => FileRequest::Cancel { upload: upload(cancel.upload_id)? },
        Body::ListUploads(_) => FileRequest::ListUploads,
        Body::ReadFile(read) => read_file(&read)?,
        _ => return Err(misplaced()),
    })
}

/// Shown to everybody on one line, and what some make a path of.
fn name(name: String) -> Result<Arc<str>, Denial> {
    match name.len() {
        0 => Err(missing("name")),
        1..=FILE_NAME_BYTES_MAX if name.contains('/') || name.contains(char::is_control) => {
            Err(deny(Reason::BadField, "name has no \"/\" and no control characters"))
        }
        1..=FILE_NAME_BYTES_MAX => Ok(name.into()),
        len => Err(deny(
            Reason::BadField,
            format!("name has at most {FILE_NAME_BYTES_MAX} bytes: {len}"),
        )),
    }
}

fn hash(bytes: &[u8]) -> Result<FileHash, Denial> {
    let wrong = |_| format!("sha256 has {FILE_HASH_BYTES} bytes: {}", bytes.len());
    FileHash::try_from(bytes).map_err(wrong).map_err(|why| deny(Reason::BadField, why))
}

/// A copy: what it came in may be larger, and it may wait.
fn piece(data: &[u8]) -> Result<Bytes, Denial> {
    match data.len() {
        0 => Err(missing("data")),
        1..=FILE_PIECE_BYTES_MAX => Ok(Bytes::copy_from_slice(data)),
        len => Err(deny(
            Reason::BadField,
            format!("data has at most {FILE_PIECE_BYTES_MAX} bytes: {len}"),
        )),
    }
}

fn read_file(read: &v1::ReadFileRequest) -> Result<FileRequest, Denial> {
    let length = if read.length == 0 { PIECE_BYTES_MAX } else { read.length.min(PIECE_BYTES_MAX) };
    Ok(FileRequest::Read {
        room: room(read.room_id)?,
        seq: some(read.seq, "seq").map(Seq)?,
        file: some(read.file_id, "file_id").map(FileId)?,
        part: Part { offset: read.offset, length },
    })
}

fn upload(id: u64) -> Result<UploadId, Denial> {
    some(id, "upload_id").map(UploadId)
}

fn some(number: u64, field: &str) -> Result<u64, Denial> {
    if number == 0 { Err(missing(field)) } else { Ok(number) }
}

fn missing(field: &str) -> Denial {
    deny(Reason::BadField, format!("{field} is missing"))
}
