//! Webhooks: who may have them, what they may do, and how they go.

mod going;

use super::check;

/// Ann owns the lobby, bob moderates it, eve is in it.
const LOBBY: &str = "
    ann register
    bob register
    eve register
    ann create lobby
    bob join lobby
    eve join lobby
    ann role #1 bob moderator
    hush
";

#[track_caller]
fn check_lobby(script: &str, expect: &str) {
    check(&format!("{LOBBY}\n{script}"), expect);
}

#[test]
fn what_is_given_to_a_webhook_is_said_in_the_room() {
    check_lobby(
        "
        eve sync
        bob hook ci #1
        ci enter s1
        ci say #1 id:1 the build is broken
        ci say #1 id:1 the build is broken
        bob hooks #1
        restart
        ci resume
        ci say #1 again
        bob resume
        bob hooks #1
        ",
        "
        eve < synced lobby:5
        eve < from 1:6, head 5
        eve < 1:6 ci Joined
        bob < webhook ci of 1 by bob with s1
        ci < session 4 of ci, 45s
        eve < 1:7 ci: the build is broken
        ci < sent 7
        ci < sent 7 before
        bob < webhooks ci of 1 by bob
        ci < session 4 of ci, 45s
        ci < sent 8
        bob < session 2 of bob, 45s
        bob < webhooks ci of 1 by bob
        ",
    );
}

#[test]
fn a_webhook_that_speaks_may_do_nothing_else() {
    check_lobby(
        "
        ann create attic
        ann hook ci #1
        ci enter s1
        hush
        ci say #2 hello
        ci say @ann hello
        ci sync
        ci sync only:#1
        ci read #1
        ci who #1
        ci rooms
        ci create den
        ci join attic
        ci leave #1
        ci react #1 3 x
        ci typing #1
        ci edit #1 3 v0 ho
        ci mark #1 3
        ci cursor a #1 3
        ci unread
        ci hook other #1
        ci hooks #1
        ci unhook ci
        ci report 200
        ci bot helper
        ci bots
        ci make-token ci
        ci make-invite
        ci claim first
        ci add d1
        ci say #1 hello
        ci logout
        ",
        &format!(
            "{}ci < sent 7\nci < done\nci < go away: LoggedOut",
            "ci < denied: OUTSIDE_TOKEN\n".repeat(26)
        ),
    );
}

#[test]
fn a_webhook_that_delivers_follows_its_room_and_may_do_nothing_else() {
    check_lobby(
        "
        ann create attic
        ann hook ops #1 https://there
        ops enter s1
        hush
        ops sync only:#1
        bob say #1 hello
        ops read #1
        ops cursor webhook #1 7
        ops cursors
        ops hooks #1
        ops report 500 3
        ops hooks #1
        ops sync
        ops sync only:#2
        ops say #1 hello
        ops read #2
        ops cursor webhook #2 7
        ops hooks #2
        ops pause ops
        ops unhook ops
        ops join attic
        ",
        "
        ops < synced lobby:6
        ops < from 1:7, head 6
        ops < 1:7 bob: hello
        bob < sent 7
        ops < may read 1:1-7
        ops < done
        ops < cursors webhook 1:7
        ops < webhooks ops of 1 by ann to https://there
        ops < done
        ops < webhooks ops of 1 by ann to https://there, 500 3 times
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ops < denied: OUTSIDE_TOKEN
        ",
    );
}

#[test]
fn moderators_have_webhooks_that_speak_and_owners_those_that_deliver() {
    check_lobby(
        "
        eve hook ci #1
        eve hooks #1
        bob hook ops #1 https://there
        ann hook ops #1 https://there
        bob hook ci #1
        bob hooks #1
        ann hooks #1
        eve unhook ci
        bob pause ops
        ann pause ci
        bob unhook ops
        ann unhook ci
        ann unhook ci
        ann hooks #1
        zoe register
        ann create den private
        ann hook inner #2
        zoe hook other #2
        zoe unhook inner
        zoe hooks #2
        ",
        "
        eve < denied: ROLE_TOO_LOW
        eve < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        ann < webhook ops of 1 by ann to https://there with s3
        bob < webhook ci of 1 by bob with s4
        bob < webhooks ci of 1 by bob, ops of 1 by ann to somewhere
        ann < webhooks ci of 1 by bob, ops of 1 by ann to https://there
        eve < denied: ROLE_TOO_LOW
        bob < denied: ROLE_TOO_LOW
        ann < denied: WEBHOOK_NOT_FOUND
        bob < done
        ann < done
        ann < denied: WEBHOOK_NOT_FOUND
        ann < webhooks
        zoe < session 4 of zoe, 45s
        ann < in 2 den since 2, head 2, 1 members
        ann < webhook inner of 2 by ann with s5
        zoe < denied: ROOM_NOT_FOUND
        zoe < denied: WEBHOOK_NOT_FOUND
        zoe < denied: ROOM_NOT_FOUND
        ",
    );
}

#[test]
fn a_webhook_that_is_removed_is_out_at_once_and_its_name_can_be_used_again_there() {
    check_lobby(
        "
        ann create attic
        bob hook ci #1
        ci enter s1
        ci say #1 hello
        bob unhook ci
        ci/2 enter s1
        restart
        ci/2 enter s1
        ann resume
        ann hook ci #2
        ann hook ann #1
        ann hook ci #1 https://there
        ci/2 enter s1
        ci/2 enter s4
        ci/2 sync only:#1
        ci/2 say #1 hello
        ",
        "
        ann < in 2 attic since 2, head 2, 1 members
        bob < webhook ci of 1 by bob with s1
        ci < session 4 of ci, 45s
        ci < sent 7
        ci < go away: Revoked
        bob < done
        ci/2 < denied: BAD_CREDENTIALS
        ci/2 < denied: BAD_CREDENTIALS
        ann < session 1 of ann, 45s
        ann < denied: USER_NAME_TAKEN
        ann < denied: USER_NAME_TAKEN
        ann < webhook ci of 1 by ann to https://there with s4
        ci/2 < denied: BAD_CREDENTIALS
        ci/2 < session 5 of ci, 45s
        ci/2 < synced lobby:9
        ci/2 < from 1:10, head 9
        ci/2 < denied: OUTSIDE_TOKEN
        ",
    );
}

#[test]
fn a_webhook_goes_with_its_place_its_room_and_its_creator() {
    check_lobby(
        "
        ann claim first
        ann hook one #1
        ann hook two #1
        ann hook three #1 https://there
        bob hook four #1
        hush
        bob kick #1 one
        ann hooks #1
        bob ban #1 two
        ann hooks #1
        ann hook two #1
        ann suspend bob
        ann hooks #1
        ann archive #1
        two enter s5
        three enter s3
        ",
        "
        bob < done at 10
        ann < webhooks four of 1 by bob, three of 1 by ann to https://there, two of 1 by ann
        bob < done at 11
        ann < webhooks four of 1 by bob, three of 1 by ann to https://there
        ann < webhook two of 1 by ann with s5
        ann < done
        bob < go away: Revoked
        ann < webhooks three of 1 by ann to https://there, two of 1 by ann
        ann < done at 16
        two < denied: BAD_CREDENTIALS
        three < denied: BAD_CREDENTIALS
        ",
    );
}

#[test]
fn a_webhook_is_what_it_was_made_for() {
    check_lobby(
        "
        ann hook ci #1
        ann role #1 ci moderator
        ann transfer #1 ci
        ann create attic
        ann invite #2 ci
        bob say @ci hello
        ann bots
        ann make-token ci
        ann void-token s1
        ci enter s1
        ",
        "
        ann < webhook ci of 1 by ann with s1
        ann < denied: NOT_FOR_BOTS
        ann < denied: NOT_FOR_BOTS
        ann < in 2 attic since 2, head 2, 1 members
        ann < denied: NOT_FOR_BOTS
        bob < denied: NOT_FOR_BOTS
        ann < bots
        ann < denied: USER_NOT_FOUND
        ann < denied: TOKEN_NOT_FOUND
        ci < session 4 of ci, 45s
        ",
    );
}

#[test]
fn an_owner_who_is_left_with_webhooks_alone_can_leave() {
    check(
        "
        ann register
        ann create lobby
        ann hook ci #1
        ann leave #1
        ci enter s1
        ",
        "
        ann < session 1 of ann, 45s
        ann < in 1 lobby since 2, head 2, 1 members
        ann < webhook ci of 1 by ann with s1
        ann < done
        ci < denied: BAD_CREDENTIALS
        ",
    );
}
