//! Coming back, or not.

use super::*;
use crate::client::session::Phase;
use crate::client::{Error, Event};
use crate::v1::{self, server_frame::Body};

#[test]
fn a_cut_is_repaired_in_one_flight() {
    check_live(&expect![[r#"
            < event lobby 6
                ! lobby 6
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@6 epoch:1 (3)
            < hello
            < auth ann resumed
                ! online, resumed
            < synced 3 lobby:8
            < event lobby 7
                ! lobby 7
        "#]]);
}

#[test]
fn failures_in_a_row_wait_longer_and_success_starts_again() {
    check_live(&expect![[r#"
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            cut
                ! offline: cut, retry in 512ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@5 epoch:1 (3)
            cut
                ! offline: cut, retry in 1s
                * hang up
            wait
                * dial
            +15s
                ! offline: the server did not answer in time, retry in 2s
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@5 epoch:1 (3)
            < hello
            < auth ann resumed
                ! online, resumed
            < synced 3 lobby:5
            cut
                ! offline: cut, retry in 228ms
                * hang up
        "#]]);
}

#[test]
fn a_server_that_breaks_the_protocol_is_not_visited_in_circles() {
    let mut world = World::new().live();
    let mut slowest = Duration::ZERO;
    for _ in 0..12 {
        world.run("< event lobby 99");
        let Phase::Waiting(until) = &world.session.phase else { panic!("not waiting") };
        slowest = slowest.max(*until - world.now);
        world.run("wait\nconnected\n< hello\n< auth ann resumed\n< synced 3 lobby:5");
    }
    assert!(slowest > Duration::from_secs(8), "{slowest:?}");
}

#[test]
fn the_advice_of_the_server_is_taken() {
    check_live(&expect![[r#"
        < away DRAINING 200 2000
            ! offline: the server closed the connection: GO_AWAY_CODE_DRAINING, retry in 268ms
            * hang up
    "#]]);
    check_live(&expect![[r#"
        < away SILENT 200 2000
            ! offline: the server closed the connection: GO_AWAY_CODE_SILENT, retry in 268ms
            * hang up
    "#]]);
    check_live(&expect![[r#"
        < away SOMETHING_NEW 5000 5500
            ! offline: the server closed the connection: GO_AWAY_CODE_UNSPECIFIED, retry in 5s
            * hang up
    "#]]);
    check_live(&expect![[r#"
        < away SOMETHING_NEW
            ! ended: the server closed the connection: GO_AWAY_CODE_UNSPECIFIED
            * hang up
    "#]]);
    check_live(&expect![[r#"
        < away PROTOCOL_ERROR
            ! ended: the server closed the connection: GO_AWAY_CODE_PROTOCOL_ERROR
            * hang up
    "#]]);
    check_live(&expect![[r#"
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@5 epoch:1 (3)
            < hello
            < error 2 TOO_MANY_CONNECTIONS 60000
                ! offline: refused: TOO_MANY_CONNECTIONS, retry in 61s
                * hang up
        "#]]);
    check_live(&expect![[r#"
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@5 epoch:1 (3)
            < hello
            < auth ann resumed
                ! online, resumed
            < error 3 OVERLOADED 60000
                ! offline: refused: OVERLOADED, retry in 60s
                * hang up
        "#]]);
    check_live(&expect![[r#"
        cut
            ! offline: cut, retry in 35ms
            * hang up
        wait
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
            > sync lobby@5 epoch:1 (3)
        < hello
        < error 2 BAD_FIELD
            ! ended: refused: BAD_FIELD
            * hang up
    "#]]);
}

#[test]
fn a_void_token_waits_for_somebody_to_sign_in_and_goes_on_with_the_same_cursors() {
    check_live(&expect![[r#"
            < event lobby 6
                ! lobby 6
            cut
                ! offline: cut, retry in 35ms
                * hang up
            call 3 send lobby hi
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@6 epoch:1 (3)
            < hello
            < error 2 SESSION_ENDED
                = 3 refused: SESSION_ENDED
                ! signed out: refused: SESSION_ENDED
                * hang up
            call 4 send lobby ho
                = 4 refused: SESSION_ENDED
            +600s
            call 5 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
                > sync lobby@6 epoch:1 (3)
            < hello
            < error 2 BAD_CREDENTIALS
                = 5 refused: BAD_CREDENTIALS
                * hang up
            call 6 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
                > sync lobby@6 epoch:1 (3)
            < hello
            < auth ann
                = 6 ok ann
                ! online
            < synced 3 lobby:7
            < event lobby 7
                ! lobby 7
        "#]]);
    check_live(&expect![[r#"
        < away SESSION_TIMED_OUT 0 1000
            ! signed out: the server closed the connection: GO_AWAY_CODE_SESSION_TIMED_OUT
            * hang up
    "#]]);
    check_live(&expect![[r#"
        < away SESSION_ENDED
            ! signed out: the server closed the connection: GO_AWAY_CODE_SESSION_ENDED
            * hang up
    "#]]);
}

#[test]
fn who_does_not_want_to_come_back_is_told_the_end() {
    let world = World::with(|options| options.reconnect = false).live();
    replay(
        world,
        &expect![[r#"
        call 3 send lobby hi
            > send lobby "hi" (4)
        cut
            = 3 cut
            ! ended: cut
            * hang up
    "#]],
    );
}

#[test]
fn an_outage_is_one_event_however_long_it_is() {
    let mut world = World::new().live();
    world.run("takes nothing");
    for _ in 0..100 {
        world.run("cut\nwait");
        world.run("connected\n< hello\n< auth ann resumed\n< synced 3 lobby:5\ncut\nwait");
    }
    world.takes = true;
    expect![[r#"
        +0s
            ! offline: cut, retry in 283ms
    "#]]
    .assert_eq(&world.run("+0s"));
}

#[test]
fn a_long_sync_waits_until_the_server_takes_long_frames_and_what_it_leaves_out_is_reset() {
    let state = |room: u64, head_seq| {
        let room = Some(v1::Room { room_id: room << 18, ..Default::default() });
        v1::RoomState { room, head_seq, ..Default::default() }
    };
    let head = u64::MAX / 2;
    let mut world = World::new().live();
    for room in 9..400 {
        world.push(0, Some(Body::RoomAdded(v1::RoomAdded { state: Some(state(room, head)) })));
    }
    world.session.handle_lost(world.now, Error::TimedOut);
    while world.session.poll_event(world.now).is_some() {}
    world.now += Duration::from_secs(1);
    world.session.handle_timeout(world.now);
    world.session.handle_connected();
    assert_eq!(world.flight().len(), 2, "hello and resume");
    // The sync that was too long has used up a number.
    world.push(1, Some(Body::Hello(v1::HelloResponse { revision: 1, ..Default::default() })));
    let user = Some(v1::User::default());
    world.push(2, Some(Body::Auth(v1::AuthResponse { user, ..Default::default() })));
    let [sync] = world.flight()[..] else { panic!("not one frame") };
    assert!(sync > crate::limits::FRAME_BYTES_MAX_BEFORE_AUTH, "{sync}");

    while world.session.poll_event(world.now).is_some() {}
    let rooms = (0..400).filter_map(|room| match room {
        0..9 => None,
        399 => Some(state(room, head + 1)),
        room => Some(state(room, head)),
    });
    let answer =
        v1::SyncResponse { epoch: 1, rooms: rooms.collect(), more: false, ..Default::default() };
    world.push(4, Some(Body::Sync(answer)));
    let events: Vec<_> = std::iter::from_fn(|| world.session.poll_event(world.now)).collect();
    let reset = v1::RoomState { reset: true, ..state(399, head + 1) };
    let cause = v1::RemovalCause::Unspecified.into();
    let removed = v1::RoomRemoved { room_id: 1, cause };
    assert_eq!(events, [Event::RoomRemoved(removed), Event::Reset(reset)]);
}
