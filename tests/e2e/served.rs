//! Every request of the schema is known to the server: what it answers to an empty one may be a
//! refusal, but not that it has never heard of it.

use harness::{Door, PASSWORD, Peer, World, behind_both_doors};
use parlor_proto::codes::Reason;
use parlor_proto::v1::server_frame::Body;

behind_both_doors! {
    every_request_of_the_schema_is_served;
}

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/schema");
const SCHEMA_FILE: &str = "parlor/v1/frame.proto";

/// What a descriptor calls a field of which there may be many.
const REPEATED: i32 = 3;

/// Ends the session that asks.
const LAST: &str = "logout";

async fn every_request_of_the_schema_is_served(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register("ann", PASSWORD).await;
    let mut requests = requests();
    assert!(requests.len() >= 68, "{requests:?}");
    // Said once, and answered already.
    requests.retain(|(name, _)| name != "hello");
    requests.sort_by_key(|(name, _)| name == LAST);
    for (request_id, (name, number)) in (100..).zip(requests) {
        let answer = empty(&mut peer, request_id, number).await;
        assert!(!is_unknown(&answer), "{name}: {answer:?}");
    }
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    assert!(is_unknown(&empty(&mut peer, 7, 1_999).await), "what no schema has is not known");
}

fn is_unknown(answer: &Body) -> bool {
    matches!(answer, Body::Error(error) if error.reason == Reason::UnknownRequest.as_str())
}

/// Asks without a field.
async fn empty(peer: &mut Peer, request_id: u32, number: u32) -> Body {
    let mut frame = vec![0x08];
    prost::encoding::encode_varint(request_id.into(), &mut frame);
    let wire_type = prost::encoding::WireType::LengthDelimited;
    prost::encoding::encode_key(number, wire_type, &mut frame);
    frame.push(0);
    let mut bytes = u32::try_from(frame.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(frame);
    peer.write(&bytes).await;
    peer.answer(request_id).await
}

/// The lists that a client may send: under which number of request, and what they are called.
pub(super) fn lists() -> Vec<(u32, String)> {
    let set = protox::compile([SCHEMA_FILE], [SCHEMA]).unwrap();
    let messages: Vec<_> = set.file.iter().flat_map(|file| &file.message_type).collect();
    let named = |name: &str| messages.iter().find(|message| message.name() == name).unwrap();
    let bodies = named("ClientFrame").field.iter().filter(|field| field.oneof_index.is_some());
    let lists = bodies.flat_map(|body| {
        let number = u32::try_from(body.number()).unwrap();
        let of_type = body.type_name().rsplit('.').next().unwrap();
        let fields = named(of_type).field.iter();
        let lists = fields.filter(|field| field.label == Some(REPEATED));
        lists.map(move |field| (number, field.name().to_owned())).collect::<Vec<_>>()
    });
    lists.collect()
}

/// What a client may send, and under which number.
pub(super) fn requests() -> Vec<(String, u32)> {
    let set = protox::compile([SCHEMA_FILE], [SCHEMA]).unwrap();
    let mut messages = set.file.iter().flat_map(|file| &file.message_type);
    let frame = messages.find(|message| message.name() == "ClientFrame").unwrap();
    let bodies = frame.field.iter().filter(|field| field.oneof_index.is_some());
    bodies.map(|field| (field.name().to_owned(), u32::try_from(field.number()).unwrap())).collect()
}
