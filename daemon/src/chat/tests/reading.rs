//! What people have read, and what is meant for them.

mod markers;
mod pages;

use std::time::Duration;

use parlor_proto::limits::CURSORS_MAX;

use super::world::World;
use super::{check, check_in};
use crate::chat::{Rate, Rules};

#[test]
fn what_is_read_on_one_device_is_read_on_all() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann/2 resume
        bob say #1 one
        bob say #1 two @ann
        bob say #1 three
        tell counts
        hush
        ann sync
        ann/2 sync
        ann mark #1 4
        ann/2 mark #1 5
        ann mark #1 4
        ann mark #1 99
        bob sync
        restart
        ann resume
        ann sync
        ",
        "
        ann < synced lobby:6, 3 unread, 1 mentions
        ann < from 1:7, head 6
        ann/2 < synced lobby:6, 3 unread, 1 mentions
        ann/2 < from 1:7, head 6
        ann < read 1:4, 2 unread, 1 mentions
        ann/2 < read 1:4, 2 unread, 1 mentions
        ann < done
        ann < read 1:5, 1 unread
        ann/2 < read 1:5, 1 unread
        ann/2 < done
        ann < done
        ann < read 1:6
        ann/2 < read 1:6
        ann < done
        bob < synced lobby:6
        bob < from 1:7, head 6
        ann < session 1 of ann, 45s
        ann < synced lobby:6
        ann < from 1:7, head 6
        ",
    );
}

#[test]
fn saying_something_reads_it_and_not_what_others_said_before() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann say #1 mine
        bob say #1 his
        ann say #1 mine again
        bob say #1 his again
        tell counts
        hush
        ann sync
        ann mark #1 6
        ann mark #1 7
        ann say #1 last
        restart
        ann resume
        ann sync
        ",
        "
        ann < synced lobby:7, 2 unread
        ann < from 1:8, head 7
        ann < read 1:6, 1 unread
        ann < done
        ann < read 1:7
        ann < done
        ann < 1:8 ann: last
        ann < sent 8
        ann < session 1 of ann, 45s
        ann < synced lobby:8
        ann < from 1:9, head 8
        ",
    );
}

#[test]
fn who_comes_has_nothing_to_catch_up_with() {
    check(
        "
        ann register
        bob register
        ann create lobby
        ann say #1 before
        bob join lobby
        ann say #1 after
        tell counts
        hush
        bob sync
        bob leave #1
        bob join lobby
        bob sync
        ",
        "
        bob < synced lobby:5, 1 unread
        bob < from 1:6, head 5
        bob < 1:6 bob Left
        bob < removed 1
        bob < done
        bob < added lobby
        bob < from 1:7, head 6
        bob < 1:7 bob Joined
        bob < in 1 lobby since 7, head 7, 2 members
        bob < synced lobby:7
        bob < from 1:8, head 7
        ",
    );
}

#[test]
fn mentions_follow_what_a_message_says() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        tell counts
        ann say #1 @bob @eve @ann
        ann say #1 nobody
        ann say #1 @room
        bob say #1 @room
        hush
        bob sync
        ann sync
        ann edit #1 4 v0 nobody
        ann edit #1 5 v0 @bob
        ann delete #1 6
        bob sync
        bob mark #1 5
        ann edit #1 4 v1 @bob
        bob sync
        restart
        bob resume
        bob sync
        ",
        "
        bob < synced lobby:7, 3 unread, 2 mentions
        bob < from 1:8, head 7
        ann < synced lobby:7, 1 unread
        ann < from 1:8, head 7
        ann < 1:8 ann says at 4: nobody (version 1)
        bob < 1:8 ann says at 4: nobody (version 1)
        ann < done at 8
        ann < 1:9 ann says at 5: @bob (version 1)
        bob < 1:9 ann says at 5: @bob (version 1)
        ann < done at 9
        ann < 1:10 ann deletes 6
        bob < 1:10 ann deletes 6
        ann < done at 10
        bob < synced lobby:10, 3 unread, 1 mentions
        bob < from 1:11, head 10
        bob < read 1:5, 1 unread
        bob < done
        ann < 1:11 ann says at 4: @bob (version 2)
        bob < 1:11 ann says at 4: @bob (version 2)
        ann < done at 11
        bob < synced lobby:11, 1 unread
        bob < from 1:12, head 11
        bob < session 2 of bob, 45s
        bob < synced lobby:11, 1 unread
        bob < from 1:12, head 11
        ",
    );
}

#[test]
fn what_did_i_miss_is_one_request() {
    check(
        "
        ann register
        bob register
        ann create aa
        ann create bb
        ann create cc
        bob join aa
        bob join bb
        bob join cc
        ann say #1 @bob
        ann say #3 well
        +1s
        ann say #3 and
        hush
        bob unread
        bob mentions
        bob mentions unread
        ann unread
        bob mark #1 9
        bob unread
        ",
        "
        bob < may look in aa:3-4, 1 unread, 1 mentions; cc:3-5, 2 unread;
        bob < may look for mentions in 1:0-4 2:0-3 3:0-5
        bob < may look for mentions in 1:3-4 2:3-3 3:3-5
        ann < may look in
        bob < done
        bob < may look in cc:3-5, 2 unread;
        ",
    );
}

#[test]
fn only_members_mark_and_nobody_without_a_session_asks() {
    check(
        "
        ann register
        eve register
        ann create lobby
        ann say #1 well
        hush
        eve mark #1 3
        eve mark #2 3
        eve cursor a #1 3
        stranger unread
        stranger mentions
        stranger cursors
        stranger forget a
        disk full
        ann say #1 more
        ann cursor a #1 3
        ",
        "
        eve < denied: NOT_A_MEMBER
        eve < denied: ROOM_NOT_FOUND
        eve < denied: NOT_A_MEMBER
        stranger < denied: NOT_SIGNED_IN
        stranger < denied: NOT_SIGNED_IN
        stranger < denied: NOT_SIGNED_IN
        stranger < denied: NOT_SIGNED_IN
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ",
    );
}

#[test]
fn cursors_are_kept_by_name_and_room() {
    check(
        "
        ann register
        bob register
        ann create aa
        ann create bb
        hush
        ann cursor backup #1 2
        ann cursor backup #2 1
        ann cursor other #1 2
        ann cursor backup #1 1
        ann cursors
        ann cursors backup
        bob cursors
        ann leave #2
        ann cursors backup
        restart
        ann resume
        ann forget backup
        ann forget backup
        ann cursors
        ",
        "
        ann < done
        ann < done
        ann < done
        ann < done
        ann < cursors backup 1:1 backup 2:1 other 1:2
        ann < cursors backup 1:1 backup 2:1
        bob < cursors
        ann < done
        ann < cursors backup 1:1
        ann < session 1 of ann, 45s
        ann < done
        ann < done
        ann < cursors other 1:2
        ",
    );
}

#[test]
fn so_many_cursors_are_kept_and_no_more() {
    let set = |n| format!("ann cursor c{n} #1 2\n");
    let lines: String = (0..CURSORS_MAX).map(set).collect();
    let script = format!(
        "
        ann register
        ann create aa
        {lines}
        hush
        ann cursor more #1 2
        ann cursor c7 #1 1
        ann forget c8
        ann cursor more #1 2
        "
    );
    check(
        &script,
        "
        ann < denied: LIMIT_EXCEEDED
        ann < done
        ann < done
        ann < done
        ",
    );
}

#[test]
fn in_a_direct_room_the_other_is_told_what_was_read() {
    check(
        "
        ann register
        bob register
        ann sync
        bob sync
        ann say @bob hello
        hush
        bob mark #1 4
        ann mark #1 4
        ",
        "
        bob < read 1:4
        ann < user 2 has read 1:4
        bob < done
        ann < done
        ",
    );
}

#[test]
fn rates_are_kept() {
    let once = Some(Rate { burst: 1, interval: Duration::from_secs(1) });
    let rules = Rules { pages: once, marks: once, message_changes: once, ..Rules::default() };
    check_in(
        World::new(rules),
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann say #1 well
        ann say #1 and
        hush
        bob unread
        bob mentions
        ann reactions #1 4
        ann read-thread #1 4
        bob mark #1 4
        bob mark #1 5
        bob mark #1 5
        bob cursor a #1 4
        ann react #1 4 +1
        ann edit #1 4 v0 hm
        ann delete #1 4
        +1s
        bob mark #1 5
        ann delete #1 4
        ",
        "
        bob < may look in lobby:3-5, 2 unread;
        bob < denied: RATE_LIMITED, again in 1s
        ann < may see reactions to 1:4
        ann < denied: RATE_LIMITED, again in 1s
        bob < done
        bob < denied: RATE_LIMITED, again in 1s
        bob < denied: RATE_LIMITED, again in 1s
        bob < denied: RATE_LIMITED, again in 1s
        ann < done at 6
        ann < denied: RATE_LIMITED, again in 1s
        ann < denied: RATE_LIMITED, again in 1s
        bob < done
        ann < done at 7
        ",
    );
}
