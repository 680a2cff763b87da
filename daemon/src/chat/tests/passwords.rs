//! Passwords take their time: what happens while one is being looked at.

use parlor_proto::ids::RequestId;
use parlor_proto::name::Name;

use super::world::World;
use super::{check, check_in};
use crate::chat::{
    AccountRequest, Checked, ConnId, Effects, Ending, Found, FreshToken, Input, Job, Moment,
    Password, PasswordHash, Request, Rules, SecretHash, SignIn,
};

/// Ann signs in by her password on a connection of its own, and the pool has not come to it.
fn ann_types_her_password(world: &mut World, serial: u64) -> ConnId {
    let conn = ConnId::new(serial, 0);
    let request = Request::Account(AccountRequest::Login {
        name: Name::parse("ann").ok(),
        password: Password("secret".into()),
        sign_in: SignIn::default(),
    });
    let (id, found) = (RequestId(1), Found::Nothing);
    let mut effects = Effects::default();
    world.chat.step(world.now, Input::Asked { conn, id, request, found }, &mut effects);
    assert!(matches!(effects.jobs.as_slice(), [Job::CheckPassword { against: Some(_), .. }]));
    world.chat.keep();
    conn
}

/// The pool has found it to be the one that it was told, and made it stronger if it was `raised`.
fn it_matches(world: &mut World, conn: ConnId, raised: Option<&str>) {
    let token = FreshToken { secret: [7; 32], hash: SecretHash([7; 32]) };
    let raised = raised.map(|text| PasswordHash(text.into()));
    world.step(Input::PasswordChecked { conn, outcome: Checked::Match { raised }, token });
}

#[test]
fn what_was_the_password_when_it_was_typed_opens_nothing_after_another_one_is_set() {
    for another in ["ann passwd secret better", "ann/2 reset machine better"] {
        let mut world = World::default();
        world.act("ann register");
        world.act("machine reset-code ann");
        let late = ann_types_her_password(&mut world, 1_000);
        world.act(another);
        world.take_transcript();
        it_matches(&mut world, late, Some("secret"));
        assert_eq!(world.take_transcript(), [" < denied: BAD_CREDENTIALS"], "{another}");
        world.act("ann/4 login as:secret");
        world.act("ann/5 login as:better");
        let heard = world.take_transcript();
        assert_eq!(heard[0], "ann/4 < denied: BAD_CREDENTIALS", "nor is it set again: {another}");
        assert!(heard[1].starts_with("ann/5 < session"), "{heard:?}");
    }
}

#[test]
fn a_password_that_is_made_stronger_is_still_the_password() {
    let mut world = World::default();
    world.act("ann register");
    let (one, other) =
        (ann_types_her_password(&mut world, 1_000), ann_types_her_password(&mut world, 1_001));
    world.take_transcript();
    it_matches(&mut world, one, Some("stronger"));
    it_matches(&mut world, other, None);
    assert_eq!(world.take_transcript(), [" < session 2 of ann, 45s", " < session 3 of ann, 45s"]);
}

#[test]
fn passwords_that_wait_are_not_without_number_and_who_goes_keeps_the_place_until_it_is_served() {
    let mut world = World::new(Rules { passwords_pending_max: 1, ..Rules::default() });
    world.act("ann register");
    world.act("machine reset-code ann");
    let waiting = ann_types_her_password(&mut world, 1_000);
    let refused =
        ["bob register", "ann/2 login", "ann/2 reset machine better", "ann passwd secret better"];
    let expect_all_refused = |world: &mut World| {
        for line in refused {
            world.take_transcript();
            world.act(line);
            let heard = world.take_transcript();
            assert!(heard[0].ends_with("denied: LOGIN_QUEUE_FULL, again in 3s"), "{heard:?}");
        }
    };
    expect_all_refused(&mut world);
    // Whoever hangs up has not made the work less.
    let ending = Ending::Lost;
    world.step(Input::Closed { conn: waiting, heard: Moment::default(), ending });
    expect_all_refused(&mut world);
    it_matches(&mut world, waiting, None);
    assert!(world.take_transcript().is_empty(), "nobody is there to be signed in");
    world.act("ann/2 login");
    assert_eq!(world.take_transcript(), ["ann/2 < session 2 of ann, 45s"]);
}

#[test]
fn a_code_for_a_password_that_was_changed_since_is_void() {
    check(
        "
        ann register
        machine reset-code ann
        ann passwd secret better
        ann/2 reset machine worse
        restart
        ann/3 reset machine worse
        ann/4 login as:better
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        ann/2 < denied: BAD_CODE
        ann/3 < denied: BAD_CODE
        ann/4 < session 2 of ann, 45s
        ",
    );
}

#[test]
fn who_is_here_is_not_put_out_by_commands_that_come_and_go() {
    check_in(
        World::new(Rules { sessions_per_user_max: 2, ..Rules::default() }),
        "
        ann/chat register
        +20s
        ann/1 login
        ann/1 close
        ann/2 login
        ann/2 close
        ann/3 login
        ann/4 login
        ",
        "
        ann/chat < session 1 of ann, 45s
        ann/1 < session 2 of ann, 45s
        ann/2 < session 3 of ann, 45s
        ann/3 < session 4 of ann, 45s
        ann/chat < go away: Displaced
        ann/4 < session 5 of ann, 45s
        ",
    );
}
