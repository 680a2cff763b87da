//! The core, tested as a conversation: a script goes in, a transcript comes out.
//!
//! A line is `WHO VERB ...`. WHO is a connection: `ann` is the first of the user ann, `ann/2`
//! the second, and so on. `+45s` lets time pass. What is told stands as `WHO < ...`.

mod accounts;
mod admin;
mod devices;
mod direct;
mod files;
mod limits;
mod messages;
mod names;
mod passwords;
mod places;
mod presence;
mod profile;
mod reading;
mod resume;
mod retention;
mod room_rules;
mod rooms;
mod search;
mod sessions;
mod sim;
mod storage;
mod webhooks;
mod world;

use self::world::World;

/// Runs a script in a world with the default rules and compares the transcript.
#[track_caller]
fn check(script: &str, expect: &str) {
    check_in(World::default(), script, expect);
}

#[track_caller]
fn check_in(mut world: World, script: &str, expect: &str) {
    for line in lines(script) {
        world.act(line);
    }
    let heard: Vec<String> = world.take_transcript();
    let expected: Vec<&str> = lines(expect).collect();
    assert_eq!(heard, expected, "\n{}", heard.join("\n"));
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}
