//! `parlor chat`: what people see of one another while they talk.

use harness::{Cli, Door, PASSWORD, Person, World, behind_both_doors, within};
use parlor_proto::client::Event;
use parlor_proto::ids::{RoomId, Seq};

behind_both_doors! {
    who_writes_is_shown_and_what_is_shown_counts_as_read;
    the_line_that_is_typed_stays_below_what_comes;
}

/// Ann at another device, in a lobby; the same Ann at a shell; and Bob.
async fn three(world: &World) -> (Person, RoomId, Cli, Person) {
    let cli = Cli::new(&world.url());
    cli.register("ann", PASSWORD).await;
    let ann = Person::login(&world.url(), "ann").await;
    ann.sync().await;
    let lobby = ann.create("lobby").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    bob.join("lobby").await;
    (ann, lobby, cli, bob)
}

/// Waits until this person has read so far in the room, wherever.
async fn has_read(person: &Person, room: RoomId, seq: Seq) {
    loop {
        if let Event::ReadMarker(marker) = person.event().await
            && (marker.room_id, marker.user_id) == (room.0, person.user_id())
            && marker.read_seq >= seq.0
        {
            return;
        }
    }
}

async fn who_writes_is_shown_and_what_is_shown_counts_as_read(door: Door) {
    let world = World::start(door).await;
    let (ann, lobby, cli, bob) = three(&world).await;
    for _ in 0..25 {
        bob.say(lobby, "long before").await;
    }
    let said = bob.say(lobby, "before").await;
    let mut chat = cli.run(&["chat", "lobby"]).start();
    chat.logged("* 26 are unread: parlor tail lobby --since ").await;
    has_read(&ann, lobby, said).await;
    within("typing", bob.client.typing(lobby, false)).await.unwrap();
    chat.logged("* bob is writing").await;
    let said = bob.say(lobby, "now").await;
    has_read(&ann, lobby, said).await;
    cli.run(&["unread"]).success().await.stdout("");
    chat.end_input();
    assert_eq!(chat.exit().await.code(), Some(0), "{}", chat.log());
}

async fn the_line_that_is_typed_stays_below_what_comes(door: Door) {
    let world = World::start(door).await;
    let (_ann, lobby, cli, bob) = three(&world).await;
    let mut chat = cli.run(&["--color", "never", "chat", "lobby"]).on_terminal();
    chat.shows("\r\n> ").await;
    chat.strike("helo\u{7f}lo").await;
    chat.shows("> hello").await;
    let typist = loop {
        if let Event::Typist(typist) = bob.event().await {
            break typist;
        }
    };
    assert_eq!((typist.user_name.as_str(), typist.stopped), ("ann", false));
    within("typing", bob.client.typing(lobby, false)).await.unwrap();
    chat.shows("bob is writing > hello").await;
    bob.say(lobby, "hi").await;
    chat.shows(" bob: hi\r\n").await;
    chat.shows("> hello").await;
    chat.strike("\r").await;
    chat.shows(" ann: hello\r\n").await;
    bob.hear("hi").await;
    bob.hear("hello").await;
    chat.strike("/quit\r").await;
    assert_eq!(chat.exit().await.code(), Some(0));
}
