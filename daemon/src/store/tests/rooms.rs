//! Roles, bans, invitations and rules come back after a restart as they were.

use super::*;
use crate::chat::{NotifyLevel, Preferences, Role, RoomChange, RoomKind, RoomRules, Visibility};

fn place(seq: u64, user: UserId, membership: Membership, role: Role) -> Change {
    let plain = MemberChanged::plain(user, name(user), membership);
    let (muted_until, floor) = ((role == Role::Moderator).then_some(Stamp(9_000)), Seq(2));
    let changed = MemberChanged { role, muted_until, floor, ..plain };
    event(LOBBY, seq, ANN, EventKind::MemberChanged(changed))
}

fn banned(seq: u64, reason: &str) -> [Change; 2] {
    let (room, user, issuer) = (LOBBY, BEN, ANN);
    let (at, until) = (Stamp(1000 + seq.cast_signed()), Some(Stamp(5_000)));
    let ban = RoomChange::Banned { room, user, issuer, reason: reason.into(), at, until };
    [place(seq, BEN, Membership::Banned, Role::Member), Change::Room(ban)]
}

fn reopened(folder: &Path, store: Store) -> (Store, Snapshot) {
    drop(store);
    let mut store = Store::open(folder).unwrap();
    let snapshot = store.replay().unwrap();
    (store, snapshot)
}

#[test]
fn a_place_changes_and_what_one_may_read_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let preferences = Preferences { notify: NotifyLevel::Nothing, pinned: true, hidden: true };
    let (room, user) = (LOBBY, BEN);
    remember(
        &mut store,
        &[
            place(3, BEN, Membership::Invited, Role::Member),
            place(4, BEN, Membership::Joined, Role::Member),
            place(5, BEN, Membership::Joined, Role::Moderator),
            Change::Room(RoomChange::Preferred { room, user, preferences }),
        ],
    );
    let (_, snapshot) = reopened(folder.path(), store);
    let ben = &snapshot.members[1];
    assert_eq!((ben.role, ben.muted_until), (Role::Moderator, Some(Stamp(9_000))));
    assert_eq!((ben.join_seq, ben.joined, ben.floor), (Seq(4), Stamp(1004), Seq(2)));
    assert_eq!(ben.preferences, preferences);
    assert!(snapshot.invitations.is_empty(), "who joins is invited no longer");
}

#[test]
fn bans_and_invitations_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[place(3, BEN, Membership::Invited, Role::Member)]);
    let (mut store, snapshot) = reopened(folder.path(), store);
    let invited = &snapshot.invitations[0];
    assert_eq!((invited.room, invited.user, invited.by), (LOBBY, BEN, ANN));
    assert_eq!(invited.at, Stamp(1003));

    remember(&mut store, &banned(4, "rude"));
    remember(&mut store, &banned(5, "very rude"));
    let (mut store, snapshot) = reopened(folder.path(), store);
    assert!(snapshot.invitations.is_empty());
    let [ban] = &snapshot.bans[..] else { panic!("{:?}", snapshot.bans) };
    assert_eq!((&*ban.reason, ban.at, ban.until), ("very rude", Stamp(1005), Some(Stamp(5_000))));

    remember(&mut store, &[place(6, BEN, Membership::Unbanned, Role::Member)]);
    remember(&mut store, &banned(7, ""));
    let over = RoomChange::BanForgotten { room: LOBBY, user: BEN };
    remember(&mut store, &[Change::Room(over)]);
    remember(&mut store, &[place(8, BEN, Membership::Invited, Role::Member)]);
    remember(&mut store, &[Change::Room(RoomChange::InvitationsVoid { room: LOBBY })]);
    let (_, snapshot) = reopened(folder.path(), store);
    assert!(snapshot.bans.is_empty() && snapshot.invitations.is_empty());
}

#[test]
fn what_was_not_there_cannot_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let before = state(&mut store);
    for change in [
        place(3, BEN, Membership::Declined, Role::Member),
        place(3, BEN, Membership::Unbanned, Role::Member),
        place(3, BEN, Membership::Removed, Role::Member),
        Change::Room(RoomChange::BanForgotten { room: LOBBY, user: BEN }),
    ] {
        check_failed(store.apply(&change), "0 rows");
        assert_eq!(state(&mut store), before);
    }
}

#[test]
fn rules_and_direct_rooms_come_back_and_people_have_one_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let rules = RoomRules { visibility: Visibility::Private, ..RoomRules::default() };
    let group = RoomFacts::group(LOBBY, name(ANN), "".into(), (ANN, Stamp(1001)));
    let group = RoomFacts { rules, archived: true, open_from: Seq(3), ..group };
    let direct = |room| RoomFacts {
        room,
        name: None,
        direct: [(ANN, name(ANN)), (BEN, name(BEN))].into(),
        archived: false,
        open_from: Seq(1),
        ..group.clone()
    };
    let (second, third) = (RoomId(2), RoomId(3));
    remember(
        &mut store,
        &[
            event(LOBBY, 3, ANN, EventKind::RoomChanged(group.clone())),
            event(second, 1, ANN, EventKind::RoomChanged(direct(second))),
        ],
    );
    let (mut store, snapshot) = reopened(folder.path(), store);
    assert_eq!(snapshot.rooms[0].facts, group);
    assert_eq!(snapshot.rooms[1].facts, direct(second));
    assert_eq!(snapshot.rooms[1].facts.kind(), RoomKind::Direct);
    let again = event(third, 1, ANN, EventKind::RoomChanged(direct(third)));
    check_failed(store.apply(&again), "UNIQUE");
}

#[test]
fn rooms_of_one_name_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let called = |room: RoomId| {
        let named = Name::parse("den").unwrap();
        let facts = RoomFacts::group(room, named, "".into(), (ANN, Stamp(1)));
        event(room, 1, ANN, EventKind::RoomChanged(facts))
    };
    remember(&mut store, &[called(RoomId(7)), called(RoomId(8))]);
    let (_, snapshot) = reopened(folder.path(), store);
    let names: Vec<_> = snapshot.rooms.iter().map(|room| room.facts.name.clone()).collect();
    let den = Some(Name::parse("den").unwrap());
    assert_eq!(names[1..], [den.clone(), den]);
}
