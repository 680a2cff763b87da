//! What was read for somebody who meanwhile has lost the room.

use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::frame::encode_frame;
use parlor_proto::ids::{RequestId, Seq, UserId};
use parlor_proto::v1::{self, client_frame, server_frame};

use super::world::*;
use crate::chat::{Anchor, ConnId, Denial, Membership, Notice, Permit};
use crate::hub::losses::About;
use crate::hub::readers::{Asked, CATCH_UP_BYTES_MAX, Read};
use crate::hub::{Delivery, Hub};

/// Of whoever signs in.
const ANN: UserId = UserId(1);

fn permitted(conn: ConnId, id: u32) -> Notice {
    let (floor, ceiling) = (Seq(1), Seq(5));
    let permit = Permit { room: LOBBY, floor, ceiling, anchor: Anchor::Before(None), rows: 10 };
    Notice::Page { conn, id: RequestId(id), permit }
}

fn lost() -> Notice {
    let denial = Denial::new(Reason::RoomNotFound, "there is no such room");
    Notice::Lost { user: ANN, room: LOBBY, denial }
}

/// From a thread of its own, as the engine does.
fn deliver(hub: &mut Hub, notices: Vec<Notice>) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            hub.withhold(&notices);
            hub.deliver(notices, Duration::ZERO);
        });
    });
}

/// A page was asked for: it goes to the readers.
async fn ask(
    world: &mut World,
    hub: &mut Hub,
    (client, conn): (&mut TlsClient, ConnId),
    id: u32,
) -> Asked {
    let history = v1::HistoryRequest { room_id: LOBBY.0, ..Default::default() };
    client.send(id, client_frame::Body::History(history)).await;
    world.asked().await;
    deliver(hub, vec![permitted(conn, id)]);
    match world.reads.try_recv() {
        Ok(Read::Page { asked, .. }) => asked,
        other => panic!("no page: {other:?}"),
    }
}

fn found(asked: Asked, about: About) -> Delivery {
    let body = Some(server_frame::Body::History(v1::HistoryResponse::default()));
    let bytes = encode_frame(&v1::ServerFrame { request_id: asked.id.0, body });
    Delivery::Found { asked, about, bytes }
}

#[tokio::test]
async fn a_page_that_comes_after_the_removal_is_refused_as_if_it_were_asked_for_now() {
    let mut world = World::start().await;
    let mut hub = world.hub();
    let (mut client, conn) = world.signed_in().await;
    let of_room = ask(&mut world, &mut hub, (&mut client, conn), 8).await;
    let of_many = ask(&mut world, &mut hub, (&mut client, conn), 9).await;
    let removed = Notice::RoomRemoved { conn, room: LOBBY, cause: Membership::Removed };
    deliver(&mut hub, vec![lost(), Notice::Unsubscribed { conn, room: LOBBY }, removed]);
    world.deliver([found(of_room, About::Room(LOBBY))]).await;
    world.deliver([found(of_many, About::Rooms(vec![LOBBY]))]).await;
    assert!(matches!(client.body().await, server_frame::Body::RoomRemoved(_)));
    assert_eq!(client.error().await, (8, "ROOM_NOT_FOUND".to_owned()));
    assert_eq!(client.error().await, (9, "OVERLOADED".to_owned()));

    // Who comes back and asks again is told, and so is who hears of another room.
    let asked = ask(&mut world, &mut hub, (&mut client, conn), 10).await;
    world.deliver([found(asked, About::Room(LOBBY)), found(of_many, About::Rooms(vec![]))]).await;
    assert!(matches!(client.body().await, server_frame::Body::History(_)));
    assert!(matches!(client.body().await, server_frame::Body::History(_)));
}

#[tokio::test]
async fn what_was_missed_is_withheld_as_soon_as_the_removal_is_decided() {
    let mut world = World::start().await;
    let hub = world.hub();
    let (mut client, conn) = world.signed_in().await;
    let caught_up = || {
        let (run, reserved) = (Some(run(1..=5, 1)), CATCH_UP_BYTES_MAX);
        Delivery::CaughtUp { conn, room: LOBBY, run, reserved }
    };
    let subscribed = Delivery::Subscribed { conn, room: LOBBY, next: Seq(1), head: Seq(5) };
    world.deliver([subscribed]).await;
    assert_eq!(world.read().await, (conn, LOBBY, Seq(1), Seq(5)));
    hub.withhold(&[lost()]);
    world.deliver([caught_up(), marker(conn)]).await;
    assert!(matches!(client.body().await, server_frame::Body::Probe(_)));

    // It has not come about: what is missing is read again.
    hub.take_back();
    assert_eq!(world.read().await, (conn, LOBBY, Seq(1), Seq(5)));
    world.deliver([caught_up()]).await;
    for seq in 1..=5 {
        match client.body().await {
            server_frame::Body::RoomEvent(event) => assert_eq!(event.seq, seq),
            other => panic!("no event: {other:?}"),
        }
    }
}
