//! The beginning and the end of a connection.

use parlor_proto::v1::{self, GoAwayCode, server_frame};
use tokio::io::AsyncWriteExt as _;

use super::world::*;
use crate::chat::{AccountRequest, Ending, Input, Request};
use crate::conn::admission::{AdmissionLimits, Rate};

#[tokio::test]
async fn hello_tells_what_holds_on_this_connection() {
    let world = World::start().await;
    let hello = world.connect().await.hello().await;
    assert_eq!((hello.revision, hello.epoch, hello.server_name.as_str()), (1, 7, "test"));
    assert_eq!(hello.limits.unwrap().requests_in_flight_max, 64);
    assert_eq!(hello.keep_alive.unwrap().interval_ms, 20_000);
    assert_eq!(hello.registration(), v1::RegistrationMode::Open);
}

#[tokio::test]
async fn nothing_comes_before_hello_and_hello_comes_once() {
    let mut world = World::start().await;
    let mut client = world.connect().await;
    let malformed = v1::client_frame::Body::Send(v1::SendRequest::default());
    client.send_all([(3, malformed), (4, resume())]).await;
    client.send(5, keep_alive(v1::Activity::Active)).await;
    for id in 3..=5 {
        assert_eq!(client.error().await, (id, "HELLO_REQUIRED".into()));
    }
    let client_name = "x".repeat(65);
    let named =
        v1::HelloRequest { revision_min: 1, revision_max: 1, client_name, ..Default::default() };
    client.send(6, v1::client_frame::Body::Hello(named)).await;
    assert_eq!(client.error().await, (6, "BAD_FIELD".into()));
    let from_the_future =
        v1::HelloRequest { revision_min: 2, revision_max: 9, ..Default::default() };
    client.send(6, v1::client_frame::Body::Hello(from_the_future)).await;
    assert_eq!(client.error().await, (6, "REVISION_UNSUPPORTED".into()));
    client.hello().await;
    world.sign_in(&mut client).await;
    client.send(7, hello()).await;
    let go_away = client.go_away().await;
    assert_eq!(go_away.code(), GoAwayCode::ProtocolError);
    assert!(!go_away.reconnect);
}

#[tokio::test]
async fn what_needs_a_session_is_not_looked_at_before() {
    let mut world = World::start().await;
    let mut client = world.connect().await;
    client.hello().await;
    let send = || v1::client_frame::Body::Send(v1::SendRequest::default());
    let resume = v1::client_frame::Body::Resume(v1::ResumeRequest::default());
    client.send_all([(6, send()), (7, resume)]).await;
    assert_eq!(client.error().await, (6, "NOT_SIGNED_IN".into()));
    assert_eq!(client.error().await, (7, "BAD_FIELD".into()));
    world.sign_in(&mut client).await;
    client.send(8, send()).await;
    assert_eq!(client.error().await, (8, "BAD_CLIENT_MESSAGE_ID".into()));
}

#[tokio::test]
async fn hello_sign_in_and_sync_come_in_one_flight() {
    let mut world = World::start().await;
    let mut client = world.connect().await;
    // Longer than what a stranger may send, so it must not be looked at before the answer.
    let cursors = vec![v1::Cursor { room_id: u64::MAX, seq: u64::MAX }; 250];
    let sync = v1::SyncRequest { cursors, ..Default::default() };
    let sync = v1::client_frame::Body::Sync(sync);
    client.send_all([(1, hello()), (2, resume()), (3, sync)]).await;
    assert_eq!(client.next().await.request_id, 1);
    let (conn, id, request) = world.asked().await;
    assert!(matches!(request, Request::Account(AccountRequest::Resume { .. })));
    let attached = crate::hub::Delivery::Attached { conn, user: parlor_proto::ids::UserId(1) };
    world.deliver([attached, ack(conn, id)]).await;
    assert_eq!(client.next().await.request_id, 2);
    assert!(matches!(world.asked().await.2, Request::Sync(sync) if sync.cursors.len() == 250));
}

#[tokio::test]
async fn signs_of_life_are_answered_without_the_engine() {
    let mut world = World::start().await;
    let (mut client, conn) = world.signed_in().await;
    client.send(0, keep_alive(v1::Activity::Unspecified)).await;
    client.send(9, keep_alive(v1::Activity::Idle)).await;
    for id in [0, 9] {
        let v1::ServerFrame { request_id, body } = client.next().await;
        assert_eq!(request_id, id);
        assert!(matches!(body, Some(server_frame::Body::KeepAliveAck(ack)) if ack.token == 5));
    }
    let input = world.input().await;
    assert!(
        matches!(input, Input::Activity { conn: of, active: false } if of == conn),
        "{input:?}"
    );
}

#[tokio::test]
async fn passwords_from_one_address_have_a_rate() {
    let logins_per_address = Rate { burst: 1, every: std::time::Duration::from_secs(60) };
    let mut world =
        World::with(settings(), AdmissionLimits { logins_per_address, ..limits() }).await;
    let login = || v1::client_frame::Body::Login(v1::LoginRequest::default());
    let mut first = world.connect().await;
    let mut second = world.connect().await;
    for client in [&mut first, &mut second] {
        client.hello().await;
        client.send(2, login()).await;
    }
    let Some(server_frame::Body::Error(error)) = second.next().await.body else { panic!() };
    assert_eq!(error.reason, "RATE_LIMITED");
    assert!(error.retry_after_ms > 50_000);
    assert!(matches!(world.asked().await.2, Request::Account(AccountRequest::Login { .. })));
}

#[track_caller]
fn check_end(input: &Input, expect: Ending) {
    assert!(matches!(input, Input::Closed { ending, .. } if *ending == expect), "{input:?}");
}

#[tokio::test]
async fn a_good_bye_is_told_from_a_cut() {
    let mut world = World::start().await;
    let (mut client, _) = world.signed_in().await;
    client.stream.shutdown().await.unwrap();
    check_end(&world.input().await, Ending::Closed);
    assert_eq!(client.next_or_end().await, None, "the server says good-bye too");

    let (client, _) = world.signed_in().await;
    let (tcp, _) = client.stream.into_inner();
    drop(tcp); // No close_notify.
    check_end(&world.input().await, Ending::Lost);

    let (client, _) = world.signed_in().await;
    let (tcp, _) = client.stream.into_inner();
    socket2::SockRef::from(&tcp).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(tcp); // RST.
    check_end(&world.input().await, Ending::Lost);
}

#[tokio::test]
async fn a_request_before_the_good_bye_reaches_the_engine() {
    let mut world = World::start().await;
    let (mut client, _) = world.signed_in().await;
    client.send(2, logout()).await;
    client.stream.shutdown().await.unwrap();
    assert!(matches!(world.asked().await.2, Request::Account(AccountRequest::Logout { .. })));
    check_end(&world.input().await, Ending::Closed);
}

#[tokio::test]
async fn a_connection_that_nobody_has_heard_of_ends_in_silence() {
    let mut world = World::start().await;
    let mut stranger = world.connect().await;
    stranger.hello().await;
    stranger.stream.shutdown().await.unwrap();
    assert_eq!(stranger.next_or_end().await, None);
    let (mut client, _) = world.signed_in().await; // Its request is the first input there is.
    client.send(0, keep_alive(v1::Activity::Unspecified)).await;
    client.next().await;
}

#[tokio::test]
async fn without_an_engine_a_shard_ends() {
    let mut world = World::start().await;
    let mut client = world.connect().await;
    client.hello().await;
    world.end_engine();
    client.send(2, resume()).await;
    in_time(world.shards.unwrap().failed()).await;
}
