//! Rooms: making, finding, joining, leaving, and who is in them.

use harness::{Door, Person, World, behind_both_doors, within};
use parlor_proto::client::{Event, RoomRef};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::v1::room_event::Kind;
use parlor_proto::v1::{Membership, PresenceState, RemovalCause, history_request::Anchor};

behind_both_doors! {
    a_room_is_made_found_and_joined;
    joining_twice_changes_nothing;
    who_leaves_hears_nothing_more;
    strangers_are_kept_out;
    a_room_is_looked_at_and_nothing_of_it_is_pushed;
    lists_come_in_pages_by_name;
}

async fn a_room_is_made_found_and_joined(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let state = ann.client.create_room("Lobby", "all and nothing").await.unwrap();
    let room = state.room.unwrap();
    assert_eq!((room.name.as_str(), room.topic.as_str()), ("lobby", "all and nothing"));
    assert_eq!((room.creator_id, room.member_count), (ann.user_id(), 1));
    let first = &ann.whole_history(RoomId(room.room_id)).await[0];
    assert!(matches!(first.kind, Some(Kind::RoomChanged(_))), "{first:?}");
    let error = ann.client.create_room("LOBBY", "").await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::RoomNameTaken));

    let bob = Person::arrive(&world.url(), "bob").await;
    assert_eq!(bob.client.find_room("lobby").await.unwrap().unwrap().room_id, room.room_id);
    assert_eq!(bob.client.find_room("attic").await.unwrap(), None);
    let joined = bob.join("lobby").await;
    assert_eq!(joined.room.unwrap().member_count, 2);
    assert!(joined.join_seq > 0 && joined.head_seq >= joined.join_seq);
    let told = loop {
        let event = ann.room_event().await;
        if let Some(Kind::MemberChanged(change)) = &event.kind
            && change.user_name == "bob"
        {
            break event;
        }
    };
    assert_eq!((told.seq, told.actor_id), (joined.join_seq, bob.user_id()));
    let error = bob.client.join_room(RoomRef::Name("attic".into())).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::RoomNotFound));
    let error = bob.client.join_room(RoomRef::Id(RoomId(4711))).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::RoomNotFound));
}

async fn joining_twice_changes_nothing(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let first = bob.join("lobby").await;
    let second = bob.join("lobby").await;
    assert_eq!((first.join_seq, first.head_seq), (second.join_seq, second.head_seq));
    let joins = ann.whole_history(lobby).await.into_iter().filter(|event| {
        matches!(&event.kind, Some(Kind::MemberChanged(change)) if change.user_name == "bob")
    });
    assert_eq!(joins.count(), 1);
}

async fn who_leaves_hears_nothing_more(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let attic = ann.create("attic").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    bob.join("lobby").await;
    bob.join("attic").await;
    // A second connection of bob, which does not leave by itself.
    let other = Person::resume(&world.url(), bob.token()).await.unwrap();
    other.sync().await;
    ann.say(lobby, "before").await;
    bob.hear("before").await;
    other.hear("before").await;
    bob.client.leave_room(lobby).await.unwrap();
    ann.say(lobby, "behind bob's back").await;
    ann.say(attic, "for all").await;
    for person in [&bob, &other] {
        let mut removed = None;
        loop {
            match person.event().await {
                Event::RoomRemoved(removal) => removed = Some(removal),
                Event::Room(event) if event.room_id == lobby.0 => match event.kind {
                    Some(Kind::MemberChanged(change)) => {
                        // The leaving itself may be told; it is the last of this room.
                        assert_eq!(change.membership(), Membership::Left);
                    }
                    kind => panic!("leaked to {}: {kind:?}", person.name),
                },
                Event::Room(_) => break,
                event => assert!(!matches!(event, Event::Offline { .. }), "{event:?}"),
            }
        }
        let removed = removed.expect("both connections are told");
        assert_eq!((removed.room_id, removed.cause()), (lobby.0, RemovalCause::Left));
    }
    let error = bob.client.history(lobby, Anchor::BeforeSeq(0), 0).await.unwrap_err();
    assert!(matches!(error.reason(), Some(Reason::NotAMember | Reason::RoomNotFound)));
    // Coming back is a new subscription: nothing of what was said meanwhile is pushed.
    bob.join("lobby").await;
    ann.say(lobby, "after").await;
    bob.hear("after").await;
}

async fn a_room_is_looked_at_and_nothing_of_it_is_pushed(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    ann.create("attic").await;
    // Connected, and listening to nothing.
    let bob = Person::register(&world.url(), "bob").await;
    let attic = bob.join("attic").await.room.unwrap();
    ann.say(RoomId(attic.room_id), "first").await;
    let state = bob.client.get_room(RoomId(attic.room_id)).await.unwrap();
    assert_eq!((state.head_seq, state.unread_count), (4, 1));
    assert_eq!(state.room.unwrap().name, "attic");
    let refused = bob.client.get_room(lobby).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::NotAMember));
    let refused = bob.client.get_room(RoomId(4711)).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::RoomNotFound));
    ann.say(RoomId(attic.room_id), "second").await;
    // Who listens from now on begins after the head: what was said before was not for them.
    bob.sync().await;
    ann.say(RoomId(attic.room_id), "third").await;
    assert_eq!(bob.message().await.1, "third");
}

async fn strangers_are_kept_out(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let eve = Person::arrive(&world.url(), "eve").await;
    let id = parlor_proto::client::new_client_message_id();
    let kept_out = [
        eve.client.send(lobby, id, "boo").await.unwrap_err(),
        eve.client.history(lobby, Anchor::BeforeSeq(0), 0).await.unwrap_err(),
        eve.client.list_members(lobby, "", 0).await.unwrap_err(),
        eve.client.leave_room(lobby).await.unwrap_err(),
    ];
    for error in kept_out {
        assert_eq!(error.reason(), Some(Reason::NotAMember), "{error}");
    }
    let nowhere = RoomId(4711);
    let not_there = [
        eve.client.send(nowhere, id, "boo").await.unwrap_err(),
        eve.client.history(nowhere, Anchor::BeforeSeq(0), 0).await.unwrap_err(),
        eve.client.list_members(nowhere, "", 0).await.unwrap_err(),
        eve.client.leave_room(nowhere).await.unwrap_err(),
    ];
    for error in not_there {
        assert_eq!(error.reason(), Some(Reason::RoomNotFound), "{error}");
    }
    ann.say(lobby, "among us").await;
    ann.hear("among us").await;
}

async fn lists_come_in_pages_by_name(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    for name in ["kitchen", "attic", "lobby"] {
        ann.create(name).await;
        bob.join(name).await;
    }
    let page = bob.client.list_rooms("", 2).await.unwrap();
    let names = |rooms: &[parlor_proto::v1::Room]| {
        rooms.iter().map(|room| room.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!((names(&page.rooms), page.more), (vec!["attic".into(), "kitchen".into()], true));
    let page = bob.client.list_rooms("kitchen", 2).await.unwrap();
    assert_eq!((names(&page.rooms), page.more), (vec!["lobby".into()], false));

    let lobby = RoomId(page.rooms[0].room_id);
    let members = within("members", bob.client.list_members(lobby, "", 1)).await.unwrap();
    assert!(members.more && members.members[0].user_name == "ann");
    let presence = members.members[0].presence.as_ref().unwrap();
    assert_eq!((presence.state(), presence.device.as_str()), (PresenceState::Online, "desk"));
    let members = bob.client.list_members(lobby, "ann", 1).await.unwrap();
    assert!(!members.more && members.members[0].user_name == "bob");

    let ids = [UserId(ann.user_id()), UserId(4711)];
    let mut users = bob.client.get_users(&ids, "bob").await.unwrap();
    users.sort_by(|a, b| a.user_name.cmp(&b.user_name));
    let names: Vec<&str> = users.iter().map(|user| user.user_name.as_str()).collect();
    assert_eq!(names, ["ann", "bob"], "unknown ones are missing");
}
