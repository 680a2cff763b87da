//! Asking, and being answered exactly once.

use super::*;

#[test]
fn answers_find_their_request_in_any_order() {
    check_live(&expect![[r#"
            call 3 send lobby one
                > send lobby "one" (4)
            call 4 send lobby two
                > send lobby "two" (5)
            < sent 5 7
                = 4 ok 7
            < error 4 RATE_LIMITED 200
                = 3 refused: RATE_LIMITED
        "#]]);
}

#[test]
fn what_is_not_answered_is_asked_again_in_the_old_order() {
    check_live(&expect![[r#"
            call 3 send lobby one
                > send lobby "one" (4)
            call 4 send lobby two
                > send lobby "two" (5)
            call 5 leave kitchen
                > leave kitchen (6)
            < sent 5 6
                = 4 ok 6
            cut
                ! offline: cut, retry in 35ms
                * hang up
            call 6 send lobby three
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
                > sync lobby@5 epoch:1 (3)
            < hello
            < auth ann resumed
                > send lobby "one" (4)
                > leave kitchen (5)
                > send lobby "three" (6)
                ! online, resumed
            < sent 4 7
                = 3 ok 7
            < ack 5
                = 5 ok
            < sent 6 8
                = 6 ok 8
        "#]]);
}

#[test]
fn no_more_is_in_flight_than_the_server_takes() {
    check(&expect![[r#"
            call 1 login ann
                * dial
            connected
                > hello 1-1 (1)
                > login ann secret at laptop (2)
            < hello in-flight 2
            < auth ann
                = 1 ok ann
            call 2 send lobby one
                > send lobby "one" (3)
            call 3 send lobby two
                > send lobby "two" (4)
            call 4 send lobby three
            < sent 3 1
                > send lobby "three" (5)
                = 2 ok 1
            cut
                ! offline: cut, retry in 35ms
                * hang up
            wait
                * dial
            connected
                > hello 1-1 (1)
                > resume 32×7 (2)
            < hello in-flight 1
            < auth ann resumed
                > send lobby "two" (3)
                ! online, resumed
            < sent 3 2
                > send lobby "three" (4)
                = 3 ok 2
            < sent 4 3
                = 4 ok 3
        "#]]);
}

#[test]
fn callers_wait_when_too_much_is_asked() {
    let mut world = World::new().live();
    world.run("cut");
    let mut asked = 0;
    while world.session.has_room() {
        asked += 1;
        world.run(&format!("call {} send lobby {asked}", asked + 10));
    }
    assert_eq!(asked, 64);
}

#[test]
fn an_answer_of_a_new_kind_fails_its_request_only() {
    check_live(&expect![[r#"
        call 3 send lobby one
            > send lobby "one" (4)
        < unknown 4
            = 3 the server broke the protocol: an answer of a kind that this client does not know
        < event lobby 6
            ! lobby 6
    "#]]);
    check_live(&expect![[r#"
        < sent 9 1
            ! offline: the server broke the protocol: an answer to request 9, which was not made, retry in 35ms
            * hang up
    "#]]);
}

#[test]
fn what_makes_no_sense_is_refused_here() {
    check_live(&expect![[r#"
        call 3 hello
            = 3 the client says this by itself
    "#]]);
    let text = "x".repeat(70_000);
    let mut world = World::new().live();
    let transcript = world.run(&format!("call 3 send lobby {text}"));
    expect![[r#"
        xxxxxxxxxxxxxxxxxxxxxxx
            = 3 request of 70034 bytes: at most 65536
    "#]]
    .assert_eq(&transcript[transcript.len() - 70..]);
}
