//! What the store is asked about markers.

use std::time::Duration;

use crate::chat::tests::lines;
use crate::chat::tests::world::World;
use crate::chat::{Rate, Rules};

#[test]
fn the_store_is_asked_what_a_marker_passes_only_if_it_may_move() {
    let mut world = World::new(Rules {
        marks: Some(Rate { burst: 1, interval: Duration::from_secs(1) }),
        ..Rules::default()
    });
    let script = "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann say #1 one
        ann say #1 two
        ann say #1 three
        ";
    lines(script).for_each(|line| world.act(line));
    assert!(world.looks_up_mark("bob", 1, 4));
    assert!(!world.looks_up_mark("bob", 1, 3), "it is there already");
    assert!(!world.looks_up_mark("bob", 1, 6), "all is read");
    assert!(!world.looks_up_mark("bob", 2, 4), "there is no such room");
    world.act("bob mark #1 4");
    assert!(!world.looks_up_mark("bob", 1, 5), "it was set a moment ago");
    world.act("+1s");
    assert!(world.looks_up_mark("bob", 1, 5));
}
