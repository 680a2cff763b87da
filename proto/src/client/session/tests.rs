//! The session in transcripts: what happens to it on the left, what it does indented below.
//! `UPDATE_EXPECT=1` adds what it does to one that has only the left.
//!
//! Sessions here are made with the seed 1. Lines:
//!
//! - `call 1 login ann`, `call 2 sync lobby@5`, `call 3 send lobby hi`: a user's call 1, 2, 3
//! - `connected`, `cut`: the shell's news; `+5s`: time goes on
//! - `< hello`, `< auth ann`, `< event lobby 6`, `< error 3 RATE_LIMITED 500`: a frame comes; a
//!   number is the request that it answers
//! - `> send lobby "hi" (4)`: a frame goes; `= 3 ...`: call 3 is answered; `! ...`: an event;
//!   `* ...`: the shell shall do something
#![expect(clippy::too_many_lines, reason = "transcripts are long and plain")]

use std::time::{Duration, Instant};

use expect_test::{Expect, expect};

use self::world::World;

mod device;
mod feed;
mod keep_alive;
mod reconnect;
mod requests;
mod show;
mod sign_in;
mod world;

#[track_caller]
fn check(transcript: &Expect) {
    replay(World::new(), transcript);
}

/// The same for somebody who is signed in already; the transcript begins there.
#[track_caller]
fn check_signed_in(transcript: &Expect) {
    replay(World::new().signed_in(), transcript);
}

/// The same for somebody who is told of the lobby already.
#[track_caller]
fn check_live(transcript: &Expect) {
    replay(World::new().live(), transcript);
}

/// A transcript is its own script: what happens in it happens, and the session must do the rest.
#[track_caller]
fn replay(mut world: World, transcript: &Expect) {
    let script = happenings(transcript.data());
    assert!(!script.is_empty(), "nothing happens in this transcript");
    transcript.assert_eq(&world.run(&script));
}

/// The lines that are indented least.
fn happenings(transcript: &str) -> String {
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let lines = || transcript.lines().filter(|line| !line.trim().is_empty());
    let least = lines().map(|line| indent(&line)).min();
    lines().filter(|line| Some(indent(line)) == least).collect::<Vec<_>>().join("\n")
}
