//! Clients behind a reverse proxy: whom the daemon is told of, and whose places they take.

use std::sync::Arc;

use parlor_proto::limits::{SUBPROTOCOL, SUBPROTOCOL_JSON};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;

use super::{House, Limits, Seat, soon};
use crate::forwarded::Proxies;

const NEAR: &str = "192.0.2.1";
const FAR: &str = "192.0.2.2";

/// A bridge that believes whoever comes from these networks.
async fn house_behind(networks: &str, limits: Limits) -> House {
    let house = House::with(limits).await;
    let networks: Vec<String> = networks.split_whitespace().map(str::to_owned).collect();
    let proxies = Proxies::new(&networks, None).unwrap();
    house.bridge.proxies.store(Arc::new(proxies));
    house
}

/// The status of a request for a WebSocket that a proxy has passed on.
async fn knock(house: &House, subprotocol: &str, told: &str) -> u16 {
    let headers = [("sec-websocket-protocol", subprotocol), ("x-forwarded-for", told)];
    match soon(house.knock(&headers)).await {
        Ok(_) => 101,
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

/// A call by REST that a proxy has passed on.
async fn call(house: &House, told: &str) -> TcpStream {
    let mut tcp = TcpStream::connect(house.address).await.unwrap();
    let head = "GET /v1/server HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    let request = format!("{head}X-Forwarded-For: {told}\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.unwrap();
    tcp
}

/// The address of IPv4 in front of what the daemon hears.
async fn told(seat: &mut Seat) -> String {
    let Seat::Unix(unix) = seat else { panic!("only there it is told") };
    let mut header = [0; 28];
    soon(unix.read_exact(&mut header)).await.unwrap();
    assert_eq!(header[12..16], *b"\x21\x11\0\x0c");
    std::net::Ipv4Addr::from([header[16], header[17], header[18], header[19]]).to_string()
}

#[tokio::test]
async fn the_daemon_is_told_of_the_client_behind_a_trusted_proxy() {
    let house = house_behind("127.0.0.0/8", Limits::default()).await;
    for subprotocol in [SUBPROTOCOL, SUBPROTOCOL_JSON] {
        let both = async { tokio::join!(knock(&house, subprotocol, NEAR), house.daemon.accept()) };
        let (status, mut seat) = both.await;
        assert_eq!((status, told(&mut seat).await.as_str()), (101, NEAR));
    }
    let (_call, mut seat) = tokio::join!(call(&house, NEAR), house.daemon.accept());
    assert_eq!(told(&mut seat).await, NEAR);
}

#[tokio::test]
async fn what_somebody_else_tells_changes_nothing() {
    let house = house_behind("10.0.0.0/8", Limits::default()).await;
    let knocking = async { tokio::join!(knock(&house, SUBPROTOCOL, NEAR), house.daemon.accept()) };
    let (status, mut seat) = knocking.await;
    assert_eq!((status, told(&mut seat).await.as_str()), (101, "127.0.0.1"));
    let (_call, mut seat) = tokio::join!(call(&house, NEAR), house.daemon.accept());
    assert_eq!(told(&mut seat).await, "127.0.0.1");
}

#[tokio::test]
async fn clients_behind_one_proxy_have_places_of_their_own() {
    let limits = Limits { websockets_per_address_max: 1, ..Limits::default() };
    let house = house_behind("127.0.0.1", limits).await;
    let headers = [("sec-websocket-protocol", SUBPROTOCOL), ("x-forwarded-for", NEAR)];
    let first = soon(house.knock(&headers)).await.unwrap();
    assert_eq!(knock(&house, SUBPROTOCOL, NEAR).await, 429);
    assert_eq!(knock(&house, SUBPROTOCOL, &format!("{FAR}, {NEAR}")).await, 429, "invented");
    assert_eq!(knock(&house, SUBPROTOCOL, FAR).await, 101);
    drop((first, house.daemon.accept().await));
    soon(async { while knock(&house, SUBPROTOCOL, NEAR).await != 101 {} }).await;
}

#[tokio::test]
async fn calls_behind_one_proxy_are_counted_by_client() {
    let limits = Limits { visitors_per_address_max: 1, ..Limits::default() };
    let house = house_behind("127.0.0.1", limits).await;
    // The daemon does not answer.
    let (first, _seat) = tokio::join!(call(&house, NEAR), house.daemon.accept());
    let mut answer = String::new();
    soon(call(&house, NEAR).await.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("TOO_MANY_CALLS") && answer.contains("retry-after: 1"), "{answer}");
    let (other, _seat) = tokio::join!(call(&house, FAR), house.daemon.accept());
    assert_eq!(house.bridge.guests.count(), 2);
    drop((first, other));
    soon(async {
        while house.bridge.guests.count() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
