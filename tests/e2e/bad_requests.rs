//! Every request of the schema with fields that cannot be right: each is refused by name, and the
//! connection goes on. A request that is in none of the tables fails the test.

use std::collections::BTreeSet;

use harness::{Door, PASSWORD, Peer, World, behind_both_doors};
use parlor_proto::codes::Reason;
use parlor_proto::v1::client_frame::Body;
use parlor_proto::v1::{self, server_frame};

use crate::served;

mod accounts;
mod files;
mod messages;
mod rooms;
mod signing_in;

behind_both_doors! {
    what_cannot_be_right_is_named_and_the_connection_goes_on;
}

/// A request, why it is refused, and the field that the refusal names; a reason of its own needs
/// none.
type Bad = (Body, Reason, &'static str);

/// Requests that take nothing, or only numbers and answers that may be any: what these do not find
/// is not the fault of a field.
const WITHOUT: [&str; 13] = [
    "keep_alive",
    "logout",
    "list_sessions",
    "list_devices",
    "list_invites",
    "revoke_invite",
    "suspend_user",
    "create_reset_code",
    "end_user_sessions",
    "list_bots",
    "revoke_api_token",
    "list_audit",
    "list_uploads",
];

async fn what_cannot_be_right_is_named_and_the_connection_goes_on(door: Door) {
    let world = World::start(door).await;
    let mut stranger = Peer::connect(&world.url()).await;
    // A hello that is refused may be said again.
    walk(&mut stranger, signing_in::hello()).await;
    stranger.hello().await;
    walk(&mut stranger, signing_in::requests()).await;
    let mut ann = Peer::connect(&world.url()).await;
    ann.hello().await;
    ann.register("ann", PASSWORD).await;
    for requests in [accounts::requests(), accounts::of_the_server()] {
        walk(&mut ann, requests).await;
    }
    for requests in [rooms::requests(), rooms::places(), rooms::webhooks()] {
        walk(&mut ann, requests).await;
    }
    for requests in [messages::requests(), messages::reading(), files::requests()] {
        walk(&mut ann, requests).await;
    }
    let unread = ann.ask(Body::ListUnread(v1::ListUnreadRequest::default())).await;
    assert!(matches!(unread, server_frame::Body::ListUnread(_)), "{unread:?}");
}

#[test]
fn no_request_is_left_out() {
    let all = [
        signing_in::hello(),
        signing_in::requests(),
        accounts::requests(),
        accounts::of_the_server(),
        rooms::requests(),
        rooms::places(),
        rooms::webhooks(),
        messages::requests(),
        messages::reading(),
        files::requests(),
    ];
    let tried: BTreeSet<u32> = all.iter().flatten().map(|(body, ..)| number_of(body)).collect();
    for (name, number) in served::requests() {
        let is_without = WITHOUT.contains(&name.as_str());
        assert_ne!(tried.contains(&number), is_without, "{name}");
    }
    // A list that is too long is refused before anything is done for each of its elements.
    for (number, list) in served::lists() {
        let is_tried = |(body, _, field): &&Bad| number_of(body) == number && *field == list;
        assert!(
            all.iter().flatten().any(|bad| is_tried(&bad)),
            "{number}: {list} is never too long"
        );
    }
}

async fn walk(peer: &mut Peer, requests: Vec<Bad>) {
    for (body, reason, field) in requests {
        let what = format!("{body:?}");
        let error = peer.refused(body, reason).await;
        assert!(error.message.contains(field), "{:?} does not name {field}: {what}", error.message);
    }
}

/// The number of a request in the schema.
fn number_of(body: &Body) -> u32 {
    let mut bytes = Vec::new();
    body.encode(&mut bytes);
    prost::encoding::decode_key(&mut &bytes[..]).unwrap().0
}

fn bad(body: Body, field: &'static str) -> Bad {
    (body, Reason::BadField, field)
}

/// A text of so many bytes.
fn x(count: usize) -> String {
    "x".repeat(count)
}

fn plain<T: Default>() -> T {
    T::default()
}
