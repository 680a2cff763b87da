//! Being told of rooms: every event once, in order, or a reset.

use super::*;
use crate::client::SyncPlan;
use crate::client::session::Ticket;
use crate::client::session::feed::Feed;
use crate::ids::{Epoch, RequestId, RoomId, Seq};
use crate::v1;

#[test]
fn events_come_once_and_in_order() {
    check_live(&expect![[r#"
        < event lobby 6
            ! lobby 6
        < event lobby 7
            ! lobby 7
        < event lobby 7
        < event lobby 5
    "#]]);
}

#[test]
fn a_hole_is_never_passed_over() {
    check_live(&expect![[r#"
        < event lobby 6
            ! lobby 6
        < event lobby 8
            ! offline: the server broke the protocol: event 8 of room 1 came after 6, retry in 35ms
            * hang up
    "#]]);
    check_live(&expect![[r#"
        < event kitchen 1
            ! offline: the server broke the protocol: event 1 of room 2, which was not told before, retry in 35ms
            * hang up
    "#]]);
}

#[test]
fn what_is_newer_than_this_code_moves_the_cursor_or_is_passed_over() {
    check_live(&expect![[r#"
            < event lobby 6 new-kind
                ! lobby 6 of a new kind
            < unknown 0
            < event lobby 7
                ! lobby 7
            < presence bob
                ! presence of bob
        "#]]);
}

#[test]
fn cursors_are_continued() {
    check_signed_in(&expect![[r#"
            call 2 sync lobby@3 kitchen@9 presence
                > sync lobby@3 kitchen@9 presence epoch:1 (3)
            < synced 3 lobby:5 kitchen:2!
                = 2 ok lobby:5 kitchen:2!
            < event lobby 4
                ! lobby 4
            < event kitchen 3
                ! kitchen 3
        "#]]);
    // Only these rooms: others are not told of, also not when they are gained.
    check_signed_in(&expect![[r#"
            call 2 sync kitchen
                > sync kitchen epoch:1 (3)
            < synced 3 kitchen:2
                = 2 ok kitchen:2
            < event lobby 4
            < added lobby:9
            < event kitchen 3
                ! kitchen 3
        "#]]);
    // An answer in several frames takes effect with the last.
    check_signed_in(&expect![[r#"
            call 2 sync lobby@3
                > sync lobby@3 epoch:1 (3)
            < synced 3 lobby:5 more
            < synced 3 attic:7
                = 2 ok lobby:5 attic:7
            < event attic 8
                ! attic 8
        "#]]);
    // A cursor beyond the head is a reset, whether the server says so or not.
    check_signed_in(&expect![[r#"
        call 2 sync lobby@9
            > sync lobby@9 epoch:1 (3)
        < synced 3 lobby:5
            = 2 ok lobby:5!
        < event lobby 6
            ! lobby 6
    "#]]);
    // So is a cursor of another epoch.
    check_signed_in(&expect![[r#"
        call 2 sync lobby@3 epoch:7
            > sync lobby@3 epoch:7 (3)
        < synced 3 lobby:5
            = 2 ok lobby:5!
    "#]]);
}

#[test]
fn sync_may_be_refused() {
    check_signed_in(&expect![[r#"
        call 2 sync
            > sync epoch:1 (3)
        < error 3 OVERLOADED 500
            = 2 refused: OVERLOADED
        < event lobby 9
        call 3 sync
            > sync epoch:1 (4)
    "#]]);
    check_signed_in(&expect![[r#"
        call 2 sync
            > sync epoch:1 (3)
        call 3 sync
            = 3 sync is under way already
    "#]]);
    check_signed_in(&expect![[r#"
        call 2 sync
            > sync epoch:1 (3)
        < ack 3
            ! offline: the server broke the protocol: sync was answered with something else, retry in 35ms
            * hang up
    "#]]);
}

#[test]
fn a_second_sync_takes_the_place_of_the_first() {
    check_live(&expect![[r#"
        call 3 sync kitchen@2 lobby@4
            > sync lobby@4 kitchen@2 epoch:1 (4)
        < event lobby 6
        < synced 4 kitchen:2 lobby:6
            = 3 ok kitchen:2 lobby:6
        < event lobby 5
            ! lobby 5
        < event lobby 6
            ! lobby 6
        < event lobby 7
            ! lobby 7
    "#]]);
}

#[test]
fn rooms_come_and_go() {
    check_live(&expect![[r#"
        < added kitchen:2
            ! added kitchen:2
        < added kitchen:2
        < event kitchen 3
            ! kitchen 3
        < event kitchen 4
            ! kitchen 4
        < removed kitchen
            ! removed kitchen
        < added attic:8
            ! added attic:8
        < event attic 9
            ! attic 9
        < event lobby 6
            ! lobby 6
    "#]]);
    check_live(&expect![[r#"
            < added kitchen:7
                ! added kitchen:7
            < event kitchen 10
                ! offline: the server broke the protocol: event 10 of room 2 came after 7, retry in 35ms
                * hang up
        "#]]);
}

#[test]
fn a_resume_tells_what_has_changed_meanwhile() {
    check_live(&expect![[r#"
        < event lobby 6
            ! lobby 6
        < added kitchen:2
            ! added kitchen:2
        < added cellar:4
            ! added cellar:4
        < event cellar 5
            ! cellar 5
        cut
            ! offline: cut, retry in 35ms
            * hang up
        wait
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
            > sync lobby@6 kitchen@2 cellar@5 epoch:1 (3)
        < hello
        < auth ann resumed
            ! online, resumed
        < synced 3 lobby:90! cellar:6 attic:1
            ! removed kitchen
            ! reset lobby:90!
            ! added attic:1
        < event cellar 6
            ! cellar 6
        < event lobby 91
            ! lobby 91
        < event attic 2
            ! attic 2
    "#]]);
}

#[test]
fn a_broken_answer_costs_no_cursor() {
    let mut feed = Feed::new();
    let cursors = vec![(RoomId(1), Seq(5))];
    feed.wish(Ticket(1), SyncPlan { cursors, ..SyncPlan::default() });
    feed.request(Epoch(7));
    feed.asked(RequestId(1));
    let no_room = v1::RoomState::default();
    let broken =
        v1::SyncResponse { epoch: 7, rooms: vec![no_room], more: false, ..Default::default() };
    assert!(feed.synced(broken).is_err());
    feed.disconnected();
    assert_eq!(feed.request(Epoch(7)).cursors, [v1::Cursor { room_id: 1, seq: 5 }]);
}
