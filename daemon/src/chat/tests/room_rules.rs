//! What an owner may set, how far back one may read, and rooms that close.

use std::time::Duration;

use super::{World, check, check_in};
use crate::chat::{Rate, Rules};

#[test]
fn a_room_gets_another_name_topic_and_rules() {
    check(
        "
        ann register
        bob register
        ann create lobby
        ann create attic
        ann sync
        hush
        ann rename #1 hall
        ann rename #1 attic
        ann topic #1 all and sundry
        ann topic #1 all and sundry
        ann rules #1 private members-invite slow:5s
        bob find hall
        bob create lobby
        restart
        ann resume
        ann rooms with sundry
        ann rooms with HAL
        ann rooms with hal
        ",
        "
        ann < 1:3 now hall
        ann < in 1 hall since 2, head 3, 1 members
        ann < denied: ROOM_NAME_TAKEN
        ann < 1:4 now hall: all and sundry
        ann < in 1 hall since 2, head 4, 1 members
        ann < in 1 hall since 2, head 4, 1 members
        ann < 1:5 now hall: all and sundry, private, since join, members invite, slow
        ann < in 1 hall since 2, head 5, 1 members
        bob < rooms
        bob < in 3 lobby since 2, head 2, 1 members
        ann < session 1 of ann, 45s
        ann < rooms hall(1)
        ann < rooms
        ann < rooms hall(1)
        ",
    );
}

#[test]
fn what_was_said_before_is_never_uncovered_by_other_rules() {
    check(
        "
        ann register
        bob register
        eve register
        mia register
        ann create den private
        ann say #1 secret
        ann invite #1 bob
        bob come #1
        ann rules #1 all private all
        ann rules #1 all
        hush
        bob read #1
        eve join den
        eve read #1
        ann say #1 news
        ann rules #1 since-join
        mia join den
        mia read #1
        eve read #1
        eve sync #1:1
        eve sync #1:6
        restart
        eve resume
        eve read #1
        ",
        "
        bob < may read 1:5-7
        eve < in 1 den since 8, head 8, 3 members, reads from 7
        eve < may read 1:7-8
        ann < sent 9
        ann < in 1 den since 2, head 10, 3 members
        mia < in 1 den since 11, head 11, 4 members, reads from 11
        mia < may read 1:11-11
        eve < may read 1:7-11
        eve < synced den:11 reset
        eve < from 1:12, head 11
        eve < synced den:11
        eve < from 1:7, head 11
        eve < session 3 of eve, 45s
        eve < may read 1:7-11
        ",
    );
}

#[test]
fn members_wait_in_slow_mode_and_newcomers_longer() {
    check(
        "
        ann register
        bob register
        ann create lobby slow:5s cool:10s
        bob join lobby
        hush
        bob say #1 one
        +10s
        bob say #1 id:1 one
        bob say #1 two
        bob say #1 id:1 one
        ann say #1 one
        ann say #1 two
        +4s
        bob say #1 two
        +1s
        bob say #1 two
        ",
        "
        bob < denied: SLOW_MODE, again in 10s
        bob < sent 4
        bob < denied: SLOW_MODE, again in 5s
        bob < sent 4 before
        ann < sent 5
        ann < sent 6
        bob < denied: SLOW_MODE, again in 1s
        bob < sent 7
        ",
    );
}

#[test]
fn a_closed_room_is_only_read_and_left() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        ann invite #1 eve
        eve sync
        hush
        bob archive #1
        ann archive #1
        ann archive #1
        ann say #1 no
        ann topic #1 no
        eve join lobby
        eve rooms
        bob rooms
        bob read #1
        bob who #1
        ann leave #1
        bob leave #1
        restart
        eve resume
        eve join lobby
        ",
        "
        bob < denied: ROLE_TOO_LOW
        eve < uninvited 1
        ann < done at 5
        ann < denied: ROOM_ARCHIVED
        ann < denied: ROOM_ARCHIVED
        ann < denied: ROOM_ARCHIVED
        eve < denied: ROOM_ARCHIVED
        eve < rooms
        bob < rooms lobby(2)
        bob < may read 1:1-5
        bob < members ann Online(Connected), bob Online(Connected)
        ann < done
        bob < done
        eve < session 3 of eve, 45s
        eve < denied: ROOM_ARCHIVED
        ",
    );
}

#[test]
fn the_preferences_of_a_room_are_shared_by_ones_own_devices() {
    check(
        "
        ann/1 register
        ann/2 resume
        ann/2 sync
        ann/1 create lobby
        hush
        ann/1 prefer #1 mentions pinned
        ann/1 prefer #1 mentions pinned
        restart
        ann/1 resume
        ann/1 join lobby
        ",
        "
        ann/2 < prefers 1 Mentions
        ann/1 < done
        ann/1 < done
        ann/1 < session 1 of ann, 45s
        ann/1 < in 1 lobby since 2, head 2, 1 members, Mentions pinned
        ",
    );
}

#[test]
fn changes_of_rooms_have_a_rate_of_their_own() {
    let twice = Some(Rate { burst: 2, interval: Duration::from_secs(1) });
    check_in(
        World::new(Rules { room_changes: twice, ..Rules::default() }),
        "
        ann register
        bob register
        ann create aa
        bob join aa
        bob sync
        hush
        ann topic #1 hello
        ann kick #1 bob
        ann ban #1 bob 9s rude
        ann archive #1
        ann prefer #1 nothing
        ann invite #1 bob
        bob decline #1
        ann leave #1
        ",
        "
        bob < 1:4 now aa: hello
        ann < in 1 aa since 2, head 4, 2 members
        bob < 1:5 bob Removed
        bob < removed 1: Removed
        ann < done at 5
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        bob < invited to aa by ann
        ann < done at 6
        bob < uninvited 1
        bob < done at 7
        ann < done
        ",
    );
}

#[test]
fn a_repeat_is_answered_as_the_first_time_whatever_became_of_its_author() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        bob say #1 id:1 hello
        hush
        ann mute #1 bob 30s
        bob say #1 id:1 hello
        bob say #1 id:2 more
        ann archive #1
        bob say #1 id:1 hello
        bob say #1 id:1 other
        ann unmute #1 bob
        ",
        "
        ann < done at 5
        bob < sent 4 before
        bob < denied: MUTED, again in 30s
        ann < done at 6
        bob < sent 4 before
        bob < denied: CLIENT_MESSAGE_ID_REUSED
        ann < denied: ROOM_ARCHIVED
        ",
    );
}
