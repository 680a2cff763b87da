//! The session in scripts: what happens to it on the left, what it does indented below.
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

/// A script that signs ann in and lets her be told of the lobby, whose head is 5.
const LIVE: &str = "
    call 1 login ann
    connected
    < hello
    < auth ann
    call 2 sync
    < synced 3 lobby:5";

/// Runs a script; the transcript is the script with what the session did.
#[track_caller]
fn check(script: &str, expect: &Expect) {
    expect.assert_eq(&World::new().run(script));
}

/// The same for somebody who is live already; the transcript begins there.
#[track_caller]
fn check_live(script: &str, expect: &Expect) {
    let mut world = World::new();
    world.run(LIVE);
    expect.assert_eq(&world.run(script));
}
