//! Well-formed frames with impossible contents: each is refused with its reason, and the
//! connection goes on.

use harness::{Door, PASSWORD, Peer, Person, World, behind_both_doors, texts};
use parlor_proto::codes::Reason;
use parlor_proto::ids::RoomId;
use parlor_proto::v1::{self, client_frame::Body, server_frame};

behind_both_doors! {
    texts_are_neither_empty_nor_too_long;
    message_ids_are_sixteen_bytes;
    names_of_rooms_are_names;
    labels_lists_and_pages_have_limits;
    a_password_of_a_mebibyte_is_not_even_read;
    nobody_speaks_in_the_name_of_another;
    a_wrong_token_is_refused_whatever_its_length;
}

async fn signed_in(world: &World, name: &str) -> Peer {
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    peer.register(name, PASSWORD).await;
    peer
}

async fn room(peer: &mut Peer, name: &str) -> u64 {
    let create = v1::CreateRoomRequest { name: name.into(), ..Default::default() };
    let answer = peer.ask(Body::CreateRoom(create)).await;
    let server_frame::Body::Room(room) = answer else { panic!("{answer:?}") };
    room.state.unwrap().room.unwrap().room_id
}

fn send(room_id: u64, id: &[u8], text: &str) -> Body {
    let client_message_id = id.to_vec().into();
    Body::Send(v1::SendRequest {
        room_id,
        client_message_id,
        text: text.to_owned(),
        ..Default::default()
    })
}

async fn texts_are_neither_empty_nor_too_long(door: Door) {
    let world = World::start(door).await;
    let mut peer = signed_in(&world, "ann").await;
    let lobby = room(&mut peer, "lobby").await;
    peer.refused(send(lobby, &[1; 16], ""), Reason::TextEmpty).await;
    let longest = "x".repeat(8 * 1024);
    peer.refused(send(lobby, &[2; 16], &format!("{longest}x")), Reason::TextTooLong).await;
    let umlauts = "ü".repeat(4 * 1024 + 1);
    peer.refused(send(lobby, &[3; 16], &umlauts), Reason::TextTooLong).await;
    let answer = peer.ask(send(lobby, &[4; 16], &longest)).await;
    assert!(matches!(answer, server_frame::Body::Send(_)), "{answer:?}");
}

async fn message_ids_are_sixteen_bytes(door: Door) {
    let world = World::start(door).await;
    let mut peer = signed_in(&world, "ann").await;
    let lobby = room(&mut peer, "lobby").await;
    for id in [&b""[..], &[1; 15], &[1; 17]] {
        peer.refused(send(lobby, id, "hi"), Reason::BadClientMessageId).await;
    }
}

async fn names_of_rooms_are_names(door: Door) {
    let world = World::start(door).await;
    let mut peer = signed_in(&world, "ann").await;
    let long = "a".repeat(33);
    for name in ["", "a", "a b", "#lobby", "lob\nby", "\u{202e}lobby", "løbby", &long] {
        let create = v1::CreateRoomRequest { name: name.into(), ..Default::default() };
        peer.refused(Body::CreateRoom(create), Reason::BadName).await;
    }
    let join = v1::JoinRoomRequest { room_name: "a b".into(), ..Default::default() };
    peer.refused(Body::JoinRoom(join), Reason::BadName).await;
    let join = v1::JoinRoomRequest { room_name: "attic".into(), ..Default::default() };
    peer.refused(Body::JoinRoom(join), Reason::RoomNotFound).await;
}

async fn labels_lists_and_pages_have_limits(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    let label = "x".repeat(65);
    let hello = v1::HelloRequest {
        revision_min: 1,
        revision_max: 1,
        client_name: label.clone(),
        ..Default::default()
    };
    peer.refused(Body::Hello(hello), Reason::BadField).await;
    let mut peer = signed_in(&world, "ann").await;
    let topic = "x".repeat(513);
    let create = v1::CreateRoomRequest { name: "lobby".into(), topic, ..Default::default() };
    peer.refused(Body::CreateRoom(create), Reason::BadField).await;
    let many = v1::GetUsersRequest { user_ids: (1..=101).collect(), ..Default::default() };
    peer.refused(Body::GetUsers(many), Reason::BadField).await;
    let cursor = |room_id| v1::Cursor { room_id, seq: 0 };
    let cursors = (1..=257).map(cursor).collect();
    let sync = v1::SyncRequest { cursors, ..Default::default() };
    peer.refused(Body::Sync(sync), Reason::BadField).await;
    let sync = v1::SyncRequest { room_ids: (1..=257).collect(), ..Default::default() };
    peer.refused(Body::Sync(sync), Reason::BadField).await;
    let neither_id_nor_name = v1::JoinRoomRequest::default();
    peer.refused(Body::JoinRoom(neither_id_nor_name), Reason::BadName).await;
    for rows in [0, 1, 100, 101, u32::MAX] {
        let list = v1::ListRoomsRequest { page_rows: rows, ..Default::default() };
        let answer = peer.ask(Body::ListRooms(list)).await;
        assert!(matches!(answer, server_frame::Body::ListRooms(_)), "{rows}: {answer:?}");
    }
}

async fn a_password_of_a_mebibyte_is_not_even_read(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    let login = |password: String| {
        Body::Login(v1::LoginRequest { user_name: "ann".into(), password, ..Default::default() })
    };
    // Within the frame: refused before anything is hashed, and not as a wrong password.
    peer.refused(login("x".repeat(513)), Reason::BadPassword).await;
    // Beyond the frame: the connection ends at the announcement.
    peer.send(9, login("x".repeat(1024 * 1024))).await;
    match door {
        Door::Tcp => assert_eq!(peer.farewell().await.code(), v1::GoAwayCode::ProtocolError),
        Door::WebSocket | Door::Rest => {
            assert_eq!(peer.rest().await, b"");
            assert_eq!(peer.close_code(), Some(1009), "a message too large");
        }
    }
}

async fn nobody_speaks_in_the_name_of_another(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let mut eve = signed_in(&world, "eve").await;
    let join = v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() };
    eve.ask(Body::JoinRoom(join)).await;
    // send { room_id, id, text } followed by what only the server says of an event: seq, time,
    // actor_id, actor_name. A request has no such fields, so they count for nothing.
    let mut payload = vec![0x08, 0x09];
    let mut inner = vec![0x08];
    prost::encoding::encode_varint(lobby.0, &mut inner);
    inner.extend([0x12, 16]);
    inner.extend([9; 16]);
    inner.extend(b"\x1a\x02hi");
    inner.extend(b"\xa0\x01\x01\xa8\x01\xff\x01\xb0\x01\x01\xba\x01\x03ann");
    payload.extend([0x1a, u8::try_from(inner.len()).unwrap()]);
    payload.extend(inner);
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes().to_vec();
    frame.extend(payload);
    eve.write(&frame).await;
    let answer = eve.answer(9).await;
    assert!(matches!(answer, server_frame::Body::Send(_)), "{answer:?}");
    let event = ann.hear("hi").await;
    assert_eq!(event.actor_name, "eve");
    assert_eq!(texts(&ann.whole_history(RoomId(lobby.0)).await), ["hi"]);
}

async fn a_wrong_token_is_refused_whatever_its_length(door: Door) {
    let world = World::start(door).await;
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    for token in [vec![], vec![0; 31], vec![0; 32], vec![0xff; 33], vec![7; 1024]] {
        let resume = v1::ResumeRequest { token: token.clone().into(), ..Default::default() };
        let answer = peer.ask(Body::Resume(resume)).await;
        let server_frame::Body::Error(error) = answer else { panic!("{answer:?}") };
        let expect = if token.len() == 32 { Reason::SessionEnded } else { Reason::BadField };
        assert_eq!(error.reason, expect.as_str(), "{}", error.message);
    }
}
