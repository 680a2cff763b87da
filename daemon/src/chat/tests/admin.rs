//! The server as a whole: who manages it, and what that does to accounts.

mod bots;
mod guesses;
mod invites;
mod record;

use super::world::World;
use super::{check, check_in};
use crate::chat::Rules;

#[test]
fn whoever_knows_the_code_of_a_fresh_server_becomes_its_first_administrator_once() {
    check(
        "
        ann register
        ann claim wrong
        ann accounts
        ann claim first
        ann accounts
        bob register
        bob claim first
        restart
        ann/2 resume
        ann/2 accounts
        ",
        "
        ann < session 1 of ann, 45s
        ann < denied: BAD_CODE
        ann < denied: NOT_AN_ADMIN
        ann < done
        ann < users ann*
        bob < session 2 of bob, 45s
        bob < denied: BAD_CODE
        ann/2 < session 1 of ann, 45s
        ann/2 < users ann* bob
        ",
    );
}

#[test]
fn somebody_on_the_machine_may_do_everything_and_the_code_is_void_then() {
    check(
        "
        ann register
        bob register
        machine grant ann
        bob claim first
        ann accounts
        machine revoke ann
        ann accounts
        disk full
        machine grant bob
        disk free
        bob accounts
        machine grant bob
        bob accounts
        ",
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        bob < denied: BAD_CODE
        ann < users ann* bob
        ann < denied: NOT_AN_ADMIN
        bob < denied: NOT_AN_ADMIN
        bob < users ann bob*
        ",
    );
}

#[test]
fn only_administrators_manage_and_strangers_do_nothing() {
    for verb in [
        "accounts",
        "suspend bob",
        "restore bob",
        "promote bob",
        "demote bob",
        "reset-code bob",
        "end-sessions bob",
        "audit",
    ] {
        check(
            &format!("bob register\nann {verb}\nann register\nann {verb}"),
            "
            bob < session 1 of bob, 45s
            ann < denied: NOT_SIGNED_IN
            ann < session 2 of ann, 45s
            ann < denied: NOT_AN_ADMIN
            ",
        );
    }
    for verb in ["claim first", "make-invite", "made-invites", "bot helper", "bots"] {
        check(&format!("ann {verb}"), "ann < denied: NOT_SIGNED_IN");
    }
}

#[test]
fn nobody_is_managed_who_does_not_exist() {
    for verb in ["suspend", "restore", "promote", "demote", "reset-code", "end-sessions"] {
        check(
            &format!("ann register\nann claim first\nann {verb} zoe"),
            "
            ann < session 1 of ann, 45s
            ann < done
            ann < denied: USER_NOT_FOUND
            ",
        );
    }
}

#[test]
fn roles_come_and_go_and_the_last_administrator_stays() {
    check(
        "
        ann register
        bob register
        ann claim first
        ann demote ann
        ann suspend ann
        ann promote bob
        ann promote bob
        bob demote ann
        ann accounts
        bob demote bob
        bob promote ann
        ann suspend bob
        ann demote ann
        ",
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        ann < done
        ann < denied: LAST_ADMIN
        ann < denied: LAST_ADMIN
        ann < done
        ann < done
        bob < done
        ann < denied: NOT_AN_ADMIN
        bob < denied: LAST_ADMIN
        bob < done
        ann < done
        bob < go away: Revoked
        ann < denied: LAST_ADMIN
        ",
    );
}

#[test]
fn a_suspended_account_is_as_if_its_password_were_wrong_until_it_is_restored() {
    check(
        "
        ann register
        ann claim first
        bob register
        bob/2 resume
        bob/3 login
        ann suspend bob
        ann suspend bob
        bob/4 login
        bob/4 resume
        bob/4 login as:wrong
        restart
        bob/4 login
        ann resume
        ann restore bob
        bob/4 login
        ann accounts
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        bob < session 2 of bob, 45s
        bob/2 < session 2 of bob, 45s
        bob/3 < session 3 of bob, 45s
        ann < done
        bob < go away: Revoked
        bob/2 < go away: Revoked
        bob/3 < go away: Revoked
        ann < done
        bob/4 < denied: BAD_CREDENTIALS
        bob/4 < denied: SESSION_ENDED
        bob/4 < denied: BAD_CREDENTIALS
        bob/4 < denied: BAD_CREDENTIALS
        ann < session 1 of ann, 45s
        ann < done
        bob/4 < session 4 of bob, 45s
        ann < users ann* bob
        ",
    );
}

#[test]
fn the_devices_of_a_suspended_account_are_void_for_ever() {
    check(
        "
        ann register
        ann claim first
        bob/1 register
        bob/1 add d1
        ann suspend bob
        bob/2 device-login 2 d1
        ann restore bob
        bob/2 device-login 2 d1
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        bob/1 < session 2 of bob, 45s
        bob/1 < added d1's*
        ann < done
        bob/1 < go away: Revoked
        bob/2 < denied: BAD_CREDENTIALS
        ann < done
        bob/2 < denied: BAD_CREDENTIALS
        ",
    );
}

#[test]
fn anybodys_sessions_can_be_ended() {
    check(
        "
        ann register
        ann claim first
        bob register
        bob/2 login
        ann end-sessions bob
        bob/3 resume
        bob/3 login
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        bob < session 2 of bob, 45s
        bob/2 < session 3 of bob, 45s
        ann < 2 ended
        bob < go away: Revoked
        bob/2 < go away: Revoked
        bob/3 < denied: SESSION_ENDED
        bob/3 < session 4 of bob, 45s
        ",
    );
}

#[test]
fn a_reset_code_sets_a_new_password_once_and_ends_all_sessions() {
    check(
        "
        ann register
        ann claim first
        bob register
        ann reset-code bob
        ann reset-code bob
        bob/2 reset s1 tulip
        bob/2 reset s2 tulip
        bob/3 reset s2 other
        bob/3 login
        bob/3 login as:tulip
        zoe reset s2 tulip
        ann reset-code bob
        +86400s
        bob/4 reset s3 violet
        machine reset-code bob
        bob/4 reset machine violet
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        bob < session 2 of bob, 45s
        ann < code s1
        ann < code s2
        bob/2 < denied: BAD_CODE
        bob < go away: Revoked
        bob/2 < session 3 of bob, 45s
        bob/3 < denied: BAD_CODE
        bob/3 < denied: BAD_CREDENTIALS
        bob/3 < session 4 of bob, 45s
        zoe < denied: BAD_CODE
        ann < code s3
        ann < go away: TimedOut
        bob/2 < go away: TimedOut
        bob/3 < go away: TimedOut
        bob/4 < denied: BAD_CODE
        bob/4 < session 5 of bob, 45s
        ",
    );
}

#[test]
fn suspending_voids_a_reset_code_for_ever() {
    check(
        "
        ann register
        ann claim first
        bob register
        bob logout
        ann reset-code bob
        ann suspend bob
        bob/2 reset s1 tulip
        ann restore bob
        bob/2 reset s1 tulip
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        bob < session 2 of bob, 45s
        bob < done
        bob < go away: LoggedOut
        ann < code s1
        ann < done
        bob/2 < denied: BAD_CODE
        ann < done
        bob/2 < denied: BAD_CODE
        ",
    );
}

#[test]
fn nothing_is_managed_while_the_disk_is_full() {
    let mut world = World::new(Rules::default());
    for line in ["ann register", "ann claim first", "bob register", "disk full", "ann create lobby"]
    {
        world.act(line);
    }
    world.take_transcript();
    for verb in [
        "suspend bob",
        "promote bob",
        "reset-code bob",
        "end-sessions bob",
        "make-invite",
        "bot helper",
        "audit",
    ] {
        world.act(&format!("ann {verb}"));
        let heard = world.take_transcript();
        assert_eq!(heard, ["ann < denied: STORAGE_FULL, again in 1s"], "{verb}");
    }
    check_in(world, "ann accounts", "ann < users ann* bob");
}
