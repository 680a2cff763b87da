//! Who is in a room and as what: invitations, direct rooms, how far back one reads, and the
//! commands for all of it.

use harness::{
    Cli, Door, PASSWORD, Person, World, behind_all_doors, behind_both_doors, texts, within,
};
use parlor_proto::client::{Event, RoomRef, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::v1::{self, HistoryRule, NotifyLevel, Visibility};

behind_both_doors! {
    an_invitation_comes_to_all_devices_and_survives_a_restart;
    a_private_room_is_read_from_ones_joining_on;
    two_people_who_write_at_once_share_one_room;
    a_direct_room_that_was_left_comes_back_with_the_next_message;
    preferences_are_the_same_on_all_devices;
}

behind_all_doors! {
    moderation_by_commands;
    rooms_by_commands;
    the_long_forms_do_what_the_short_ones_do;
}

async fn private_room(owner: &Person, name: &str) -> RoomId {
    let mut rules = v1::RoomRules::default();
    rules.set_visibility(Visibility::Private);
    let create =
        v1::CreateRoomRequest { name: name.to_owned(), rules: Some(rules), ..Default::default() };
    let state = owner.client.create_room_with(create).await.unwrap();
    RoomId(state.room.unwrap().room_id)
}

/// Waits for an invitation.
async fn invited(person: &Person) -> v1::Invitation {
    loop {
        if let Event::Invited(invitation) = person.event().await {
            return invitation;
        }
    }
}

async fn an_invitation_comes_to_all_devices_and_survives_a_restart(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let other = Person::login(&world.url(), "bob").await;
    other.sync().await;
    let den = private_room(&ann, "den").await;
    assert_eq!(bob.client.find_room("den").await.unwrap(), None);
    ann.client.invite_member(den, UserId(bob.user_id())).await.unwrap();
    for device in [&bob, &other] {
        let invitation = invited(device).await;
        assert_eq!(invitation.inviter_name, "ann");
        assert_eq!(invitation.room.unwrap().name, "den");
    }
    assert_eq!(bob.client.find_room("den").await.unwrap().unwrap().room_id, den.0);
    world.daemon.kill9().await;
    world.daemon.restart().await;
    assert_eq!(invited(&bob).await.room.unwrap().room_id, den.0, "told again after a restart");
    bob.client.join_room(RoomRef::Id(den)).await.unwrap();
    loop {
        if let Event::Uninvited(room) = other.event().await {
            assert_eq!(room, den);
            break;
        }
    }
}

async fn a_private_room_is_read_from_ones_joining_on(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let den = private_room(&ann, "den").await;
    ann.say(den, "before bob").await;
    ann.client.invite_member(den, UserId(bob.user_id())).await.unwrap();
    let joined = bob.client.join_room(RoomRef::Id(den)).await.unwrap();
    assert_eq!(joined.first_seq, joined.join_seq);
    ann.say(den, "after").await;
    let mut rules = v1::RoomRules::default();
    rules.set_history(HistoryRule::All);
    let update = v1::UpdateRoomRequest { room_id: den.0, rules: Some(rules), ..Default::default() };
    ann.client.update_room(update).await.unwrap();
    let page = bob.client.history(den, v1::history_request::Anchor::BeforeSeq(0), 0).await.unwrap();
    assert_eq!(texts(&page.events), ["after"], "other rules uncover nothing");
    assert!(!page.has_older);
    let mia = Person::arrive(&world.url(), "mia").await;
    mia.join("den").await;
    let page = mia.client.history(den, v1::history_request::Anchor::BeforeSeq(0), 0).await.unwrap();
    assert!(texts(&page.events).is_empty(), "{page:?}");
}

async fn two_people_who_write_at_once_share_one_room(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let (to_bob, to_ann) = ([UserId(bob.user_id())], [UserId(ann.user_id())]);
    let none = ann.client.get_direct(&to_bob).await.unwrap_err();
    assert_eq!(none.reason(), Some(Reason::RoomNotFound));
    let (ids, again) = ([new_client_message_id(), new_client_message_id()], "hello");
    let (one, other) = within("two messages", async {
        tokio::join!(
            ann.client.send_direct(&to_bob, ids[0], again),
            bob.client.send_direct(&to_ann, ids[1], again),
        )
    })
    .await;
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.room_id, other.room_id);
    let repeated = ann.client.send_direct(&to_bob, ids[0], again).await.unwrap();
    assert!(repeated.duplicate && repeated.seq == one.seq);
    let room = RoomId(one.room_id);
    for person in [&ann, &bob] {
        person.hear(again).await;
        person.hear(again).await;
        assert_eq!(texts(&person.whole_history(room).await), [again, again]);
    }
    let state = bob.client.get_direct(&to_ann).await.unwrap();
    let names = state.room.unwrap().direct_members;
    assert_eq!(names.iter().map(|m| m.user_name.as_str()).collect::<Vec<_>>(), ["ann", "bob"]);
    let refused = ann.client.remove_member(room, UserId(bob.user_id())).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::DirectRoom));
    let nobody = ann.client.send_direct(&[UserId(4711)], ids[1], again).await.unwrap_err();
    assert_eq!(nobody.reason(), Some(Reason::UserNotFound));
}

async fn a_direct_room_that_was_left_comes_back_with_the_next_message(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let to_bob = [UserId(bob.user_id())];
    let sent = ann.client.send_direct(&to_bob, new_client_message_id(), "hello").await.unwrap();
    let room = RoomId(sent.room_id);
    bob.hear("hello").await;
    bob.client.leave_room(room).await.unwrap();
    bob.client.leave_room(room).await.unwrap();
    loop {
        if let Event::RoomRemoved(gone) = bob.event().await {
            assert_eq!(gone.room_id, room.0);
            break;
        }
    }
    assert!(bob.client.list_unread(&[]).await.unwrap().rooms.is_empty());
    let other = Person::resume(&world.url(), bob.token()).await.unwrap();
    assert!(other.sync().await.is_empty(), "it is out of sight on all devices");
    ann.say(room, "are you there?").await;
    for device in [&bob, &other] {
        device.hear("are you there?").await;
    }
    assert_eq!(texts(&bob.whole_history(room).await), ["hello", "are you there?"]);
    assert_eq!(bob.client.list_unread(&[]).await.unwrap().rooms[0].unread_count, 1);
}

async fn preferences_are_the_same_on_all_devices(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let other = Person::login(&world.url(), "ann").await;
    other.sync().await;
    let lobby = ann.create("lobby").await;
    let wish = v1::RoomPreferences { notify: NotifyLevel::None.into(), pinned: true };
    ann.client.set_room_preferences(lobby, wish).await.unwrap();
    loop {
        if let Event::PreferencesChanged(changed) = other.event().await {
            assert_eq!((changed.room_id, changed.preferences), (lobby.0, Some(wish)));
            break;
        }
    }
    assert_eq!(other.sync().await[0].preferences, Some(wish));
}

async fn moderation_by_commands(door: Door) {
    let world = World::start(door).await;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| (Cli::new(&world.url()), name));
    for (cli, name) in [&ann, &bob, &eve] {
        cli.register(name, PASSWORD).await;
    }
    let (ann, bob, eve) = (ann.0, bob.0, eve.0);
    ann.run(&["create", "lobby"]).success().await;
    bob.run(&["join", "lobby"]).success().await;
    eve.run(&["join", "lobby"]).success().await;
    bob.run(&["kick", "lobby", "eve"]).fails_with(6).await;
    let role = ann.run(&["--json", "role", "lobby", "bob", "moderator"]).success().await.json();
    assert_eq!((&role[0]["action"], &role[0]["user"]), (&"made_moderator".into(), &"bob".into()));
    let muted = bob.run(&["mute", "lobby", "eve", "--for", "10m"]).success().await.stdout;
    assert!(muted.starts_with("#lobby: eve is muted until "), "{muted}");
    eve.run(&["send", "lobby", "psst"]).fails_with(6).await;
    let unmuted = bob.run(&["--json", "unmute", "lobby", "eve"]).success().await.json();
    assert_eq!(unmuted[0]["action"], "unmuted");
    eve.run(&["send", "lobby", "hello"]).success().await;
    let ban = ["--json", "ban", "lobby", "eve", "--for", "7d", "--reason", "too loud"];
    let ban = &bob.run(&ban).success().await.json()[0];
    assert_eq!((&ban["type"], &ban["action"]), (&"done".into(), &"banned".into()));
    let bans = bob.run(&["--json", "bans", "lobby"]).success().await.json();
    assert_eq!((&bans[0]["user"], &bans[0]["by"]), (&"eve".into(), &"bob".into()));
    assert_eq!(bans[0]["reason"], "too loud");
    eve.run(&["join", "lobby"]).fails_with(6).await;
    eve.run(&["bans", "lobby"]).fails_with(6).await;
    bob.run(&["unban", "lobby", "eve"]).success().await;
    eve.run(&["join", "lobby"]).success().await;
    ann.run(&["leave", "lobby"]).fails_with(1).await;
    ann.run(&["room", "transfer", "lobby", "bob"]).success().await;
    ann.run(&["leave", "lobby"]).success().await;
    bob.run(&["room", "archive", "lobby"]).success().await;
    eve.run(&["send", "lobby", "late"]).fails_with(1).await;
}

async fn rooms_by_commands(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["create", "den", "--private", "--history", "since-join"]).success().await;
    bob.run(&["rooms", "--search", "den"]).success().await.stdout("");
    ann.run(&["invite", "den", "bob"]).success().await;
    let invitations = bob.run(&["--json", "invitations"]).success().await.json();
    assert_eq!((&invitations[0]["room"], &invitations[0]["by"]), (&"den".into(), &"ann".into()));
    bob.run(&["decline", "den"]).success().await;
    bob.run(&["invitations"]).success().await.stdout("");
    ann.run(&["topic", "den", "what", "is", "said", "here"]).success().await;
    ann.run(&["room", "set", "den", "--slow-mode", "5s", "--members-invite", "true"])
        .success()
        .await;
    ann.run(&["room", "notify", "den", "mentions", "--pinned"]).success().await;
    let shown = &ann.run(&["--json", "room", "show", "den"]).success().await.json()[0];
    assert_eq!((&shown["topic"], &shown["role"]), (&"what is said here".into(), &"owner".into()));
    assert_eq!((&shown["slow_mode_ms"], &shown["visibility"]), (&5000.into(), &"private".into()));
    assert_eq!((&shown["notify"], &shown["pinned"]), (&"mentions".into(), &true.into()));
    ann.run(&["tail", "@bob", "--no-follow"]).fails_with(6).await;
    ann.run(&["dm", "bob", "hello", "there"]).success().await;
    bob.run(&["send", "@ann", "hi"]).success().await;
    let talk = bob.run(&["history", "@ann"]).success().await;
    assert!(talk.stdout.contains("hello there") && talk.stdout.contains("hi"), "{talk:?}");
    let all = ann.run(&["tail", "--no-follow"]).success().await;
    assert!(
        all.stdout.contains(" @ann,@bob 5 bob: hi") && all.stdout.contains(" #den "),
        "{all:?}"
    );
    let rooms = ann.run(&["room", "list", "--json"]).success().await.json();
    let named: Vec<_> = rooms.iter().map(|room| room["room"].as_str().unwrap()).collect();
    assert_eq!(named, ["den", "@ann,@bob"]);
    let found = ann.run(&["rooms", "--search", "bob", "--json"]).success().await.json();
    assert_eq!((found.len(), &found[0]["room"]), (1, &"@ann,@bob".into()));
    let members = ann.run(&["room", "members", "@bob", "--json"]).success().await.json();
    assert_eq!((members.len(), &members[0]["room"]), (2, &"@ann,@bob".into()));
    ann.run(&["dm", "nobody", "hello"]).fails_with(6).await;
}

async fn the_long_forms_do_what_the_short_ones_do(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) = (Cli::new(&world.url()), Cli::new(&world.url()));
    ann.register("ann", PASSWORD).await;
    bob.register("bob", PASSWORD).await;
    ann.run(&["room", "create", "den", "--private"]).success().await;
    ann.run(&["room", "invite", "den", "bob"]).success().await;
    let invited = bob.run(&["room", "invitations"]).success().await.stdout;
    assert!(invited.contains("den"), "{invited}");
    bob.run(&["room", "decline", "den"]).success().await;
    ann.run(&["room", "create", "lobby"]).success().await;
    ann.run(&["room", "topic", "lobby", "talk"]).success().await;
    let listed = bob.run(&["--json", "room", "list"]).success().await.json();
    assert_eq!((listed.len(), &listed[0]["room"]), (1, &"lobby".into()));
    bob.run(&["room", "join", "lobby"]).success().await;
    let members = ann.run(&["--json", "room", "members", "lobby"]).success().await.json();
    assert_eq!(members.len(), 2);
    ann.run(&["room", "mute", "lobby", "bob", "--for", "10m"]).success().await;
    bob.run(&["send", "lobby", "psst"]).fails_with(6).await;
    ann.run(&["room", "unmute", "lobby", "bob"]).success().await;
    ann.run(&["room", "role", "lobby", "bob", "moderator"]).success().await;
    ann.run(&["room", "kick", "lobby", "bob"]).success().await;
    ann.run(&["room", "ban", "lobby", "bob"]).success().await;
    let bans = ann.run(&["--json", "room", "bans", "lobby"]).success().await.json();
    assert_eq!(bans[0]["user"], "bob");
    bob.run(&["room", "join", "lobby"]).fails_with(6).await;
    ann.run(&["room", "unban", "lobby", "bob"]).success().await;
    bob.run(&["room", "join", "lobby"]).success().await;
    bob.run(&["room", "leave", "lobby"]).success().await;
    bob.run(&["send", "lobby", "late"]).fails_with(6).await;
}
