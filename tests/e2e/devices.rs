//! One person on several devices: who is out is out at once, and who slept comes back without a
//! password and without missing a message.

use std::time::{Duration, Instant};

use harness::{
    Cli, Door, PASSWORD, Peer, Person, Setup, World, behind_both_doors, options, within,
};
use parlor_proto::client::{Client, DeviceKey, Event, Options, SignIn, SyncPlan};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::v1::{self, PresenceCause, PresenceState, client_frame::Body};

behind_both_doors! {
    a_revoked_device_is_out_within_a_second;
    a_laptop_that_slept_comes_back_without_a_password_and_without_a_hole;
    a_signature_is_good_once_and_a_stranger_learns_nothing;
    sessions_are_listed_and_ended;
    another_password_puts_all_others_out;
    what_people_say_of_themselves_is_seen_by_those_who_share_a_room;
    commands_go_on_with_the_devices_key;
    devices_and_sessions_are_managed_by_commands;
}

/// Short, so that a test can wait for it.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// Who was put out is gone within this.
const OUT: Duration = Duration::from_secs(1);

pub(super) fn short() -> Setup {
    Setup::new().config("session.timeout_min = \"1s\"\nkeep_alive.interval = \"500ms\"")
}

pub(super) async fn device(world: &World, person: &Person, name: &str) -> (Client, DeviceKey) {
    let login = SignIn::Login { user_name: person.name.clone(), password: PASSWORD.to_owned() };
    let first = Client::connect(options(&world.url(), name), login).await.unwrap();
    let key = within("a device", first.add_device(name)).await.unwrap();
    within("a good-bye", first.log_out(true)).await.unwrap();
    let options = with_key(world, name, &key);
    (within("a silent sign-in", Client::connect(options, SignIn::Device)).await.unwrap(), key)
}

pub(super) fn with_key(world: &World, name: &str, key: &DeviceKey) -> Options {
    Options { device_key: Some(key.clone()), ..options(&world.url(), name) }
}

pub(super) async fn refused(options: Options, sign_in: SignIn) -> Option<Reason> {
    within("a refusal", Client::connect(options, sign_in)).await.expect_err("refused").reason()
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
async fn a_revoked_device_is_out_within_a_second(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let (phone, key) = device(&world, &ann, "phone").await;
    let token = phone.account().unwrap().token;
    let listed = ann.client.list_devices().await.unwrap();
    assert_eq!((listed.len(), listed[0].name.as_str(), listed[0].current), (1, "phone", false));

    let begun = Instant::now();
    within("the answer", ann.client.remove_device(key.device)).await.unwrap();
    loop {
        let event = within("the good-bye", phone.next_event()).await;
        if let Some(Event::SignedOut(_)) = event {
            break;
        }
    }
    assert!(begun.elapsed() < OUT, "{:?}", begun.elapsed());
    let resume = SignIn::Resume { token };
    let phone = options(&world.url(), "phone");
    assert_eq!(refused(phone, resume.clone()).await, Some(Reason::SessionEnded));
    let phone = || with_key(&world, "phone", &key);
    assert_eq!(refused(phone(), SignIn::Device).await, Some(Reason::BadCredentials));
    assert_eq!(refused(phone(), resume).await, Some(Reason::BadCredentials));
    assert!(ann.client.list_devices().await.unwrap().is_empty());
}

async fn a_laptop_that_slept_comes_back_without_a_password_and_without_a_hole(door: Door) {
    let world = World::with(door, short()).await;
    let bob = Person::register(&world.url(), "bob").await;
    let room = bob.create("lobby").await;
    bob.sync_with(SyncPlan { presence: true, ..SyncPlan::default() }).await;
    let ann = Person::register(&world.url(), "ann").await;
    let (first, key) = device(&world, &ann, "laptop").await;
    ann.join("lobby").await;
    let brief = Options { session_timeout: TIMEOUT, ..with_key(&world, "laptop", &key) };
    let laptop = within("a sign-in", Client::connect(brief.clone(), SignIn::Device)).await.unwrap();
    within("a good-bye", first.log_out(true)).await.unwrap();
    within("a good-bye", ann.client.logout()).await.unwrap();
    let states = within("the answer to sync", laptop.sync(SyncPlan::default())).await.unwrap();
    let cursor = (room, parlor_proto::ids::Seq(states[0].head_seq));
    let token = laptop.account().unwrap().token;
    // It sleeps: nothing more comes from it.
    drop(laptop);
    let gone = bob.presence("ann", PresenceState::Offline).await;
    assert_eq!((gone.cause(), gone.device.as_str()), (PresenceCause::TimedOut, "laptop"));
    bob.say(room, "one").await;
    bob.say(room, "two").await;
    let without_key = Options { device_key: None, ..brief.clone() };
    let resume = SignIn::Resume { token };
    assert_eq!(refused(without_key, resume.clone()).await, Some(Reason::SessionEnded));

    // It wakes, knows its token and its cursor, and nobody notices.
    let laptop = within("coming back", Client::connect(brief, resume)).await.unwrap();
    let laptop = Person { client: laptop, name: "ann".to_owned() };
    laptop.sync_from(&[cursor]).await;
    laptop.hear("one").await;
    laptop.hear("two").await;
    bob.presence("ann", PresenceState::Online).await;
}

async fn a_signature_is_good_once_and_a_stranger_learns_nothing(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let (_phone, key) = device(&world, &ann, "phone").await;
    let login = |user: u64, device: DeviceId, signature: Vec<u8>| {
        Body::LoginWithDevice(v1::LoginWithDeviceRequest {
            user_id: user,
            device_id: device.0.to_vec().into(),
            signature: signature.into(),
            sign_in: None,
        })
    };
    let mut answers = Vec::new();
    for (user, device) in [(key.user.0, key.device), (99, key.device), (0, DeviceId([1; 16]))] {
        let mut peer = Peer::connect(&world.url()).await;
        let hello = peer.hello().await;
        assert_eq!((hello.nonce.len(), hello.server_id.len()), (32, 32));
        let error = peer.refused(login(user, device, vec![7; 64]), Reason::BadCredentials).await;
        answers.push(error);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    for (id, signature) in [(vec![1; 15], vec![7; 64]), (vec![1; 16], vec![7; 63])] {
        let login = v1::LoginWithDeviceRequest {
            user_id: 1,
            device_id: id.into(),
            signature: signature.into(),
            sign_in: None,
        };
        peer.refused(Body::LoginWithDevice(login), Reason::BadField).await;
    }
}

async fn sessions_are_listed_and_ended(door: Door) {
    let world = World::start(door).await;
    let desk = Person::register(&world.url(), "ann").await;
    let phone = Person::login(&world.url(), "ann").await;
    let sessions = within("a list", desk.client.list_sessions()).await.unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(sessions[0].current && !sessions[1].current);
    assert_eq!((sessions[0].address.as_str(), sessions[0].connections), ("127.0.0.1", 1));
    assert_eq!(sessions[0].client_name, "parlor-proto");
    let other = parlor_proto::ids::SessionId(sessions[1].session_id);
    assert_eq!(desk.client.end_sessions(Some(other)).await.unwrap(), 1);
    loop {
        if let Event::SignedOut(_) = phone.event().await {
            break;
        }
    }
    let error = desk.client.end_sessions(Some(other)).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::SessionNotFound));
    assert_eq!(desk.client.end_sessions(None).await.unwrap(), 0);
}

async fn another_password_puts_all_others_out(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let (_phone, key) = device(&world, &ann, "phone").await;
    let change = |old: &str, new: &str| ann.client.change_password(old.to_owned(), new.to_owned());
    let better = "amber-tractor-58-violin";
    let error = within("a refusal", change("wrong-password-1", better)).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::BadCredentials));
    let error = within("a refusal", change(PASSWORD, "password")).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::WeakPassword));
    within("another password", change(PASSWORD, better)).await.unwrap();
    let sign_in = |password: &str| SignIn::Login {
        user_name: "ann".to_owned(),
        password: password.to_owned(),
    };
    let desk = || options(&world.url(), "desk");
    assert_eq!(refused(desk(), sign_in(PASSWORD)).await, Some(Reason::BadCredentials));
    let phone = with_key(&world, "phone", &key);
    assert_eq!(refused(phone, SignIn::Device).await, Some(Reason::BadCredentials));
    within("a sign-in", Client::connect(desk(), sign_in(better))).await.unwrap();
    assert_eq!(ann.client.list_sessions().await.unwrap().len(), 2, "this one goes on");
}

async fn what_people_say_of_themselves_is_seen_by_those_who_share_a_room(door: Door) {
    let world = World::start(door).await;
    let (ann, bob) =
        (Person::register(&world.url(), "ann").await, Person::register(&world.url(), "bob").await);
    let eve = Person::register(&world.url(), "eve").await;
    ann.create("lobby").await;
    bob.join("lobby").await;
    ann.sync_with(SyncPlan { presence: true, ..SyncPlan::default() }).await;
    let named = within("a name", bob.client.set_profile("Bob the Builder")).await.unwrap();
    assert_eq!(named.display_name, "Bob the Builder");
    let told = loop {
        if let Event::UserChanged(user) = ann.event().await {
            break user;
        }
    };
    assert_eq!((told.user_name.as_str(), told.display_name.as_str()), ("bob", "Bob the Builder"));
    for (name, reason) in [
        ("Ann", Reason::UserNameTaken),
        ("b\u{202e}ob", Reason::BadField),
        (" bob", Reason::BadField),
    ] {
        let error = within("a refusal", bob.client.set_profile(name)).await.unwrap_err();
        assert_eq!(error.reason(), Some(reason), "{name:?}");
    }
    within("a status", bob.client.set_status("at lunch", 0)).await.unwrap();
    let users = [UserId(bob.user_id()), UserId(eve.user_id()), UserId(99)];
    let seen = within("presence", ann.client.get_presence(&users)).await.unwrap();
    assert_eq!(seen.len(), 1, "who shares no room is missing");
    let presence = seen[0].presence.as_ref().unwrap();
    assert_eq!((presence.user_name.as_str(), presence.status_text.as_str()), ("bob", "at lunch"));
    assert_eq!(seen[0].sessions.len(), 1);
    assert_eq!(seen[0].sessions[0].state(), PresenceState::Online);
    assert!(eve.client.get_presence(&users[..1]).await.unwrap().is_empty());
    let error = bob.client.set_status("late", 1).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::BadField));
}

async fn commands_go_on_with_the_devices_key(door: Door) {
    let world = World::start(door).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    let devices = ann.run(&["--json", "devices"]).success().await.json();
    assert_eq!((devices.len(), devices[0]["current"].as_bool()), (1, Some(true)));
    // The session ends behind its back; the next command does not notice.
    let desk = Person::login(&world.url(), "ann").await;
    desk.client.end_sessions(None).await.unwrap();
    ann.run(&["send", "lobby", "still here"]).success().await;
    let shown = ann.run(&["--json", "sessions"]).success().await.json();
    assert_eq!(shown.len(), 2, "the new session is remembered");
    ann.run(&["status", "at lunch", "--for", "1h"]).success().await;
    ann.run(&["profile", "Ann the Great"]).success().await;
    let who = ann.run(&["who", "lobby", "--why"]).success().await;
    assert!(who.stdout.contains("at lunch") && who.stdout.contains("session ends"), "{who:?}");
    let new = "amber-tractor-58-violin";
    let passwords = format!("{PASSWORD}\n{new}\n");
    ann.run(&["passwd", "--password-stdin"]).stdin(passwords).success().await;
    ann.run(&["logout", "--keep-device"]).success().await;
    ann.run(&["whoami"]).success().await;
    ann.run(&["logout"]).success().await;
    ann.run(&["whoami"]).fails_with(4).await;
    // Without a device a password is needed once the session has ended.
    let login = ann.run(&["login", "ann", "--no-device", "--password-stdin"]);
    login.stdin(format!("{new}\n")).success().await;
    let me = ann.run(&["--json", "whoami"]).success().await.json();
    assert!(me[0]["device_id"].is_null(), "{me:?}");
}

async fn devices_and_sessions_are_managed_by_commands(door: Door) {
    let world = World::start(door).await;
    let (desk, phone) = (Cli::new(&world.url()), Cli::new(&world.url()));
    desk.register("ann", PASSWORD).await;
    let login = phone.run(&["login", "ann", "--password-stdin"]);
    login.stdin(PASSWORD).success().await;
    let devices = desk.run(&["--json", "devices"]).success().await.json();
    let other = devices.iter().find(|device| device["current"] == false).unwrap();
    let (id, nobody) = (other["device_id"].as_str().unwrap(), "0".repeat(32));
    let renamed = desk.run(&["devices", "rename", id, "my phone"]).success().await.stdout;
    assert!(renamed.contains(id) && renamed.contains("my phone"), "{renamed}");
    desk.run(&["devices", "rename", &nobody, "x"]).fails_with(6).await.says("no such device");
    desk.run(&["devices", "rename", "nonsense", "x"]).fails_with(2).await;

    let sessions = desk.run(&["--json", "sessions"]).success().await.json();
    let session = sessions.iter().find(|session| session["current"] == false).unwrap();
    let session = session["session_id"].to_string();
    let end = ["sessions", "end", session.as_str()];
    desk.run(&end).success().await.stdout("1 session ended\n");
    desk.run(&["sessions", "end", &session]).fails_with(6).await.says("no such session");
    phone.run(&["whoami"]).success().await;
    desk.run(&["sessions", "end", "--others"]).success().await.stdout("1 session ended\n");
    phone.run(&["whoami"]).success().await;

    let out = format!("device {id} is out\n");
    desk.run(&["devices", "remove", id]).success().await.stdout(&out);
    phone.run(&["whoami"]).fails_with(4).await.says("may not sign in");
    desk.run(&["devices", "remove", id]).fails_with(6).await.says("no such device");
    desk.run(&["whoami"]).success().await;
    desk.run(&["status", "at lunch"]).success().await;
    desk.run(&["status", "--clear"]).success().await.stdout("no status\n");
}
