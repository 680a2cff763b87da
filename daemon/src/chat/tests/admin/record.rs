//! What is on record, and what is not.

use crate::chat::tests::check;
use crate::chat::tests::world::World;
use crate::chat::{Effects, failures};

#[test]
fn what_matters_is_on_record_with_who_did_it_and_reading_it_is_too() {
    check(
        "
        ann register
        ann claim first
        bob register
        bob logout
        ann suspend bob
        machine reload
        hush
        ann audit
        ann audit 2 4
        ",
        "
        ann < audit 8 - config.reloaded [] ok; 7 ann user.suspended [bob] ok; \
         6 bob logout [] ok; 5 bob login [bob] ok; 4 bob account.added [bob] ok; \
         3 ann server_role.set [ann: admin] ok; 2 ann login [ann] ok; 1 ann account.added [ann] ok
        ann < audit 3 ann server_role.set [ann: admin] ok; 2 ann login [ann] ok ...
        ",
    );
}

#[test]
fn a_device_that_is_not_let_in_is_on_record_like_a_wrong_password() {
    check(
        "
        ann register
        ann claim first
        ann add d1
        bob device-login 1 d1 forged
        eve device-login 9 d1
        ann audit 1
        +60s
        ann/2 login
        hush
        ann/2 audit 4
        ",
        "
        ann/2 < audit 8 ann login [ann] ok; 7 - login.failed [1 more] BAD_CREDENTIALS; \
         6 ann audit.read [] ok; 5 - login.failed [ann] BAD_CREDENTIALS ...
        ",
    );
}

#[test]
fn a_flood_of_wrong_passwords_is_few_entries() {
    check(
        "
        ann register
        ann claim first
        ann/2 login as:wrong
        ann/3 login as:wrong
        ann/4 login as:wrong
        zoe login as:wrong
        hush
        ann audit 2
        +30s
        ann beat
        +30s
        hush
        ann audit 3
        ann/2 login as:wrong
        ann audit 1
        ",
        "
        ann < audit 6 - login.failed [3 more] BAD_CREDENTIALS; 5 ann audit.read [] ok; \
         4 - login.failed [ann] BAD_CREDENTIALS ...
        ann/2 < denied: BAD_CREDENTIALS
        ann < audit 8 - login.failed [ann] BAD_CREDENTIALS ...
        ",
    );
}

#[test]
fn who_gains_and_loses_a_place_in_a_room_is_on_record_and_not_who_comes_and_goes() {
    let mut world = World::default();
    for line in [
        "ann register",
        "bob register",
        "ann create lobby",
        "bob join lobby",
        "ann say #1 nobody-else's-business",
        "ann role #1 bob moderator",
        "ann mute #1 bob 60s",
        "ann kick #1 bob",
        "bob join lobby",
        "ann ban #1 bob",
        "ann unban #1 bob",
        "bob join lobby",
        "ann transfer #1 bob",
        "bob archive #1",
    ] {
        world.act(line);
    }
    let page = world.store.audit_page(None, 100);
    let shown: Vec<_> = page
        .entries
        .iter()
        .rev()
        .filter(|entry| entry.action.starts_with("room.") || entry.action.starts_with("member."))
        .map(|entry| format!("{} {}", entry.action, entry.object))
        .collect();
    let expected = [
        "room.role_set bob in lobby: moderator",
        "member.muted bob in lobby",
        "member.removed bob in lobby",
        "member.banned bob in lobby",
        "member.unbanned bob in lobby",
        "room.role_set bob in lobby: owner",
        "room.archived lobby",
    ];
    assert_eq!(shown, expected);
    assert!(!format!("{page:?}").contains("business"));
}

#[test]
fn failures_from_everywhere_are_few_entries_too() {
    let mut world = World::default();
    for last in 0..=255 {
        let address = Some(std::net::IpAddr::from([192, 0, 2, last]));
        let mut effects = Effects::default();
        failures::note(&mut world.chat.state, world.now, address, None, &mut effects);
        // Those beyond the limit count as those of one address, whose first is told.
        assert_eq!(effects.changes.len(), usize::from(last <= 64), "{last}");
    }
    let mut effects = Effects::default();
    failures::due(&mut world.chat.state, world.now, &mut effects);
    assert_eq!(effects.changes.len(), 1, "how many more, of all those together");
}
