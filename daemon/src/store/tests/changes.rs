//! Every change comes back after a restart as it went in, or not at all.

use expect_test::expect;

use super::*;
use crate::chat::{
    AccountChange, Client, Device, Found, LastSeen, PresenceCause, PublicKey, Status,
};
use crate::store::add_invite;

const INVITE: SecretHash = SecretHash([9; 32]);

/// Each kind of change at least once.
fn eventful_day() -> Vec<Change> {
    let last_seen =
        LastSeen { at: Stamp(30), cause: PresenceCause::TimedOut, device: "laptop".into() };
    vec![
        user_added(ANN, None),
        user_added(BEN, Some(INVITE)),
        Change::Account(AccountChange::PasswordSet {
            user: ANN,
            password: PasswordHash("$argon2id$2".into()),
        }),
        session_started(1),
        session_started(2),
        session_started(3),
        Change::Account(AccountChange::SessionAttached {
            session: SessionId(2),
            timeout: Duration::from_secs(900),
            origin: Origin {
                client: Client { name: "parlor".into(), version: "1".into() },
                address: "192.0.2.1".parse().ok(),
            },
        }),
        Change::Account(AccountChange::SessionEnded {
            session: SessionId(3),
            user: ANN,
            last_seen,
        }),
        device(1),
        device(2),
        device(3),
        Change::Account(AccountChange::SessionBound {
            session: SessionId(1),
            device: DeviceId([1; 16]),
        }),
        Change::Account(AccountChange::DeviceUsed {
            user: ANN,
            device: DeviceId([1; 16]),
            at: Stamp(40),
        }),
        Change::Account(AccountChange::DeviceRenamed {
            user: ANN,
            device: DeviceId([2; 16]),
            name: "phone".into(),
        }),
        Change::Account(AccountChange::DisplayNameSet { user: ANN, display_name: "Ann".into() }),
        Change::Account(AccountChange::StatusSet {
            user: ANN,
            status: Some(Status { text: "lunch".into(), expires: Some(Stamp(50)) }),
        }),
        Change::Account(AccountChange::DeviceRemoved { user: ANN, device: DeviceId([3; 16]) }),
        room_changed(LOBBY, 1, "all and sundry"),
        member_changed(LOBBY, 2, ANN, Membership::Joined),
        member_changed(LOBBY, 3, BEN, Membership::Joined),
        message(LOBBY, 4, BEN, "hello \u{1f98a}\0\u{202e}"),
        member_changed(LOBBY, 5, BEN, Membership::Left),
        room_changed(LOBBY, 6, "ann alone"),
    ]
}

/// Ann's device of this number.
fn device(number: u8) -> Change {
    Change::Account(AccountChange::DeviceAdded {
        user: ANN,
        device: Device {
            id: DeviceId([number; 16]),
            public_key: PublicKey([number; 32]),
            name: "laptop".into(),
            created: Stamp(30 + i64::from(number)),
            last_used: None,
        },
    })
}

#[test]
fn every_change_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    add_invite(folder.path(), INVITE, 5, Stamp(99), Stamp(1)).unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    remember(&mut store, &eventful_day());
    drop(store);

    let mut store = Store::open(folder.path()).unwrap();
    let mut snapshot = store.replay().unwrap();
    assert_ne!(std::mem::take(&mut snapshot.epoch).0, 0);
    assert_eq!(snapshot.sessions[1].token, SecretHash([7; 32]));
    assert_eq!(&*snapshot.users[0].password.0, "$argon2id$2");
    expect![[r#"
        Snapshot { epoch: Epoch(0), users: [UserRow { user: UserId(1), name: Name("ann"), password: PasswordHash(..), created: Stamp(10), last_seen: Some(LastSeen { at: Stamp(30), cause: TimedOut, device: "laptop" }), admin: false, suspended: false, owner: None, webhook: None, reset: None, profile: Profile { display_name: "Ann", status: Some(Status { text: "lunch", expires: Some(Stamp(50)) }) } }, UserRow { user: UserId(2), name: Name("ben"), password: PasswordHash(..), created: Stamp(10), last_seen: None, admin: false, suspended: false, owner: None, webhook: None, reset: None, profile: Profile { display_name: "", status: None } }], sessions: [SessionRow { session: SessionId(1), user: UserId(1), token: SecretHash(..), device: "laptop", timeout: 45s, started: Stamp(20), api_token: None, origin: Origin { client: Client { name: "", version: "" }, address: None }, device_id: Some(DeviceId([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])) }, SessionRow { session: SessionId(2), user: UserId(1), token: SecretHash(..), device: "laptop", timeout: 900s, started: Stamp(20), api_token: None, origin: Origin { client: Client { name: "parlor", version: "1" }, address: Some(192.0.2.1) }, device_id: Some(DeviceId([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2])) }], rooms: [RoomRow { facts: RoomFacts { room: RoomId(1), name: Some(Name("room-1")), topic: "ann alone", creator: UserId(1), created: Stamp(1001), members: 0, rules: RoomRules { visibility: Public, history: All, members_invite: false, members_set_topic: false, slow_mode: 0ns, cooldown: 0ns, retention: 0ns }, open_from: Seq(1), archived: false, direct: [] }, head: Seq(6), head_at: Stamp(1006), first: Seq(1), first_at: Stamp(1001), messages: 6, gone: 1 }], members: [MemberRow { room: RoomId(1), user: UserId(1), join_seq: Seq(2), joined: Stamp(1002), role: Member, muted_until: None, floor: Seq(0), preferences: Preferences { notify: All, pinned: false, hidden: false }, reading: Reading { seq: Seq(2), nth: 2, own: 0, mentions: 0 } }], bans: [], invitations: [], tokens: [], webhooks: [], addresses: [], claim: None, last_session: SessionId(3), files: FilesRow { uploads: [], used: [], last_upload: UploadId(0), last_file: FileId(0) } }
    "#]]
    .assert_eq(&format!("{snapshot:?}\n"));
    assert_eq!(store.invite(INVITE).unwrap().unwrap().uses_left, 4);
    let devices = store.devices(ANN).unwrap();
    let named = devices.iter().map(|device| (&*device.name, device.last_used.map(|at| at.0)));
    assert_eq!(named.collect::<Vec<_>>(), [("laptop", Some(40)), ("phone", None)]);
    assert_eq!(store.device(ANN, DeviceId([2; 16])).unwrap().as_ref(), devices.get(1));
    for (user, id) in [(BEN, 1), (ANN, 3), (UserId(u64::MAX), 1)] {
        assert_eq!(store.device(user, DeviceId([id; 16])).unwrap(), None);
    }
}

#[test]
fn every_event_is_read_as_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let mut day = eventful_day();
    day[1] = user_added(BEN, None);
    remember(&mut store, &day);
    let mut told = Vec::new();
    for change in &day {
        if let Change::Event(event) = change {
            told.push((**event).clone());
        }
    }
    assert_eq!(all_events(&store, LOBBY), told);
}

#[test]
fn what_is_rolled_back_was_never_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    add_invite(folder.path(), INVITE, 1, Stamp(99), Stamp(1)).unwrap();
    let before = state(&mut store);
    let ended = LastSeen { at: Stamp(1), cause: PresenceCause::LoggedOut, device: "".into() };
    apply(
        &mut store,
        &[
            session_started(1),
            Change::Account(AccountChange::SessionEnded {
                session: SessionId(1),
                user: ANN,
                last_seen: ended,
            }),
            message(LOBBY, 3, ANN, "never said"),
            room_changed(RoomId(2), 1, "never made"),
        ],
    );
    store.rollback().unwrap();
    assert_eq!(state(&mut store), before);
    assert!(matches!(store.sent(LOBBY, ANN, message_id(3)).unwrap(), Found::Nothing));
    // Neither are its numbers: what comes next takes their place.
    remember(&mut store, &[message(LOBBY, 3, BEN, "said")]);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(all_events(&store, LOBBY).len(), 3);
}

#[test]
fn a_commit_without_changes_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let mark = fs::read(folder.path().join("commit.mark")).unwrap();
    store.commit().unwrap();
    store.rollback().unwrap();
    store.commit().unwrap();
    assert_eq!(fs::read(folder.path().join("commit.mark")).unwrap(), mark);
}

#[test]
fn a_send_is_found_by_its_id_before_and_after_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let id = message_id(3);
    apply(&mut store, &[message(LOBBY, 3, ANN, "once")]);
    for _ in ["open", "committed"] {
        let found = store.sent(LOBBY, ANN, id).unwrap();
        let Found::Sent { seq: Seq(3), at: Stamp(1003), text, .. } = found else {
            panic!("{found:?}");
        };
        assert_eq!(text.as_deref(), Some("once"));
        // Nobody else's, nowhere else.
        for (room, author) in [(LOBBY, BEN), (RoomId(2), ANN), (RoomId(u64::MAX), ANN)] {
            assert!(matches!(store.sent(room, author, id).unwrap(), Found::Nothing));
        }
        store.commit().unwrap();
    }
}

#[test]
fn looking_for_a_send_never_walks_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = founded(folder.path());
    let sql = "EXPLAIN QUERY PLAN SELECT id, at, text FROM event
               WHERE room = ?1 AND actor = ?2 AND client_message_id = ?3";
    let plan: String = store.conn.query_row(sql, (1, 1, [0; 16]), |row| row.get(3)).unwrap();
    expect!["SEARCH event USING INDEX event_sent (client_message_id=? AND room=? AND actor=?)"]
        .assert_eq(&plan);
}

#[test]
fn what_contradicts_the_log_is_refused_and_spoils_the_batch() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let before = state(&mut store);
    let stranger = UserId(77);
    let plain = MemberChanged::plain(ANN, name(ANN), Membership::Joined);
    let another_floor = MemberChanged { floor: Seq(3), ..plain };
    let joined_again = event(LOBBY, 3, ANN, EventKind::MemberChanged(another_floor));
    let cases = [
        (vec![message(LOBBY, 5, ANN, "a gap")], "event 5 does not follow event 2"),
        (vec![message(LOBBY, 2, ANN, "a repeat")], "UNIQUE"),
        (vec![message(LOBBY, 3, ANN, "a"), message(LOBBY, 5, ANN, "b")], "follow event 3"),
        (vec![message(LOBBY, 3, stranger, "who?")], "FOREIGN KEY"),
        (vec![message(RoomId(2), 1, ANN, "where?")], "FOREIGN KEY"),
        (vec![message(RoomId(1 << 27), 1, ANN, "no place")], "no place"),
        (vec![message(LOBBY, 1 << 36, ANN, "no place")], "no place"),
        (vec![joined_again], "0 rows"),
        (vec![member_changed(LOBBY, 3, BEN, Membership::Left)], "0 rows"),
        (vec![user_added(UserId(3), Some(INVITE))], "0 rows"),
        (vec![user_added(UserId(3), None)], "UNIQUE"),
    ];
    for (changes, what) in cases {
        let tried = changes.iter().try_for_each(|change| store.apply(change));
        check_failed(tried.and_then(|()| store.commit()), what);
        check_failed(store.commit(), "roll it back");
        check_failed(store.apply(&message(LOBBY, 3, ANN, "too late")), "roll it back");
        assert_eq!(state(&mut store), before, "{what}");
    }
}

#[test]
fn the_same_id_twice_from_the_same_author_is_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let kind = EventKind::Message(Message::plain(message_id(3), "again"));
    remember(&mut store, &[message(LOBBY, 3, ANN, "first"), event(LOBBY, 4, BEN, kind.clone())]);
    check_failed(store.apply(&event(LOBBY, 5, ANN, kind)), "UNIQUE");
}

#[test]
fn an_invite_is_added_beside_a_running_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let missing = add_invite(folder.path(), INVITE, 1, Stamp(99), Stamp(1));
    assert!(matches!(missing, Err(StoreError::Missing { .. })), "{missing:?}");

    let mut store = founded(folder.path());
    assert!(store.invite(INVITE).unwrap().is_none());
    add_invite(folder.path(), INVITE, 1, Stamp(99), Stamp(1)).unwrap();
    remember(&mut store, &[message(LOBBY, 3, ANN, "the daemon goes on")]);
    let invite = store.invite(INVITE).unwrap().unwrap();
    assert_eq!((invite.hash, invite.uses_left, invite.expires), (INVITE, 1, Stamp(99)));

    // Long expired ones are forgotten at the next.
    let month = 31 * 24 * 60 * 60 * 1000;
    add_invite(folder.path(), SecretHash([8; 32]), 1, Stamp(month), Stamp(month)).unwrap();
    assert!(store.invite(INVITE).unwrap().is_none());
}

#[test]
fn an_invite_has_as_many_uses_as_it_has() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    add_invite(folder.path(), INVITE, 1, Stamp(99), Stamp(1)).unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    remember(&mut store, &[user_added(ANN, Some(INVITE))]);
    assert_eq!(store.invite(INVITE).unwrap().unwrap().uses_left, 0);
    check_failed(store.apply(&user_added(BEN, Some(INVITE))), "CHECK");
}

#[test]
fn all_devices_but_one_go_with_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let removed = |but| Change::Account(AccountChange::DevicesRemoved { user: ANN, but });
    let ids = |store: &Store| {
        let devices = store.devices(ANN).unwrap();
        devices.iter().map(|device| device.id.0[0]).collect::<Vec<_>>()
    };
    remember(&mut store, &[device(1), device(2), device(3), removed(Some(DeviceId([2; 16])))]);
    assert_eq!(ids(&store), [2]);
    remember(&mut store, &[removed(None)]);
    assert_eq!(ids(&store), [0_u8; 0]);
}

#[test]
fn a_server_keeps_its_own_id() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let id = |folder: &tempfile::TempDir| Store::open(folder.path()).unwrap().server_id().unwrap();
    let [one, other] = [id(&folders[0]), id(&folders[1])];
    assert_ne!(one, other);
    assert_eq!(id(&folders[0]), one);
}
