//! Readers that are slower than what they asked for.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::v1::{self, GoAwayCode, client_frame, server_frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;

use super::world::*;
use crate::chat::{AccountRequest, Audience, ConnId, Ending, Input, Moment, Request};
use crate::conn::Settings;
use crate::conn::life::live;
use crate::hub::Delivery;
use crate::hub::readers::CATCH_UP_BYTES_MAX;
use crate::hub::run::Run;

/// More than sockets, outbox and ring hold together.
const EVENTS: u64 = 3_000;
const TEXT_BYTES: usize = 8_000;

fn subscribed(conn: ConnId, next: u64, head: u64) -> Delivery {
    Delivery::Subscribed { conn, room: LOBBY, next: Seq(next), head: Seq(head) }
}

fn caught_up(conn: ConnId, room: RoomId, run: Option<Run>) -> Delivery {
    Delivery::CaughtUp { conn, room, run, reserved: CATCH_UP_BYTES_MAX }
}

/// Over a Unix socket, because what a TCP socket holds grows by and by.
async fn signed_in_by_bridge(world: &mut World) -> (Client<UnixStream>, ConnId) {
    let mut client = world.connect_bridge(IpAddr::from([192, 0, 2, 1])).await;
    client.hello().await;
    let conn = world.sign_in(&mut client).await;
    (client, conn)
}

async fn flood(world: &World) {
    for seq in 1..=EVENTS {
        world.deliver([event(seq, TEXT_BYTES)]).await;
    }
}

/// Plays the store for whoever is behind, until the future is done. Returns how many events
/// it gave.
async fn serving_reads(world: &World, future: impl Future<Output = ()>) -> u64 {
    let mut given = 0;
    let serve = async {
        loop {
            let (conn, room, from, to) = world.read().await;
            let last = to.0.min(from.0 + 7);
            let run = run(from.0..=last, TEXT_BYTES);
            given += last + 1 - from.0;
            world.deliver([caught_up(conn, room, Some(run))]).await;
        }
    };
    tokio::select! {
        () = future => {}
        () = serve => unreachable!("the store does not end"),
    }
    given
}

async fn expect_events<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut Client<S>,
    seqs: RangeInclusive<u64>,
) {
    for seq in seqs {
        match client.body().await {
            server_frame::Body::RoomEvent(event) => assert_eq!(event.seq, seq),
            other => panic!("no event: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_stalled_reader_gets_everything_later_and_costs_the_others_nothing() {
    let mut world = World::start().await;
    let (mut slow, slow_conn) = world.signed_in().await;
    let (mut quick, quick_conn) = world.signed_in().await;
    world.deliver([subscribed(slow_conn, 1, 0), subscribed(quick_conn, 1, 0)]).await;
    for first in (1..=EVENTS).step_by(10) {
        world.deliver((first..first + 10).map(|seq| event(seq, TEXT_BYTES))).await;
        expect_events(&mut quick, first..=first + 9).await;
    }
    assert!(world.reads.try_recv().is_err(), "nobody needs the store while the slow one sleeps");

    let given = serving_reads(&world, expect_events(&mut slow, 1..=EVENTS)).await;
    assert!(given > EVENTS / 2, "what a slow reader had not read was not kept: {given}");
    world.deliver([event(EVENTS + 1, 1)]).await;
    expect_events(&mut slow, EVENTS + 1..=EVENTS + 1).await;
}

#[tokio::test]
async fn a_resuming_reader_gets_what_was_missed_and_then_what_happens() {
    let mut world = World::start().await;
    let (mut client, conn) = world.signed_in().await;
    world.deliver([subscribed(conn, 5, 20), event(21, TEXT_BYTES)]).await;
    serving_reads(&world, expect_events(&mut client, 5..=21)).await;
}

#[tokio::test]
async fn what_is_being_read_does_not_leak_after_unsubscribing() {
    let mut world = World::start().await;
    let (mut client, conn) = world.signed_in().await;
    world.deliver([subscribed(conn, 1, 5)]).await;
    assert_eq!(world.read().await, (conn, LOBBY, Seq(1), Seq(5)));
    let run = run(1..=5, 1);
    world
        .deliver([
            Delivery::Unsubscribed { conn, room: LOBBY },
            caught_up(conn, LOBBY, Some(run)),
            event(6, 1),
            marker(conn),
        ])
        .await;
    assert!(matches!(client.body().await, server_frame::Body::Probe(_)));
}

#[tokio::test]
async fn a_read_that_fails_is_tried_again() {
    let mut world = World::start().await;
    let (mut client, conn) = world.signed_in().await;
    world.deliver([subscribed(conn, 1, 1)]).await;
    world.read().await;
    world.deliver([caught_up(conn, LOBBY, None)]).await;
    serving_reads(&world, expect_events(&mut client, 1..=1)).await;
}

async fn heard(world: &mut World, conn: ConnId) -> Moment {
    world.deliver([Delivery::Ask { conn }]).await;
    match world.input().await {
        Input::Heard { conn: of, at } if of == conn => at,
        other => panic!("not heard: {other:?}"),
    }
}

#[tokio::test]
async fn a_slow_reader_is_heard_but_its_requests_wait() {
    let mut world = World::start().await;
    let (mut slow, conn) = signed_in_by_bridge(&mut world).await;
    world.deliver([subscribed(conn, 1, 0)]).await;
    flood(&world).await;
    let before = heard(&mut world, conn).await;

    slow.send(2, logout()).await;
    slow.send(0, keep_alive(v1::Activity::Idle)).await;
    let input = world.input().await;
    assert!(matches!(input, Input::Activity { active: false, .. }), "{input:?}");
    let then = heard(&mut world, conn).await;
    assert!(then > before);
    // Behind a request that waits, too, and behind others that come after it.
    slow.send(3, logout()).await;
    slow.send(0, keep_alive(v1::Activity::Active)).await;
    let input = world.input().await;
    assert!(matches!(input, Input::Activity { active: true, .. }), "{input:?}");
    assert!(heard(&mut world, conn).await > then);

    serving_reads(&world, expect_events(&mut slow, 1..=EVENTS)).await;
    assert!(matches!(world.asked().await.2, Request::Account(AccountRequest::Logout { .. })));
}

#[tokio::test]
async fn requests_do_not_wait_for_all_that_was_missed() {
    let settings = Settings { ring_bytes_max: 64 << 20, ..settings() };
    let mut world = World::with(settings, limits()).await;
    flood(&world).await;
    let (mut client, conn) = world.signed_in().await;
    world.deliver([subscribed(conn, 1, EVENTS)]).await;
    // It has read nothing of it yet.
    client.send(2, logout()).await;
    let (conn, id, request) = world.asked().await;
    assert!(matches!(request, Request::Account(AccountRequest::Logout { .. })), "{request:?}");
    world.deliver([ack(conn, id)]).await;
    let mut before = 0;
    while client.next().await.request_id != 2 {
        before += 1;
    }
    assert!(before < EVENTS, "{before} events came before the answer");
    expect_events(&mut client, before + 1..=EVENTS).await;
}

#[tokio::test]
async fn the_answer_when_somebody_was_heard_counts_what_is_pending() {
    let mut world = World::start().await;
    let (mut client, conn) = world.signed_in().await;
    let before = heard(&mut world, conn).await;
    while heard(&mut world, conn).await == before {
        client.send(0, keep_alive(v1::Activity::Unspecified)).await;
    }
}

#[tokio::test]
async fn presence_that_a_slow_reader_missed_is_asked_for_again() {
    let mut world = World::start().await;
    let (mut slow, conn) = signed_in_by_bridge(&mut world).await;
    let (mut deaf, deaf_conn) = world.signed_in().await;
    let synced = |conn, presence| Delivery::Synced { conn, presence };
    world.deliver([synced(conn, true), synced(deaf_conn, false)]).await;
    world.deliver([subscribed(conn, 1, 0), subscribed(deaf_conn, EVENTS + 1, 0)]).await;
    let presence = |first| Delivery::Presence {
        audience: Audience::Rooms(vec![LOBBY, RoomId(9)].into()),
        first: UserId(first),
        bytes: crate::wire::encode::presence(&[]),
    };
    world.deliver([presence(1)]).await;
    assert!(matches!(slow.body().await, server_frame::Body::Presence(_)));
    flood(&world).await;
    world.deliver([presence(5), presence(3), presence(4), marker(deaf_conn)]).await;
    assert!(matches!(deaf.body().await, server_frame::Body::Probe(_)), "did not ask for it");

    serving_reads(&world, expect_events(&mut slow, 1..=EVENTS)).await;
    let input = world.input().await;
    let Input::PresenceMissed { conn: of, from } = input else { panic!("{input:?}") };
    assert_eq!((of, from), (conn, UserId(3)), "nothing was missed of those before");
    world.deliver([presence(3)]).await;
    assert!(matches!(slow.body().await, server_frame::Body::Presence(_)));
    heard(&mut world, conn).await; // And not a second time.
}

#[tokio::test]
async fn more_presence_is_asked_for_when_there_is_room_for_it() {
    let mut world = World::start().await;
    let (mut slow, conn) = world.signed_in().await;
    let more = |from| Delivery::MorePresence { conn, from: UserId(from) };
    world.deliver([more(1)]).await; // It has not asked for any.
    world.deliver([Delivery::Synced { conn, presence: true }, subscribed(conn, 1, 0)]).await;
    world.deliver([more(101)]).await;
    let input = world.input().await;
    assert!(matches!(input, Input::PresenceMissed { from: UserId(101), .. }), "{input:?}");

    flood(&world).await;
    world.deliver([more(201)]).await;
    heard(&mut world, conn).await; // It is not its turn.
    serving_reads(&world, expect_events(&mut slow, 1..=EVENTS)).await;
    let input = world.input().await;
    assert!(matches!(input, Input::PresenceMissed { from: UserId(201), .. }), "{input:?}");
}

#[tokio::test]
async fn who_has_read_all_is_not_kept_waiting_by_those_who_use_up_the_budget() {
    let settings = Settings { outboxes_bytes_max: 0, ..settings() };
    let (shard, _inputs) = shard_with(settings);
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (opened, place) = opened_on(&shard, theirs);
    let conn = shard.welcome(opened, place);
    let mut client = Client::new(ours);
    let talk = async {
        let empty = || client_frame::Body::Send(v1::SendRequest::default());
        client.send_all([(1, hello()), (2, empty()), (3, empty())]).await;
        assert_eq!(client.next().await.request_id, 1);
        assert_eq!(client.error().await.0, 2);
        assert_eq!(client.error().await.0, 3);
    };
    tokio::select! {
        ended = live(conn, shard) => panic!("ended: {ended:?}"),
        () = talk => {}
    }
}

fn answer(conn: ConnId) -> Delivery {
    Delivery::Frame { conn, bytes: event_bytes(1, 60_000), answers: true }
}

#[tokio::test]
async fn who_asks_for_more_than_they_read_is_sent_away() {
    let mut world = World::start().await;
    let (mut slow, conn) = world.signed_in().await;
    for _ in 0..200 {
        world.deliver([answer(conn)]).await;
    }
    let go_away = loop {
        match slow.body().await {
            server_frame::Body::RoomEvent(_) => {}
            server_frame::Body::GoAway(go_away) => break go_away,
            other => panic!("neither: {other:?}"),
        }
    };
    assert_eq!(go_away.code(), GoAwayCode::OutboxFull);
    assert_eq!(slow.next_or_end().await, None);
}

#[tokio::test]
async fn who_does_not_even_read_the_good_bye_is_cut() {
    let mut settings = settings();
    settings.patience.farewell = Duration::from_millis(10);
    let mut world = World::with(settings, limits()).await;
    let (_stalled, conn) = world.signed_in().await;
    for _ in 0..200 {
        world.deliver([answer(conn)]).await;
    }
    let input = world.input().await;
    assert!(matches!(input, Input::Closed { ending: Ending::Lost, .. }), "{input:?}");
}
