//! Files, request by request. What sends and fetches whole ones is `transfer`.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::{FileId, RoomId, Seq, UploadId};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, BeginUploadResponse, FileInfo, ListUploadsResponse};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Says which file is to come. If an upload of it has been begun, it goes on; if the content
    /// is there, nothing needs to be sent.
    pub async fn begin_upload(
        &self,
        begin: v1::BeginUploadRequest,
    ) -> Result<BeginUploadResponse, Error> {
        expect_answer!(self.request(Ask::BeginUpload(begin)).await, BeginUpload)
    }

    /// How much of an upload the server has.
    pub async fn get_upload(&self, upload: UploadId) -> Result<u64, Error> {
        let get = v1::GetUploadRequest { upload_id: upload.0 };
        let answer = expect_answer!(self.request(Ask::GetUpload(get)).await, Upload);
        answer.map(|v1::UploadResponse { received, .. }| received)
    }

    /// Has what was sent checked and kept.
    pub async fn finish_upload(&self, upload: UploadId) -> Result<FileInfo, Error> {
        let finish = v1::FinishUploadRequest { upload_id: upload.0 };
        let answer = expect_answer!(self.request(Ask::FinishUpload(finish)).await, File)?;
        answer.file.ok_or_else(|| Error::Protocol("a file without a description".to_owned()))
    }

    /// Throws away what was sent.
    pub async fn cancel_upload(&self, upload: UploadId) -> Result<(), Error> {
        let cancel = v1::CancelUploadRequest { upload_id: upload.0 };
        expect_answer!(self.request(Ask::CancelUpload(cancel)).await, Ack).map(|v1::Ack {}| ())
    }

    /// One's own uploads that are not finished, and what one's files take.
    pub async fn list_uploads(&self) -> Result<ListUploadsResponse, Error> {
        let list = v1::ListUploadsRequest {};
        expect_answer!(self.request(Ask::ListUploads(list)).await, ListUploads)
    }

    /// Part of a file of a message, at most 32 KiB of it.
    pub async fn read_file(
        &self,
        (room, seq, file): (RoomId, Seq, FileId),
        offset: u64,
        length: u32,
    ) -> Result<bytes::Bytes, Error> {
        let (room_id, seq, file_id) = (room.0, seq.0, file.0);
        let read = v1::ReadFileRequest { room_id, seq, file_id, offset, length };
        let answer = expect_answer!(self.request(Ask::ReadFile(read)).await, ReadFile);
        answer.map(|v1::ReadFileResponse { data }| data)
    }
}
