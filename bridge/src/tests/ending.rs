//! Who ends a connection, and what the others hear of it.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parlor_proto::frame::FrameDecoder;
use parlor_proto::limits::FRAME_BYTES_MAX;
use parlor_proto::v1::server_frame::Body;
use parlor_proto::v1::{GoAwayCode, ServerFrame};
use prost::Message as _;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{Daemon, House, Limits, Seat, closes, frame, next, send, soon};

#[tokio::test]
async fn the_last_words_of_the_daemon_come_before_the_close() {
    for house in [House::over_unix().await, House::over_tls().await] {
        let (mut client, mut daemon) = house.meet().await;
        daemon.skip_header().await;
        send(&mut client, frame(b"a")).await;
        daemon.say(&[frame(b"go away"), b"\0\0".to_vec()].concat()).await;
        drop(daemon);
        assert_eq!(next(&mut client).await, Message::binary(frame(b"go away")));
        closes(&mut client, CloseCode::Restart).await;
    }
}

#[tokio::test]
async fn a_daemon_that_is_not_there_is_told_after_the_upgrade() {
    let mut house = House::over_unix().await;
    let nowhere = tokio::net::UnixListener::bind(house.dir.path().join("other")).unwrap();
    drop(std::mem::replace(&mut house.daemon, Daemon::Unix(nowhere)));
    closes(&mut house.client().await, CloseCode::Again).await;
}

#[tokio::test]
async fn a_daemon_that_sends_no_frames_is_left() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet().await;
    daemon.say(b"HTTP/1.1 400").await;
    closes(&mut client, CloseCode::Error).await;
}

#[tokio::test]
async fn a_client_that_closes_is_closed_upstream() {
    for house in [House::over_unix().await, House::over_tls().await] {
        let (mut client, mut daemon) = house.meet().await;
        daemon.skip_header().await;
        send(&mut client, frame(b"bye")).await;
        soon(client.close(None)).await.unwrap();
        let (rest, end) = daemon.rest().await;
        assert_eq!(rest, frame(b"bye"));
        end.unwrap(); // With TLS: a close_notify has come.
        drop(daemon);
        assert!(matches!(next(&mut client).await, Message::Close(_)));
    }
}

/// The daemon must be able to tell a lost client from one that closed.
#[tokio::test]
async fn a_client_that_is_lost_is_lost_upstream() {
    for house in [House::over_unix().await, House::over_tls().await] {
        let (mut client, mut daemon) = house.meet().await;
        daemon.skip_header().await;
        send(&mut client, frame(b"bye")).await;
        drop(client);
        match (daemon.rest().await, daemon) {
            ((rest, end), Seat::Unix(_)) => {
                end.unwrap();
                assert_eq!(rest, [frame(b"bye"), b"\0".to_vec()].concat(), "ends inside a frame");
            }
            ((rest, end), Seat::Tls(_)) => {
                assert_eq!(rest, frame(b"bye"));
                let lost = [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset];
                assert!(lost.contains(&end.unwrap_err().kind()));
            }
        }
    }
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_lost() {
    let limits = Limits { ping_interval: Duration::from_millis(20), ..Limits::default() };
    let house = House::with(limits).await;
    let (_silent, mut daemon) = house.meet().await;
    daemon.skip_header().await;
    assert_eq!(daemon.rest().await.0, b"\0");
}

#[tokio::test]
async fn pings_are_answered_and_become_no_frames() {
    let limits = Limits { ping_interval: Duration::from_millis(20), ..Limits::default() };
    let house = House::with(limits).await;
    let (mut client, mut daemon) = house.meet().await;
    daemon.skip_header().await;
    for _ in 0..10 {
        let message = soon(client.next()).await.unwrap().unwrap();
        assert!(message.is_ping(), "{message:?}");
    }
    soon(client.send(Message::Ping("mine".into()))).await.unwrap();
    send(&mut client, frame(b"a")).await;
    daemon.expect(&frame(b"a")).await;
}

#[tokio::test]
async fn a_bridge_that_stops_says_so_and_ends() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet().await;
    daemon.skip_header().await;
    daemon.say(&frame(b"last")).await;
    assert_eq!(next(&mut client).await, Message::binary(frame(b"last")));
    house.bridge.drain.begin();
    let Message::Binary(bytes) = next(&mut client).await else { panic!("no frame") };
    let mut decoder = FrameDecoder::new(FRAME_BYTES_MAX);
    decoder.extend(&bytes);
    let go_away = ServerFrame::decode(decoder.next_frame().unwrap().unwrap()).unwrap();
    assert_eq!(go_away.request_id, 0);
    let Some(Body::GoAway(go_away)) = go_away.body else { panic!("another frame: {go_away:?}") };
    assert_eq!(go_away.code(), GoAwayCode::Draining);
    assert!(go_away.reconnect && go_away.reconnect_max_ms > 0);
    closes(&mut client, CloseCode::Restart).await;
    assert!(client.next().await.is_none());
    soon(house.serving).await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_close_does_not_keep_the_bridge() {
    let limits = Limits { drain_timeout: Duration::from_millis(50), ..Limits::default() };
    let house = House::with(limits).await;
    let (_deaf, _daemon) = house.meet().await;
    let mut silent = tokio::net::TcpStream::connect(house.address).await.unwrap();
    silent.write_all(b"GET /v1/ws HT").await.unwrap();
    house.bridge.drain.begin();
    soon(house.serving).await.unwrap();
}
