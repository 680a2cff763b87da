//! Contents of files, as whoever may read the message may read them: whole, in part, or only
//! looked after. Never in a way in which a browser runs what was uploaded.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use parlor_proto::codes::Reason;
use parlor_proto::rest::Id;
use parlor_proto::v1::{self, FileInfo, room_event::Kind};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Binary;
use super::disposition::disposition;
use super::fetching::Fetching;
use super::range::{Wanted, wanted};
use crate::rest::caller::Caller;
use crate::rest::document::Problems;
use crate::rest::input::Path;
use crate::rest::message;
use crate::rest::problem::{Own, Refused};

/// What was uploaded is nothing that runs, wherever a browser finds it.
const POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// No page of another origin shows it as its own.
const RESOURCE_POLICY: HeaderValue = HeaderValue::from_static("same-origin");

/// Who may read it today may not tomorrow.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-store");

/// What the server did not find another name for.
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(in crate::rest) struct FilePath {
    #[param(inline)]
    room: Id,
    #[param(minimum = 1)]
    seq: u64,
    #[param(inline)]
    file: Id,
}

/// The content of a file of a message, or one part of it
#[utoipa::path(get, operation_id = "read_file", path = "/v1/rooms/{room}/messages/{seq}/files/{file}",
    params(FilePath,
        ("range" = Option<String>, Header, description = "One part: `bytes=0-99`"),
        ("if-range" = Option<String>, Header, description = "An etag; else the whole file"),
        ("if-none-match" = Option<String>, Header, description = "Etags that one has")),
    security(("bearer" = [])),
    responses(
        (status = 200, body = inline(Binary), content_type = "*/*",
            headers(("etag" = String), ("content-disposition" = String))),
        (status = 206, description = "The part that was asked for", body = inline(Binary),
            content_type = "*/*", headers(("etag" = String), ("content-range" = String))),
        (status = 304, description = "It is as who asks has it"),
        (status = 412, description = "It is another than who asks has",
            body = parlor_proto::rest::Problem, content_type = "application/problem+json"),
        (status = 416, description = "It has no such part",
            body = parlor_proto::rest::Problem, content_type = "application/problem+json"),
        Problems))]
pub(in crate::rest) async fn content(
    caller: Caller,
    Path(path): Path<FilePath>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let file = find(&caller, &path).await?;
    let etag = format!("\"{}\"", HEXLOWER.encode(&file.sha256));
    let (status, start, end) = match wanted(&method, &headers, &etag, file.size) {
        Wanted::Whole => (StatusCode::OK, 0, file.size),
        Wanted::Part(start, end) => (StatusCode::PARTIAL_CONTENT, start, end),
        Wanted::NotModified => return Ok(not_modified(&file, &etag)),
        Wanted::AnotherOne => {
            let why = "the file is another than if-match says";
            return Err(Refused::own(Own::PreconditionFailed, why));
        }
        Wanted::Beyond => return Ok(beyond(file.size)),
    };
    let body = if method == Method::HEAD || start == end {
        Body::empty()
    } else {
        let FilePath { room, seq, file } = path;
        let place =
            v1::ReadFileRequest { room_id: room.0, seq, file_id: file.0, offset: 0, length: 0 };
        let transfer = caller.transfer().await?;
        Fetching::new(transfer, place, (start, end)).body().await?
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    describe(headers, &file, &etag);
    let kind = HeaderValue::from_str(&file.media_type).unwrap_or(BYTES);
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, end.saturating_sub(start).into());
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {start}-{}/{}", end.saturating_sub(1), file.size);
        put(headers, header::CONTENT_RANGE, &range);
    }
    Ok(response)
}

async fn find(caller: &Caller, path: &FilePath) -> Result<FileInfo, Refused> {
    let event = message::find(caller, path.room, path.seq).await?;
    let files = match event.kind {
        Some(Kind::Message(message)) => message.files,
        _ => Vec::new(),
    };
    let file = files.into_iter().find(|file| file.file_id == path.file.0);
    let missing = || Refused::missing(Reason::FileNotFound, "no such file in this message");
    file.ok_or_else(missing)
}

fn not_modified(file: &FileInfo, etag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    describe(response.headers_mut(), file, etag);
    response
}

fn beyond(size: u64) -> Response {
    let why = format!("the file has {size} bytes, and no such part");
    let refused = Refused::own(Own::RangeNotSatisfiable, why);
    let mut response = refused.into_response();
    put(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
    response
}

/// What holds for all of it, whichever part is sent.
fn describe(headers: &mut HeaderMap, file: &FileInfo, etag: &str) {
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, CACHING);
    headers.insert(header::CONTENT_DISPOSITION, disposition(&file.name));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert("cross-origin-resource-policy", RESOURCE_POLICY);
    put(headers, header::ETAG, etag);
}

/// Made of digits and letters of ours, it always has a form.
fn put(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
