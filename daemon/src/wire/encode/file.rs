//! Files, and answers about them.

use bytes::Bytes;
use parlor_proto::v1::{self, server_frame::Body};

use crate::chat::{FileAnswer, FileFacts, UploadFacts};

pub(super) fn answer(answer: FileAnswer) -> Body {
    match answer {
        FileAnswer::Begun { upload, received } => {
            Body::BeginUpload(v1::BeginUploadResponse { upload_id: upload.0, received, file: None })
        }
        FileAnswer::There(facts) => Body::BeginUpload(v1::BeginUploadResponse {
            upload_id: 0,
            received: 0,
            file: Some(file_info(&facts)),
        }),
        FileAnswer::Progress { upload, received } => {
            Body::Upload(v1::UploadResponse { upload_id: upload.0, received })
        }
        FileAnswer::Finished(facts) => {
            Body::File(v1::FileResponse { file: Some(file_info(&facts)) })
        }
        FileAnswer::Uploads { uploads, used, quota, file_bytes_max } => {
            Body::ListUploads(v1::ListUploadsResponse {
                uploads: uploads.iter().map(upload_info).collect(),
                used_bytes: used,
                quota_bytes: quota,
                file_bytes_max,
            })
        }
        FileAnswer::Piece(data) => Body::ReadFile(v1::ReadFileResponse { data }),
    }
}

pub(super) fn file_info(facts: &FileFacts) -> v1::FileInfo {
    v1::FileInfo {
        file_id: facts.file.0,
        name: facts.name.as_ref().to_owned(),
        size: facts.size,
        media_type: facts.media_type.as_ref().to_owned(),
        sha256: Bytes::copy_from_slice(&facts.hash.0),
    }
}

fn upload_info(UploadFacts { upload, new, begun }: &UploadFacts) -> v1::Upload {
    v1::Upload {
        upload_id: upload.0,
        name: new.name.as_ref().to_owned(),
        size: new.size,
        sha256: Bytes::copy_from_slice(&new.hash.0),
        begin_time_ms: begun.0,
    }
}
