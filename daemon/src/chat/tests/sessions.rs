//! What users see of their own sessions, and how they end them.

use std::time::Duration;

use super::world::World;
use super::{check, check_in};
use crate::chat::{Rate, Rules};

/// Ann is at home and on the road, and bob looks on.
const SCENE: &str = "
    ann/laptop register client:tui
    ann/phone login timeout:900s
    bob register
    ann/laptop create lobby
    bob join lobby
    hush
";

#[track_caller]
fn check_scene(script: &str, expect: &str) {
    check(&format!("{SCENE}{script}"), expect);
}

#[test]
fn sessions_are_listed_with_who_asks_first() {
    check_scene(
        "
        +10s
        ann/laptop sessions
        ann/phone beat
        ann/phone cut
        +5s
        ann/2 resume of:ann/laptop client:cli
        ann/2 sessions
        bob sessions
        ",
        "
        ann/laptop < sessions 1* at laptop by tui x1 0..10..55, 2 at phone x1 0..0..900
        ann/2 < session 1 of ann, 45s
        ann/2 < sessions 1* at laptop by cli x2 0..15..60, 2 at phone x0 0..10..910
        bob < sessions 3* at  x1 0..15..60
        ",
    );
}

#[test]
fn one_session_is_ended_from_another() {
    check_scene(
        "
        bob sync presence
        ann/laptop end 2
        ann/phone say #1 hi
        ann/3 resume of:ann/phone
        ann/laptop end 2
        bob end 1
        ann/laptop end 1
        ",
        "
        bob < synced lobby:3
        bob < from 1:4, head 3
        bob < ann Online(Connected at phone), bob Online(Connected)
        ann/laptop < ended 1
        ann/phone < go away: Revoked
        bob < ann Online(Connected at laptop)
        ann/phone < denied: NOT_SIGNED_IN
        ann/3 < denied: SESSION_ENDED
        ann/laptop < denied: SESSION_NOT_FOUND
        bob < denied: SESSION_NOT_FOUND
        ann/laptop < ended 1
        ann/laptop < go away: Revoked
        bob < ann Offline(Revoked at laptop)
        ",
    );
}

#[test]
fn all_others_are_ended_at_once() {
    check_scene(
        "
        ann/4 login
        ann/laptop end others
        ann/laptop sessions
        ann/laptop end others
        ",
        "
        ann/4 < session 4 of ann, 45s
        ann/phone < go away: Revoked
        ann/4 < go away: Revoked
        ann/laptop < ended 2
        ann/laptop < sessions 1* at laptop by tui x1 0..0..45
        ann/laptop < ended 0
        ",
    );
}

#[test]
fn nobody_without_a_session_has_sessions() {
    check(
        "
        eve sessions
        eve end others
        eve end 1
        eve passwd a b
        ",
        "
        eve < denied: NOT_SIGNED_IN
        eve < denied: NOT_SIGNED_IN
        eve < denied: NOT_SIGNED_IN
        eve < denied: NOT_SIGNED_IN
        ",
    );
}

#[test]
fn another_password_ends_all_other_sessions_and_holds_from_then_on() {
    check_scene(
        "
        ann/laptop passwd secret better
        ann/3 login as:secret
        ann/3 login as:better
        restart
        ann/4 login as:secret
        ann/4 login as:better
        ",
        "
        ann/phone < go away: Revoked
        ann/laptop < done
        ann/3 < denied: BAD_CREDENTIALS
        ann/3 < session 4 of ann, 45s
        ann/4 < denied: BAD_CREDENTIALS
        ann/4 < session 5 of ann, 45s
        ",
    );
}

#[test]
fn the_old_password_is_needed_and_guessing_it_counts() {
    let wrong_passwords = Rate { burst: 2, interval: Duration::from_secs(60) };
    check_in(
        World::new(Rules { wrong_passwords, ..Rules::default() }),
        "
        ann/1 register timeout:900s
        ann/1 passwd wrong better
        ann/2 login as:wrong
        ann/1 passwd secret better
        ann/2 login
        +60s
        ann/2 login
        ",
        "
        ann/1 < session 1 of ann, 900s
        ann/1 < denied: BAD_CREDENTIALS
        ann/2 < denied: BAD_CREDENTIALS
        ann/1 < denied: RATE_LIMITED, again in 60s
        ann/2 < denied: RATE_LIMITED, again in 60s
        ann/2 < session 2 of ann, 45s
        ",
    );
}

#[test]
fn how_a_session_was_attached_while_the_disk_was_full_is_written_later() {
    let mut world = World::default();
    let script = "
        ann register
        ann cut
        disk full
        ann/2 resume timeout:900s
        ann/2 cut
        disk free
        hush
        restart
        +60s
        ann/3 resume
    ";
    for line in super::lines(script) {
        world.act(line);
    }
    assert_eq!(world.take_transcript(), ["ann/3 < session 1 of ann, 45s"]);
}
