//! A planned stop.

use std::time::Duration;

use parlor_proto::v1::GoAwayCode;

use super::world::*;
use crate::chat::{Ending, Input};

const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn requests_in_flight_are_answered_and_no_more_are_taken() {
    let mut world = World::start().await;
    let (mut client, conn) = world.signed_in().await;
    client.send(2, logout()).await;
    let (_, id, _) = world.asked().await;
    let (mut idle, _) = world.signed_in().await;

    let drain = tokio::spawn(world.shards.take().unwrap().drain(WITHIN));
    assert_eq!(idle.go_away().await.code(), GoAwayCode::Draining);
    drop(idle);
    assert!(matches!(world.input().await, Input::Closed { ending: Ending::Lost, .. }));

    client.send(3, logout()).await;
    world.deliver([ack(conn, id)]).await;
    assert_eq!(client.next().await.request_id, 2);
    let go_away = client.go_away().await;
    assert!(go_away.reconnect && go_away.reconnect_max_ms > 0);
    drop(client);
    assert!(matches!(world.input().await, Input::Closed { ending: Ending::Lost, .. }));
    in_time(drain).await.unwrap();
}

#[tokio::test]
async fn a_drain_ends_in_time_whatever_clients_do() {
    let mut world = World::start().await;
    let (mut client, _) = world.signed_in().await;
    client.send(2, logout()).await;
    world.asked().await; // And is never answered; nor does the client ever leave.
    let _half_open = world.dial().await;
    in_time(world.shards.take().unwrap().drain(Duration::from_millis(50))).await;
}
