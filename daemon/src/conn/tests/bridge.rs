//! The door for bridges: no TLS, but a PROXY header that tells who the client is.

use std::net::IpAddr;

use parlor_proto::v1::GoAwayCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::world::*;
use crate::chat::{Ending, Input};
use crate::conn::admission::AdmissionLimits;

const ANN: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const BOB: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

#[tokio::test]
async fn a_client_behind_a_bridge_speaks_as_any_other() {
    let mut world = World::start().await;
    let mut client = world.connect_bridge(ANN).await;
    client.hello().await;
    world.sign_in(&mut client).await;
    client.stream.shutdown().await.unwrap();
    let input = world.input().await;
    assert!(matches!(input, Input::Closed { ending: Ending::Closed, .. }), "{input:?}");
    assert_eq!(client.next_or_end().await, None);
}

#[tokio::test]
async fn an_end_in_the_middle_of_a_frame_is_no_good_bye() {
    let mut world = World::start().await;
    let mut client = world.connect_bridge(ANN).await;
    client.hello().await;
    world.sign_in(&mut client).await;
    client.send_bytes(b"\0").await;
    drop(client);
    let input = world.input().await;
    assert!(matches!(input, Input::Closed { ending: Ending::Lost, .. }), "{input:?}");
}

#[tokio::test]
async fn the_limits_are_those_of_the_real_address() {
    let limits = AdmissionLimits { connections_per_address_max: 1, ..limits() };
    let world = World::with(settings(), limits).await;
    let mut first = world.connect_bridge(ANN).await;
    first.hello().await;
    let go_away = world.connect_bridge(ANN).await.go_away().await;
    assert_eq!(go_away.code(), GoAwayCode::TooManyConnections);
    world.connect_bridge(BOB).await.hello().await;
}

#[tokio::test]
async fn without_a_header_nobody_gets_in() {
    let world = World::start().await;
    let v1_header = b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 7276\r\n";
    let endless = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff";
    for bytes in [&v1_header[..], b"GET / HTTP/1.1\r\n\r\n", endless] {
        let mut socket = world.dial_bridge();
        socket.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _ended = in_time(socket.read_to_end(&mut answer)).await;
        assert!(answer.is_empty());
    }
}

#[tokio::test]
async fn a_health_check_is_no_client() {
    let world = World::start().await;
    let mut socket = world.dial_bridge();
    let mut header = Vec::new();
    proxy_header::ProxyHeader::with_local().encode_v2(&mut header).unwrap();
    socket.write_all(&header).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    in_time(socket.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.is_empty());
}
