//! One person with three devices, as one story: what is read on one is read on all, what is said
//! on one is on all, who is put out is out at once, and who slept misses nothing.

use std::time::{Duration, Instant};

use harness::{Cli, Door, PASSWORD, Person, Proxy, World, behind_both_doors, options, within};
use parlor_proto::client::{Client, DeviceKey, Event, Options, ServerUrl, SignIn, SyncPlan, Token};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::v1::{self, PresenceCause, PresenceState};

use super::devices::{TIMEOUT, device, refused, short, with_key};

behind_both_doors! {
    a_person_lives_on_three_devices;
}

/// Who was put out is gone within a second; a machine that is busy with other tests is slower.
const OUT: Duration = Duration::from_secs(5);

/// What ann has.
struct Devices {
    desk: Person,
    phone: (Person, DeviceKey),
    laptop: (Person, DeviceKey),
    /// Through which the laptop connects: a lid that can be shut.
    lid: Proxy,
}

async fn a_person_lives_on_three_devices(door: Door) {
    let world = World::with(door, short()).await;
    let bob = Person::register(&world.url(), "bob").await;
    let lobby = bob.create("lobby").await;
    bob.sync_with(SyncPlan { presence: true, ..SyncPlan::default() }).await;
    let ann = devices(&world).await;
    what_is_read_on_one_is_read_on_all(&ann, &bob, lobby).await;
    what_is_said_on_one_is_on_all(&ann, &bob, lobby).await;
    let Devices { desk, phone, laptop, lid } = ann;
    a_revoked_device_is_out(&world, &desk, phone).await;
    within("a good-bye", desk.client.log_out(true)).await.unwrap();

    let (laptop, key) = laptop;
    let before = laptop.client.account().unwrap();
    lid.stall();
    others_see_it_sleep(&world, &bob, laptop.user_id()).await;
    let resume = SignIn::Resume { token: before.token.clone() };
    let stranger = options(&world.url(), "laptop");
    assert_eq!(refused(stranger, resume).await, Some(Reason::SessionEnded));
    for text in ["one", "two", "three"] {
        bob.say(lobby, text).await;
    }
    lid.resume();
    assert_eq!(wake(&laptop, 3).await, ["one", "two", "three"]);
    let after = laptop.client.account().unwrap();
    assert_ne!(after.session_id, before.session_id, "another session");
    assert_ne!(after.token, before.token);
    let back = bob.presence("ann", PresenceState::Online).await;
    assert_eq!(back.device, "laptop");
    bob.say(lobby, "good morning").await;
    laptop.hear("good morning").await;
    nothing_was_missed(&laptop, lobby).await;
    assert_eq!(laptop.user_id(), key.user.0);
}

/// Desk, phone and laptop, each with a key, all in the lobby and listening.
async fn devices(world: &World) -> Devices {
    let desk = Person::register(&world.url(), "ann").await;
    desk.join("lobby").await;
    desk.sync().await;
    let (phone, phone_key) = device(world, &desk, "phone").await;
    let (first, laptop_key) = device(world, &desk, "laptop").await;
    within("a good-bye", first.log_out(true)).await.unwrap();
    let lid = Proxy::to(world.url().authority().parse().unwrap()).await;
    let through = ServerUrl { port: lid.address().port(), ..world.url() };
    let options = with_key(world, "laptop", &laptop_key);
    let options = Options { server: through, session_timeout: TIMEOUT, ..options };
    let laptop = within("a sign-in", Client::connect(options, SignIn::Device)).await.unwrap();
    let ann = |client| Person { client, name: "ann".to_owned() };
    let (phone, laptop) = (ann(phone), ann(laptop));
    phone.sync().await;
    laptop.sync().await;
    Devices { desk, phone: (phone, phone_key), laptop: (laptop, laptop_key), lid }
}

async fn what_is_read_on_one_is_read_on_all(ann: &Devices, bob: &Person, lobby: RoomId) {
    let all = [&ann.desk, &ann.phone.0, &ann.laptop.0];
    let seq = bob.say(lobby, "lunch, @ann?").await;
    for device in all {
        assert_eq!(device.hear("lunch, @ann?").await.seq, seq.0);
    }
    within("an answer", ann.phone.0.client.mark_read(lobby, seq)).await.unwrap();
    for device in all {
        let marker = marker(device, seq).await;
        assert_eq!((marker.unread_count, marker.mention_count), (0, 0));
    }
    let unread = within("an answer", ann.laptop.0.client.list_unread(&[])).await.unwrap();
    assert!(unread.rooms.iter().all(|room| room.unread_count == 0), "{unread:?}");
}

async fn marker(device: &Person, seq: Seq) -> v1::ReadMarker {
    loop {
        if let Event::ReadMarker(marker) = device.event().await
            && marker.read_seq >= seq.0
        {
            return marker;
        }
    }
}

async fn what_is_said_on_one_is_on_all(ann: &Devices, bob: &Person, lobby: RoomId) {
    bob.say(lobby, "and you?").await;
    let seq = ann.desk.say(lobby, "at one").await;
    for device in [&ann.desk, &ann.phone.0, &ann.laptop.0] {
        device.hear("and you?").await;
        let event = device.hear("at one").await;
        assert_eq!((event.seq, event.actor_id), (seq.0, ann.desk.user_id()));
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
#[expect(clippy::print_stderr, reason = "the figure that was asked for")]
async fn a_revoked_device_is_out(world: &World, desk: &Person, phone: (Person, DeviceKey)) {
    let (phone, key) = phone;
    let token: Token = phone.token();
    let begun = Instant::now();
    within("the answer", desk.client.remove_device(key.device)).await.unwrap();
    while !matches!(phone.event().await, Event::SignedOut(_)) {}
    let took = begun.elapsed();
    eprintln!("the phone was out {took:?} after it had been removed");
    assert!(took < OUT, "{took:?}");
    let with_token = SignIn::Resume { token };
    let stranger = options(&world.url(), "phone");
    assert_eq!(refused(stranger, with_token).await, Some(Reason::SessionEnded));
    let phone = with_key(world, "phone", &key);
    assert_eq!(refused(phone, SignIn::Device).await, Some(Reason::BadCredentials));
}

/// That ann has gone, why, and from where: as a push, when asked for, and as a command.
async fn others_see_it_sleep(world: &World, bob: &Person, ann: u64) {
    let gone = bob.presence("ann", PresenceState::Offline).await;
    assert_eq!((gone.cause(), gone.device.as_str()), (PresenceCause::TimedOut, "laptop"));
    let explained = within("an answer", bob.client.get_presence(&[UserId(ann)])).await.unwrap();
    assert_eq!(explained.len(), 1);
    assert!(explained[0].sessions.is_empty(), "{explained:?}");
    assert_eq!(explained[0].presence.as_ref(), Some(&gone));
    let cli = Cli::new(&world.url());
    cli.run(&["login", "bob", "--password-stdin"]).stdin(PASSWORD).success().await;
    let shown = cli.run(&["who", "lobby", "--why"]).success().await.stdout;
    let ann = shown.lines().find(|line| line.starts_with("ann ")).unwrap();
    assert!(ann.contains("offline, timed out since"), "{shown}");
}

/// What it hears when it wakes, and that another session has begun by itself.
async fn wake(laptop: &Person, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    let mut resumed = None;
    while heard.len() < count {
        match laptop.event().await {
            Event::Online { resumed: same } => resumed = Some(same),
            Event::Room(event) => {
                let Some(v1::room_event::Kind::Message(message)) = event.kind else { continue };
                heard.push(message.text);
            }
            event @ (Event::Reset(_) | Event::SignedOut(_) | Event::Ended(_)) => {
                panic!("{event:?}")
            }
            _ => {}
        }
    }
    assert_eq!(resumed, Some(false), "online again, and not by the old token");
    heard
}

async fn nothing_was_missed(laptop: &Person, lobby: RoomId) {
    let history = laptop.whole_history(lobby).await;
    let said = ["lunch, @ann?", "and you?", "at one", "one", "two", "three", "good morning"];
    assert_eq!(harness::texts(&history), said);
}
