//! Files: sent in parts that go on where the last one was cut, and read by where the message
//! stands. No more of one is here than a few pieces.
//!
//! [`upload`] and [`content`] are the handlers, [`sending`] and [`fetching`] move the pieces;
//! [`body`], [`range`] and [`disposition`] are what HTTP has to do with it.

mod body;
pub(super) mod content;
mod disposition;
mod fetching;
mod range;
mod sending;
pub(super) mod upload;

use axum::http::Method;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};

/// Where uploads are.
const UPLOADS_PATH: &str = "/v1/uploads";

/// A content, or a part of one: bytes as they are.
struct Binary;

/// Whether what is asked for is the content of a file, which is of any media type.
pub(super) fn is_content(path: &str) -> bool {
    path.starts_with("/v1/rooms/") && path.contains("/files/")
}

/// Whether this sends part of an upload, which lasts as long as it gets on.
pub(super) fn is_part(method: &Method, path: &str) -> bool {
    method == Method::PATCH && path.starts_with(UPLOADS_PATH)
}

impl utoipa::PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl utoipa::ToSchema for Binary {}
