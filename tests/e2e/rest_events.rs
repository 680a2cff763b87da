//! Rooms followed by server-sent events, as `curl -N` does: what is told, and what is told after
//! everything in between was killed.

use harness::{Bridge, Daemon, Rest, Setup, Upstream, within};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Somebody who reads a stream.
struct Reader {
    lines: BufReader<TcpStream>,
    /// Of the last event.
    id: String,
}

/// An event's name and its data.
type Event = (String, Value);

impl Reader {
    async fn open(who: &Rest, query: &str, last: &str) -> Self {
        Self::attempt(who, query, last).await.unwrap()
    }

    /// `None`: refused.
    async fn attempt(who: &Rest, query: &str, last: &str) -> Option<Self> {
        let mut tcp = TcpStream::connect(&who.authority).await.unwrap();
        let (host, token) = (&who.authority, who.token.as_ref().unwrap());
        let request = format!(
            "GET /v1/events{query} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             last-event-id: {last}\r\n\r\n"
        );
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut reader = Self { lines: BufReader::new(tcp), id: String::new() };
        let mut head = Vec::new();
        while let Some(line) = reader.line().await.filter(|line| !line.is_empty()) {
            head.push(line.to_ascii_lowercase());
        }
        let is_stream = head.contains(&"content-type: text/event-stream".to_owned());
        assert_eq!(head[0].contains(" 200 "), is_stream, "{head:?}");
        is_stream.then_some(reader)
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let len = within("a line of the stream", self.lines.read_line(&mut line)).await;
        (len.unwrap_or(0) > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Event> {
        let mut event = (String::new(), Value::Null);
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("id", id)) => id.clone_into(&mut self.id),
                Some(("event", name)) => name.clone_into(&mut event.0),
                Some(("data", data)) => event.1 = serde_json::from_str(data).unwrap(),
                _ if line.is_empty() && !event.0.is_empty() => return Some(event),
                _ => {}
            }
        }
    }

    /// The texts of messages until this one.
    async fn texts(&mut self, last: &str) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.last().is_none_or(|text| text != last) {
            let (name, data) = self.next().await.unwrap();
            assert_ne!(name, "reset", "{data}");
            texts.extend(data["message"]["text"].as_str().map(str::to_owned));
        }
        texts
    }
}

async fn house() -> (Daemon, Bridge, Rest, String) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    let ann = Rest::register(&bridge, "ann").await;
    let made = ann.put("/v1/rooms/by-name/lobby", json!({})).await.must(201);
    let here = format!("/v1/rooms/{}", made.json["room"]["room_id"].as_str().unwrap());
    (daemon, bridge, ann, here)
}

async fn say(who: &Rest, here: &str, number: u32) -> String {
    let path = format!("{here}/messages/by-client-id/00000000-0000-4000-8000-{number:012}");
    let text = format!("line {number}");
    who.put(&path, json!({ "text": text })).await.must(201);
    text
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_goes_on_after_its_last_id() {
    let (_daemon, mut bridge, ann, here) = house().await;
    let mut reader = Reader::open(&ann, "", "").await;
    let (name, ready) = reader.next().await.unwrap();
    assert_eq!((name.as_str(), &ready["rooms"][0]["head_seq"]), ("ready", &json!(2)));
    let first = say(&ann, &here, 1).await;
    assert_eq!(reader.texts(&first).await, ["line 1"]);
    let id = reader.id.clone();
    drop(reader);
    say(&ann, &here, 2).await;
    // Neither the bridge nor the reader has kept anything but the id.
    bridge.kill9().await;
    bridge.restart().await;
    let third = say(&ann, &here, 3).await;
    let mut reader = Reader::open(&ann, "", &id).await;
    assert_eq!(reader.texts(&third).await, ["line 2", "line 3"]);
}

#[tokio::test]
async fn a_stream_outlives_the_daemon_and_loses_nothing() {
    let (mut daemon, _bridge, ann, here) = house().await;
    let mut reader = Reader::open(&ann, "", "").await;
    reader.next().await.unwrap();
    let first = say(&ann, &here, 1).await;
    assert_eq!(reader.texts(&first).await, ["line 1"]);
    daemon.kill9().await;
    daemon.restart().await;
    let second = say(&ann, &here, 2).await;
    assert_eq!(reader.texts(&second).await, ["line 2"]);
}

#[tokio::test]
async fn rooms_come_and_go_in_a_stream_and_it_ends_with_the_session() {
    let (_daemon, bridge, ann, here) = house().await;
    let bob = Rest::register(&bridge, "bob").await;
    let mut reader = Reader::open(&bob, "", "").await;
    assert_eq!(reader.next().await.unwrap().1["rooms"], json!([]));
    bob.send("PUT", &format!("{here}/members/me"), None).await.must(200);
    let (name, added) = reader.next().await.unwrap();
    assert_eq!((name.as_str(), &added["room"]["name"]), ("room_added", &json!("lobby")));
    let first = say(&ann, &here, 1).await;
    reader.texts(&first).await;
    let bobs = bob.get("/v1/me").await.must(200).str("user_id");
    ann.delete(&format!("{here}/members/{bobs}")).await.must(200);
    loop {
        let (name, data) = reader.next().await.unwrap();
        if name == "room_removed" {
            assert_eq!(data["cause"], "removed");
            break;
        }
    }
    bob.delete("/v1/sessions/current").await.must(204);
    let (name, problem) = reader.next().await.unwrap();
    assert_eq!((name.as_str(), &problem["reason"]), ("end", &json!("SESSION_ENDED")));
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn a_cursor_that_cannot_be_continued_is_told_as_a_reset() {
    let (_daemon, _bridge, ann, here) = house().await;
    // Another epoch, room 1 at seq 1.
    let mut reader = Reader::open(&ann, "", "AAAAAAAAAAcBAQ").await;
    assert_eq!(reader.next().await.unwrap().0, "ready");
    // Who is cut here has not read of it, and is told once more.
    let mut reader = Reader::open(&ann, "", &reader.id).await;
    assert_eq!(reader.next().await.unwrap().0, "ready");
    let (name, state) = reader.next().await.unwrap();
    assert_eq!((name.as_str(), &state["head_seq"]), ("reset", &json!(2)));
    let mut reader = Reader::open(&ann, "", &reader.id).await;
    assert_eq!(reader.next().await.unwrap().0, "ready");
    let first = say(&ann, &here, 1).await;
    assert_eq!(reader.next().await.unwrap().1["message"]["text"], first);
    let odd = ann.clone().with("last-event-id", "nonsense!").get("/v1/events").await;
    assert_eq!(odd.refused(400), "BAD_FIELD");
}

#[tokio::test]
async fn a_token_has_a_few_streams_and_no_more() {
    let (_daemon, _bridge, ann, here) = house().await;
    let mut readers = Vec::new();
    for _ in 0..4 {
        let mut reader = Reader::open(&ann, "", "").await;
        reader.next().await.unwrap();
        readers.push(reader);
    }
    assert_eq!(ann.get("/v1/events").await.refused(429), "TOO_MANY_STREAMS");
    // Calls go on beside them, and who wants what a stream tells is not kept waiting for one.
    ann.get("/v1/me").await.must(200);
    ann.get(&here).await.must(200);
    assert_eq!(ann.get("/v1/rooms").await.refused(429), "TOO_MANY_STREAMS");
    drop(readers);
    let opened = async { while Reader::attempt(&ann, "", "").await.is_none() {} };
    within("a stream to be over", opened).await;
}
