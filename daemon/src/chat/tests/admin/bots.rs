//! Bots and their tokens.

use crate::chat::Rules;
use crate::chat::tests::world::World;
use crate::chat::tests::{check, check_in};

#[test]
fn a_bot_signs_in_with_its_token_and_never_with_a_password() {
    check(
        "
        ann register
        ann bot helper
        helper login as:
        helper enter wrong
        helper enter s1
        helper create lobby
        ann bots
        restart
        ann resume
        ann bots
        helper/2 enter s1
        ",
        "
        ann < session 1 of ann, 45s
        ann < helper token first s1
        helper < denied: BAD_CREDENTIALS
        helper < denied: BAD_CREDENTIALS
        helper < session 2 of helper, 45s
        helper < in 1 lobby since 2, head 2, 1 members
        ann < bots helper(bot) of ann by first
        ann < session 1 of ann, 45s
        ann < bots helper(bot) of ann by first
        helper/2 < session 3 of helper, 45s
        ",
    );
}

#[test]
fn a_bot_has_no_bots_no_invites_no_devices_and_no_role() {
    check(
        "
        ann register
        ann claim first
        ann bot helper
        helper enter s1
        helper bot other
        helper make-invite
        helper claim first
        helper bots
        helper add d1
        ann promote helper
        ann reset-code helper
        machine grant helper
        helper accounts
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        ann < helper token first s1
        helper < session 2 of helper, 45s
        helper < denied: NOT_FOR_BOTS
        helper < denied: NOT_FOR_BOTS
        helper < denied: NOT_FOR_BOTS
        helper < denied: NOT_FOR_BOTS
        helper < denied: NOT_FOR_BOTS
        ann < denied: NOT_FOR_BOTS
        ann < denied: NOT_FOR_BOTS
        helper < denied: NOT_AN_ADMIN
        ",
    );
}

#[test]
fn a_bot_is_not_taken_for_somebody_else() {
    check(
        "
        ann register
        ann bot helper Ann
        ann bot helper Buildings
        restart
        ann resume
        ann bots
        ",
        "
        ann < session 1 of ann, 45s
        ann < denied: USER_NAME_TAKEN
        ann < helper token first s2
        ann < session 1 of ann, 45s
        ann < bots helper(bot) of ann by first
        ",
    );
}

#[test]
fn a_token_that_is_revoked_opens_nothing_and_ends_what_it_opened() {
    check(
        "
        ann register
        bob register
        ann bot helper
        ann make-token helper
        bob make-token helper
        helper enter s1
        helper/2 enter s2
        bob void-token s1
        ann void-token s1
        ann void-token s1
        helper/3 enter s1
        helper/3 enter s2
        ann bots
        bob bots
        ",
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        ann < helper token first s1
        ann < helper token other s2
        bob < denied: USER_NOT_FOUND
        helper < session 3 of helper, 45s
        helper/2 < session 4 of helper, 45s
        bob < denied: TOKEN_NOT_FOUND
        ann < done
        helper < go away: Revoked
        ann < denied: TOKEN_NOT_FOUND
        helper/3 < denied: BAD_CREDENTIALS
        helper/3 < session 5 of helper, 45s
        ann < bots helper(bot) of ann by other
        bob < bots
        ",
    );
}

#[test]
fn a_bot_is_suspended_with_its_owner_and_its_tokens_are_void_for_ever() {
    check(
        "
        ann register
        ann claim first
        bob register
        bob bot helper
        helper enter s1
        ann suspend bob
        helper/2 enter s1
        restart
        ann resume
        ann bots
        ann restore bob
        helper/2 enter s1
        bob login
        bob make-token helper
        helper/2 enter s2
        ann suspend helper
        helper/3 enter s2
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        bob < session 2 of bob, 45s
        bob < helper token first s1
        helper < session 3 of helper, 45s
        ann < done
        helper < go away: Revoked
        bob < go away: Revoked
        helper/2 < denied: BAD_CREDENTIALS
        ann < session 1 of ann, 45s
        ann < bots helper(bot) of bob by
        ann < done
        helper/2 < denied: BAD_CREDENTIALS
        bob < session 4 of bob, 45s
        bob < helper token other s2
        helper/2 < session 5 of helper, 45s
        ann < done
        helper/2 < go away: Revoked
        helper/3 < denied: BAD_CREDENTIALS
        ",
    );
}

#[test]
fn bots_and_tokens_have_limits() {
    let rules = Rules { bots_per_user_max: 1, tokens_per_bot_max: 2, ..Rules::default() };
    check_in(
        World::new(rules),
        "
        ann register
        ann bot helper
        ann bot other
        ann make-token helper
        ann make-token helper
        bob register
        bob bot helper
        bob bot ann
        ",
        "
        ann < session 1 of ann, 45s
        ann < helper token first s1
        ann < denied: LIMIT_EXCEEDED
        ann < helper token other s3
        ann < denied: LIMIT_EXCEEDED
        bob < session 2 of bob, 45s
        bob < denied: USER_NAME_TAKEN
        bob < denied: USER_NAME_TAKEN
        ",
    );
}

#[test]
fn more_bots_than_one_answer_tells_are_told_in_pages() {
    let rules = Rules { bots_per_user_max: 50, bots_made: None, ..Rules::default() };
    let mut world = World::new(rules);
    world.act("ann register");
    world.act("bob register");
    world.act("machine grant bob");
    for bot in 10..55 {
        world.act(&format!("ann bot b{bot}"));
    }
    world.act("bob bot helper");
    world.act("hush");
    let mut bots = |who: &str, after: &str| {
        world.act(&format!("{who} bots {after}"));
        let told = world.take_transcript().join("\n");
        let names = told.split_whitespace().filter_map(|word| word.strip_suffix("(bot)"));
        let names: Vec<String> = names.map(str::to_owned).collect();
        (names.len(), names.last().cloned().unwrap_or_default(), told.ends_with(" ..."))
    };
    assert_eq!(bots("ann", ""), (40, "b49".to_owned(), true));
    assert_eq!(bots("ann", "b49"), (5, "b54".to_owned(), false));
    assert_eq!(bots("bob", "b49"), (6, "helper".to_owned(), false));
    assert_eq!(bots("ann", "helper"), (0, String::new(), false));
}
