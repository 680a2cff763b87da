//! Getting in, and being turned away.

use super::*;
use crate::client::session::Ticket;
use crate::client::{Error, SignIn};

#[test]
fn hello_and_sign_in_are_one_flight() {
    check(&expect![[r#"
        call 1 login ann
            * dial
        connected
            > hello 1-1 (1)
            > login ann secret at laptop (2)
        < hello
        < auth ann
            = 1 ok ann
    "#]]);
    check(&expect![[r#"
        call 1 register
            * dial
        connected
            > hello 1-1 (1)
            > register ann secret s (2)
        < hello
        < auth ann
            = 1 ok ann
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < hello
        < auth ann resumed
            = 1 ok ann
    "#]]);
    check(&expect![[r#"
        call 1 nobody
            * dial
        connected
            > hello 1-1 (1)
        < hello
            = 1 ok
    "#]]);
}

#[test]
fn the_first_attempt_is_made_once() {
    check(&expect![[r#"
        call 1 login ann
            * dial
        cut
            = 1 cut
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        connected
            > hello 1-1 (1)
            > login ann secret at laptop (2)
        cut
            = 1 cut
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        +14s
        +1s
            = 1 the server did not answer in time
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        connected
            > hello 1-1 (1)
            > login ann secret at laptop (2)
        < hello
        +15s
            = 1 the server did not answer in time
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        connected
            > hello 1-1 (1)
            > login ann secret at laptop (2)
        < error 1 REVISION_UNSUPPORTED
            = 1 refused: REVISION_UNSUPPORTED
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        connected
            > hello 1-1 (1)
            > login ann secret at laptop (2)
        < hello
        < error 2 BAD_CREDENTIALS
            = 1 refused: BAD_CREDENTIALS
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < hello
        < error 2 SESSION_ENDED
            = 1 refused: SESSION_ENDED
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < away TOO_MANY_CONNECTIONS 5000 30000
            = 1 the server closed the connection: GO_AWAY_CODE_TOO_MANY_CONNECTIONS
            * hang up
    "#]]);
}

#[test]
fn a_second_attempt_may_follow() {
    check(&expect![[r#"
            call 1 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
            < hello
            < error 2 BAD_CREDENTIALS
                = 1 refused: BAD_CREDENTIALS
                * hang up
            call 2 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
            < hello
            < auth ann
                = 2 ok ann
            call 3 login bob
                = 3 somebody is signed in already
        "#]]);
}

#[test]
fn a_server_that_does_not_know_the_protocol_is_left() {
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < garbage
            = 1 the server broke the protocol: a malformed frame: failed to decode Protobuf message: invalid varint
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < auth ann
            = 1 the server broke the protocol: the sign-in was answered before hello
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < hello revision 2
            = 1 the server broke the protocol: it chose revision 2, which was not offered
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < hello
        < ack 2
            = 1 the server broke the protocol: hello or the sign-in was answered with something else
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 resume
            * dial
        connected
            > hello 1-1 (1)
            > resume 32×7 (2)
        < hello
        < ack 9
            = 1 the server broke the protocol: an answer before the sign-in was answered
            * hang up
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        connected
            > hello 1-1 (1)
            > login ann secret at laptop (2)
        < hello
        < auth ann resumed
            = 1 the server broke the protocol: a sign-in without a token or without a user
            * hang up
    "#]]);
}

#[test]
fn nothing_can_be_asked_before_somebody_is_signed_in() {
    check(&expect![[r#"
        call 1 send lobby hi
            = 1 nobody is signed in
        call 2 sync
            = 2 nobody is signed in
    "#]]);
    check(&expect![[r#"
        call 1 nobody
            * dial
        connected
            > hello 1-1 (1)
        < hello
            = 1 ok
        call 2 sync
            = 2 nobody is signed in
    "#]]);
}

#[test]
fn logout_ends_the_client() {
    check_live(&expect![[r#"
        call 3 logout
            > logout (4)
        < ack 4
            = 3 ok
            * hang up
            * ended: the client has been closed
        call 4 send lobby hi
            = 4 the client has been closed
    "#]]);
    // The server may close before the answer is read, and has done it all the same.
    check_live(&expect![[r#"
        call 3 logout
            > logout (4)
        < away SESSION_ENDED
            = 3 ok
            * hang up
            * ended: the client has been closed
    "#]]);
    // Without a word nobody knows.
    check_live(&expect![[r#"
        call 3 logout
            > logout (4)
        cut
            = 3 cut
            ! offline: cut, retry in 35ms
            * hang up
    "#]]);
}

#[test]
fn close_answers_everybody() {
    check_live(&expect![[r#"
        call 3 send lobby hi
            > send lobby "hi" (4)
        close
            = 3 the client has been closed
            * hang up
            * ended: the client has been closed
        call 4 send lobby ho
            = 4 the client has been closed
    "#]]);
    check(&expect![[r#"
        call 1 login ann
            * dial
        close
            = 1 the client has been closed
            * hang up
            * ended: the client has been closed
    "#]]);
}

#[test]
fn who_says_more_than_a_stranger_may_is_told_so_and_nothing_is_sent() {
    let mut world = World::new();
    let sign_in = SignIn::Token { api_token: "x".repeat(5_000) };
    world.session.handle_sign_in(world.now, Ticket(1), sign_in);
    let answer = world.session.poll_answer();
    let Some((Ticket(1), Err(Error::Misuse(why)))) = answer else { panic!("no refusal") };
    assert!(why.contains("at most 4096"), "{why}");
    assert_eq!(world.session.wants_connection(), None);
}
