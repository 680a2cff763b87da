//! Files, without their contents: those are bodies of their own.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use super::{Call, Found, Path, done, resource};
use crate::rest::{Begun, NewUpload, Upload, Uploads};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;

pub(super) fn call(ask: Ask) -> Found {
    let upload = |upload_id: u64| Path::new("/v1/uploads").part(upload_id);
    Ok(match ask {
        Ask::BeginUpload(begin) => {
            let new = NewUpload::from(begin);
            Call::with("POST", Path::new("/v1/uploads"), &new, |body| {
                resource::<Begun, _>(body, Body::BeginUpload)
            })
        }
        Ask::GetUpload(get) => {
            Call::get(upload(get.upload_id), |body| resource::<Upload, _>(body, Body::Upload))
        }
        Ask::CancelUpload(cancel) => Call::delete(upload(cancel.upload_id), done),
        Ask::ListUploads(_) => Call::get(Path::new("/v1/uploads"), |body| {
            resource::<Uploads, _>(body, Body::ListUploads)
        }),
        ask => return Err(Box::new(ask)),
    })
}
