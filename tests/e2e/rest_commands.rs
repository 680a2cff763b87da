//! What is special to commands that go by REST: what they cannot do, whom they trust, and how they
//! end when there is nobody to ask. What they have in common with others is tested with those.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use harness::{
    Bridge, Certificate, Cli, Daemon, Door, PASSWORD, Page, Person, Proxy, Running, Setup, World,
    free_port, texts, within,
};
use parlor_proto::client::new_client_message_id;
use serde_json::Value;

/// A sign-in at the third door.
async fn ann_by_rest() -> (World, Cli) {
    let world = World::start(Door::Rest).await;
    let ann = Cli::new(&world.url());
    ann.register("ann", PASSWORD).await;
    (world, ann)
}

#[tokio::test]
async fn a_conversation_says_at_once_that_it_needs_a_live_connection() {
    let (world, ann) = ann_by_rest().await;
    ann.run(&["create", "lobby"]).success().await;
    let refused = ann.run(&["chat", "lobby"]).fails_with(2).await.stdout("");
    refused.says("this needs a live connection: use parlor://, ws:// or wss://");
    ann.run(&["tail", "lobby", "--no-follow"]).success().await;
    ann.run(&["tail", "--no-follow", "--cursor", "ci"]).success().await;
    drop(world);
}

#[tokio::test]
async fn each_door_of_a_server_has_its_own_sign_in() {
    let (world, ann) = ann_by_rest().await;
    let me = ann.run(&["whoami", "--json"]).success().await.json();
    assert_eq!(me[0]["server"], world.url().to_string());
    assert_eq!(me[0]["session_timeout_ms"], 900_000);
    assert!(me[0]["device_id"].is_null(), "{me:?}");
    let socket = world.bridge.as_ref().unwrap().url().to_string();
    let elsewhere = ann.run(&["--server", &socket, "whoami"]).fails_with(4).await;
    elsewhere.says("not signed in at ws://");
    let again = ["--server", &socket, "--profile", "live", "login", "ann", "--password-stdin"];
    ann.run(&again).stdin(PASSWORD).success().await;
    let devices = ann.run(&["devices", "--json"]).success().await.json();
    assert_eq!(devices.len(), 1, "only the other door makes devices: {devices:?}");
    let sessions = ann.run(&["sessions", "--json"]).success().await.json();
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    ann.run(&["logout"]).success().await;
    ann.run(&["whoami"]).fails_with(4).await;
    ann.run(&["--profile", "live", "--server", &socket, "whoami"]).success().await;
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_told_with_what_to_do() {
    let (world, ann) = ann_by_rest().await;
    let other = Cli::new(&world.url());
    other.run(&["login", "ann", "--password-stdin"]).stdin(PASSWORD).success().await;
    other.run(&["sessions", "end", "--others"]).success().await.stdout("1 session ended\n");
    ann.run(&["whoami"]).fails_with(4).await.says("login");
}

#[tokio::test]
async fn commands_come_back_when_the_server_does() {
    let (mut world, ann) = ann_by_rest().await;
    ann.run(&["create", "lobby"]).success().await;
    world.daemon.kill9().await;
    ann.run(&["rooms"]).fails_with(3).await.says("cannot reach the server");
    world.daemon.restart().await;
    ann.run(&["send", "lobby", "back again"]).success().await;
    world.bridge.as_mut().unwrap().kill9().await;
    ann.run(&["rooms"]).fails_with(3).await;
}

#[tokio::test]
async fn a_command_under_way_outlives_a_restart_of_the_server() {
    let mut daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let page = Page::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())));
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let arguments = ["--upstream", &upstream, "--metrics-listen", &page.setting()];
    let bridge = Bridge::with(&arguments).await;
    let way = Proxy::to(bridge.authority().parse().unwrap()).await;
    let ann = Cli::new(&format!("http://{}", way.address()));
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    let calls = "parlor_bridge_calls_total{code=\"2xx\"}";
    let before = page.figures().await.value(calls);
    // What the bridge answers is on its way for so long that the next call finds nobody there.
    way.delay(Duration::from_millis(500));
    let sending = ann.run(&["send", "lobby", "said once"]).success();
    let restarting = async {
        page.until("the first call of the command", |now| now.value(calls) > before + 0.5).await;
        daemon.kill9().await;
        let refused = "parlor_bridge_calls_refused_total{reason=\"UPSTREAM_UNREACHABLE\"}";
        page.until("the second", |now| now.value(refused) > 0.5).await;
        daemon.restart().await;
    };
    tokio::join!(sending, restarting);
    way.delay(Duration::ZERO);
    let said = ann.run(&["history", "lobby", "--json"]).success().await.stdout;
    assert_eq!(said.matches("said once").count(), 1, "{said}");
}

#[tokio::test]
async fn what_is_sent_while_the_server_restarts_is_said_once() {
    let mut world = World::start(Door::Rest).await;
    let ann = Person::register(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    for round in 0..4 {
        let text = format!("round {round}");
        let sending = ann.client.send(lobby, new_client_message_id(), text);
        let restarting = async {
            world.daemon.kill9().await;
            world.daemon.restart().await;
        };
        let (sent, ()) = within("an answer", async { tokio::join!(sending, restarting) }).await;
        sent.unwrap();
    }
    let events = ann.whole_history(lobby).await;
    assert_eq!(texts(&events), ["round 0", "round 1", "round 2", "round 3"]);
}

#[tokio::test]
async fn a_tail_goes_on_over_a_killed_bridge_and_ends_with_its_session() {
    let (mut world, ann) = ann_by_rest().await;
    ann.run(&["create", "lobby"]).success().await;
    let bob = Person::arrive(&world.daemon.url(), "bob").await;
    bob.join("lobby").await;
    let mut tail = ann.run(&["tail", "lobby", "--json"]).start();
    ann.run(&["send", "lobby", "one"]).success().await;
    assert_eq!(next_text(&mut tail).await, "one");
    let lobby = parlor_proto::ids::RoomId(1);
    let bridge = world.bridge.as_mut().unwrap();
    bridge.kill9().await;
    bob.say(lobby, "two").await;
    tail.logged("offline: ").await;
    bridge.restart().await;
    tail.logged("connected again").await;
    bob.say(lobby, "three").await;
    assert_eq!(next_text(&mut tail).await, "two");
    assert_eq!(next_text(&mut tail).await, "three");
    ann.run(&["logout"]).success().await;
    assert_eq!(tail.exit().await.code(), Some(4), "{}", tail.log());
}

/// The text of the next message.
async fn next_text(tail: &mut Running) -> String {
    loop {
        let line = tail.line().await.expect("tail goes on");
        let object: Value = serde_json::from_str(&line).unwrap();
        if object["type"] == "message" {
            return object["text"].as_str().unwrap().to_owned();
        }
    }
}

#[tokio::test]
async fn what_is_no_bridge_or_not_protected_is_told() {
    let daemon = Daemon::start().await;
    let address = daemon.url().authority();
    let ann = Cli::new(&format!("http://{address}"));
    let login = ["login", "ann", "--password-stdin"];
    ann.run(&login).stdin(PASSWORD).fails_with(3).await;
    let far = ["--server", "http://192.0.2.1", "login", "ann", "--password-stdin"];
    ann.run(&far).stdin(PASSWORD).fails_with(2).await.says("--insecure");
    let path = ["--server", "https://there/v1", "whoami"];
    ann.run(&path).fails_with(2).await.says("must not have a path");
    let pin = format!("sha256:{}", "0".repeat(64));
    let pinned =
        ["--server", "http://127.0.0.1", "--pin", &pin, "login", "ann", "--password-stdin"];
    ann.run(&pinned).stdin(PASSWORD).fails_with(2).await.says("no key to compare");
}

#[tokio::test]
async fn a_bridge_with_a_certificate_is_believed_by_its_pin_or_its_authority() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let folder = tempfile::tempdir().unwrap();
    let given = Certificate::write(folder.path(), "bridge");
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let (chain, key) = (given.chain.to_str().unwrap(), given.key.to_str().unwrap());
    let arguments = ["--upstream", &upstream, "--tls-cert", chain, "--tls-key", key];
    let bridge = Bridge::with(&arguments).await;
    let url = format!("https://{}", bridge.authority());
    let stranger = Cli::new(&url);
    let register = ["register", "ann", "--password-stdin"];
    stranger.run(&register).stdin(PASSWORD).fails_with(7).await;
    let pin = parlor_proto::client::Pin::of(&given.der).unwrap();
    let ann = Cli::new(&format!("{url}?pin={pin}"));
    ann.register("ann", PASSWORD).await;
    ann.run(&["create", "lobby"]).success().await;
    // The pin was remembered; a wrong one is refused.
    ann.run(&["--server", &url, "send", "lobby", "hello"]).success().await;
    let wrong = format!("sha256:{}", "0".repeat(64));
    ann.run(&["--pin", &wrong, "rooms"]).fails_with(7).await;
    let bob = Cli::new(&url);
    let login = ["--ca", chain, "login", "ann", "--password-stdin"];
    bob.run(&login).stdin(PASSWORD).success().await;
    let shown = bob.run(&["rooms"]).success().await.stdout;
    assert!(shown.contains("#lobby") && shown.contains("1 member"), "{shown}");
}
