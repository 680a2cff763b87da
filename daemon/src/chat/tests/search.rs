//! What a search may see.

use std::time::Duration;

use super::world::World;
use super::{check, check_in};
use crate::chat::{Rate, Rules};

#[test]
fn a_search_sees_the_rooms_of_whoever_searches_up_to_now() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob create attic
        ann create cellar
        bob join lobby
        ann say #1 hello
        hush
        ann search hello
        bob search hello
        ann say #1 again
        bob leave #1
        bob search hello
        ",
        "
        ann < may search 1:1-4 3:1-2 for hello
        bob < may search 1:1-4 2:1-2 for hello
        ann < sent 5
        bob < done
        bob < may search 2:1-2 for hello
        ",
    );
}

#[test]
fn who_and_where_are_looked_up_and_other_rooms_stay_hidden() {
    check(
        "
        ann register
        eve register
        ann create lobby
        ann create attic
        hush
        ann search from:eve in:attic in:lobby in:attic plan
        ann search from:eve
        ann search in:lobby
        ann search from:nobody plan
        ann search in:nowhere plan
        ann search in:@eve plan
        ann search in:@nobody plan
        eve search plan
        eve search in:lobby plan
        mia search plan
        ",
        "
        ann < may search 1:1-2 2:1-2 by 2 for plan
        ann < may search 1:1-2 2:1-2 by 2 for
        ann < may search 1:1-2 for
        ann < denied: USER_NOT_FOUND
        ann < denied: ROOM_NOT_FOUND
        ann < denied: ROOM_NOT_FOUND
        ann < denied: USER_NOT_FOUND
        eve < may search for plan
        eve < denied: NOT_A_MEMBER
        mia < denied: NOT_SIGNED_IN
        ",
    );
}

#[test]
fn searching_is_limited_and_can_be_off() {
    let searches = Some(Rate { burst: 2, interval: Duration::from_secs(2) });
    check_in(
        World::new(Rules { searches, ..Rules::default() }),
        "
        ann register
        hush
        ann search one
        ann search two
        ann search three
        +2s
        ann search four
        ",
        "
        ann < may search for one
        ann < may search for two
        ann < denied: RATE_LIMITED, again in 2s
        ann < may search for four
        ",
    );
    check_in(
        World::new(Rules { has_index: false, ..Rules::default() }),
        "
        ann register
        hush
        ann search one
        ",
        "
        ann < denied: UNKNOWN_REQUEST
        ",
    );
}
