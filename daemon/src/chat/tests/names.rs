//! What rooms are called, who learns of it, and which of several rooms of one name is meant.

use super::world::World;
use super::{check, check_in};
use crate::chat::Rules;

#[test]
fn the_name_of_a_private_room_is_no_secret_that_somebody_finds_by_trying() {
    check(
        "
        ann register
        bob register
        ann create den private
        hush
        bob create den private
        bob create den
        bob create lair
        bob rename #3 den
        bob find den
        ann find den
        ann rules #1
        ",
        "
        bob < in 2 den since 2, head 2, 1 members
        bob < denied: ROOM_NAME_TAKEN
        bob < in 3 lair since 2, head 2, 1 members
        bob < denied: ROOM_NAME_TAKEN
        bob < rooms den(1)
        ann < rooms den(1)
        ann < in 1 den since 2, head 3, 1 members
        ",
    );
}

#[test]
fn nobody_can_put_another_room_in_the_place_of_ones_own() {
    check(
        "
        ann register
        eve register
        bob register
        ann create den private
        eve create den
        eve create lair private
        eve rename #3 nest
        eve invite #3 ann
        hush
        ann find den
        ann join den
        ann rules #1
        eve invite #3 bob
        bob find den
        bob join den
        eve rules #3
        eve rename #2 attic
        ann rules #1
        bob find den
        ",
        "
        ann < rooms den(1) den(1)
        ann < in 1 den since 2, head 2, 1 members
        ann < denied: ROOM_NAME_TAKEN
        eve < done at 5
        bob < rooms den(1)
        bob < in 2 den since 3, head 3, 2 members
        eve < in 3 nest since 2, head 6, 1 members
        eve < in 2 attic since 2, head 4, 2 members
        ann < in 1 den since 2, head 3, 1 members
        bob < rooms den(1)
        ",
    );
}

#[test]
fn a_room_that_everybody_had_left_before_that_closed_it_is_closed() {
    let mut world = World::default();
    world.act("ann register");
    world.act("ann create lobby");
    world.store.forget_members();
    world.act("restart");
    world.act("bob register");
    world.act("hush");
    check_in(
        world,
        "
        bob join lobby
        bob rooms
        ",
        "
        bob < denied: ROOM_ARCHIVED
        bob < rooms
        ",
    );
}

#[test]
fn a_page_of_rooms_looks_at_so_many_and_can_be_followed() {
    const ROOMS: usize = 1_002;
    let mut world = World::new(Rules {
        rooms_per_user_max: ROOMS,
        rooms_created: None,
        lists: None,
        ..Rules::default()
    });
    world.act("ann register");
    for room in 1..=ROOMS {
        world.act(&format!("ann create room-{room:04}"));
    }
    world.act("ann topic #1001 the needle");
    world.act("bob register");
    world.act("hush");
    check_in(
        world,
        "
        bob rooms with needle
        bob rooms after room-1000/1000 with needle
        bob rooms room-1000
        bob rooms room-1001
        ",
        "
        bob < rooms  ...
        bob < rooms room-1001(1)
        bob < rooms room-1001(1) room-1002(1)
        bob < rooms room-1002(1)
        ",
    );
}

#[test]
fn who_closes_a_room_of_others_does_not_learn_how_much_was_said_in_it() {
    check(
        "
        ann register
        eve register
        ann create den private
        ann say #1 secret
        machine grant eve
        hush
        eve archive #1
        ann archive #1
        ",
        "
        eve < nothing to do
        ann < denied: ROOM_ARCHIVED
        ",
    );
}
