//! A full disk: nothing that was not remembered has happened.

use super::check;
use super::world::World;

#[test]
fn what_must_be_remembered_is_refused_and_the_rest_goes_on() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann sync
        hush
        disk full
        ann say #1 lost
        ann say #1 lost
        bob leave #1
        bob create other
        eve register
        eve login
        ann read #1
        bob/2 resume timeout:60s
        bob/2 sync #1:3
        disk free
        ann say #1 kept
        ",
        "
        ann < denied: STORAGE_FULL, again in 1s
        ann < denied: STORAGE_FULL, again in 1s
        bob < denied: STORAGE_FULL, again in 1s
        bob < denied: STORAGE_FULL, again in 1s
        eve < denied: STORAGE_FULL, again in 1s
        eve < denied: STORAGE_FULL, again in 1s
        ann < may read 1:1-3
        bob/2 < session 2 of bob, 60s
        bob/2 < synced lobby:3
        bob/2 < from 1:4, head 3
        ann < 1:4 ann: kept
        bob/2 < 1:4 ann: kept
        ann < sent 4
        ",
    );
}

#[test]
fn a_session_that_ends_while_the_disk_is_full_has_ended_and_is_written_later() {
    let mut world = World::default();
    for line in ["ann register", "bob register", "disk full", "ann logout", "bob cut", "+45s"] {
        world.act(line);
    }
    assert_eq!(world.store.sessions.len(), 2);
    world.act("ann resume");
    assert_eq!(world.take_transcript().last().unwrap(), "ann < denied: SESSION_ENDED");
    world.act("disk free");
    assert_eq!(world.store.sessions.len(), 0);
}
