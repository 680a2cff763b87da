//! The store on real files: what comes back, what never does, and what happens in between.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{ClientMessageId, DeviceId, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

use super::{Store, StoreError};
use crate::chat::{
    AccountChange, Change, EventKind, MemberChanged, Membership, Message, Origin, PasswordHash,
    RoomEvent, RoomFacts, SecretHash, SessionRow, Snapshot, Stamp,
};

mod admin;
mod changes;
mod crash;
mod files;
mod full;
mod growth;
mod messages;
mod pages;
mod reading;
mod retention;
mod rooms;
mod search;
mod webhooks;

const ANN: UserId = UserId(1);
const BEN: UserId = UserId(2);
const LOBBY: RoomId = RoomId(1);

fn name(user: UserId) -> Name {
    Name::parse(if user == ANN { "ann" } else { "ben" }).unwrap()
}

fn user_added(user: UserId, invite: Option<SecretHash>) -> Change {
    let password = PasswordHash("$argon2id$1".into());
    Change::Account(AccountChange::UserAdded {
        user,
        name: name(user),
        password,
        at: Stamp(10),
        invite,
    })
}

fn event(room: RoomId, seq: u64, actor: UserId, kind: EventKind) -> Change {
    let at = Stamp(1000 + seq.cast_signed());
    let actor_name = name(actor);
    Change::Event(Arc::new(RoomEvent {
        room,
        seq: Seq(seq),
        at,
        actor,
        actor_name,
        nth: seq,
        kind,
    }))
}

fn room_changed(room: RoomId, seq: u64, topic: &str) -> Change {
    let name = Name::parse(&format!("room-{room}")).unwrap();
    let facts = RoomFacts::group(room, name, topic.into(), (ANN, Stamp(1001)));
    let facts = RoomFacts { members: 3, ..facts };
    event(room, seq, ANN, EventKind::RoomChanged(facts))
}

fn member_changed(room: RoomId, seq: u64, user: UserId, membership: Membership) -> Change {
    event(
        room,
        seq,
        user,
        EventKind::MemberChanged(MemberChanged::plain(user, name(user), membership)),
    )
}

/// A client message id that no other number has.
fn message_id(number: u64) -> ClientMessageId {
    ClientMessageId(u128::from(number).to_be_bytes())
}

fn message(room: RoomId, seq: u64, author: UserId, text: &str) -> Change {
    event(room, seq, author, EventKind::Message(Message::plain(message_id(seq), text)))
}

fn session_started(session: u64) -> Change {
    Change::Account(AccountChange::SessionStarted(SessionRow {
        session: SessionId(session),
        user: ANN,
        token: SecretHash([7; 32]),
        device: "laptop".into(),
        timeout: Duration::from_secs(45),
        started: Stamp(20),
        origin: Origin::default(),
        api_token: None,
        device_id: (session == 2).then_some(DeviceId([2; 16])),
    }))
}

/// Ann and Ben, and a lobby with Ann in it: head 2.
fn founded(folder: &Path) -> Store {
    let mut store = Store::open(folder).unwrap();
    let joined = member_changed(LOBBY, 2, ANN, Membership::Joined);
    let changes =
        [user_added(ANN, None), user_added(BEN, None), room_changed(LOBBY, 1, ""), joined];
    remember(&mut store, &changes);
    store
}

fn remember(store: &mut Store, changes: &[Change]) {
    apply(store, changes);
    store.commit().unwrap();
}

fn apply(store: &mut Store, changes: &[Change]) {
    for change in changes {
        store.apply(change).unwrap();
    }
}

/// All that the core would know after a start, secrets included.
fn told(snapshot: &Snapshot) -> String {
    let mut text = format!("{snapshot:#?}");
    for user in &snapshot.users {
        write!(text, "\n{} {}", user.name, user.password.0).unwrap();
    }
    for session in &snapshot.sessions {
        write!(text, "\n{} {:?}", session.session, session.token.0).unwrap();
    }
    text
}

fn state(store: &mut Store) -> String {
    told(&store.replay().unwrap())
}

fn head(store: &mut Store) -> Seq {
    store.replay().unwrap().rooms[0].head
}

fn all_events(store: &Store, room: RoomId) -> Vec<RoomEvent> {
    let reader = store.reader().unwrap();
    reader.events(room, Seq(1)..=Seq(1 << 30), u32::MAX, usize::MAX).unwrap()
}

/// The files as they would be found if the power went now. Only for stores that write nothing
/// any more: closing the copied file drops the process's locks on it.
fn as_left_behind(from: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["parlor.db", "parlor.db-wal", "commit.mark"] {
        fs::copy(from.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

#[track_caller]
fn check_failed(result: Result<(), StoreError>, what: &str) {
    let error = result.unwrap_err();
    assert!(!error.is_full() && error.to_string().contains(what), "{error}");
}
