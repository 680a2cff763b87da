//! Messages by REST: said, paged, changed, reacted to, searched, read; and bots that say them.

use harness::{Bridge, Daemon, Reply, Rest, Setup, Upstream};
use serde_json::{Value, json};

struct House {
    _daemon: Daemon,
    bridge: Bridge,
    ann: Rest,
    here: String,
}

/// Ann in a room of her own.
async fn house() -> House {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    let ann = Rest::register(&bridge, "ann").await;
    let made = ann.put("/v1/rooms/by-name/lobby", json!({})).await.must(201);
    let here = format!("/v1/rooms/{}", made.json["room"]["room_id"].as_str().unwrap());
    House { _daemon: daemon, bridge, ann, here }
}

impl House {
    async fn say(&self, who: &Rest, number: u32, text: &str) -> Reply {
        self.send(who, number, json!({ "text": text })).await
    }

    async fn send(&self, who: &Rest, number: u32, body: Value) -> Reply {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        who.put(&format!("{}/messages/by-client-id/{id}", self.here), body).await
    }
}

#[tokio::test]
async fn a_message_said_twice_is_one() {
    let house = house().await;
    let first = house.say(&house.ann, 1, "good morning").await.must(201);
    let second = house.say(&house.ann, 1, "good morning").await.must(200);
    assert_eq!((first.number("seq"), second.number("seq")), (3, 3));
    assert_eq!(second.json["duplicate"], true);
    let other = house.say(&house.ann, 1, "good night").await;
    assert_eq!(other.refused(409), "CLIENT_MESSAGE_ID_REUSED");
    assert_eq!(house.say(&house.ann, 2, "").await.refused(400), "TEXT_EMPTY");
    let long = house.say(&house.ann, 3, &"a".repeat(9_000)).await;
    assert_eq!(long.refused(400), "TEXT_TOO_LONG");
}

#[tokio::test]
async fn an_edit_follows_the_version_that_was_read() {
    let house = house().await;
    let seq = house.say(&house.ann, 1, "good mornign").await.must(201).number("seq");
    let path = format!("{}/messages/{seq}", house.here);
    let read = house.ann.get(&path).await.must(200);
    assert_eq!(read.header("etag"), "\"0\"");
    let change = json!({ "text": "good morning" });
    assert_eq!(house.ann.patch(&path, change.clone()).await.refused(428), "IF_MATCH_REQUIRED");
    let odd = house.ann.clone().with("if-match", "*").patch(&path, change.clone()).await;
    assert_eq!(odd.refused(400), "BAD_FIELD");
    house.ann.clone().with("if-match", "\"0\"").patch(&path, change).await.must(200);
    let late = house.ann.clone().with("if-match", "\"0\"");
    let late = late.patch(&path, json!({ "text": "good evening" })).await;
    assert_eq!(late.refused(412), "VERSION_MISMATCH");
    let read = house.ann.get(&path).await.must(200);
    assert_eq!(
        (read.header("etag"), &read.json["message"]["text"]),
        ("\"1\"", &json!("good morning"))
    );
    house.ann.delete(&path).await.must(200);
    assert_eq!(house.ann.get(&path).await.refused(404), "MESSAGE_NOT_FOUND");
}

#[tokio::test]
async fn a_log_is_read_in_pages_from_either_end() {
    let house = house().await;
    for number in 1..=5 {
        house.say(&house.ann, number, &format!("line {number}")).await.must(201);
    }
    let seqs = async |query: &str| {
        let page = house.ann.get(&format!("{}/events?{query}", house.here)).await.must(200);
        let events = page.json["events"].as_array().unwrap();
        let seqs: Vec<_> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
        (seqs, page.json["has_older"] == true, page.json["has_newer"] == true)
    };
    assert_eq!(seqs("page_size=2").await, (vec![6, 7], true, false));
    assert_eq!(seqs("before=6&page_size=2").await, (vec![4, 5], true, true));
    assert_eq!(seqs("after=0&page_size=3").await, (vec![1, 2, 3], false, true));
    assert_eq!(seqs("around=4&page_size=3").await, (vec![3, 4, 5], true, true));
    let both = house.ann.get(&format!("{}/events?before=1&after=1", house.here)).await;
    assert_eq!(both.refused(400), "BAD_FIELD");
}

#[tokio::test]
async fn threads_reactions_and_what_is_unread() {
    let house = house().await;
    let bob = Rest::register(&house.bridge, "bob").await;
    bob.send("PUT", &format!("{}/members/me", house.here), None).await.must(200);
    let root = house.say(&house.ann, 1, "lunch, @bob?").await.must(201).number("seq");
    let reply = json!({ "text": "yes", "thread_seq": root, "reply_to_seq": root });
    house.send(&bob, 1, reply).await.must(201);
    let path = format!("{}/messages/{root}", house.here);
    let thread = bob.get(&format!("{path}/thread")).await.must(200);
    assert_eq!(thread.json["events"][0]["message"]["text"], "yes");
    bob.send("PUT", &format!("{path}/reactions/%F0%9F%91%8D"), None).await.must(200);
    let reactions = bob.get(&format!("{path}/reactions")).await.must(200);
    assert_eq!(reactions.json["reactions"][0]["reaction"], "\u{1f44d}");
    bob.delete(&format!("{path}/reactions/%F0%9F%91%8D")).await.must(200);

    let mentions = bob.get("/v1/mentions?unread=true").await.must(200);
    assert_eq!(mentions.json["events"][0]["seq"], root);
    let unread = bob.get("/v1/unread").await.must(200);
    assert_eq!(unread.json["rooms"][0]["mention_count"], 1);
    bob.put(&format!("{}/read-marker", house.here), json!({ "seq": root })).await.must(204);
    assert_eq!(bob.get("/v1/unread").await.json["rooms"], json!([]));
    let preferences = json!({ "notify": "mentions", "pinned": true });
    bob.put(&format!("{}/preferences", house.here), preferences.clone()).await.must(204);
    assert_eq!(bob.get(&house.here).await.json["preferences"], preferences);
    let room = house.here.strip_prefix("/v1").unwrap();
    bob.put(&format!("/v1/cursors/nightly{room}"), json!({ "seq": root })).await.must(204);
    assert_eq!(bob.get("/v1/cursors?name=nightly").await.json["cursors"][0]["seq"], root);
    bob.delete("/v1/cursors/nightly").await.must(204);
}

#[tokio::test]
async fn what_was_said_is_found() {
    let house = house().await;
    house.say(&house.ann, 1, "the kettle is on").await.must(201);
    // The index follows behind the acknowledgement.
    let found = async {
        loop {
            let page = house.ann.get("/v1/search?q=kettle").await.must(200);
            if page.json["hits"] != json!([]) {
                return page;
            }
        }
    };
    let page = harness::within("what was said to be found", found).await;
    assert_eq!(page.json["hits"][0]["event"]["message"]["text"], "the kettle is on");
    assert_eq!(house.ann.get("/v1/search?q=before:never").await.refused(400), "BAD_QUERY");
}

#[tokio::test]
async fn a_bot_calls_with_its_own_token() {
    let house = house().await;
    let new = json!({ "user_name": "robot", "token_name": "ci" });
    let made = house.ann.post("/v1/bots", new).await.must(201);
    let robot = Rest { token: Some(made.str("secret")), ..house.ann.clone() };
    assert_eq!(robot.get("/v1/me").await.must(200).json["bot"], true);
    robot.put("/v1/rooms/by-name/lobby/members/me", json!({})).await.must(200);
    house.say(&robot, 1, "built").await.must(201);
    // One session serves all its calls.
    let sessions = robot.get("/v1/sessions").await.must(200);
    assert_eq!(sessions.json["sessions"].as_array().unwrap().len(), 1, "{}", sessions.text);
    let token = made.json["token"]["token_id"].as_str().unwrap();
    house.ann.delete(&format!("/v1/api-tokens/{token}")).await.must(204);
    assert_eq!(robot.get("/v1/me").await.status, 401);
}
