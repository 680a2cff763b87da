//! What webhooks do at a bridge: what programs give to it is said, and what happens in a room is
//! delivered, in order, signed, and nothing left out.

mod going;

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use harness::{
    Bridge, Cli, Daemon, Delivery, PASSWORD, Person, Receiver, Rest, Setup, until, within,
};
use parlor_proto::ids::{RoomId, UserId};
use serde_json::json;
use tempfile::TempDir;

/// A daemon, a bridge with a place for secrets that may deliver to loopback, and ann in the lobby.
struct Scene {
    daemon: Daemon,
    bridge: Bridge,
    ann: Person,
    rest: Rest,
    lobby: RoomId,
    state: TempDir,
}

impl Scene {
    async fn start() -> Self {
        Self::with("", &["--hooks-allow", "127.0.0.0/8"]).await
    }

    async fn with(config: &str, arguments: &[&str]) -> Self {
        let daemon = Daemon::with(Setup::new().config(config).bridge_socket()).await;
        let state = tempfile::tempdir().unwrap();
        let upstream = format!("unix:{}", daemon.bridge_socket().display());
        let folder = state.path().to_str().unwrap();
        let all = ["--upstream", &upstream, "--state-dir", folder, "--log", "debug"];
        let bridge = Bridge::with(&[&all, arguments].concat()).await;
        let ann = Person::arrive(&daemon.url(), "ann").await;
        let lobby = ann.create("lobby").await;
        let token = HEXLOWER.encode(ann.token().expose());
        let rest = Rest { token: Some(token), ..Rest::at(&bridge) };
        Self { daemon, bridge, ann, rest, lobby, state }
    }

    /// Where the lobby's webhooks are.
    fn webhooks(&self) -> String {
        format!("/v1/rooms/{}/webhooks", self.lobby)
    }

    /// A webhook that delivers to there; its key.
    async fn deliver_to(&self, url: &str) -> String {
        let new = json!({ "user_name": "ops", "url": url });
        self.rest.post(&self.webhooks(), new).await.must(201).str("key")
    }

    /// How the only webhook's deliveries go, once they go so.
    async fn deliveries(&self, so: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
        let looking = async {
            loop {
                let listed = self.rest.get(&self.webhooks()).await.must(200).json;
                let deliveries = listed["webhooks"][0]["deliveries"].clone();
                if so(&deliveries) {
                    return deliveries;
                }
            }
        };
        within("the deliveries to go so", looking).await
    }

    async fn webhook_id(&self) -> UserId {
        UserId(self.ann.client.list_webhooks(self.lobby).await.unwrap()[0].webhook_id)
    }
}

#[tokio::test]
async fn what_programs_give_is_said() {
    let scene = Scene::start().await;
    let new = json!({ "user_name": "ci" });
    let path = scene.rest.post(&scene.webhooks(), new).await.must(201).str("path");
    let anybody = Rest::at(&scene.bridge);
    let text = |text: &str| Some(("text/plain; charset=utf-8", text.to_owned()));
    let form = Some(("application/x-www-form-urlencoded", "disk full".to_owned()));

    let sent = anybody.send("POST", &path, form).await.must(201);
    let event = scene.ann.hear("disk full").await;
    assert_eq!((event.seq, &*event.actor_name), (sent.json["seq"].as_u64().unwrap(), "ci"));
    anybody.send("POST", &path, text("two\nlines\n")).await.must(201);
    scene.ann.hear("two\nlines").await;
    let reply = json!({ "text": "*so*", "format": "markdown", "reply_to_seq": event.seq });
    anybody.post(&path, reply).await.must(201);
    let event = scene.ann.hear("*so*").await;
    let Some(parlor_proto::v1::room_event::Kind::Message(said)) = event.kind else { panic!() };
    assert_eq!((said.format, said.reply_to_seq), (2, sent.json["seq"].as_u64().unwrap()));

    let once = anybody.clone().with("idempotency-key", "build 7 of main");
    let first = once.send("POST", &path, text("broken")).await.must(201);
    let again = once.send("POST", &path, text("broken")).await.must(200);
    assert_eq!(first.json["seq"], again.json["seq"]);
    once.send("POST", &path, text("another")).await.must(409);
    scene.ann.hear("broken").await;
}

#[tokio::test]
async fn a_secret_url_gives_nothing_away_and_nothing_else() {
    let scene = Scene::start().await;
    let new = json!({ "user_name": "ci" });
    let made = scene.rest.post(&scene.webhooks(), new).await.must(201);
    let path = made.str("path");
    let anybody = Rest::at(&scene.bridge);
    let text = |text: &str| Some(("text/plain", text.to_owned()));
    let refused = async |method, path: &str, body, status| {
        anybody.send(method, path, body).await.must(status).str("reason")
    };

    let missing = "WEBHOOK_NOT_FOUND";
    assert_eq!(refused("POST", "/v1/hooks/plr_nonsense", text("x"), 404).await, missing);
    let long = format!("/v1/hooks/{}", "x".repeat(5_000));
    assert_eq!(refused("POST", &long, text("x"), 404).await, missing);
    let bot = scene.ann.client.create_bot("helper", "", "").await.unwrap();
    let of_bot = format!("/v1/hooks/{}", bot.secret);
    assert_eq!(refused("POST", &of_bot, text("x"), 404).await, missing);
    assert_eq!(refused("GET", &path, None, 405).await, "METHOD_NOT_ALLOWED");
    assert_eq!(refused("POST", &path, text(""), 400).await, "TEXT_EMPTY");
    assert_eq!(refused("POST", &path, text(&"x".repeat(8_193)), 400).await, "TEXT_TOO_LONG");
    assert_eq!(refused("POST", &path, text(&"x".repeat(70_000)), 413).await, "BODY_TOO_LARGE");
    let image = Some(("image/png", "x".to_owned()));
    assert_eq!(refused("POST", &path, image, 415).await, "BAD_MEDIA_TYPE");
    let wrong = Some(("application/json", r#"{"text":"x","room_id":"2"}"#.to_owned()));
    assert_eq!(refused("POST", &path, wrong, 400).await, "BAD_FIELD");
    let looped = anybody.clone().with("parlor-event-id", "1/7");
    looped.send("POST", &path, text("x")).await.must(400);

    let webhook = made.json["webhook"]["webhook_id"].as_str().unwrap().to_owned();
    let eve = Rest::register(&scene.bridge, "eve").await;
    eve.get(&scene.webhooks()).await.must(403);
    eve.delete(&format!("/v1/webhooks/{webhook}")).await.must(403);
    anybody.send("POST", &path, text("still there")).await.must(201);
    scene.rest.delete(&format!("/v1/webhooks/{webhook}")).await.must(204);
    assert_eq!(refused("POST", &path, text("x"), 404).await, missing);
    scene.rest.delete(&format!("/v1/webhooks/{webhook}")).await.must(404);

    let secret = path.rsplit('/').next().unwrap();
    for log in [scene.bridge.log(), scene.daemon.log()] {
        assert!(!log.contains(secret) && !log.contains(&bot.secret), "a secret is in the log");
    }
}

#[tokio::test]
async fn a_webhook_that_says_too_much_is_told_when_to_come_back() {
    let scene = Scene::with("webhooks.burst = 2\nwebhooks.per_minute = 1", &[]).await;
    let new = json!({ "user_name": "ci" });
    let path = scene.rest.post(&scene.webhooks(), new).await.must(201).str("path");
    let anybody = Rest::at(&scene.bridge);
    for _ in 0..2 {
        anybody.post(&path, json!({ "text": "x" })).await.must(201);
    }
    let refused = anybody.post(&path, json!({ "text": "x" })).await.must(429);
    assert_eq!(refused.str("reason"), "RATE_LIMITED");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn events_are_delivered_in_order_and_signed() {
    let scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    let key = scene.deliver_to(receiver.url()).await;
    let texts: Vec<String> = (0..20).map(|n| format!("hello {n}")).collect();
    for text in &texts {
        scene.ann.say(scene.lobby, text).await;
    }
    let mut last = None;
    for text in &texts {
        let delivery = receiver.next().await;
        let event = delivery.json();
        assert_eq!(
            (delivery.path.as_str(), event["message"]["text"].as_str()),
            ("/in?x=1", Some(&**text))
        );
        let seq = event["seq"].as_u64().unwrap();
        assert!(last.is_none_or(|last| seq == last + 1), "{seq} after {last:?}");
        last = Some(seq);
        assert_eq!(delivery.header("parlor-event"), "room_event");
        assert_eq!(delivery.header("parlor-event-id"), format!("{}/{seq}", scene.lobby));
        check_signature(&delivery, &key);
    }
    let goes = scene.deliveries(|goes| goes["success_time"].is_string()).await;
    assert_eq!((&goes["status"], &goes["failures"]), (&json!(204), &json!(0)));
    assert!(!scene.bridge.log().contains(&key), "a secret is in the log");
}

#[tokio::test]
async fn what_is_refused_is_delivered_again_and_what_is_gone_rests() {
    let scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    receiver.answer("503 Busy");
    receiver.answer("302 Found\r\nlocation: /elsewhere");
    scene.deliver_to(receiver.url()).await;
    scene.ann.say(scene.lobby, "one").await;
    let first = receiver.next().await;
    let goes = scene.deliveries(|goes| goes["failures"] == 1).await;
    assert_eq!(goes["status"], 503);
    let second = receiver.next().await;
    let goes = scene.deliveries(|goes| goes["failures"] == 2).await;
    assert!(goes["problem"].as_str().unwrap().contains("redirects"), "{goes}");
    let third = receiver.next().await;
    for again in [&second, &third] {
        assert_eq!((&again.path, &again.body), (&first.path, &first.body));
    }
    scene.deliveries(|goes| goes["failures"] == 0).await;

    receiver.answer("410 Gone");
    scene.ann.say(scene.lobby, "two").await;
    assert_eq!(receiver.next().await.json()["message"]["text"], "two");
    scene.deliveries(|goes| goes["paused"] == true && goes["status"] == 410).await;
    scene.ann.say(scene.lobby, "three").await;
    let webhook = scene.webhook_id().await;
    scene.rest.delete(&format!("/v1/webhooks/{webhook}/pause")).await.must(204);
    for text in ["two", "three"] {
        assert_eq!(receiver.next().await.json()["message"]["text"], text);
    }
    scene.rest.delete(&format!("/v1/webhooks/{webhook}")).await.must(204);
    let kept = scene.state.path().join("webhooks");
    let is_empty = || (std::fs::read_dir(&kept).unwrap().count() == 0).then_some(());
    until("the secrets to be gone", is_empty).await;
}

#[tokio::test]
async fn webhooks_by_command_over_rest() {
    let scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    let front = format!("http://{}", scene.bridge.authority());
    let ann = Cli::new(&front);
    let login = ann.run(&["login", "ann", "--password-stdin"]);
    login.stdin(PASSWORD).success().await;
    let add = ["webhook", "add", "lobby", "--name"];
    let url = ann.run(&[&add[..], &["ci"]].concat()).success().await.stdout;
    let path = url.trim_end().strip_prefix(&front).unwrap();
    Rest::at(&scene.bridge).post(path, json!({ "text": "by command" })).await.must(201);
    let to = [&add[..], &["ops", "--to", receiver.url()]].concat();
    let key = ann.run(&to).success().await.stdout;
    scene.ann.say(scene.lobby, "delivered").await;
    let delivery = receiver.next().await;
    assert_eq!(delivery.json()["message"]["text"], "delivered");
    check_signature(&delivery, key.trim_end());
    ann.run(&["webhook", "pause", "lobby", "ops"]).success().await;
    let shown = ann.run(&["webhook", "list", "lobby"]).success().await.stdout;
    assert!(shown.contains("ops              out by ann to http://127.0.0.1"), "{shown}");
    assert!(shown.contains(", paused"), "{shown}");
    ann.run(&["webhook", "resume", "lobby", "ops"]).success().await;
    ann.run(&["webhook", "remove", "lobby", "ops"]).success().await;
}

#[tokio::test]
async fn nothing_is_left_out_when_the_bridge_is_killed() {
    let mut scene = Scene::start().await;
    let mut receiver = Receiver::start().await;
    scene.deliver_to(receiver.url()).await;
    let mut seen = Vec::new();
    for round in 0..3 {
        for n in 0..5 {
            scene.ann.say(scene.lobby, &format!("{round}.{n}")).await;
        }
        seen.push(receiver.next().await.json()["seq"].as_u64().unwrap());
        scene.bridge.kill9().await;
        scene.ann.say(scene.lobby, &format!("{round}.down")).await;
        scene.bridge.restart().await;
    }
    let last = scene.ann.say(scene.lobby, "last").await;
    while seen.last() != Some(&last.0) {
        seen.push(receiver.next().await.json()["seq"].as_u64().unwrap());
    }
    let mut all = seen.clone();
    all.sort_unstable();
    all.dedup();
    let expect: Vec<u64> = (all[0]..=last.0).collect();
    assert_eq!(all, expect, "{seen:?}");
}

#[tokio::test]
async fn deliveries_go_where_they_may_and_secrets_need_a_place() {
    let scene = Scene::with("", &[]).await;
    for url in [
        "http://127.0.0.1:9/",
        "https://localhost/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://0x7f000001/",
        "http://1.1.1.1/",
        "https://ann:secret@1.1.1.1/",
        "ftp://1.1.1.1/",
        "nonsense",
    ] {
        let new = json!({ "user_name": "ops", "url": url });
        let refused = scene.rest.post(&scene.webhooks(), new).await.must(400);
        assert_eq!(refused.str("field"), "url", "{url}: {}", refused.text);
    }
    assert!(scene.ann.client.list_webhooks(scene.lobby).await.unwrap().is_empty());

    // Where a name leads is not looked up for just anybody.
    let new = json!({ "user_name": "ops", "url": "https://localhost/" });
    let eve = Rest::register(&scene.bridge, "eve").await;
    eve.post(&scene.webhooks(), new.clone()).await.must(403);
    let nobody = Rest { token: Some("plr_nonsense".to_owned()), ..Rest::at(&scene.bridge) };
    nobody.post(&scene.webhooks(), new).await.must(401);

    let upstream = format!("unix:{}", scene.daemon.bridge_socket().display());
    let poor = Bridge::with(&["--upstream", &upstream]).await;
    let rest = Rest { token: scene.rest.token.clone(), ..Rest::at(&poor) };
    let new = json!({ "user_name": "ops", "url": "https://1.1.1.1/" });
    let refused = rest.post(&scene.webhooks(), new).await.must(501);
    assert_eq!(refused.str("reason"), "DELIVERS_NOTHING");
}

/// As `WEBHOOKS.md` tells it, with the key as it was shown.
fn check_signature(delivery: &Delivery, key: &str) {
    let signature = delivery.header("parlor-signature");
    let (time, mac) = signature.split_once(",v1=").unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let signed = format!("{time}.{}", delivery.body);
    hmac::verify(&key, signed.as_bytes(), &HEXLOWER.decode(mac.as_bytes()).unwrap()).unwrap();
}
