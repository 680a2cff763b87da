//! Who takes too much finds an end of it.

use std::time::Duration;

use futures_util::SinkExt as _;
use parlor_proto::limits::SUBPROTOCOL;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{House, Limits, Seat, frame, read_bytes, send, soon};

/// No byte was taken for this long: the way is full.
const STALL: Duration = Duration::from_millis(300);

/// What the bridge and the kernel may hold for one stalled reader.
const HELD_BYTES_MAX: usize = 1024 * 1024;

const OURS: (&str, &str) = ("sec-websocket-protocol", SUBPROTOCOL);

#[tokio::test]
async fn what_a_slow_client_does_not_read_stays_with_the_daemon() {
    let house = House::over_unix().await;
    // A small window, so that what is counted is not the client's own kernel buffer.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let tcp = socket.connect(house.address).await.unwrap();
    let (mut client, _) = client_async(house.request(&[OURS]), tcp).await.unwrap();
    let Seat::Unix(mut daemon) = house.daemon.accept().await else { panic!("not unix") };

    let said = frame(&[7; 1000]);
    let mut taken = 0;
    while let Ok(written) = timeout(STALL, daemon.write(&said[taken % said.len()..])).await {
        taken += written.unwrap();
        assert!(taken < HELD_BYTES_MAX, "a slow client hides in the bridge");
    }
    // Nothing was lost on the way.
    daemon.shutdown().await.unwrap();
    let whole = taken / said.len();
    let read = read_bytes(&mut client, whole * said.len()).await;
    assert!(read.chunks(said.len()).all(|chunk| chunk == said));
}

#[tokio::test]
async fn what_the_daemon_does_not_read_stays_with_the_client() {
    let house = House::over_unix().await;
    let (mut client, mut daemon) = house.meet().await;
    let said = frame(&[7; 16_000]);
    let mut sent = 0;
    while let Ok(done) = timeout(STALL, client.send(Message::binary(said.clone()))).await {
        done.unwrap();
        sent += said.len();
        // The client's own socket buffers are in this too, and grow to some megabytes.
        assert!(sent < 32 * HELD_BYTES_MAX, "a slow daemon hides in the bridge");
    }
    daemon.skip_header().await;
    for _ in 0..sent / said.len() {
        daemon.expect(&said).await;
    }
}

#[tokio::test]
async fn clients_beyond_the_limit_are_told_to_come_later() {
    for (limits, expect) in [
        (Limits { websockets_max: 1, ..Limits::default() }, 503),
        (Limits { websockets_per_address_max: 1, ..Limits::default() }, 429),
    ] {
        let house = House::with(limits).await;
        let (mut first, mut daemon) = house.meet().await;
        match house.knock(&[OURS]).await {
            Err(Error::Http(response)) => {
                assert_eq!(response.status().as_u16(), expect);
                assert!(response.headers().contains_key("retry-after"));
            }
            other => panic!("not refused: {other:?}"),
        }
        daemon.skip_header().await;
        send(&mut first, frame(b"still here")).await;
        daemon.expect(&frame(b"still here")).await;
        drop((first, daemon));
        soon(async { while house.knock(&[OURS]).await.is_err() {} }).await;
    }
}

#[tokio::test]
async fn visitors_beyond_the_limit_are_dropped() {
    let house = House::with(Limits { visitors_per_address_max: 1, ..Limits::default() }).await;
    let mut first = TcpStream::connect(house.address).await.unwrap();
    first.write_all(b"GET /healthz HTTP/1.1\r\n").await.unwrap();
    let mut second = TcpStream::connect(house.address).await.unwrap();
    // An end or a reset, but no answer.
    assert_eq!(soon(second.read(&mut [0; 64])).await.unwrap_or(0), 0);
    first.write_all(b"Host: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon(first.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_request_that_never_ends_is_ended() {
    let limits = Limits { header_timeout: Duration::from_millis(50), ..Limits::default() };
    let house = House::with(limits).await;
    let mut slow = TcpStream::connect(house.address).await.unwrap();
    slow.write_all(b"GET /v1/ws HTTP/1.1\r\nHost:").await.unwrap();
    let mut answer = Vec::new();
    soon(slow.read_to_end(&mut answer)).await.unwrap();
    let mut silent = TcpStream::connect(house.address).await.unwrap();
    assert_eq!(soon(silent.read(&mut [0; 64])).await.unwrap(), 0, "not a word was said");
}
