//! What is unread in more rooms than one answer tells.

use crate::chat::UNREAD_ROOMS_MAX;
use crate::chat::tests::world::World;

const ROOMS: usize = UNREAD_ROOMS_MAX + 6;

/// The rooms of a page, and what follows it.
fn page(world: &mut World, wish: &str) -> (Vec<String>, Option<String>) {
    world.act(wish);
    let told = world.take_transcript().join("\n");
    let rooms = told.strip_prefix("ann < may look in ").expect("leave to look");
    let (rooms, next) = rooms.split_once(" ... ").map_or((rooms, None), |(r, n)| (r, Some(n)));
    let names = rooms.split_whitespace().filter_map(|word| word.split_once(':'));
    (names.map(|(name, _)| name.to_owned()).collect(), next.map(str::to_owned))
}

#[test]
fn what_is_unread_goes_on_where_a_page_ended() {
    let mut world = World::default();
    world.act("ann register");
    world.act("bob register");
    for room in 1..=ROOMS {
        world.act(&format!("ann create r{room}"));
        world.act(&format!("bob join r{room}"));
        world.act(&format!("bob say #{room} hello"));
    }
    world.act("+1s");
    world.act("bob say #9 later");
    world.act("bob say #7 hello @ann");
    world.act("hush");
    let (first, next) = page(&mut world, "ann unread");
    assert_eq!((first.len(), &*first[0], &*first[1]), (UNREAD_ROOMS_MAX, "r7", "r9"));

    // What was told may be read by now; what moves on moves to the front.
    world.act("ann mark #7 99");
    world.act("+1s");
    world.act("bob say #1 again");
    world.act("hush");
    let (rest, end) = page(&mut world, &format!("ann unread {}", next.expect("more")));
    assert_eq!((first.len() + rest.len(), end), (ROOMS, None));
    assert!(rest.iter().all(|room| !first.contains(room)), "{rest:?}");
}
