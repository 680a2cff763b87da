//! Roles, invitations, bans, and what becomes of those whom they concern.

use std::time::Duration;

use super::world::World;
use super::{check, check_in};
use crate::chat::{Rate, Rules};

#[test]
fn a_private_room_is_there_for_those_who_are_invited() {
    check(
        "
        ann register
        bob register
        eve register
        ann create den private
        ann sync
        bob sync
        hush
        eve come #1
        eve join den
        eve find den
        eve rooms
        eve say #1 boo
        eve invite #1 eve
        eve decline #1
        bob find den
        ann say #1 secret
        ann invite #1 bob
        ann invite #1 bob
        bob find den
        bob read #1
        bob join den
        bob read #1
        eve find den
        ",
        "
        eve < denied: ROOM_NOT_FOUND
        eve < denied: ROOM_NOT_FOUND
        eve < rooms
        eve < rooms
        eve < denied: ROOM_NOT_FOUND
        eve < denied: ROOM_NOT_FOUND
        eve < denied: ROOM_NOT_FOUND
        bob < rooms
        ann < 1:3 ann: secret
        ann < sent 3
        ann < 1:4 bob Invited
        bob < invited to den by ann
        ann < done at 4
        ann < nothing to do
        bob < rooms den(1)
        bob < denied: NOT_A_MEMBER
        bob < uninvited 1
        bob < added den
        bob < from 1:5, head 4
        ann < 1:5 bob Joined
        bob < 1:5 bob Joined
        bob < in 1 den since 5, head 5, 2 members, reads from 5
        bob < may read 1:5-5
        eve < rooms
        ",
    );
}

#[test]
fn an_invitation_can_be_declined_and_taken_back_and_survives_a_restart() {
    check(
        "
        ann register
        bob register
        eve register
        ann create den private
        ann invite #1 bob
        ann invite #1 eve
        restart
        bob resume
        eve resume
        ann resume
        hush
        bob sync
        eve sync
        eve decline #1
        eve decline #1
        ann uninvite #1 bob
        ann uninvite #1 bob
        bob come #1
        ",
        "
        bob < synced invited:den
        eve < synced invited:den
        eve < uninvited 1
        eve < done at 5
        eve < denied: ROOM_NOT_FOUND
        bob < uninvited 1
        ann < done at 6
        ann < nothing to do
        bob < denied: ROOM_NOT_FOUND
        ",
    );
}

#[test]
fn who_is_put_out_hears_of_it_and_then_no_more_and_may_come_back() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann sync
        bob/1 resume
        bob/1 sync
        hush
        ann kick #1 bob
        ann kick #1 bob
        ann say #1 gone?
        bob say #1 no
        bob read #1
        bob join lobby
        ",
        "
        ann < 1:4 bob Removed
        bob/1 < 1:4 bob Removed
        bob/1 < removed 1: Removed
        ann < done at 4
        ann < nothing to do
        ann < 1:5 ann: gone?
        ann < sent 5
        bob < denied: NOT_A_MEMBER
        bob < denied: NOT_A_MEMBER
        bob/1 < added lobby
        bob/1 < from 1:6, head 5
        ann < 1:6 bob Joined
        bob/1 < 1:6 bob Joined
        bob < in 1 lobby since 6, head 6, 2 members
        ",
    );
}

#[test]
fn to_who_is_banned_the_room_is_not_there_until_the_ban_is_over() {
    check(
        "
        ann register
        bob register
        eve register
        ann create lobby
        bob join lobby
        ann sync
        bob sync
        hush
        ann ban #1 bob 60s rude
        ann ban #1 eve
        ann ban #1 eve
        bob join lobby
        bob find lobby
        ann invite #1 bob
        ann bans #1
        bob bans #1
        restart
        bob resume
        bob join lobby
        +60s
        ann login
        bob login
        ann bans #1
        bob join lobby
        ann unban #1 eve
        ann unban #1 eve
        ann bans #1
        ",
        "
        ann < 1:4 bob Banned
        bob < 1:4 bob Banned
        bob < removed 1: Banned
        ann < done at 4
        ann < 1:5 eve Banned
        ann < done at 5
        ann < nothing to do
        bob < denied: ROOM_NOT_FOUND
        bob < rooms
        ann < denied: USER_BANNED
        ann < bans bob by ann (rude) for now, eve by ann ()
        bob < denied: ROOM_NOT_FOUND
        bob < session 2 of bob, 45s
        bob < denied: ROOM_NOT_FOUND
        bob < go away: TimedOut
        ann < session 4 of ann, 45s
        bob < session 5 of bob, 45s
        ann < bans eve by ann ()
        bob < in 1 lobby since 6, head 6, 2 members
        ann < done at 7
        ann < nothing to do
        ann < bans
        ",
    );
}

#[test]
fn nobody_acts_upward() {
    check(
        "
        ann register
        bob register
        eve register
        mia register
        ann create lobby
        bob join lobby
        eve join lobby
        mia join lobby
        hush
        bob kick #1 eve
        bob role #1 eve moderator
        bob topic #1 mine
        ann role #1 bob moderator
        ann role #1 bob moderator
        ann role #1 eve moderator
        bob kick #1 eve
        bob ban #1 ann
        bob mute #1 bob 5s
        bob role #1 mia moderator
        bob rules #1 private
        bob archive #1
        bob topic #1 ours
        bob kick #1 mia
        ann role #1 mia moderator
        ann role #1 ann
        ann kick #1 nobody
        ann leave #1
        ann transfer #1 bob
        ann kick #1 bob
        ann leave #1
        bob kick #1 eve
        restart
        bob resume
        bob who #1
        ",
        "
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        ann < done at 6
        ann < nothing to do
        ann < done at 7
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        bob < in 1 lobby since 3, head 8, 4 members, a moderator
        bob < done at 9
        ann < denied: USER_NOT_FOUND
        ann < denied: ROLE_TOO_LOW
        ann < denied: USER_NOT_FOUND
        ann < denied: LAST_OWNER
        ann < done at 11
        ann < denied: ROLE_TOO_LOW
        ann < done
        bob < done at 13
        bob < session 2 of bob, 45s
        bob < members bob Online(Connected)
        ",
    );
}

#[test]
fn who_is_muted_says_nothing_for_a_while() {
    check(
        "
        ann register
        bob register
        ann create lobby members-set-topic
        bob join lobby
        ann sync
        hush
        ann mute #1 bob 30s
        bob say #1 psst
        bob topic #1 psst
        bob read #1
        +10s
        bob say #1 psst
        ann unmute #1 bob
        ann unmute #1 bob
        bob say #1 hello
        ann mute #1 bob 5s
        +5s
        bob say #1 again
        ",
        "
        ann < 1:4 bob Joined muted
        ann < done at 4
        bob < denied: MUTED, again in 30s
        bob < denied: MUTED, again in 30s
        bob < may read 1:1-4
        bob < denied: MUTED, again in 20s
        ann < 1:5 bob Joined
        ann < done at 5
        ann < nothing to do
        ann < 1:6 bob: hello
        bob < sent 6
        ann < 1:7 bob Joined muted
        ann < done at 7
        ann < 1:8 bob: again
        bob < sent 8
        ",
    );
}

const TWICE: Option<Rate> = Some(Rate { burst: 2, interval: Duration::from_secs(1) });

#[test]
fn invitations_and_bans_have_limits() {
    let rules = Rules {
        invitations_per_room_max: 1,
        invitations_per_user_max: 1,
        bans_per_room_max: 1,
        invitations: TWICE,
        ..Rules::default()
    };
    check_in(
        World::new(rules),
        "
        ann register
        bob register
        eve register
        mia register
        ann create aa
        ann create bb
        ann create cc
        hush
        ann invite #1 bob
        ann invite #1 eve
        ann invite #2 bob
        ann invite #2 eve
        ann invite #3 mia
        ann ban #3 bob
        ann ban #3 eve
        ann unban #3 bob
        ann ban #3 eve
        ",
        "
        ann < done at 3
        ann < denied: LIMIT_EXCEEDED
        ann < denied: LIMIT_EXCEEDED
        ann < done at 3
        ann < denied: RATE_LIMITED, again in 1s
        ann < done at 3
        ann < denied: LIMIT_EXCEEDED
        ann < done at 4
        ann < done at 5
        ",
    );
}

#[test]
fn joining_listing_and_going_live_have_rates() {
    let rules = Rules { joins: TWICE, lists: TWICE, syncs: TWICE, ..Rules::default() };
    check_in(
        World::new(rules),
        "
        ann register
        bob register
        ann create aa
        ann create bb
        hush
        bob join aa
        bob leave #1
        bob join aa
        bob join bb
        bob rooms
        bob rooms
        bob rooms
        bob sync
        bob sync
        bob sync
        +1s
        bob join bb
        ",
        "
        bob < in 1 aa since 3, head 3, 2 members
        bob < done
        bob < in 1 aa since 5, head 5, 2 members
        bob < denied: RATE_LIMITED, again in 1s
        bob < rooms aa(2) bb(1)
        bob < rooms aa(2) bb(1)
        bob < denied: RATE_LIMITED, again in 1s
        bob < synced aa:5
        bob < from 1:6, head 5
        bob < synced aa:5
        bob < from 1:6, head 5
        bob < denied: RATE_LIMITED, again in 1s
        bob < added bb
        bob < from 2:3, head 2
        bob < 2:3 bob Joined
        bob < in 2 bb since 3, head 3, 2 members
        ",
    );
}
