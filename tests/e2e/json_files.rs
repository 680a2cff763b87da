//! Files through the door for JSON: pieces are base64 there, and all else is as anywhere.

use data_encoding::{BASE64, HEXLOWER};
use futures_util::{SinkExt as _, StreamExt as _};
use harness::{Bridge, Daemon, PASSWORD, Setup, Upstream, within};
use parlor_proto::client::FileHasher;
use parlor_proto::limits::{FILE_PIECE_BYTES_MAX, SUBPROTOCOL_JSON};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Somebody who writes frames by hand.
struct Person {
    socket: WebSocketStream<TcpStream>,
    asked: u64,
}

impl Person {
    async fn register(bridge: &Bridge, name: &str) -> Self {
        let mut request =
            format!("ws://{}/v1/ws", bridge.authority()).into_client_request().unwrap();
        let flavor = SUBPROTOCOL_JSON.parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", flavor);
        let tcp = TcpStream::connect(bridge.authority()).await.unwrap();
        let (socket, _) = client_async(request, tcp).await.unwrap();
        let mut person = Self { socket, asked: 0 };
        person.ask("hello", json!({ "revisionMin": 1, "revisionMax": 1 })).await;
        person.ask("register", json!({ "userName": name, "password": PASSWORD })).await;
        person
    }

    /// The whole answer, which may be a refusal.
    async fn ask(&mut self, what: &str, body: Value) -> Value {
        self.asked += 1;
        let frame = json!({ "requestId": self.asked, what: body });
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
        let answering = async {
            loop {
                let said = self.socket.next().await.unwrap().unwrap();
                let said: Value = serde_json::from_str(said.to_text().unwrap()).unwrap();
                if said["requestId"] == self.asked {
                    return said;
                }
            }
        };
        within(what, answering).await
    }
}

#[tokio::test]
async fn a_file_comes_and_goes_as_base64() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    let mut ann = Person::register(&bridge, "ann").await;
    let room = ann.ask("createRoom", json!({ "name": "lobby" })).await;
    let room_id = room["room"]["state"]["room"]["roomId"].clone();
    let content: Vec<u8> =
        (0..40_000_u32).map(|n| n.to_be_bytes()[2] ^ n.to_be_bytes()[3]).collect();
    let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
    let new = json!({ "name": "noise.bin", "size": size, "sha256": BASE64.encode(&hash.0) });
    let begun = ann.ask("beginUpload", new.clone()).await;
    let upload_id = begun["beginUpload"]["uploadId"].clone();

    let piece = |offset: usize, data: &[u8]| json!({ "uploadId": upload_id, "offset": offset, "data": BASE64.encode(data) });
    let (first, rest) = content.split_at(FILE_PIECE_BYTES_MAX);
    let early = ann.ask("writeUpload", piece(first.len(), rest)).await;
    assert_eq!(early["error"]["reason"], "WRONG_OFFSET");
    let long = ann.ask("writeUpload", piece(0, &content[..=FILE_PIECE_BYTES_MAX])).await;
    assert_eq!(long["error"]["reason"], "BAD_FIELD");
    let wrote = ann.ask("writeUpload", piece(0, first)).await;
    assert_eq!(wrote["upload"]["received"], first.len().to_string());
    let again = ann.ask("beginUpload", new).await;
    assert_eq!(again["beginUpload"]["received"], first.len().to_string());
    let early = ann.ask("finishUpload", json!({ "uploadId": upload_id })).await;
    assert_eq!(early["error"]["reason"], "UPLOAD_INCOMPLETE");
    ann.ask("writeUpload", piece(first.len(), rest)).await;
    let done = ann.ask("finishUpload", json!({ "uploadId": upload_id })).await;
    let file = &done["file"]["file"];
    let told = BASE64.decode(file["sha256"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!(HEXLOWER.encode(&told), HEXLOWER.encode(&hash.0));

    let id = BASE64.encode(uuid::Uuid::now_v7().as_bytes());
    let say = json!({ "roomId": room_id, "clientMessageId": id, "fileIds": [file["fileId"]] });
    let sent = ann.ask("send", say).await;
    let seq = sent["send"]["seq"].clone();
    let mut bob = Person::register(&bridge, "bob").await;
    let read = |offset: usize| {
        let file_id = file["fileId"].clone();
        json!({ "roomId": room_id, "seq": seq, "fileId": file_id, "offset": offset })
    };
    let refused = bob.ask("readFile", read(0)).await;
    assert_eq!(refused["error"]["reason"], "NOT_A_MEMBER");
    bob.ask("joinRoom", json!({ "roomId": room_id })).await;
    let mut got = Vec::new();
    while got.len() < content.len() {
        let piece = bob.ask("readFile", read(got.len())).await;
        let data = piece["readFile"]["data"].as_str().unwrap();
        got.extend(BASE64.decode(data.as_bytes()).unwrap());
    }
    assert!(got == content);
}
