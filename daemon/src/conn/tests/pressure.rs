//! An engine that cannot keep up makes those wait who ask, and nobody else.

use std::cell::Cell;
use std::ops::RangeInclusive;

use parlor_proto::frame::encode_frame;
use parlor_proto::ids::UserId;
use parlor_proto::v1::{self, client_frame};
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

use super::world::*;
use crate::chat::{Input, MessageRequest, Request};
use crate::conn::reader::{Pause, take_in};

/// More than sockets and the connection itself hold together.
const REQUESTS: RangeInclusive<u32> = 2..=2_500;
const TEXT_BYTES: usize = 8_000;
const ACTIVITIES: u32 = 1_000_000;

fn say(id: u32) -> client_frame::Body {
    let client_message_id = u128::from(id).to_be_bytes().to_vec().into();
    let text = "x".repeat(TEXT_BYTES);
    client_frame::Body::Send(v1::SendRequest {
        room_id: LOBBY.0,
        client_message_id,
        text,
        ..Default::default()
    })
}

/// Waits until nothing more is sent while others are served all the time.
async fn until_stuck(world: &World, sent: &Cell<u32>) {
    let mut before = 0;
    while before == 0 || sent.get() > before {
        before = sent.get();
        for _ in 0..20 {
            world.connect().await.hello().await;
        }
    }
}

#[tokio::test]
async fn while_the_engine_stands_still_who_asks_waits_and_nothing_is_lost() {
    let mut world = World::with_inbox(settings(), limits(), 4).await;
    let (mut client, _) = world.signed_in().await;
    let sent = Cell::new(0);
    let asking = async {
        for id in REQUESTS {
            client.send(id, say(id)).await;
            sent.set(id);
        }
    };
    let standing_still = async {
        until_stuck(&world, &sent).await;
        assert!(sent.get() < *REQUESTS.end(), "the socket takes no more");
        for expect in REQUESTS {
            let (conn, id, request) = world.asked().await;
            assert!(
                matches!(request, Request::Message(MessageRequest::Send { .. })),
                "{request:?}"
            );
            assert_eq!(id.0, expect, "in order, each once");
            world.deliver([ack(conn, id)]).await;
        }
    };
    tokio::join!(asking, standing_still);
}

#[tokio::test]
async fn little_is_read_at_once_however_much_has_come() {
    let (shard, _inputs) = shard();
    let (mut socket, theirs) = UnixStream::pair().unwrap();
    let (opened, place) = opened_on(&shard, theirs);
    let conn = shard.welcome(opened, place);
    conn.sign_in(UserId(1));
    conn.intake.borrow_mut().greet();
    let frame = |id| encode_frame(&v1::ClientFrame { request_id: id, body: Some(say(id)) });
    let frames: Vec<u8> = (1..=12).flat_map(frame).collect();
    in_time(socket.write_all(&frames)).await.unwrap();
    let mut pause = Pause::Read;
    while shard.seams.inbox.waiting() == 0 {
        tokio::task::yield_now().await;
        pause = take_in(&conn, &shard).await.unwrap();
    }
    assert_eq!((pause, shard.seams.inbox.waiting()), (Pause::More, 8), "64 KiB of requests");
}

#[tokio::test]
async fn signs_of_life_that_the_engine_must_hear_of_wait_for_it_too() {
    let mut world = World::with_inbox(settings(), limits(), 4).await;
    let (mut client, conn) = world.signed_in().await;
    let sent = Cell::new(0);
    let flooding = async {
        let many = || (0..100).map(|_| (0, keep_alive(v1::Activity::Active)));
        while sent.get() < ACTIVITIES {
            client.send_all(many()).await;
            sent.update(|sent| sent + 100);
        }
    };
    let standing_still = async {
        until_stuck(&world, &sent).await;
        assert!(sent.get() < ACTIVITIES, "the socket takes no more");
        // It goes on where it stopped.
        for _ in 0..100 {
            let input = world.input().await;
            assert!(matches!(input, Input::Activity { conn: of, .. } if of == conn), "{input:?}");
        }
    };
    tokio::select! {
        () = flooding => panic!("everything was taken"),
        () = standing_still => {}
    }
}
