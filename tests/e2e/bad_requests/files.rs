//! Of files.

use parlor_proto::codes::Reason;
use parlor_proto::v1;
use parlor_proto::v1::client_frame::Body;

use super::{Bad, bad, plain, x};

/// What nobody has.
const UPLOAD: u64 = 123_456;

pub(super) fn requests() -> Vec<Bad> {
    let begin =
        v1::BeginUploadRequest { name: "a.txt".into(), size: 1, sha256: vec![7; 32].into() };
    let begins = Body::BeginUpload;
    let named = |name: &str| begins(v1::BeginUploadRequest { name: name.into(), ..begin.clone() });
    let writes = |upload_id, data: Vec<u8>| {
        Body::WriteUpload(v1::WriteUploadRequest { upload_id, offset: 0, data: data.into() })
    };
    let read = v1::ReadFileRequest { room_id: 1, seq: 7, file_id: 7, ..plain() };
    let reads = Body::ReadFile;
    let unknown = |body| (body, Reason::UploadNotFound, "");
    let get = |upload_id| Body::GetUpload(v1::GetUploadRequest { upload_id });
    let finish = |upload_id| Body::FinishUpload(v1::FinishUploadRequest { upload_id });
    let cancel = |upload_id| Body::CancelUpload(v1::CancelUploadRequest { upload_id });
    let sends = |file_ids| {
        let client_message_id = vec![7; 16].into();
        Body::Send(v1::SendRequest { room_id: 1, client_message_id, file_ids, ..plain() })
    };
    vec![
        bad(named(""), "name"),
        bad(named("a/b"), "name"),
        bad(named("a\nb"), "name"),
        bad(named(&x(256)), "name"),
        bad(
            begins(v1::BeginUploadRequest { sha256: vec![7; 31].into(), ..begin.clone() }),
            "sha256",
        ),
        (begins(v1::BeginUploadRequest { size: u64::MAX, ..begin }), Reason::FileTooLarge, "bytes"),
        bad(writes(0, vec![7]), "upload_id"),
        bad(writes(UPLOAD, vec![]), "data"),
        bad(writes(UPLOAD, vec![7; 32 * 1024 + 1]), "data"),
        unknown(writes(UPLOAD, vec![7])),
        bad(get(0), "upload_id"),
        unknown(get(UPLOAD)),
        bad(finish(0), "upload_id"),
        unknown(finish(UPLOAD)),
        bad(cancel(0), "upload_id"),
        unknown(cancel(UPLOAD)),
        bad(reads(v1::ReadFileRequest { room_id: 0, ..read }), "room_id"),
        bad(reads(v1::ReadFileRequest { seq: 0, ..read }), "seq"),
        bad(reads(v1::ReadFileRequest { file_id: 0, ..read }), "file_id"),
        bad(sends((1..=9).collect()), "file_ids"),
        bad(sends(vec![0]), "file_ids"),
        bad(sends(vec![7, 7]), "file_ids"),
    ]
}
