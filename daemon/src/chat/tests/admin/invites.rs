//! Invites to the server.

use std::time::Duration;

use crate::chat::tests::check_in;
use crate::chat::tests::world::World;
use crate::chat::{InvitesBy, Rate, Registration, Rules};

fn by_invite() -> World {
    World::new(Rules { registration: Registration::Invite, ..Rules::default() })
}

#[test]
fn an_invite_makes_as_many_accounts_as_it_says() {
    check_in(
        by_invite(),
        "
        ann register invite:good
        ann make-invite 2
        ann made-invites
        bob register invite:s1
        ann made-invites
        eve register invite:s1
        ann made-invites
        zoe register invite:s1
        ",
        "
        ann < session 1 of ann, 45s
        ann < invite s1 for 2
        ann < invites 2 of ann
        bob < session 2 of bob, 45s
        ann < invites 1 of ann
        eve < session 3 of eve, 45s
        ann < invites
        zoe < denied: BAD_INVITE
        ",
    );
}

#[test]
fn only_who_is_invited_hears_whether_a_name_is_taken() {
    check_in(
        by_invite(),
        "
        ann register invite:good
        ann make-invite
        ann/2 register invite:bad
        ann/2 register invite:s1
        ",
        "
        ann < session 1 of ann, 45s
        ann < invite s1 for 1
        ann/2 < denied: BAD_INVITE
        ann/2 < denied: USER_NAME_TAKEN
        ",
    );
}

#[test]
fn an_invite_ends_with_its_time_its_revocation_or_its_creators_suspension() {
    check_in(
        by_invite(),
        "
        ann register invite:good
        ann claim first
        ann make-invite
        bob register invite:s1
        bob make-invite
        bob make-invite
        ann made-invites
        bob made-invites
        bob void-invite s2
        bob void-invite s2
        eve register invite:s2
        ann suspend bob
        eve register invite:s3
        ann restore bob
        eve register invite:s3
        ann make-invite
        +3600s
        eve register invite:s4
        ",
        "
        ann < session 1 of ann, 45s
        ann < done
        ann < invite s1 for 1
        bob < session 2 of bob, 45s
        bob < invite s2 for 1
        bob < invite s3 for 1
        ann < invites 1 of bob, 1 of bob
        bob < invites 1 of bob, 1 of bob
        bob < done
        bob < denied: INVITE_NOT_FOUND
        eve < denied: BAD_INVITE
        ann < done
        bob < go away: Revoked
        eve < denied: BAD_INVITE
        ann < done
        eve < denied: BAD_INVITE
        ann < invite s4 for 1
        ann < go away: TimedOut
        eve < denied: BAD_INVITE
        ",
    );
}

#[test]
fn invites_are_seen_and_revoked_by_their_creator_and_administrators_only() {
    check_in(
        World::default(),
        "
        ann register
        bob register
        eve register
        bob make-invite
        eve made-invites
        eve void-invite s1
        ann claim first
        ann made-invites
        ann void-invite s1
        bob made-invites
        ",
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        eve < session 3 of eve, 45s
        bob < invite s1 for 1
        eve < invites
        eve < denied: INVITE_NOT_FOUND
        ann < done
        ann < invites 1 of the machine, 1 of bob
        ann < done
        bob < invites
        ",
    );
}

#[test]
fn who_may_invite_is_the_operators_word_and_how_many() {
    let script = "
        ann register
        bob register
        ann claim first
        bob make-invite
        ann make-invite
        ann make-invite
        ";
    let rules =
        Rules { invites_by: InvitesBy::Admins, invites_per_user_max: 1, ..Rules::default() };
    check_in(
        World::new(rules),
        script,
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        ann < done
        bob < denied: NOT_AN_ADMIN
        ann < invite s2 for 1
        ann < denied: LIMIT_EXCEEDED
        ",
    );
    let invites_made = Some(Rate { burst: 1, interval: Duration::from_secs(60) });
    check_in(
        World::new(Rules { invites_made, ..Rules::default() }),
        script,
        "
        ann < session 1 of ann, 45s
        bob < session 2 of bob, 45s
        ann < done
        bob < invite s1 for 1
        ann < invite s2 for 1
        ann < denied: RATE_LIMITED, again in 60s
        ",
    );
}
