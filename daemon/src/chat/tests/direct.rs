//! Direct rooms: one for each set of people, made by the first message.

use super::world::World;
use super::{check, check_in};
use crate::chat::Rules;

#[test]
fn the_first_message_makes_the_room_and_all_who_are_in_it_hear_it() {
    check(
        "
        ann register
        bob register
        eve register
        ann sync
        bob sync
        hush
        ann direct bob
        ann say @bob hello
        bob say @ann hi
        ann say #1 and now?
        ann direct bob
        ann/2 resume
        ann/2 direct bob
        eve read #1
        eve come #1
        eve rooms
        ",
        "
        ann < denied: ROOM_NOT_FOUND
        ann < added @ann@bob
        ann < from 1:1, head 0
        bob < added @ann@bob
        bob < from 1:1, head 0
        ann < 1:1 now @ann@bob
        bob < 1:1 now @ann@bob
        ann < 1:2 ann Joined
        bob < 1:2 ann Joined
        ann < 1:3 bob Joined
        bob < 1:3 bob Joined
        ann < 1:4 ann: hello
        bob < 1:4 ann: hello
        ann < sent 4
        ann < 1:5 bob: hi
        bob < 1:5 bob: hi
        bob < sent 5
        ann < 1:6 ann: and now?
        bob < 1:6 ann: and now?
        ann < sent 6
        ann < in 1 @ann@bob since 2, head 6, 2 members
        ann/2 < session 1 of ann, 45s
        ann/2 < in 1 @ann@bob since 2, head 6, 2 members
        eve < denied: ROOM_NOT_FOUND
        eve < denied: ROOM_NOT_FOUND
        eve < rooms
        ",
    );
}

#[test]
fn sending_to_people_is_idempotent_and_each_set_of_people_has_its_room() {
    check(
        "
        ann register
        bob register
        eve register
        hush
        ann say @bob id:1 hello
        ann say @bob id:1 hello
        ann say @ann,bob id:1 hello
        ann say @bob id:1 other
        bob say @ann id:1 hello
        ann say @bob,eve hello
        ann say @ann note
        ann say @nobody hello
        restart
        eve resume
        eve say @ann,bob again
        eve direct bob
        ",
        "
        ann < sent 4
        ann < sent 4 before
        ann < sent 4 before
        ann < denied: CLIENT_MESSAGE_ID_REUSED
        bob < sent 5
        ann < sent 5
        ann < sent 3
        ann < denied: USER_NOT_FOUND
        eve < session 3 of eve, 45s
        eve < sent 6
        eve < denied: ROOM_NOT_FOUND
        ",
    );
}

#[test]
fn a_direct_room_has_no_roles_and_nobody_is_put_out() {
    check(
        "
        ann register
        bob register
        eve register
        ann say @bob hello
        hush
        ann kick #1 bob
        ann invite #1 eve
        ann role #1 bob moderator
        ann topic #1 us
        ann archive #1
        bob read #1
        bob who #1
        bob prefer #1 nothing
        ann come #1
        ",
        "
        ann < denied: DIRECT_ROOM
        ann < denied: DIRECT_ROOM
        ann < denied: DIRECT_ROOM
        ann < denied: DIRECT_ROOM
        ann < denied: DIRECT_ROOM
        bob < may read 1:1-4
        bob < members ann Online(Connected), bob Online(Connected)
        bob < done
        ann < in 1 @ann@bob since 2, head 4, 2 members
        ",
    );
}

#[test]
fn direct_rooms_are_not_without_number_whoever_makes_them() {
    check_in(
        World::new(Rules { directs_per_user_max: 1, ..Rules::default() }),
        "
        ann register
        bob register
        eve register
        ann say @bob hi
        hush
        ann say @eve hi
        eve say @bob hi
        eve say @ann,bob hi
        ann say @bob again
        ",
        "
        ann < denied: LIMIT_EXCEEDED
        eve < denied: LIMIT_EXCEEDED
        eve < denied: LIMIT_EXCEEDED
        ann < sent 5
        ",
    );
}

#[test]
fn a_direct_room_that_was_left_is_out_of_sight_until_somebody_writes() {
    check(
        "
        ann register
        bob register
        ann say @bob hello
        bob say #1 hello
        ann sync
        bob sync
        tell counts
        hush
        ann leave #1
        ann leave #1
        ann prefer #1 nothing
        ann direct bob
        ann unread
        restart
        ann resume
        bob resume
        hush
        ann sync
        bob sync
        bob react #1 4 :)
        bob say #1 hello?
        ann leave #1
        ann say @bob yes
        ",
        "
        ann < synced
        bob < synced @ann@bob:5, 1 unread
        bob < from 1:6, head 5
        bob < 1:6 bob +:) 4, now 1
        bob < done at 6
        ann < added @ann@bob
        ann < from 1:7, head 6
        ann < 1:7 bob: hello?
        bob < 1:7 bob: hello?
        bob < sent 7
        ann < removed 1
        ann < done
        ann < added @ann@bob
        ann < from 1:8, head 7
        ann < 1:8 ann: yes
        bob < 1:8 ann: yes
        ann < sent 8
        ",
    );
}
