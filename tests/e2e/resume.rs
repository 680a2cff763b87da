//! Connections that break and come back: nothing is missing, nothing is twice.

use std::fs;
use std::path::Path;

use harness::{Cut, Door, Person, Proxy, World, behind_both_doors, texts, within};
use parlor_proto::client::{Event, ServerUrl, SyncPlan};
use parlor_proto::ids::{Epoch, Seq};
use parlor_proto::v1::room_event::Kind;

/// Connections cut in a row, each at another byte.
const CUTS: usize = 16;

/// Bytes that a client has missed, so they come to it after every handshake.
const TO_CLIENT: usize = 4_000;

behind_both_doors! {
    a_cut_connection_resumes_without_loss_or_repeat;
    cuts_at_any_byte_lose_nothing;
    a_broken_line_makes_no_noise_in_the_room;
    the_session_outlives_a_crash_of_the_daemon;
    a_cursor_beyond_the_head_is_answered_with_a_reset;
    only_the_rooms_asked_for_are_told;
}

/// The way to a world through a network that breaks.
async fn broken_way(world: &World) -> (Proxy, ServerUrl) {
    let url = world.url();
    let proxy = Proxy::to(url.authority().parse().unwrap()).await;
    let through = ServerUrl { port: proxy.address().port(), ..url };
    (proxy, through)
}

async fn a_cut_connection_resumes_without_loss_or_repeat(door: Door) {
    let world = World::start(door).await;
    let (proxy, through) = broken_way(&world).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let bob = Person::arrive(&through, "bob").await;
    bob.join("lobby").await;
    ann.say(lobby, "before").await;
    bob.hear("before").await;
    proxy.go_down();
    proxy.reset_all();
    bob.offline().await;
    for n in 0..50 {
        ann.say(lobby, &format!("meanwhile {n}")).await;
    }
    proxy.come_up();
    assert!(bob.online().await, "the session went on");
    for n in 0..50 {
        bob.hear(&format!("meanwhile {n}")).await;
    }
    ann.say(lobby, "after").await;
    bob.hear("after").await;
}

async fn cuts_at_any_byte_lose_nothing(door: Door) {
    let world = World::start(door).await;
    let (proxy, through) = broken_way(&world).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let bob = Person::arrive(&through, "bob").await;
    bob.join("lobby").await;
    // What a client surely says on its way back: over TCP there is a handshake more.
    let to_server = if door == Door::Tcp { 1_600 } else { 300 };
    let mut said = Vec::new();
    for n in 0..CUTS {
        let text = format!("message {n} {}", "x".repeat(TO_CLIENT));
        proxy.go_down();
        proxy.reset_all();
        bob.offline().await;
        ann.say(lobby, &text).await;
        // Within handshakes, within frames, between them: the places walk through all there is.
        proxy.cut(match n % 2 {
            0 => Cut::AfterToClient(1 + n * TO_CLIENT / CUTS),
            _ => Cut::AfterToServer(1 + n * to_server / CUTS),
        });
        proxy.come_up();
        proxy.has_cut(n + 1).await;
        proxy.cut(Cut::Never);
        bob.hear(&text).await;
        said.push(text);
    }
    ann.say(lobby, "the last").await;
    said.push("the last".to_owned());
    bob.hear("the last").await;
    assert_eq!(texts(&bob.whole_history(lobby).await), said);
}

async fn a_broken_line_makes_no_noise_in_the_room(door: Door) {
    let world = World::start(door).await;
    let (proxy, through) = broken_way(&world).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let bob = Person::arrive(&through, "bob").await;
    bob.join("lobby").await;
    let quiet = ann.whole_history(lobby).await;
    for _ in 0..3 {
        proxy.reset_all();
        assert!(bob.online().await);
    }
    assert_eq!(ann.whole_history(lobby).await, quiet, "no leave, no join");
}

async fn the_session_outlives_a_crash_of_the_daemon(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let quiet = ann.whole_history(lobby).await;
    for n in 0..3 {
        world.daemon.kill9().await;
        ann.offline().await;
        world.daemon.restart().await;
        assert!(ann.online().await && bob.online().await, "both sessions went on");
        ann.say(lobby, &format!("after crash {n}")).await;
        bob.hear(&format!("after crash {n}")).await;
        ann.hear(&format!("after crash {n}")).await;
    }
    let history = ann.whole_history(lobby).await;
    assert_eq!(history.len(), quiet.len() + 3, "no leave, no join");
}

async fn a_cursor_beyond_the_head_is_answered_with_a_reset(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let mut head = ann.say(lobby, "one").await;
    let epoch = Epoch(ann.client.hello().epoch);
    let cases = [
        (Some(epoch), 0, false),
        (Some(epoch), 1, true),
        (Some(epoch), u64::MAX, true),
        (Some(Epoch(epoch.0 ^ 1)), 0, true),
    ];
    for (epoch, beyond, is_reset) in cases {
        let cursor = Seq(head.0.saturating_add(beyond));
        let again = Person::resume(&world.url(), ann.token()).await.unwrap();
        let cursors = vec![(lobby, cursor)];
        let rooms = again.sync_with(SyncPlan { cursors, epoch, ..SyncPlan::default() }).await;
        assert_eq!(rooms[0].reset, is_reset, "{epoch:?} {cursor:?}");
        // Whatever the answer: what is said from now on comes.
        let text = format!("after {cursor} {is_reset}");
        head = ann.say(lobby, &text).await;
        loop {
            match again.event().await {
                Event::Reset(state) => assert!(is_reset && state.reset),
                Event::Room(event) => match event.kind {
                    Some(Kind::Message(message)) if message.text == text => break,
                    kind => panic!("not asked for: {kind:?}"),
                },
                event => panic!("{event:?}"),
            }
        }
    }
}

async fn only_the_rooms_asked_for_are_told(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let attic = ann.create("attic").await;
    let head = ann.say(lobby, "old").await;
    ann.say(lobby, "missed").await;
    let rooms = vec![lobby];
    let cursors = vec![(lobby, head)];
    let states = ann.sync_with(SyncPlan { cursors, rooms, ..SyncPlan::default() }).await;
    assert_eq!(states.len(), 1);
    ann.say(attic, "elsewhere").await;
    ann.say(lobby, "here").await;
    ann.hear("missed").await;
    ann.hear("here").await;
}

#[tokio::test]
async fn history_that_went_backwards_is_told() {
    let mut world = World::start(Door::Tcp).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    ann.say(lobby, "kept").await;
    ann.hear("kept").await;
    let epoch = ann.client.hello().epoch;
    world.daemon.term().await;
    let copy = tempfile::tempdir().unwrap();
    let is_database = |name: &str| name.contains(".db") || name.contains("sqlite");
    copy_files(&world.daemon.data(), copy.path(), is_database);
    world.daemon.restart().await;
    assert!(ann.online().await);
    assert_eq!(ann.client.hello().epoch, epoch, "an ordinary restart is no new epoch");
    ann.say(lobby, "lost").await;
    ann.hear("lost").await;
    world.daemon.term().await;
    copy_files(copy.path(), &world.daemon.data(), is_database);
    world.daemon.restart().await;
    let reset = within("a reset", async {
        loop {
            if let Event::Reset(state) = ann.event().await {
                return state;
            }
        }
    });
    assert_eq!(reset.await.room.unwrap().room_id, lobby.0);
    assert_ne!(ann.client.hello().epoch, epoch);
    assert_eq!(texts(&ann.whole_history(lobby).await), ["kept"]);
}

/// Makes the files of one folder that have such names the same as in another.
fn copy_files(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(to).unwrap() {
        let entry = entry.unwrap();
        if wanted(entry.file_name().to_str().unwrap()) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let mut copied = 0;
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if wanted(entry.file_name().to_str().unwrap()) {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            copied += 1;
        }
    }
    assert!(copied > 0, "no database in {}", from.display());
}
