//! Coming back: tokens, timeouts, cursors.

use super::world::World;
use super::{check, check_in};
use crate::chat::{Effects, Input, Notice, Rules};

#[test]
fn a_short_cut_makes_no_noise_in_the_room() {
    check(
        "
        ann register
        bob register
        ann create lobby
        bob join lobby
        ann sync
        hush
        bob cut
        ann say #1 there?
        +44s
        ann beat
        bob/2 resume
        bob/2 sync #1:3
        ",
        "
        ann < 1:4 ann: there?
        ann < sent 4
        bob/2 < session 2 of bob, 45s
        bob/2 < synced lobby:4
        bob/2 < from 1:4, head 4
        ",
    );
}

#[test]
fn the_token_dies_with_the_timeout_and_not_before() {
    check(
        "
        ann register
        ann cut
        +44999ms
        ann/2 resume
        ann/2 cut
        +45s
        ann/3 resume
        ",
        "
        ann < session 1 of ann, 45s
        ann/2 < session 1 of ann, 45s
        ann/3 < denied: SESSION_ENDED
        ",
    );
}

#[test]
fn silence_ends_a_session_though_the_socket_is_open() {
    check(
        "
        ann register
        +44s
        ann beat
        +44999ms
        ann users ann
        +45s
        ann/2 resume
        ",
        "
        ann < session 1 of ann, 45s
        ann < users ann ann
        ann < go away: TimedOut
        ann/2 < denied: SESSION_ENDED
        ",
    );
}

#[test]
fn the_longest_timeout_of_the_open_connections_counts() {
    check(
        "
        ann register
        ann/2 resume timeout:100s
        +99s
        ann/2 beat
        ann/2 close
        +1s
        ann/3 resume
        ",
        "
        ann < session 1 of ann, 45s
        ann/2 < session 1 of ann, 100s
        ann < go away: Silent
        ann/3 < session 1 of ann, 45s
        ",
    );
}

#[test]
fn a_long_timeout_that_closes_leaves_the_shorter_one() {
    check(
        "
        ann register
        ann/2 resume timeout:100s
        +40s
        ann beat
        +40s
        ann/2 beat
        +4s
        ann/2 close
        +40999ms
        bob register
        +1ms
        ann/3 resume
        ",
        "
        ann < session 1 of ann, 45s
        ann/2 < session 1 of ann, 100s
        bob < session 2 of bob, 45s
        ann < go away: TimedOut
        ann/3 < denied: SESSION_ENDED
        ",
    );
}

#[test]
fn the_last_attach_counts_when_no_connection_is_open() {
    check(
        "
        ann register timeout:900s
        ann close
        ann/2 resume timeout:20s
        ann/2 close
        +19999ms
        ann/3 resume timeout:20s
        ann/3 close
        +20s
        ann/4 resume
        ",
        "
        ann < session 1 of ann, 900s
        ann/2 < session 1 of ann, 20s
        ann/3 < session 1 of ann, 20s
        ann/4 < denied: SESSION_ENDED
        ",
    );
}

#[test]
fn a_dead_connection_is_cut_at_its_own_timeout_while_its_session_lives_on() {
    check(
        "
        ann register
        ann/2 resume
        +44s
        ann/2 beat
        +999ms
        ann/2 users ann
        +1ms
        ann/2 beat
        +44999ms
        ann/2 users ann
        +45s
        ann/3 resume
        ",
        "
        ann < session 1 of ann, 45s
        ann/2 < session 1 of ann, 45s
        ann/2 < users ann ann
        ann < go away: Silent
        ann/2 < users ann ann
        ann/2 < go away: TimedOut
        ann/3 < denied: SESSION_ENDED
        ",
    );
}

#[test]
fn with_a_dead_connection_its_longer_timeout_goes() {
    check(
        "
        ann register timeout:100s
        ann/2 resume
        +40s
        ann/2 beat
        +40s
        ann/2 beat
        +19999ms
        hush
        +1ms
        +24999ms
        ann/2 users ann
        ann/2 resume
        +45s
        ",
        "
        ann < go away: Silent
        ann/2 < users ann ann
        ann/2 < denied: ALREADY_SIGNED_IN
        ann/2 < go away: TimedOut
        ",
    );
}

#[test]
fn an_answer_that_takes_a_while_does_not_end_the_session_of_one_who_is_to_be_asked() {
    let mut world = World::default();
    for line in ["ann register", "+2ms", "ann/2 resume", "+44s", "ann/2 beat", "hush"] {
        world.act(line);
    }
    world.advance(world.chat.deadline().unwrap());
    let mut effects = Effects::default();
    world.chat.step(world.now, Input::Tick, &mut effects);
    let [Notice::Ask { conn }] = effects.notices[..] else { panic!("{effects:?}") };
    world.chat.keep();
    // Meanwhile it is time to ask the other one.
    let due = world.chat.deadline().unwrap();
    world.advance(due);
    world.step(Input::Heard { conn, at: world.heard(conn) });
    world.step(Input::Tick);
    world.act("ann/2 users ann");
    world.act("+5s");
    assert_eq!(world.take_transcript(), ["ann/2 < users ann ann", "ann < go away: Silent"]);
}

#[test]
fn the_last_connection_of_a_session_ends_with_it_however_silent() {
    check(
        "
        ann register
        ann/2 resume timeout:900s
        +44s
        ann/2 beat
        ann/2 close
        +44999ms
        hush
        +1ms
        ",
        "
        ann < go away: TimedOut
        ",
    );
}

#[test]
fn the_dead_give_their_places_to_the_living() {
    check(
        "
        ann register
        ann/2 resume
        ann/3 resume
        hush
        +10s
        ann/4 resume
        ann/5 resume
        ann/6 resume
        ann/7 resume
        ann/8 resume
        hush
        ann/9 resume
        +35s
        ann/9 resume
        ",
        "
        ann/9 < denied: TOO_MANY_CONNECTIONS
        ann < go away: Silent
        ann/2 < go away: Silent
        ann/3 < go away: Silent
        ann/9 < session 1 of ann, 45s
        ",
    );
}

#[test]
fn who_was_silent_alone_is_cut_when_somebody_else_comes() {
    check(
        "
        ann register
        ann/2 resume timeout:900s
        +40s
        ann/2 beat
        ann/2 close
        hush
        +44s
        ann/3 resume
        +5s
        ann/3 beat
        ",
        "
        ann/3 < session 1 of ann, 45s
        ann < go away: Silent
        ",
    );
}

#[test]
fn downtime_does_not_count() {
    check(
        "
        ann register
        ann cut
        +40s
        restart
        +44s
        ann/2 resume
        ann/2 logout
        restart
        ann/3 resume
        ",
        "
        ann < session 1 of ann, 45s
        ann/2 < session 1 of ann, 45s
        ann/2 < done
        ann/2 < go away: LoggedOut
        ann/3 < denied: SESSION_ENDED
        ",
    );
}

#[test]
fn a_cursor_that_cannot_be_continued_is_reset_and_never_in_part() {
    check_in(
        World::new(Rules { catch_up_events_max: 2, sends: None, ..Rules::default() }),
        "
        ann register
        ann create lobby
        ann say #1 a
        ann say #1 b
        ann say #1 c
        hush
        ann sync #1:3
        ann sync #1:2
        ann sync #1:5
        ann sync #1:6
        ann sync #1:5 epoch:6
        ann sync
        ",
        "
        ann < synced lobby:5
        ann < from 1:4, head 5
        ann < synced lobby:5 reset
        ann < from 1:6, head 5
        ann < synced lobby:5
        ann < from 1:6, head 5
        ann < synced lobby:5 reset
        ann < from 1:6, head 5
        ann < synced lobby:5 reset
        ann < from 1:6, head 5
        ann < synced lobby:5
        ann < from 1:6, head 5
        ",
    );
}

#[test]
fn a_connection_that_closes_while_its_password_is_hashed_gets_no_session() {
    let mut world = World::default();
    world.act("ann register");
    let conn = crate::chat::ConnId::new(99, 0);
    let mut effects = Effects::default();
    let request = crate::chat::Request::Account(crate::chat::AccountRequest::Login {
        name: parlor_proto::name::Name::parse("ann").ok(),
        password: crate::chat::Password("secret".into()),
        sign_in: crate::chat::SignIn::default(),
    });
    let id = parlor_proto::ids::RequestId(1);
    let found = crate::chat::Found::Nothing;
    let asked = Input::Asked { conn, id, request, found };
    world.chat.step(world.now, asked, &mut effects);
    world.chat.keep();
    let (heard, ending) = (world.now.moment, crate::chat::Ending::Lost);
    world.step(Input::Closed { conn, heard, ending });
    let token = crate::chat::SecretHash([9; 32]);
    let token = crate::chat::FreshToken { secret: [9; 32], hash: token };
    let outcome = crate::chat::Checked::Match { raised: None };
    world.step(Input::PasswordChecked { conn, outcome, token });
    assert_eq!(world.take_transcript(), ["ann < session 1 of ann, 45s"]);
    assert_eq!(world.store.sessions.len(), 1);
}
