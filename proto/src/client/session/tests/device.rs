//! Coming back with a device's key, without anybody noticing.

use super::*;
use crate::client::DeviceKey;
use crate::ids::{DeviceId, UserId};

#[track_caller]
fn with_key(server: u8, transcript: &Expect) {
    let key = DeviceKey::restore([server; 32], UserId(1), DeviceId([5; 16]), [6; 32]);
    replay(World::with(|options| options.device_key = Some(key)), transcript);
}

#[test]
fn a_device_signs_what_the_server_says_in_its_hello() {
    with_key(
        1,
        &expect![[r#"
        call 1 device
            * dial
        connected
            > hello 1-1 (1)
        < hello
            > device of 1, 64 bytes at laptop (2)
        < auth ann
            = 1 ok ann
    "#]],
    );
}

#[test]
fn a_token_that_is_void_is_replaced_within_the_same_call() {
    with_key(
        1,
        &expect![[r#"
            call 1 resume
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
            < hello
            < error 2 SESSION_ENDED
                * dial
            connected
                > hello 1-1 (1)
            < hello
                > device of 1, 64 bytes at laptop (2)
            < auth ann
                = 1 ok ann
        "#]],
    );
}

#[test]
fn a_session_that_timed_out_goes_on_as_another_where_it_was() {
    with_key(
        1,
        &expect![[r#"
            call 1 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
            < hello
            < auth ann
                = 1 ok ann
            call 2 sync lobby@5
                > sync lobby@5 epoch:1 (3)
            < synced 3 lobby:5
                = 2 ok lobby:5
            < away SESSION_TIMED_OUT 0 0
                ! offline: the server closed the connection: GO_AWAY_CODE_SESSION_TIMED_OUT, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
            < hello
                > device of 1, 64 bytes at laptop (2)
            < auth ann
                > sync lobby@5 epoch:1 (3)
                ! online
            < synced 3 lobby:6
            < event lobby 6
                ! lobby 6
        "#]],
    );
}

#[test]
fn a_device_that_was_removed_signs_out() {
    with_key(
        1,
        &expect![[r#"
            call 1 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
            < hello
            < auth ann
                = 1 ok ann
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
            < hello
            < error 2 SESSION_ENDED
                * dial
            connected
                > hello 1-1 (1)
            < hello
                > device of 1, 64 bytes at laptop (2)
            < error 2 BAD_CREDENTIALS
                ! signed out: refused: BAD_CREDENTIALS
                * hang up
        "#]],
    );
}

#[test]
fn who_was_put_out_does_not_come_back_by_itself() {
    with_key(
        1,
        &expect![[r#"
            call 1 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
            < hello
            < auth ann
                = 1 ok ann
            < away SESSION_ENDED
                ! signed out: the server closed the connection: GO_AWAY_CODE_SESSION_ENDED
                * hang up
        "#]],
    );
}

#[test]
fn a_key_is_shown_to_no_other_server() {
    with_key(
        9,
        &expect![[r#"
        call 1 device
            * dial
        connected
            > hello 1-1 (1)
        < hello
            = 1 this is another server than the one that knows this device
            * hang up
    "#]],
    );
}
