//! What has been read and what was missed: markers, mentions, cursors, who is writing.

use harness::{Door, PASSWORD, Peer, Person, World, behind_both_doors, texts, within};
use parlor_proto::client::{Event, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::v1::{self, client_frame::Body};

behind_both_doors! {
    three_devices_follow_one_marker;
    what_was_said_on_one_device_is_on_all_and_read;
    what_did_i_miss_is_one_request;
    markers_and_cursors_survive_a_restart;
    in_a_direct_room_the_other_sees_what_was_read;
    who_writes_is_told_to_the_others;
    who_writes_needs_no_answer;
}

async fn marker(person: &Person) -> v1::ReadMarker {
    loop {
        if let Event::ReadMarker(marker) = person.event().await {
            return marker;
        }
    }
}

fn counts(state: &v1::RoomState) -> (u64, u32, u32) {
    (state.read_seq, state.unread_count, state.mention_count)
}

async fn state_of(person: &Person, room: RoomId) -> v1::RoomState {
    let states = person.sync().await;
    states.into_iter().find(|state| state.room.as_ref().unwrap().room_id == room.0).unwrap()
}

async fn three_devices_follow_one_marker(door: Door) {
    let world = World::start(door).await;
    let desk = Person::arrive(&world.url(), "ann").await;
    let phone = Person::login(&world.url(), "ann").await;
    let laptop = Person::login(&world.url(), "ann").await;
    let bob = Person::register(&world.url(), "bob").await;
    let lobby = desk.create("lobby").await;
    bob.join("lobby").await;
    let first = bob.say(lobby, "one").await;
    bob.say(lobby, "two @ann").await;
    let last = bob.say(lobby, "three").await;
    for device in [&phone, &laptop] {
        let state = state_of(device, lobby).await;
        assert_eq!((state.unread_count, state.mention_count), (3, 1));
    }
    desk.client.mark_read(lobby, first).await.unwrap();
    for device in [&desk, &phone, &laptop] {
        let marker = marker(device).await;
        assert_eq!((marker.read_seq, marker.user_id), (first.0, desk.user_id()));
        assert_eq!((marker.unread_count, marker.mention_count), (2, 1));
    }
    // It never goes back, and not beyond the head.
    phone.client.mark_read(lobby, Seq(1)).await.unwrap();
    laptop.client.mark_read(lobby, Seq(1 << 40)).await.unwrap();
    for device in [&desk, &phone, &laptop] {
        let marker = marker(device).await;
        assert_eq!((marker.read_seq, marker.unread_count, marker.mention_count), (last.0, 0, 0));
    }
    let elsewhere = Person::register(&world.url(), "eve").await;
    let outcome = elsewhere.client.mark_read(lobby, last).await;
    assert_eq!(outcome.unwrap_err().reason(), Some(Reason::NotAMember));
}

async fn what_was_said_on_one_device_is_on_all_and_read(door: Door) {
    let world = World::start(door).await;
    let desk = Person::arrive(&world.url(), "ann").await;
    let phone = Person::login(&world.url(), "ann").await;
    let lobby = desk.create("lobby").await;
    phone.sync().await;
    let seq = desk.say(lobby, "from my desk").await;
    assert_eq!(phone.hear("from my desk").await.seq, seq.0);
    assert_eq!(counts(&state_of(&phone, lobby).await), (seq.0, 0, 0));
}

async fn what_did_i_miss_is_one_request(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let bob = Person::register(&world.url(), "bob").await;
    let quiet = bob.create("quiet").await;
    let busy = bob.create("busy").await;
    let called = bob.create("called").await;
    for room in ["quiet", "busy", "called"] {
        ann.join(room).await;
    }
    let own = ann.say(busy, "mine").await;
    let first = bob.say(busy, "one").await;
    bob.say(busy, "two").await;
    bob.say(called, "nobody in particular").await;
    let mention = bob.say(called, "you, @Ann").await;
    bob.say(called, "everybody: @room").await;
    let missed = ann.client.list_unread(&[]).await.unwrap();
    let rooms: Vec<u64> = missed.rooms.iter().map(|m| m.room.as_ref().unwrap().room_id).collect();
    assert_eq!(rooms, [called.0, busy.0], "where somebody calls comes first, {quiet} not at all");
    assert_eq!((missed.rooms[0].unread_count, missed.rooms[0].mention_count), (3, 2));
    assert_eq!((missed.rooms[1].unread_count, missed.rooms[1].mention_count), (2, 0));
    assert_eq!((missed.rooms[1].read_seq, missed.rooms[1].first_unread_seq), (own.0, first.0));

    let page = ann.client.list_mentions(&[], true, 1).await.unwrap();
    assert_eq!(texts(&page.events), ["everybody: @room"]);
    let next = ann.client.list_mentions(&page.next_page_token, true, 1).await.unwrap();
    assert_eq!(texts(&next.events), ["you, @Ann"]);
    ann.client.mark_read(called, mention).await.unwrap();
    let unread = ann.client.list_mentions(&[], true, 0).await.unwrap();
    assert_eq!(texts(&unread.events), ["everybody: @room"]);
    let all = ann.client.list_mentions(&[], false, 0).await.unwrap();
    assert_eq!((all.events.len(), all.next_page_token.len()), (2, 0));
    let bad = ann.client.list_mentions(&[1, 2], false, 0).await;
    assert_eq!(bad.unwrap_err().reason(), Some(Reason::BadField));
    // Not of rooms that one has left, and only who keeps order calls everybody.
    ann.client.leave_room(called).await.unwrap();
    let left = ann.client.list_mentions(&[], false, 0).await.unwrap();
    assert!(left.events.is_empty());
    ann.say(busy, "@room @bob").await;
    let his = bob.client.list_mentions(&[], false, 0).await.unwrap();
    assert_eq!(texts(&his.events), ["@room @bob"]);
}

async fn markers_and_cursors_survive_a_restart(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::register(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    bob.say(lobby, "one @ann").await;
    let second = bob.say(lobby, "two").await;
    ann.say(lobby, "mine").await;
    bob.say(lobby, "three @ann").await;
    ann.client.mark_read(lobby, second).await.unwrap();
    ann.client.set_cursor("backup", lobby, second).await.unwrap();
    ann.client.set_cursor("other", lobby, Seq(2)).await.unwrap();
    ann.client.set_cursor("other", lobby, Seq(1)).await.unwrap();
    world.daemon.kill9().await;
    world.daemon.restart().await;
    ann.online().await;
    let after = Person::login(&world.url(), "ann").await;
    assert_eq!(counts(&state_of(&after, lobby).await), (second.0, 1, 1));
    let kept = within("cursors", after.client.get_cursors("")).await.unwrap();
    let places: Vec<_> = kept.cursors.iter().map(|c| (c.name.as_str(), c.seq)).collect();
    assert_eq!(places, [("backup", second.0), ("other", 1)], "a cursor may go back");
    assert_eq!(after.client.get_cursors("backup").await.unwrap().cursors.len(), 1);
    after.client.remove_cursor("backup").await.unwrap();
    assert!(after.client.get_cursors("backup").await.unwrap().cursors.is_empty());
    let nameless = after.client.set_cursor("", lobby, second).await;
    assert_eq!(nameless.unwrap_err().reason(), Some(Reason::BadField));
    let attic = bob.create("attic").await;
    let outside = after.client.set_cursor("backup", attic, Seq(1)).await;
    assert_eq!(outside.unwrap_err().reason(), Some(Reason::NotAMember));
}

async fn in_a_direct_room_the_other_sees_what_was_read(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let id = new_client_message_id();
    let sent = ann.client.send_direct(&[UserId(bob.user_id())], id, "hello").await.unwrap();
    bob.client.mark_read(RoomId(sent.room_id), Seq(sent.seq)).await.unwrap();
    let receipt = marker(&ann).await;
    assert_eq!((receipt.user_id, receipt.read_seq), (bob.user_id(), sent.seq));
    assert_eq!((receipt.unread_count, receipt.mention_count), (0, 0));
    let own = marker(&bob).await;
    assert_eq!((own.user_id, own.read_seq), (bob.user_id(), sent.seq));
}

async fn who_writes_is_told_to_the_others(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let typist = async |person: &Person| loop {
        match person.event().await {
            Event::Typist(typist) => return typist,
            Event::Room(event) => assert!(event.actor_id != 0),
            _ => {}
        }
    };
    ann.client.typing(lobby, false).await.unwrap();
    ann.client.typing(lobby, false).await.unwrap();
    ann.client.typing(lobby, true).await.unwrap();
    let begins = typist(&bob).await;
    assert_eq!((begins.user_name.as_str(), begins.stopped), ("ann", false));
    assert!(typist(&bob).await.stopped, "what comes too soon again is not told");
    // Nothing of it is kept, and she herself hears nothing.
    ann.say(lobby, "done").await;
    loop {
        match ann.event().await {
            Event::Typist(typist) => panic!("{typist:?}"),
            Event::Room(event) if matches!(event.kind, Some(v1::room_event::Kind::Message(_))) => {
                return;
            }
            _ => {}
        }
    }
}

/// Without an id nothing is answered, whatever is wrong, and the connection goes on.
async fn who_writes_needs_no_answer(door: Door) {
    let world = World::start(door).await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = bob.create("lobby").await;
    let mut peer = Peer::connect(&world.url()).await;
    let typing = |room_id| Body::Typing(v1::Typing { room_id, stopped: false });
    peer.send(0, typing(lobby.0)).await;
    peer.hello().await;
    peer.send(0, typing(lobby.0)).await;
    peer.register("ann", PASSWORD).await;
    let joined = Body::JoinRoom(v1::JoinRoomRequest { room_id: lobby.0, ..Default::default() });
    peer.send(0, typing(lobby.0)).await;
    peer.ask(joined).await;
    // More of them than may be in flight, in case one were never answered inside.
    for _ in 0..200 {
        peer.send(0, typing(lobby.0)).await;
        peer.send(0, typing(0)).await;
    }
    peer.send(77, typing(lobby.0)).await;
    let frame = peer.frame().await.unwrap();
    assert_eq!(frame.request_id, 77, "{frame:?}");
    loop {
        if let Event::Typist(typist) = bob.event().await {
            assert_eq!(typist.user_name, "ann");
            return;
        }
    }
}
