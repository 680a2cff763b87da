//! Devices: keys that open sessions without a password.

use super::world::World;
use super::{check, check_in};
use crate::chat::Rules;

#[test]
fn a_device_opens_a_session_without_a_password_after_the_first_has_ended() {
    check(
        "
        ann/laptop register
        ann/laptop add d1
        ann/laptop cut
        +45s
        ann/laptop resume
        ann/laptop device-login 1 d1
        ann/laptop devices
        ",
        "
        ann/laptop < session 1 of ann, 45s
        ann/laptop < added d1's*
        ann/laptop < denied: SESSION_ENDED
        ann/laptop < session 2 of ann, 45s
        ann/laptop < devices d1's* used 45
        ",
    );
}

#[test]
fn who_does_not_prove_a_known_device_learns_nothing() {
    check(
        "
        ann/1 register
        ann/1 add d1
        ann/2 device-login 1 d1 forged
        ann/2 device-login 1 d2
        ann/2 device-login 9 d1
        ann/2 device-login 1 d1
        ann/2 device-login 1 d1
        ",
        "
        ann/1 < session 1 of ann, 45s
        ann/1 < added d1's*
        ann/2 < denied: BAD_CREDENTIALS
        ann/2 < denied: BAD_CREDENTIALS
        ann/2 < denied: BAD_CREDENTIALS
        ann/2 < session 2 of ann, 45s
        ann/2 < denied: ALREADY_SIGNED_IN
        ",
    );
}

#[test]
fn a_removed_device_is_out_at_once_with_all_that_it_opened() {
    check(
        "
        ann/desk register
        ann/laptop login
        ann/laptop add d1
        ann/phone device-login 1 d1
        bob register
        ann/desk create lobby
        bob join lobby
        hush
        ann/desk remove d1
        ann/laptop resume of:ann/laptop
        ann/phone resume of:ann/phone
        ann/phone device-login 1 d1
        ann/desk remove d1
        ann/desk devices
        bob remove d1
        ",
        "
        ann/desk < done
        ann/laptop < go away: Revoked
        ann/phone < go away: Revoked
        ann/laptop < denied: SESSION_ENDED
        ann/phone < denied: SESSION_ENDED
        ann/phone < denied: BAD_CREDENTIALS
        ann/desk < denied: DEVICE_NOT_FOUND
        ann/desk < devices none
        bob < denied: DEVICE_NOT_FOUND
        ",
    );
}

#[test]
fn logging_out_removes_the_device_unless_it_is_to_stay() {
    check(
        "
        ann register
        ann add d1
        ann logout keep
        ann device-login 1 d1
        ann/2 device-login 1 d1
        ann logout
        ann device-login 1 d1
        ",
        "
        ann < session 1 of ann, 45s
        ann < added d1's*
        ann < done
        ann < go away: LoggedOut
        ann < session 2 of ann, 45s
        ann/2 < session 3 of ann, 45s
        ann < done
        ann < go away: LoggedOut
        ann/2 < go away: Revoked
        ann < denied: BAD_CREDENTIALS
        ",
    );
}

#[test]
fn another_password_removes_all_other_devices() {
    check(
        "
        ann/desk register
        ann/desk add d1
        ann/phone login
        ann/phone add d2
        hush
        ann/desk passwd secret better
        ann/desk devices
        ann/phone device-login 1 d2
        restart
        ann/phone device-login 1 d2
        ann/desk device-login 1 d1
        ",
        "
        ann/phone < go away: Revoked
        ann/desk < done
        ann/desk < devices d1's*
        ann/phone < denied: BAD_CREDENTIALS
        ann/phone < denied: BAD_CREDENTIALS
        ann/desk < session 3 of ann, 45s
        ",
    );
}

#[test]
fn devices_are_added_once_named_and_not_too_many() {
    check_in(
        World::new(Rules { devices_per_user_max: 2, ..Rules::default() }),
        "
        ann register
        ann add d1 forged
        ann add d1
        ann add d1
        ann add d1 key:2
        ann add d2
        ann add d3
        ann rename-device d2 phone
        ann rename-device d3 phone
        ann devices
        eve add d1
        eve devices
        eve rename-device d1 x
        eve remove d1
        ",
        "
        ann < session 1 of ann, 45s
        ann < denied: BAD_FIELD
        ann < added d1's*
        ann < added d1's*
        ann < denied: BAD_FIELD
        ann < added d2's
        ann < denied: LIMIT_EXCEEDED
        ann < done
        ann < denied: DEVICE_NOT_FOUND
        ann < devices d1's*, phone
        eve < denied: NOT_SIGNED_IN
        eve < denied: NOT_SIGNED_IN
        eve < denied: NOT_SIGNED_IN
        eve < denied: NOT_SIGNED_IN
        ",
    );
}

#[test]
fn changes_of_an_account_run_out() {
    let mut world = World::default();
    world.act("ann register");
    world.act("ann add d1");
    for _ in 0..9 {
        world.act("ann rename-device d1 laptop");
    }
    world.act("hush");
    world.act("ann rename-device d1 laptop");
    assert_eq!(world.take_transcript(), ["ann < denied: RATE_LIMITED, again in 6s"]);
    world.act("ann remove d1");
    assert_eq!(world.take_transcript()[0], "ann < done", "putting out is never limited");
}

#[test]
fn a_full_disk_keeps_devices_as_they_are() {
    check(
        "
        ann register
        ann add d1
        disk full
        ann create lobby
        ann add d2
        ann rename-device d1 x
        ann remove d1
        ann logout
        ann/2 device-login 1 d1
        ann logout keep
        ",
        "
        ann < session 1 of ann, 45s
        ann < added d1's*
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        ann/2 < denied: STORAGE_FULL, again in 1s
        ann < done
        ann < go away: LoggedOut
        ",
    );
}
