//! The server as a whole, on real files: what is remembered after a restart, and what is on
//! record.

use std::net::{IpAddr, Ipv6Addr};

use parlor_proto::codes::Reason;

use super::*;
use crate::chat::{
    AccountChange, AdminChange, AuditRow, ControlWish, Deed, Invite, Origin, SecretId, SessionRow,
};
use crate::store::{ControlDoor, Verdict, verify_audit};

const CODE: SecretHash = SecretHash([1; 32]);
const TOKEN: SecretHash = SecretHash([2; 32]);
const INVITE: SecretHash = SecretHash([3; 32]);
const BOT: UserId = UserId(3);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn admin(change: AdminChange) -> Change {
    Change::Admin(change)
}

fn invite(hash: SecretHash, creator: UserId) -> Change {
    let (created, expires) = (Stamp(5), Stamp(50));
    let invite = Invite { hash, creator: Some(creator), uses_left: 2, created, expires };
    admin(AdminChange::InviteMade { invite })
}

fn entry(at: i64, object: &str) -> Change {
    admin(AdminChange::Audit(AuditRow {
        at: Stamp(at),
        actor: Some(ANN),
        session: None,
        address: Some(IpAddr::from([192, 0, 2, 1])),
        deed: Deed::LoginFailed,
        object: object.into(),
        refused: Some(Reason::BadCredentials),
        keep_from: Stamp(at - 100),
    }))
}

/// Ann manages the server; ben has a bot.
fn manned(folder: &Path) -> Store {
    let mut store = founded(folder);
    store.set_claim(CODE).unwrap();
    let name = Name::parse("helper").unwrap();
    remember(
        &mut store,
        &[
            admin(AdminChange::ServerRole { user: ANN, admin: true }),
            admin(AdminChange::BotAdded { bot: BOT, name, owner: BEN, at: Stamp(3) }),
            admin(AdminChange::TokenMade {
                hash: TOKEN,
                bot: BOT,
                name: "first".into(),
                at: Stamp(4),
            }),
            invite(INVITE, BEN),
        ],
    );
    store
}

fn reopened(store: Store, folder: &Path) -> Store {
    drop(store);
    Store::open(folder).unwrap()
}

#[test]
fn roles_bots_tokens_codes_and_addresses_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = manned(folder.path());
    let (session, user) = (SessionId(1), BOT);
    let started = AccountChange::SessionStarted(SessionRow {
        session,
        user,
        token: SecretHash([7; 32]),
        device: "".into(),
        timeout: Duration::from_secs(45),
        started: Stamp(6),
        api_token: None,
        origin: Origin::default(),
        device_id: None,
    });
    let seen = |address, instead| {
        admin(AdminChange::AddressSeen { user: ANN, address, at: Stamp(8), instead })
    };
    let changes = [
        Change::Account(started),
        admin(AdminChange::TokenUsed { hash: TOKEN, session, at: Stamp(7) }),
        admin(AdminChange::ResetCodeMade { user: BEN, hash: CODE, expires: Stamp(60) }),
        seen([192, 0, 2, 1].into(), None),
        seen([192, 0, 2, 1].into(), None),
        seen(V6, Some([192, 0, 2, 1].into())),
    ];
    remember(&mut store, &changes);

    let mut store = reopened(store, folder.path());
    let snapshot = store.replay().unwrap();
    let [ann, ben, bot] = &snapshot.users[..] else { panic!("{snapshot:?}") };
    assert!(ann.admin && !ben.admin && !bot.suspended);
    assert_eq!((ben.owner, bot.owner), (None, Some(BEN)));
    assert_eq!(ben.reset, Some((CODE, Stamp(60))));
    assert_eq!(snapshot.claim, None, "there is an administrator");
    assert_eq!(snapshot.sessions[0].api_token, Some(TOKEN));
    let [token] = &snapshot.tokens[..] else { panic!("{snapshot:?}") };
    assert_eq!((token.bot, &*token.name, token.last_used), (BOT, "first", Some(Stamp(7))));
    assert_eq!(snapshot.addresses, [(ANN, V6, Stamp(8))]);
}

#[test]
fn suspending_voids_what_could_let_somebody_in_and_restoring_brings_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = manned(folder.path());
    let changes = [
        admin(AdminChange::ResetCodeMade { user: BEN, hash: CODE, expires: Stamp(60) }),
        admin(AdminChange::Suspended { user: BEN }),
    ];
    remember(&mut store, &changes);
    for suspended in [true, false] {
        store = reopened(store, folder.path());
        let snapshot = store.replay().unwrap();
        assert_eq!(snapshot.users[1].suspended, suspended);
        assert_eq!(snapshot.users[1].reset, None);
        assert!(snapshot.tokens.is_empty(), "the bot's too");
        assert!(store.invite(INVITE).unwrap().is_none());
        if suspended {
            remember(&mut store, &[admin(AdminChange::Restored { user: BEN })]);
        }
    }
}

#[test]
fn a_new_password_uses_the_code_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = manned(folder.path());
    let password = PasswordHash("$argon2id$new".into());
    let changes = [
        admin(AdminChange::ResetCodeMade { user: BEN, hash: CODE, expires: Stamp(60) }),
        admin(AdminChange::PasswordReset { user: BEN, password: password.clone() }),
    ];
    remember(&mut store, &changes);
    let snapshot = reopened(store, folder.path()).replay().unwrap();
    assert!(snapshot.users[1].password == password && snapshot.users[1].reset.is_none());
}

#[test]
fn invites_are_found_by_their_creator_and_by_what_people_call_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = manned(folder.path());
    remember(&mut store, &[invite(SecretHash([4; 32]), ANN)]);
    let count = |of, now| store.invites(of, Stamp(now)).unwrap().len();
    assert_eq!([count(None, 9), count(Some(BEN), 9), count(Some(BOT), 9)], [2, 1, 0]);
    assert_eq!((count(None, 50), store.open_invites(BEN, Stamp(9)).unwrap()), (0, 1));
    let found = store.invite_called(SecretId::of(&INVITE)).unwrap().unwrap();
    assert_eq!((found.hash, found.creator), (INVITE, Some(BEN)));
    assert!(store.invite_called(SecretId(7)).unwrap().is_none());
    assert!(store.invite_called(SecretId(u64::MAX)).unwrap().is_none());
    let late = Invite { created: Stamp(50), expires: Stamp(99), ..found };
    let again = Invite { hash: SecretHash([5; 32]), ..late };
    remember(&mut store, &[admin(AdminChange::InviteMade { invite: again })]);
    assert!(store.invite(INVITE).unwrap().is_none(), "what is over makes room");
    assert!(store.invite(SecretHash([4; 32])).unwrap().is_some(), "not for others");
    remember(&mut store, &[admin(AdminChange::InviteRevoked { hash: SecretHash([4; 32]) })]);
    assert!(store.invite(SecretHash([4; 32])).unwrap().is_none());
}

#[test]
fn another_invite_takes_the_place_of_those_that_are_good_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let made = |number, creator, uses_left, created| {
        let (hash, expires) = (SecretHash([number; 32]), Stamp(created + 10));
        let (creator, created) = (Some(creator), Stamp(created));
        admin(AdminChange::InviteMade {
            invite: Invite { hash, creator, uses_left, created, expires },
        })
    };
    let changes = [
        made(1, BEN, 1, 10), // Over at 20.
        made(2, BEN, 0, 15), // Used up.
        made(3, BEN, 1, 15),
        made(4, ANN, 1, 10),
        made(5, BEN, 1, 20),
    ];
    remember(&mut store, &changes);
    let left = (1..=5).filter(|number| store.invite(SecretHash([*number; 32])).unwrap().is_some());
    assert_eq!(left.collect::<Vec<u8>>(), [3, 4, 5], "ann's are hers to replace");
}

#[test]
fn what_somebody_on_the_machine_wants_waits_until_it_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let store = manned(folder.path());
    let before = store.others_wrote().unwrap();
    let door = ControlDoor::open(folder.path()).unwrap();
    let zoe = Name::parse("zoe").unwrap();
    assert_eq!(door.leave(&zoe, &ControlWish::Admin(true)).unwrap(), None);
    let helper = Name::parse("helper").unwrap();
    assert_eq!(door.leave(&helper, &ControlWish::Admin(true)).unwrap(), None, "a bot");
    let id = door.leave(&name(BEN), &ControlWish::Admin(true)).unwrap().unwrap();
    let wish = ControlWish::ResetCode { hash: CODE, expires: Stamp(9) };
    door.leave(&name(BEN), &wish).unwrap().unwrap();
    assert_ne!(store.others_wrote().unwrap(), before, "the daemon notices");

    let mut store = reopened(store, folder.path());
    let waiting = store.controls().unwrap();
    assert_eq!(waiting.len(), 2);
    assert_eq!((waiting[0].id, waiting[0].user), (id, BEN));
    assert!(!door.is_done(id).unwrap());
    let seen = store.others_wrote().unwrap();
    remember(
        &mut store,
        &[
            admin(AdminChange::ServerRole { user: BEN, admin: true }),
            admin(AdminChange::ControlDone { id }),
        ],
    );
    assert_eq!(store.others_wrote().unwrap(), seen, "its own writing is no news");
    assert!(door.is_done(id).unwrap());
    assert_eq!(door.admins().unwrap(), [name(ANN), name(BEN)]);
}

#[test]
fn the_record_is_read_in_pages_from_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[entry(1, "a"), entry(2, "b")]);
    apply(&mut store, &[entry(3, "c")]);
    let page = store.audit(None, 2).unwrap();
    let objects: Vec<_> = page.entries.iter().map(|entry| (entry.id, &*entry.object)).collect();
    assert_eq!((objects, page.more), (vec![(3, "c"), (2, "b")], true));
    let [_, second] = &page.entries[..] else { panic!("two rows") };
    assert_eq!((second.actor, second.session, &*second.address), (Some(ANN), None, "192.0.2.1"));
    assert_eq!((&*second.action, &*second.outcome), ("login.failed", "BAD_CREDENTIALS"));
    let rest = store.audit(Some(2), 2).unwrap();
    assert_eq!((rest.entries.len(), rest.entries[0].id, rest.more), (1, 1, false));
    assert_eq!(store.audit(Some(u64::MAX), 100).unwrap().entries.len(), 3);
    store.rollback().unwrap();
    assert_eq!(store.audit(None, 100).unwrap().entries.len(), 2);
}

#[test]
fn whoever_edits_or_cuts_the_record_is_found_out() {
    let verdict = |spoil: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut store = founded(folder.path());
        remember(&mut store, &(1..=9).map(|at| entry(at, "ann")).collect::<Vec<_>>());
        if !spoil.is_empty() {
            store.conn.execute_batch(spoil).unwrap();
        }
        verify_audit(folder.path()).unwrap()
    };
    let whole = verdict("");
    assert!(matches!(whole, Verdict::Whole { entries: 9, .. }), "{whole:?}");
    for (spoil, at) in [
        ("UPDATE audit SET object = 'bob' WHERE id = 4", 4),
        ("UPDATE audit SET at = at + 1 WHERE id = 1", 1),
        ("UPDATE audit SET actor = NULL WHERE id = 9", 9),
        ("UPDATE audit SET address = '', action = '192.0.2.1login.failed' WHERE id = 2", 2),
        ("UPDATE audit SET hash = zeroblob(32) WHERE id = 3", 3),
        ("UPDATE audit SET hash = x'00' WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 5", 5),
        ("DELETE FROM audit WHERE id <= 2", 1),
        ("DELETE FROM audit WHERE id >= 8", 8),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET id = 10 WHERE id = 9", 9),
        ("INSERT INTO audit SELECT 10, at, actor, session, address, action, object, outcome, hash
          FROM audit WHERE id = 9", 10),
        ("UPDATE audit_chain SET head_hash = zeroblob(32)", 10),
    ] {
        assert_eq!(verdict(spoil), Verdict::Broken { at }, "{spoil}");
    }
}

#[test]
fn old_entries_go_and_the_rest_is_still_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &(1..=50).map(|at| entry(at, "ann")).collect::<Vec<_>>());
    // A hundred are kept for as long; eight go for each that comes.
    remember(&mut store, &(140..=150).map(|at| entry(at, "ann")).collect::<Vec<_>>());
    let kept = store.audit(None, 100).unwrap().entries;
    assert_eq!((kept.len(), kept.last().unwrap().at), (12, Stamp(50)));
    let verdict = verify_audit(folder.path()).unwrap();
    assert!(matches!(verdict, Verdict::Whole { entries: 12, .. }), "{verdict:?}");
    store.conn.execute_batch("DELETE FROM audit WHERE at = 50").unwrap();
    assert!(matches!(verify_audit(folder.path()).unwrap(), Verdict::Broken { .. }));
}
