//! Frames as JSON: there and back, what is no frame, and who is slow.

use std::time::Duration;

use futures_util::SinkExt as _;
use parlor_proto::frame::encode_frame;
use parlor_proto::limits::{SUBPROTOCOL_JSON, TEXT_BYTES_MAX};
use parlor_proto::v1::{self, client_frame, server_frame};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{Client, House, Seat, closes, frame, next, soon};

/// No byte was taken for this long: the way is full.
const STALL: Duration = Duration::from_millis(300);

/// What the bridge and the kernel may hold for one stalled reader.
const HELD_BYTES_MAX: usize = 1024 * 1024;

async fn say(client: &mut Client, text: &str) {
    soon(client.send(Message::text(text))).await.unwrap();
}

async fn hear(client: &mut Client) -> String {
    let message = next(client).await;
    let Message::Text(text) = message else { panic!("not text: {message:?}") };
    text.as_str().to_owned()
}

fn keep_alive(token: u64) -> Vec<u8> {
    let keep_alive = v1::KeepAlive { token, ..Default::default() };
    let body = Some(client_frame::Body::KeepAlive(keep_alive));
    encode_frame(&v1::ClientFrame { request_id: 0, body }).into()
}

fn said(seq: u64, text: &str) -> Vec<u8> {
    let message = v1::Message { text: text.into(), ..Default::default() };
    let kind = Some(v1::room_event::Kind::Message(message));
    let event = v1::RoomEvent { room_id: 1 << 60, seq, kind, ..Default::default() };
    let body = Some(server_frame::Body::RoomEvent(event));
    encode_frame(&v1::ServerFrame { request_id: 0, body }).into()
}

#[tokio::test]
async fn frames_become_text_and_text_becomes_frames() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet_in_json().await;
    say(&mut client, r#"{"keepAlive":{"token":"9007199254740993"}}"#).await;
    daemon.expect(&keep_alive((1 << 53) + 1)).await;
    // Two frames and the beginning of a third in one piece.
    let third = said(3, "three");
    let (start, end) = third.split_at(5);
    daemon.say(&[&said(1, "one"), &said(2, "\u{1f44b}"), start].concat()).await;
    let text = |seq, text| {
        let event = format!(r#"{{"roomId":"1152921504606846976","seq":"{seq}""#);
        format!(r#"{{"roomEvent":{event},"message":{{"text":"{text}"}}}}}}"#)
    };
    assert_eq!(hear(&mut client).await, text(1, "one"));
    assert_eq!(hear(&mut client).await, text(2, "\u{1f44b}"));
    daemon.say(end).await;
    assert_eq!(hear(&mut client).await, text(3, "three"));
}

#[tokio::test]
async fn a_text_much_longer_than_its_frame_comes_whole() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet_in_json().await;
    // Each byte of these becomes six.
    let text = "\u{1}".repeat(TEXT_BYTES_MAX);
    let events: Vec<_> = (1..=7).map(|seq| event(seq, &text)).collect();
    let page = v1::HistoryResponse { events, ..Default::default() };
    let body = Some(server_frame::Body::History(page));
    let frame = encode_frame(&v1::ServerFrame { request_id: 7, body });
    daemon.say(&frame).await;
    let heard = hear(&mut client).await;
    assert!(heard.len() > 6 * 7 * TEXT_BYTES_MAX && heard.ends_with("]}}"), "{}", heard.len());
    say(&mut client, r#"{"keepAlive":{"token":"1"}}"#).await;
    daemon.expect(&keep_alive(1)).await;
}

fn event(seq: u64, text: &str) -> v1::RoomEvent {
    let message = v1::Message { text: text.into(), ..Default::default() };
    let kind = Some(v1::room_event::Kind::Message(message));
    v1::RoomEvent { room_id: 1, seq, kind, ..Default::default() }
}

#[tokio::test]
async fn a_request_with_a_mistake_is_answered_and_goes_no_further() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet_in_json().await;
    say(&mut client, r#"{"requestId":7,"send":{"room":"lobby"}}"#).await;
    let answer = concat!(
        r#"{"requestId":7,"error":{"code":"ERROR_CODE_INVALID_ARGUMENT","reason":"BAD_FIELD","#,
        r#""message":"no ClientFrame: unrecognized field name 'room', line 1, column 29"}}"#
    );
    assert_eq!(hear(&mut client).await, answer);
    say(&mut client, r#"{"requestId":8,"dance":{}}"#).await;
    assert!(hear(&mut client).await.contains(r#""reason":"UNKNOWN_REQUEST""#));
    say(&mut client, r#"{"keepAlive":{"token":"1"}}"#).await;
    daemon.expect(&keep_alive(1)).await;
}

async fn is_refused(message: Message, code: CloseCode, why: &str) {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet_in_json().await;
    say(&mut client, r#"{"keepAlive":{"token":"1"}}"#).await;
    // The client may be closed on before it has sent everything.
    drop(client.send(message).await);
    let reason = closes(&mut client, code).await;
    assert!(reason.contains(why), "{reason}");
    let (rest, _) = daemon.rest().await;
    assert_eq!(rest, [keep_alive(1), b"\0".to_vec()].concat(), "nothing bad has passed");
}

#[tokio::test]
async fn what_is_no_frame_and_no_request_ends_the_connection_and_is_told() {
    let invalid = CloseCode::Invalid;
    is_refused(Message::text("hello"), invalid, "not JSON: expected value, line 1").await;
    is_refused(Message::text(""), invalid, "not JSON: EOF").await;
    is_refused(Message::text("[]"), invalid, "no ClientFrame: invalid type: sequence").await;
    is_refused(Message::text(r#"{"dance":{}}"#), invalid, "'dance', line 1, column 8").await;
    let bomb = r#"{"requestId":7,"a":"#.to_owned() + &"[".repeat(100_000);
    is_refused(Message::text(bomb), invalid, "unrecognized field name 'a'").await;
}

#[tokio::test]
async fn what_is_not_text_or_too_long_ends_the_connection() {
    is_refused(Message::binary(frame(b"a")), CloseCode::Unsupported, "must be text").await;
    let long = |len| format!(r#"{{"requestId":7,"send":{{"text":"{}"}}}}"#, "x".repeat(len));
    is_refused(Message::text(long(64 * 1024)), CloseCode::Size, "a frame is too long").await;
    is_refused(Message::text(long(200 * 1024)), CloseCode::Size, "a message is too long").await;
}

#[tokio::test]
async fn a_bridge_that_stops_says_so_in_json() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet_in_json().await;
    daemon.say(&said(1, "last")).await;
    hear(&mut client).await;
    house.bridge.drain.begin();
    let go_away = hear(&mut client).await;
    let begin = r#"{"goAway":{"code":"GO_AWAY_CODE_DRAINING","reconnect":true,"#;
    assert!(go_away.starts_with(begin), "{go_away}");
    closes(&mut client, CloseCode::Restart).await;
    soon(house.serving).await.unwrap();
}

#[tokio::test]
async fn a_daemon_that_sends_no_frames_is_left() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet_in_json().await;
    daemon.say(&frame(b"\xff")).await;
    closes(&mut client, CloseCode::Error).await;
}

#[tokio::test]
async fn what_a_slow_client_does_not_read_stays_with_the_daemon() {
    let house = House::over_unix().await;
    // A small window, so that what is counted is not the client's own kernel buffer.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let tcp = socket.connect(house.address).await.unwrap();
    let offer = [("sec-websocket-protocol", SUBPROTOCOL_JSON)];
    let (mut client, _) = client_async(house.request(&offer), tcp).await.unwrap();
    let Seat::Unix(mut daemon) = house.daemon.accept().await else { panic!("not unix") };

    let frame = said(1, &"x".repeat(1000));
    let mut taken = 0;
    while let Ok(written) = timeout(STALL, daemon.write(&frame[taken % frame.len()..])).await {
        taken += written.unwrap();
        assert!(taken < HELD_BYTES_MAX, "a slow client hides in the bridge");
    }
    // Nothing was lost on the way.
    daemon.shutdown().await.unwrap();
    for _ in 0..taken / frame.len() {
        assert!(hear(&mut client).await.contains("xxxx"));
    }
}

#[tokio::test]
async fn who_does_not_read_answers_is_not_read_either() {
    let house = House::over_unix().await;
    let (mut client, _daemon) = house.meet_in_json().await;
    let mistake = format!(r#"{{"requestId":7,"dance":"{}"}}"#, "x".repeat(1000));
    let mut sent = 0;
    while let Ok(done) = timeout(STALL, client.send(Message::text(mistake.as_str()))).await {
        done.unwrap();
        sent += 1;
        // Of what waits, the kernel holds some megabytes.
        assert!(sent * mistake.len() < 64 * HELD_BYTES_MAX, "answers pile up in the bridge");
    }
    for _ in 0..sent {
        assert!(hear(&mut client).await.contains("UNKNOWN_REQUEST"));
    }
}
