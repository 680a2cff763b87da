//! The answer to `Hello`: what this server is and what holds on a connection to it.

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::limits::{
    CATCH_UP_EVENTS_MAX, FRAME_BYTES_MAX, FRAME_BYTES_MAX_BEFORE_AUTH, PAGE_ROWS_MAX,
    REQUESTS_IN_FLIGHT_MAX, REVISION_MAX, REVISION_MIN, TEXT_BYTES_MAX,
};
use parlor_proto::v1;

use super::Settings;
use crate::chat::{Denial, Stamp};
use crate::wire::parse::check_hello;

/// Answers with the highest revision that both sides speak.
pub(super) fn answer(
    settings: &Settings,
    hello: &v1::HelloRequest,
    now: Stamp,
) -> Result<v1::HelloResponse, Denial> {
    check_hello(hello)?;
    let revision = hello.revision_max.min(REVISION_MAX);
    if revision < hello.revision_min.max(REVISION_MIN) {
        return Err(Denial::new(
            Reason::RevisionUnsupported,
            format!("this server speaks revisions {REVISION_MIN} to {REVISION_MAX}"),
        ));
    }
    Ok(v1::HelloResponse {
        revision,
        server_name: settings.server_name.clone(),
        server_version: settings.server_version.clone(),
        limits: Some(limits()),
        keep_alive: Some(settings.keep_alive),
        epoch: settings.epoch.0,
        server_time_ms: now.0,
        registration: settings.registration.into(),
        server_id: Bytes::copy_from_slice(&settings.server_id),
        ..Default::default()
    })
}

fn limits() -> v1::Limits {
    v1::Limits {
        frame_bytes_max: told(FRAME_BYTES_MAX),
        frame_bytes_max_before_auth: told(FRAME_BYTES_MAX_BEFORE_AUTH),
        text_bytes_max: told(TEXT_BYTES_MAX),
        requests_in_flight_max: REQUESTS_IN_FLIGHT_MAX,
        page_rows_max: PAGE_ROWS_MAX,
        catch_up_events_max: told(CATCH_UP_EVENTS_MAX),
    }
}

fn told(limit: impl TryInto<u32>) -> u32 {
    limit.try_into().unwrap_or(u32::MAX)
}
