//! Uploads: begun, sent in parts, looked after, thrown away.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parlor_proto::codes::Reason;
use parlor_proto::ids::UploadId;
use parlor_proto::rest::{
    Begun, Id, NewUpload, OFFSET_OCTET_STREAM, UPLOAD_LENGTH, UPLOAD_OFFSET, Upload, UploadedFile,
    Uploads,
};
use parlor_proto::v1::client_frame::Body as Ask;
use parlor_proto::v1::{self, server_frame};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::End;
use super::sending::Sending;
use super::{Binary, UPLOADS_PATH};
use crate::rest::caller::{Caller, ask};
use crate::rest::document::Problems;
use crate::rest::input::{Input, Path, Told};
use crate::rest::pool::Transfer;
use crate::rest::problem::{Own, Refused};

/// How long the daemon may take to look at what has come: after a restart, at all of it.
const FINISH_TIMEOUT: Duration = Duration::from_secs(60);

const OFFSET: HeaderName = HeaderName::from_static(UPLOAD_OFFSET);
const LENGTH: HeaderName = HeaderName::from_static(UPLOAD_LENGTH);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::rest) struct UploadPath {
    #[param(inline)]
    upload: Id,
}

/// Says which file is to come, or goes on with it. What is there already is told with 200
#[utoipa::path(post, operation_id = "begin_upload", path = "/v1/uploads", request_body = NewUpload, security(("bearer" = [])),
    responses((status = 201, body = Upload, headers(("location" = String),
            ("upload-offset" = u64), ("upload-length" = u64))),
        (status = 200, body = UploadedFile), Problems))]
pub(in crate::rest) async fn begin(
    caller: Caller,
    Input(new): Input<NewUpload>,
) -> Result<Response, Refused> {
    let begun = ask!(caller, BeginUpload(new.clone().into()) => BeginUpload);
    let upload = match Begun::of(new, begun) {
        Begun::There(file) => return Ok(Told::<UploadedFile>::ok(file).into_response()),
        Begun::Coming(upload) => upload,
    };
    if upload.received.is_some_and(|received| received >= upload.size) {
        // Nothing of it, or all of it has come, and only this was not said.
        let transfer = caller.transfer().await?;
        return Ok(finish(&transfer, upload.upload_id).await?.into_response());
    }
    let place = [(header::LOCATION, format!("{UPLOADS_PATH}/{}", upload.upload_id))];
    Ok((place, progress(&upload), Told::<Upload>::created(upload)).into_response())
}

/// One's own uploads that are not finished, and what one's files take
#[utoipa::path(get, operation_id = "list_uploads", path = "/v1/uploads", security(("bearer" = [])),
    responses((status = 200, body = Uploads), Problems))]
pub(in crate::rest) async fn list(caller: Caller) -> Result<Told<Uploads>, Refused> {
    Ok(Told::ok(ask!(caller, ListUploads(v1::ListUploadsRequest {}) => ListUploads)))
}

/// How far an upload has come
#[utoipa::path(get, operation_id = "get_upload", path = "/v1/uploads/{upload}", params(UploadPath),
    security(("bearer" = [])),
    responses((status = 200, body = Upload,
        headers(("upload-offset" = u64), ("upload-length" = u64))), Problems))]
pub(in crate::rest) async fn get(
    caller: Caller,
    Path(UploadPath { upload }): Path<UploadPath>,
) -> Result<Response, Refused> {
    let upload = find(&caller, upload).await?;
    Ok((progress(&upload), Told::<Upload>::ok(upload)).into_response())
}

/// Sends the next part of an upload, of any length. With the last byte the file is there
#[utoipa::path(patch, operation_id = "send_part", path = "/v1/uploads/{upload}",
    params(UploadPath, ("upload-offset" = u64, Header,
        description = "Where the part begins: what the server has")),
    request_body(content = inline(Binary), content_type = "application/offset+octet-stream"),
    security(("bearer" = [])),
    responses((status = 204, description = "More is to come",
            headers(("upload-offset" = u64), ("upload-length" = u64))),
        (status = 200, body = UploadedFile, headers(("upload-offset" = u64))), Problems))]
pub(in crate::rest) async fn send(
    caller: Caller,
    Path(UploadPath { upload }): Path<UploadPath>,
    request: Request,
) -> Result<Response, Refused> {
    let offset = offset(request.headers())?;
    let mut upload = find(&caller, upload).await?;
    let received = upload.received.unwrap_or_default();
    let left = upload.size.saturating_sub(received);
    let done = if offset != received {
        let why = format!("{received} bytes have come: go on from there");
        Err(Refused::missing(Reason::WrongOffset, &why))
    } else if length(request.headers()).is_some_and(|length| length > left) {
        Err(too_long(upload.size))
    } else {
        let transfer = caller.transfer().await?;
        let sending = Sending::new(Arc::clone(&transfer), UploadId(upload.upload_id.0), received);
        let (received, end) = sending.run(request.into_body(), left).await;
        upload.received = Some(received);
        match end {
            Ok(End::Whole) if received < upload.size => Ok(StatusCode::NO_CONTENT.into_response()),
            Ok(End::Whole) => {
                finish(&transfer, upload.upload_id).await.map(IntoResponse::into_response)
            }
            Ok(End::Cut) => Err(Refused::field("body", "the body is cut off")),
            Ok(End::Slow) => Err(Refused::own(Own::BodyTimeout, "the body did not come in time")),
            Ok(End::TooLong) => Err(too_long(upload.size)),
            Err(error) => Err(error.into()),
        }
    };
    // Also of what was refused, so that it can be gone on with at once.
    Ok((progress(&upload), done).into_response())
}

/// Throws away what has come
#[utoipa::path(delete, operation_id = "cancel_upload", path = "/v1/uploads/{upload}", params(UploadPath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(in crate::rest) async fn cancel(
    caller: Caller,
    Path(UploadPath { upload }): Path<UploadPath>,
) -> Result<StatusCode, Refused> {
    let cancel = v1::CancelUploadRequest { upload_id: upload.0 };
    let v1::Ack {} = ask!(caller, CancelUpload(cancel) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

async fn find(caller: &Caller, id: Id) -> Result<Upload, Refused> {
    let get = v1::GetUploadRequest { upload_id: id.0 };
    let v1::UploadResponse { received, .. } = ask!(caller, GetUpload(get) => Upload);
    let list = ask!(caller, ListUploads(v1::ListUploadsRequest {}) => ListUploads);
    let upload = list.uploads.into_iter().find(|upload| upload.upload_id == id.0);
    let gone = || Refused::missing(Reason::UploadNotFound, "the upload is over: begin it again");
    let upload = upload.ok_or_else(gone)?.into();
    Ok(Upload { received: Some(received), ..upload })
}

/// All has come: now it is a file.
async fn finish(transfer: &Transfer, id: Id) -> Result<Told<UploadedFile>, Refused> {
    let ask = Ask::FinishUpload(v1::FinishUploadRequest { upload_id: id.0 });
    let answer = transfer.ask_within(FINISH_TIMEOUT, ask).await?;
    let server_frame::Body::File(v1::FileResponse { file: Some(file) }) = answer else {
        return Err(Refused::confused());
    };
    Ok(Told::ok(UploadedFile { file: file.into() }))
}

fn progress(upload: &Upload) -> [(HeaderName, String); 2] {
    let received = upload.received.unwrap_or_default();
    [(OFFSET, received.to_string()), (LENGTH, upload.size.to_string())]
}

/// Where a part begins; it says so, and is what it says to be.
fn offset(headers: &HeaderMap) -> Result<u64, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(OFFSET_OCTET_STREAM)) {
        let why = format!("send the part as content-type {OFFSET_OCTET_STREAM}");
        return Err(Refused::own(Own::BadMediaType, why));
    }
    let why = "say where the part begins, in bytes: `upload-offset: 0`";
    number(headers, &OFFSET).ok_or_else(|| Refused::field(UPLOAD_OFFSET, why))
}

fn length(headers: &HeaderMap) -> Option<u64> {
    number(headers, &header::CONTENT_LENGTH)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn too_long(size: u64) -> Refused {
    let why = format!("the upload was said to have {size} bytes, and this is more");
    Refused::own(Own::BodyTooLarge, why)
}
