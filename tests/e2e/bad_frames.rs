//! Frames that no client sends: too long, unfinished, malformed, unknown, out of turn. What the
//! peer's software does wrong costs its connection, what is only a bad wish costs an answer,
//! and neither costs anybody else anything.

use bytes::{BufMut as _, BytesMut};
use harness::{Door, PASSWORD, Peer, Person, Setup, World, behind_both_doors};
use parlor_proto::codes::Reason;
use parlor_proto::frame::encode_frame;
use parlor_proto::ids::RoomId;
use parlor_proto::v1::{self, GoAwayCode, client_frame::Body, server_frame};

behind_both_doors! {
    a_frame_that_claims_four_gigabytes_ends_the_connection;
    a_frame_over_the_limit_before_signing_in_ends_the_connection;
    a_frame_over_the_limit_after_signing_in_ends_the_connection;
    bytes_that_are_no_protobuf_end_the_connection;
    text_that_is_no_utf8_ends_the_connection;
    a_frame_that_comes_byte_by_byte_is_a_frame;
    an_unknown_body_is_answered;
    nothing_goes_before_hello;
    nothing_goes_before_signing_in;
    a_second_hello_ends_the_connection;
    a_second_sign_in_is_refused;
    an_id_is_needed_where_an_answer_is_due;
    many_requests_in_one_write_are_all_answered;
    deep_nesting_ends_the_connection;
    empty_frames_do_no_harm;
}

/// Codes of RFC 6455 with which a bridge closes: the message was not whole frames; a frame or a
/// message was too large.
const NOT_WHOLE: u16 = 1002;
const TOO_LARGE: u16 = 1009;

/// Somebody who talks while others misbehave, on a connection that must not break.
struct Bystander {
    person: Person,
    room: RoomId,
}

impl Bystander {
    async fn enter(world: &World) -> Self {
        let person = Person::arrive(&world.url(), "bystander").await;
        let room = person.create("quiet-corner").await;
        Self { person, room }
    }

    /// Nothing has happened to this one: says and hears something on the same connection.
    async fn is_unharmed(&self) {
        self.person.say(self.room, "still here").await;
        loop {
            let event = self.person.event().await;
            if let parlor_proto::client::Event::Room(event) = &event {
                if harness::texts(std::slice::from_ref(event)) == ["still here"] {
                    return;
                }
            } else {
                assert!(matches!(event, parlor_proto::client::Event::RoomAdded(_)), "{event:?}");
            }
        }
    }
}

/// Sends bytes on a fresh connection; they must end it with a go-away of this code.
async fn ends(world: &World, signed_in: Option<&str>, bytes: &[u8], code: GoAwayCode) {
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    if let Some(name) = signed_in {
        peer.register(name, PASSWORD).await;
    }
    peer.write(bytes).await;
    let go_away = peer.farewell().await;
    assert_eq!(go_away.code(), code, "{}", go_away.message);
    assert!(!go_away.message.is_empty(), "a line for people");
    assert_eq!(go_away.reconnect, code != GoAwayCode::ProtocolError);
}

/// The same through a bridge, which looks at the framing: it closes with this code, and nothing
/// of the message reaches the daemon.
async fn closes(world: &World, signed_in: Option<&str>, bytes: &[u8], code: u16) {
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    if let Some(name) = signed_in {
        peer.register(name, PASSWORD).await;
    }
    peer.write(bytes).await;
    assert_eq!(peer.rest().await, b"");
    assert_eq!(peer.close_code(), Some(code));
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = BytesMut::new();
    frame.put_u32(u32::try_from(payload.len()).unwrap());
    frame.extend_from_slice(payload);
    frame.to_vec()
}

async fn a_frame_that_claims_four_gigabytes_ends_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    for (name, bytes) in [(None, &b"\xff\xff\xff\xff"[..]), (Some("eve"), b"\xff\xff\xff\xff\0")] {
        match door {
            Door::Tcp => ends(&world, name, bytes, GoAwayCode::ProtocolError).await,
            Door::WebSocket | Door::Rest => closes(&world, name, bytes, TOO_LARGE).await,
        }
    }
    bystander.is_unharmed().await;
}

async fn a_frame_over_the_limit_before_signing_in_ends_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    let mut peer = Peer::connect(&world.url()).await;
    let limits = peer.hello().await.limits.unwrap();
    assert_eq!(limits.frame_bytes_max_before_auth, 4096);
    let just_over = limits.frame_bytes_max_before_auth + 1;
    if door == Door::Tcp {
        // The announcement is enough.
        ends(&world, None, &just_over.to_be_bytes(), GoAwayCode::ProtocolError).await;
    }
    // A bridge does not know who has signed in, so the daemon has the word behind both doors.
    let whole = frame(&b"\0".repeat(just_over.try_into().unwrap()));
    ends(&world, None, &whole, GoAwayCode::ProtocolError).await;
    bystander.is_unharmed().await;
}

async fn a_frame_over_the_limit_after_signing_in_ends_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    let just_over = 64 * 1024 + 1_u32;
    match door {
        Door::Tcp => {
            let prefix = just_over.to_be_bytes();
            ends(&world, Some("eve"), &prefix, GoAwayCode::ProtocolError).await;
        }
        Door::WebSocket | Door::Rest => {
            let whole = frame(&b"\0".repeat(just_over.try_into().unwrap()));
            closes(&world, Some("eve"), &whole, TOO_LARGE).await;
        }
    }
    bystander.is_unharmed().await;
}

async fn bytes_that_are_no_protobuf_end_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    let broken: [&[u8]; 4] = [
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", // a varint without end
        b"\x08",                                         // a field without its value
        b"\x1a\x7f\x01",                                 // a length beyond the frame
        b"\x0f\x01",                                     // a wire type that does not exist
    ];
    for payload in broken {
        ends(&world, None, &frame(payload), GoAwayCode::ProtocolError).await;
    }
    bystander.is_unharmed().await;
}

async fn text_that_is_no_utf8_ends_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    // As request 9: send { room_id: 1, text }, create_room { name }; register { user_name }.
    let (text, room) =
        (b"\x08\x09\x1a\x06\x08\x01\x1a\x02\xff\xfe", b"\x08\x09\x92\x03\x04\x0a\x02\xff\xfe");
    ends(&world, Some("eve"), &frame(text), GoAwayCode::ProtocolError).await;
    ends(&world, Some("mallory"), &frame(room), GoAwayCode::ProtocolError).await;
    let user = b"\x08\x09\x8a\x01\x04\x0a\x02\xff\xfe";
    ends(&world, None, &frame(user), GoAwayCode::ProtocolError).await;
    bystander.is_unharmed().await;
}

async fn a_frame_that_comes_byte_by_byte_is_a_frame(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    let hello = v1::HelloRequest { revision_min: 1, revision_max: 1, ..Default::default() };
    let body = Some(Body::Hello(hello));
    for byte in encode_frame(&v1::ClientFrame { request_id: 7, body }) {
        peer.write(&[byte]).await;
    }
    if world.door == Door::Tcp {
        assert!(matches!(peer.answer(7).await, server_frame::Body::Hello(_)));
    } else {
        // A binary message holds whole frames: less than one breaks the rule.
        assert_eq!(peer.rest().await, b"");
        assert_eq!(peer.close_code(), Some(NOT_WHOLE));
    }
}

async fn an_unknown_body_is_answered(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register("eve", PASSWORD).await;
    // request_id 9, field 1999 with an empty message; then no body at all.
    for (id, payload) in [(9, &b"\x08\x09\xfa\x7c\x00"[..]), (10, b"\x08\x0a")] {
        peer.write(&frame(payload)).await;
        let answer = peer.answer(id).await;
        let server_frame::Body::Error(error) = answer else { panic!("{answer:?}") };
        assert_eq!(error.reason, Reason::UnknownRequest.as_str());
    }
    // An unknown field beside a known body is stepped over: keep_alive { token: 5, 99: 1 }.
    peer.write(&frame(b"\x08\x0b\x12\x05\x10\x05\x98\x06\x01")).await;
    let answer = peer.answer(11).await;
    assert!(matches!(answer, server_frame::Body::KeepAliveAck(ack) if ack.token == 5));
}

async fn nothing_goes_before_hello(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    let bodies = [
        Body::Login(v1::LoginRequest::default()),
        Body::Sync(v1::SyncRequest::default()),
        Body::Send(v1::SendRequest::default()),
    ];
    for body in bodies {
        peer.refused(body, Reason::HelloRequired).await;
    }
    let nothing_in_common =
        v1::HelloRequest { revision_min: 7, revision_max: 9, ..Default::default() };
    peer.refused(Body::Hello(nothing_in_common), Reason::RevisionUnsupported).await;
    // A refusal is not the end: the right words open the door.
    peer.hello().await;
}

async fn nothing_goes_before_signing_in(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    let bodies = [
        Body::Logout(v1::LogoutRequest::default()),
        Body::GetUsers(v1::GetUsersRequest::default()),
        Body::Sync(v1::SyncRequest::default()),
        Body::CreateRoom(v1::CreateRoomRequest { name: "lobby".into(), ..Default::default() }),
        Body::JoinRoom(v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() }),
        Body::LeaveRoom(v1::LeaveRoomRequest { room_id: 1 }),
        Body::ListRooms(v1::ListRoomsRequest::default()),
        Body::ListMembers(v1::ListMembersRequest { room_id: 1, ..Default::default() }),
        Body::History(v1::HistoryRequest { room_id: 1, ..Default::default() }),
        Body::Send(v1::SendRequest {
            room_id: 1,
            client_message_id: vec![1; 16].into(),
            text: "hi".into(),
            ..Default::default()
        }),
    ];
    for body in bodies {
        peer.refused(body, Reason::NotSignedIn).await;
    }
    let nameless = Body::Register(v1::RegisterRequest::default());
    peer.refused(nameless, Reason::BadName).await;
    peer.register("ann", PASSWORD).await;
}

async fn a_second_hello_ends_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    let good = v1::HelloRequest { revision_min: 1, revision_max: 1, ..Default::default() };
    let bad = v1::HelloRequest { client_name: "x".repeat(65), ..good.clone() };
    for (name, hello) in [(None, &good), (None, &bad), (Some("eve"), &good)] {
        let again = v1::ClientFrame { request_id: 9, body: Some(Body::Hello(hello.clone())) };
        ends(&world, name, &encode_frame(&again), GoAwayCode::ProtocolError).await;
    }
    bystander.is_unharmed().await;
}

async fn a_second_sign_in_is_refused(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register("ann", PASSWORD).await;
    let login = v1::LoginRequest {
        user_name: "ann".into(),
        password: PASSWORD.into(),
        ..Default::default()
    };
    peer.refused(Body::Login(login), Reason::AlreadySignedIn).await;
}

async fn an_id_is_needed_where_an_answer_is_due(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register("eve", PASSWORD).await;
    peer.send(0, Body::ListRooms(v1::ListRoomsRequest::default())).await;
    assert_eq!(peer.farewell().await.code(), GoAwayCode::ProtocolError);
}

async fn many_requests_in_one_write_are_all_answered(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register("eve", PASSWORD).await;
    let mut bytes = Vec::new();
    for request_id in 100..500 {
        let body = Some(Body::ListRooms(v1::ListRoomsRequest::default()));
        bytes.extend(encode_frame(&v1::ClientFrame { request_id, body }));
    }
    peer.write(&bytes).await;
    let mut answered = Vec::new();
    while answered.len() < 400 {
        answered.push(peer.frame().await.unwrap().request_id);
    }
    answered.sort_unstable();
    assert!(answered.into_iter().eq(100..500), "exactly one answer each");
}

async fn deep_nesting_ends_the_connection(door: Door) {
    let world = World::start(door).await;
    let bystander = Bystander::enter(&world).await;
    // Groups within groups, unknown to us: a decoder must not go down with them.
    let deep = frame(&b"\xfb\x7c".repeat(2_000));
    ends(&world, None, &deep, GoAwayCode::ProtocolError).await;
    bystander.is_unharmed().await;
}

async fn empty_frames_do_no_harm(door: Door) {
    let world = World::with(door, Setup::new()).await;
    let bystander = Bystander::enter(&world).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    // An empty frame is a body that nobody knows, without an id: a thousand of them are ignored.
    peer.write(&[0; 4096]).await;
    let list = Body::ListRooms(v1::ListRoomsRequest::default());
    peer.send(9, list).await;
    assert_eq!(peer.frame().await.unwrap().request_id, 9);
    bystander.is_unharmed().await;
}
