//! Guessing passwords: who guesses waits longer and longer, and locks nobody out.

use std::net::IpAddr;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::RequestId;
use parlor_proto::name::Name;

use crate::chat::tests::world::World;
use crate::chat::{
    AccountRequest, Answer, Checked, ConnId, Effects, Found, FreshToken, Input, Job, Moment,
    Notice, Password, Rate, Request, Rules, SecretHash, SignIn,
};

const HOME: [u8; 4] = [192, 0, 2, 1];
const ELSEWHERE: [u8; 4] = [198, 51, 100, 7];

/// Somebody types a password for ann; what comes of it.
fn try_password(world: &mut World, from: [u8; 4], right: bool) -> Result<(), (Reason, Duration)> {
    let serial = world.now.moment.0 * 16 + u64::from(right);
    let conn = ConnId::new(serial, 0);
    let sign_in = SignIn { address: Some(IpAddr::from(from)), ..SignIn::default() };
    let request = Request::Account(AccountRequest::Login {
        name: Name::parse("ann").ok(),
        password: Password("typed".into()),
        sign_in,
    });
    let (id, found) = (RequestId(1), Found::Nothing);
    let mut effects = Effects::default();
    world.chat.step(world.now, Input::Asked { conn, id, request, found }, &mut effects);
    if let Some(Job::CheckPassword { conn, .. }) = effects.jobs.pop() {
        let outcome = if right { Checked::Match { raised: None } } else { Checked::Mismatch };
        let token = FreshToken { secret: [7; 32], hash: SecretHash([7; 32]) };
        world.chat.step(world.now, Input::PasswordChecked { conn, outcome, token }, &mut effects);
    }
    world.advance(Moment(world.now.moment.0 + 1));
    let denial = effects.notices.into_iter().find_map(|notice| {
        let Notice::Answer { answer: Answer::Denied(denial), .. } = notice else { return None };
        Some(denial)
    });
    denial.map_or(Ok(()), |denial| Err((denial.reason, denial.retry_after)))
}

fn limited(outcome: Result<(), (Reason, Duration)>) -> u128 {
    match outcome {
        Err((Reason::RateLimited, wait)) => wait.as_millis().div_ceil(1000),
        other => panic!("{other:?}"),
    }
}

fn world() -> World {
    let wrong_passwords = Rate { burst: 2, interval: Duration::from_secs(60) };
    let mut world = World::new(Rules { wrong_passwords, ..Rules::default() });
    world.act("ann register");
    world
}

#[test]
fn each_wrong_password_doubles_the_wait_up_to_a_quarter_of_an_hour() {
    let mut world = world();
    let wrong = Err((Reason::BadCredentials, Duration::ZERO));
    assert_eq!(try_password(&mut world, ELSEWHERE, false), wrong);
    for expect in [60, 120, 240, 480, 900, 900_u64] {
        assert_eq!(try_password(&mut world, ELSEWHERE, false), wrong);
        let wait = limited(try_password(&mut world, ELSEWHERE, true));
        assert_eq!(wait, expect.into());
        world.advance(world.now.moment.plus(Duration::from_secs(expect)));
    }
}

#[test]
fn a_stranger_who_guesses_does_not_lock_out_who_has_been_here_before() {
    let mut world = world();
    assert_eq!(try_password(&mut world, HOME, true), Ok(()));
    for _ in 0..2 {
        try_password(&mut world, ELSEWHERE, false).unwrap_err();
    }
    assert_eq!(limited(try_password(&mut world, ELSEWHERE, true)), 60);
    assert_eq!(try_password(&mut world, HOME, true), Ok(()), "a budget of its own");
    for _ in 0..2 {
        try_password(&mut world, HOME, false).unwrap_err();
    }
    assert_eq!(limited(try_password(&mut world, HOME, true)), 60, "which runs out too");

    // After a month nobody remembers that somebody was here.
    world.advance(world.now.moment.plus(Duration::from_hours(30 * 24)));
    for _ in 0..2 {
        try_password(&mut world, ELSEWHERE, false).unwrap_err();
    }
    assert_eq!(limited(try_password(&mut world, HOME, true)), 60);
}

#[test]
fn the_tables_of_names_and_addresses_do_not_grow_without_end() {
    let mut world = world();
    for place in 0..=255 {
        assert_eq!(try_password(&mut world, [10, 0, place, 1], true), Ok(()));
    }
    assert_eq!(world.chat.state.addresses.len(), 8);
    for serial in 0..10_050_u64 {
        let name = Name::parse(&format!("user{serial}")).unwrap();
        crate::chat::guesses::wrong(&mut world.chat.state, world.now, &name, None);
    }
    assert_eq!(world.chat.state.wrong_passwords.len(), 10_000);
}

#[test]
fn made_up_names_do_not_wash_away_what_was_guessed_for_a_real_one() {
    let mut world = world();
    for _ in 0..2 {
        try_password(&mut world, ELSEWHERE, false).unwrap_err();
    }
    for serial in 0..10_050_u64 {
        let name = Name::parse(&format!("user{serial}")).unwrap();
        crate::chat::guesses::wrong(&mut world.chat.state, world.now, &name, None);
    }
    assert_eq!(limited(try_password(&mut world, ELSEWHERE, true)), 60);
}
