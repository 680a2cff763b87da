//! Accounts and sessions.

use std::time::Duration;

use parlor_proto::ids::RequestId;
use parlor_proto::name::Name;

use super::world::World;
use super::{check, check_in};
use crate::chat::{
    AccountRequest, ConnId, Effects, Found, Input, Password, Rate, Registration, Request, Rules,
    SignIn,
};

#[test]
fn a_registered_user_signs_in_out_and_in_again() {
    check(
        "
        ann register
        ann logout
        ann login
        ann/2 login
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        ann < go away: LoggedOut
        ann < session 2 of ann, 45s
        ann/2 < session 3 of ann, 45s
        ",
    );
}

#[test]
fn names_are_unique() {
    check(
        "
        ann/a register
        ann/b register
        ",
        "
        ann/a < session 1 of ann, 45s
        ann/b < denied: USER_NAME_TAKEN
        ",
    );
}

#[test]
fn an_unknown_user_and_a_wrong_password_are_answered_alike() {
    check(
        "
        ann/1 register
        ann/2 login as:wrong
        bob login
        ",
        "
        ann/1 < session 1 of ann, 45s
        ann/2 < denied: BAD_CREDENTIALS
        bob < denied: BAD_CREDENTIALS
        ",
    );
}

#[test]
fn wrong_passwords_run_out_for_known_and_unknown_names_alike() {
    let wrong_passwords = Rate { burst: 1, interval: Duration::from_secs(60) };
    check_in(
        World::new(Rules { wrong_passwords, ..Rules::default() }),
        "
        ann/1 register
        ann/2 login as:wrong
        ann/2 login
        bob login
        bob login
        +59s
        ann/2 login
        +1s
        ann/2 login
        ",
        "
        ann/1 < session 1 of ann, 45s
        ann/2 < denied: BAD_CREDENTIALS
        ann/2 < denied: RATE_LIMITED, again in 60s
        bob < denied: BAD_CREDENTIALS
        bob < denied: RATE_LIMITED, again in 60s
        ann/1 < go away: TimedOut
        ann/2 < denied: RATE_LIMITED, again in 1s
        ann/2 < session 2 of ann, 45s
        ",
    );
}

#[test]
fn guesses_that_are_being_looked_at_count() {
    let wrong_passwords = Rate { burst: 2, interval: Duration::from_secs(60) };
    let mut world = World::new(Rules { wrong_passwords, ..Rules::default() });
    let mut jobs = |serial, name| {
        let (name, sign_in) = (Name::parse(name).ok(), SignIn::default());
        let request = Request::Account(AccountRequest::Login {
            name,
            password: Password("guess".into()),
            sign_in,
        });
        let (conn, id, found) = (ConnId::new(serial, 0), RequestId(1), Found::Nothing);
        let mut effects = Effects::default();
        world.chat.step(world.now, Input::Asked { conn, id, request, found }, &mut effects);
        effects.jobs.len()
    };
    assert_eq!([jobs(1, "ann"), jobs(2, "ann"), jobs(3, "ann"), jobs(4, "bob")], [1, 1, 0, 1]);
}

#[test]
fn nothing_is_done_for_strangers_and_nobody_signs_in_twice() {
    check(
        "
        ann say #1 hi
        ann sync
        ann logout
        ann register
        ann login
        ann register
        ann resume
        ",
        "
        ann < denied: NOT_SIGNED_IN
        ann < denied: NOT_SIGNED_IN
        ann < denied: NOT_SIGNED_IN
        ann < session 1 of ann, 45s
        ann < denied: ALREADY_SIGNED_IN
        ann < denied: ALREADY_SIGNED_IN
        ann < denied: ALREADY_SIGNED_IN
        ",
    );
}

#[test]
fn registration_obeys_its_mode() {
    check_in(
        World::new(Rules { registration: Registration::Closed, ..Rules::default() }),
        "ann register",
        "ann < denied: REGISTRATION_CLOSED",
    );
    check_in(
        World::new(Rules { registration: Registration::Invite, ..Rules::default() }),
        "
        ann register
        ann register invite:bad
        ann register invite:good
        ",
        "
        ann < denied: BAD_INVITE
        ann < denied: BAD_INVITE
        ann < session 1 of ann, 45s
        ",
    );
}

#[test]
fn a_full_server_takes_nobody_else_and_goes_on() {
    check_in(
        World::new(Rules { users_max: 2, ..Rules::default() }),
        "
        ann register
        ann bot helper
        bob register
        ann bot another
        ann logout
        ann login
        ",
        "
        ann < session 1 of ann, 45s
        ann < helper token first s1
        bob < denied: LIMIT_EXCEEDED
        ann < denied: LIMIT_EXCEEDED
        ann < done
        ann < go away: LoggedOut
        ann < session 2 of ann, 45s
        ",
    );
}

#[test]
fn the_longest_unheard_session_makes_room_for_a_new_one() {
    check_in(
        World::new(Rules { sessions_per_user_max: 2, ..Rules::default() }),
        "
        ann/1 register
        +1s
        ann/2 login
        ann/3 login
        ",
        "
        ann/1 < session 1 of ann, 45s
        ann/2 < session 2 of ann, 45s
        ann/1 < go away: Displaced
        ann/3 < session 3 of ann, 45s
        ",
    );
}

#[test]
fn a_session_has_few_connections() {
    check_in(
        World::new(Rules { connections_per_session_max: 2, ..Rules::default() }),
        "
        ann/1 register
        ann/2 resume
        ann/3 resume
        ann/2 close
        ann/3 resume
        ",
        "
        ann/1 < session 1 of ann, 45s
        ann/2 < session 1 of ann, 45s
        ann/3 < denied: TOO_MANY_CONNECTIONS
        ann/3 < session 1 of ann, 45s
        ",
    );
}

#[test]
fn wishes_for_a_timeout_are_brought_within_bounds() {
    check(
        "
        ann register timeout:900s
        bob register timeout:1s
        eve register timeout:999999s
        ",
        "
        ann < session 1 of ann, 900s
        bob < session 2 of bob, 10s
        eve < session 3 of eve, 86400s
        ",
    );
}
