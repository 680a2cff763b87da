//! Rooms and what is said in them.

use std::time::Duration;

use parlor_proto::ids::UserId;

use super::world::World;
use super::{check, check_in};
use crate::chat::rules::Limited;
use crate::chat::{Moment, Rate, Rules};

#[test]
fn a_message_reaches_everyone_in_the_room_in_order() {
    check(
        "
        ann register
        bob register
        ann create lobby
        ann sync
        bob sync
        bob join lobby
        ann say #1 hello
        bob say #1 hi
        ",
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        ann < in 1 lobby since 2, head 2, 1 members
        ann < synced lobby:2
        ann < from 1:3, head 2
        bob < synced
        bob < added lobby
        bob < from 1:3, head 2
        ann < 1:3 bob Joined
        bob < 1:3 bob Joined
        bob < in 1 lobby since 3, head 3, 2 members
        ann < 1:4 ann: hello
        bob < 1:4 ann: hello
        ann < sent 4
        ann < 1:5 bob: hi
        bob < 1:5 bob: hi
        bob < sent 5
        ",
    );
}

#[test]
fn only_members_may_speak_read_and_see() {
    check(
        "
        ann register
        eve register
        ann create lobby
        hush
        eve say #1 boo
        eve read #1
        eve who #1
        eve leave #1
        eve say #2 boo
        eve join nowhere
        ann read #1
        ",
        "
        eve < denied: NOT_A_MEMBER
        eve < denied: NOT_A_MEMBER
        eve < denied: NOT_A_MEMBER
        eve < denied: NOT_A_MEMBER
        eve < denied: ROOM_NOT_FOUND
        eve < denied: ROOM_NOT_FOUND
        ann < may read 1:1-2
        ",
    );
}

#[test]
fn a_room_is_looked_at_by_its_members_and_nothing_of_it_follows() {
    check(
        "
        ann register
        bob register
        eve register
        ann create den private
        hush
        ann say #1 hello
        ann/2 resume
        ann/2 look #1
        eve look #1
        eve look #2
        ann invite #1 bob
        bob look #1
        bob come #1
        bob look #1
        ann say #1 hello bob
        ann kick #1 bob
        bob look #1
        ",
        "
        ann < sent 3
        ann/2 < session 1 of ann, 45s
        ann/2 < in 1 den since 2, head 3, 1 members
        eve < denied: ROOM_NOT_FOUND
        eve < denied: ROOM_NOT_FOUND
        ann < done at 4
        bob < denied: NOT_A_MEMBER
        bob < in 1 den since 5, head 5, 2 members, reads from 5
        bob < in 1 den since 5, head 5, 2 members, reads from 5
        ann < sent 6
        ann < done at 7
        bob < denied: ROOM_NOT_FOUND
        ",
    );
}

#[test]
fn a_message_sent_twice_is_said_once() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        hush
        ann say #1 id:1 hello
        ann say #1 id:1 hello
        ann say #1 id:1 other
        bob say #1 id:1 hello
        restart
        ann resume
        ann say #1 id:1 hello
        ",
        "
        ann < sent 4
        ann < sent 4 before
        ann < denied: CLIENT_MESSAGE_ID_REUSED
        bob < sent 5
        ann < session 1 of ann, 45s
        ann < sent 4 before
        ",
    );
}

#[test]
fn who_leaves_hears_of_it_and_then_no_more() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann sync
        bob sync
        hush
        bob leave #1
        ann say #1 gone?
        bob say #1 no
        bob join lobby
        ",
        "
        ann < 1:4 bob Left
        bob < 1:4 bob Left
        bob < removed 1
        bob < done
        ann < 1:5 ann: gone?
        ann < sent 5
        bob < denied: NOT_A_MEMBER
        bob < added lobby
        bob < from 1:6, head 5
        ann < 1:6 bob Joined
        bob < 1:6 bob Joined
        bob < in 1 lobby since 6, head 6, 2 members
        ",
    );
}

#[test]
fn joining_twice_and_taken_names_change_nothing() {
    check(
        "
        ann register
        ann create lobby
        ann join lobby
        ann create lobby
        ",
        "
        ann < session 1 of ann, 45s
        ann < in 1 lobby since 2, head 2, 1 members
        ann < in 1 lobby since 2, head 2, 1 members
        ann < denied: ROOM_NAME_TAKEN
        ",
    );
}

#[test]
fn rooms_and_users_are_listed() {
    check(
        "
        ann register
        ann create cc
        ann create aa
        ann create bb
        hush
        ann rooms
        ann rooms bb
        ann rooms b
        ann users ann
        ",
        "
        ann < rooms aa(1) bb(1) ...
        ann < rooms cc(1)
        ann < rooms bb(1) cc(1)
        ann < users ann ann
        ",
    );
}

#[test]
fn all_connections_of_a_user_gain_and_lose_rooms_together() {
    check(
        "
        ann/1 register
        ann/2 resume
        ann/3 resume
        ann/1 create other
        ann/2 sync
        ann/3 sync only:#1
        hush
        ann/1 create lobby
        ann/1 leave #2
        ",
        "
        ann/2 < added lobby
        ann/2 < from 2:2, head 1
        ann/2 < 2:2 ann Joined as Owner
        ann/1 < in 2 lobby since 2, head 2, 1 members
        ann/2 < 2:3 now lobby, archived
        ann/2 < 2:4 ann Left
        ann/2 < removed 2
        ann/1 < done
        ",
    );
}

#[test]
fn rates_and_quotas_are_kept() {
    let rate = Rate { burst: 2, interval: Duration::from_secs(1) };
    let rules = Rules {
        sends: Some(rate),
        rooms_created: Some(rate),
        rooms_per_user_max: 2,
        members_per_room_max: 1,
        ..Rules::default()
    };
    check_in(
        World::new(rules),
        "
        ann register
        bob register
        ann create aa
        ann create bb
        hush
        ann say #1 one
        ann say #1 two
        ann say #1 three
        +1s
        ann say #1 four
        ann create cc
        bob join aa
        ann leave #2
        ann create cc
        ",
        "
        ann < sent 3
        ann < sent 4
        ann < denied: RATE_LIMITED, again in 1s
        ann < sent 5
        ann < denied: TOO_MANY_ROOMS
        bob < denied: TOO_MANY_MEMBERS
        ann < done
        ann < in 3 cc since 2, head 2, 1 members
        ",
    );
}

#[test]
fn text_and_pages_are_counted_too() {
    let rate = Some(Rate { burst: 2, interval: Duration::from_secs(1) });
    let rules = Rules { sent_kib: rate, pages: rate, sends: None, ..Rules::default() };
    let long = "x".repeat(1025);
    check_in(
        World::new(rules),
        &format!(
            "
        ann register
        ann create aa
        bob register
        bob join aa
        hush
        ann say #1 {long}
        ann say #1 hi
        bob say #1 hi
        +1s
        ann say #1 hi
        ann say #1 hi
        ann read #1
        ann mentions
        ann read #1
        ann unread
        ann mentions
        ann read-thread #1 4
        ann reactions #1 4
        +1s
        ann read #1
        "
        ),
        "
        ann < sent 4
        ann < denied: RATE_LIMITED, again in 1s
        bob < sent 5
        ann < sent 6
        ann < denied: RATE_LIMITED, again in 1s
        ann < may read 1:1-6
        ann < may look for mentions in 1:0-6
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        ann < may read 1:1-6
        ",
    );
}

#[test]
fn the_table_of_rates_does_not_grow_without_end() {
    let mut world = World::new(Rules::default());
    let state = &mut world.chat.state;
    for user in 1..=70_000 {
        state.charge(world.now, UserId(user), Limited::Send);
        state.keep();
    }
    assert_eq!(state.buckets.len(), 65_536);
    world.advance(Moment(world.now.moment.0 + 60_000));
    world.chat.state.charge(world.now, UserId(1), Limited::Send);
    assert_eq!(world.chat.state.buckets.len(), 1, "full ones are forgotten");
}
