//! Files by REST: sent in parts, cut anywhere, read whole and in parts by those who may, and never
//! run by a browser.

use data_encoding::HEXLOWER;
use harness::{Bridge, Content, Daemon, Reply, Rest, Setup, Upstream};
use parlor_proto::client::FileHasher;
use serde_json::{Value, json};

mod reading;
mod sending;

const OCTETS: &str = "application/offset+octet-stream";

struct House {
    daemon: Daemon,
    bridge: Bridge,
    ann: Rest,
    here: String,
}

/// Ann in a room of her own.
async fn house(config: &str) -> House {
    let daemon = Daemon::with(Setup::new().config(config).bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    let ann = Rest::register(&bridge, "ann").await;
    let made = ann.put("/v1/rooms/by-name/lobby", json!({})).await.must(201);
    let here = format!("/v1/rooms/{}", made.json["room"]["room_id"].as_str().unwrap());
    House { daemon, bridge, ann, here }
}

impl House {
    /// Bob, who has joined.
    async fn bob(&self) -> Rest {
        let bob = Rest::register(&self.bridge, "bob").await;
        bob.send("PUT", &format!("{}/members/me", self.here), None).await.must(200);
        bob
    }

    /// Ann says something with a file; where its content is.
    async fn post(&self, name: &str, content: &[u8]) -> String {
        let file = upload(&self.ann, name, content).await;
        let seq = self.say(&json!({ "file_ids": [file["file_id"]] })).await;
        format!("{}/messages/{seq}/files/{}", self.here, file["file_id"].as_str().unwrap())
    }

    async fn say(&self, message: &Value) -> u64 {
        let id = uuid::Uuid::now_v7();
        let path = format!("{}/messages/by-client-id/{id}", self.here);
        self.ann.put(&path, message.clone()).await.must(201).number("seq")
    }
}

/// Bytes that no compression makes smaller.
fn noise(size: usize) -> Vec<u8> {
    let mut state = size as u64 + 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

fn described(name: &str, content: &[u8]) -> Value {
    let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
    json!({ "name": name, "size": size, "sha256": HEXLOWER.encode(&hash.0) })
}

/// Says what is to come; where it is to be sent to.
async fn begin(who: &Rest, name: &str, content: &[u8]) -> String {
    let begun = who.post("/v1/uploads", described(name, content)).await.must(201);
    assert_eq!(begun.header("upload-length"), content.len().to_string());
    assert_eq!(begun.header("upload-offset"), begun.number("received").to_string());
    begun.header("location").to_owned()
}

async fn part(who: &Rest, to: &str, offset: u64, data: &[u8]) -> Content {
    let who = who.clone().with("upload-offset", offset.to_string());
    who.fetch("PATCH", to, Some((OCTETS, data.to_vec()))).await
}

/// Sends a file in one part; the file.
async fn upload(who: &Rest, name: &str, content: &[u8]) -> Value {
    let to = begin(who, name, content).await;
    let reply = Reply::from(part(who, &to, 0, content).await).must(200);
    reply.json["file"].clone()
}
