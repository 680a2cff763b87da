//! The table of permissions of `PROTOCOL.md`, cell by cell against a live daemon: what it allows
//! is done, what it denies is refused with the right reason, and to whom a room is not there it
//! answers with the bytes of one that does not exist.

use harness::{Asker, Door, Setup, World, behind_all_doors};
use parlor_proto::codes::Reason;
use parlor_proto::v1::client_frame::Body as Ask;
use parlor_proto::v1::server_frame::Body;
use parlor_proto::v1::{self, Role, Visibility};

mod asking;

use self::asking::{Place, asks};

behind_all_doors! {
    every_cell_of_the_table_holds;
}

/// A room that nobody has made.
const MISSING: u64 = 123_456;

/// The columns of the table.
const STANDINGS: [&str; 8] = [
    "outsider",
    "invited",
    "member",
    "moderator",
    "owner",
    "banned",
    "administrator",
    "in a direct room",
];

/// Who is in direct rooms and who is not: nobody stands to them in another way.
const AT_DIRECT_ROOMS: [&str; 3] = ["outsider", "administrator", "in a direct room"];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Public,
    Private,
    Direct,
}

/// One session each: the owner, a plain member, an administrator, and everybody else.
struct Cast {
    owner: Asker,
    victim: Asker,
    admin: Asker,
    subject: Asker,
    victim_id: u64,
    subject_id: u64,
    /// The victim's.
    file: u64,
    serial: u32,
}

async fn every_cell_of_the_table_holds(door: Door) {
    let setup = Setup::new()
        .config("limits.rooms_per_user = 5000\nlimits.directs_per_user = 5000\n")
        .config("bots.per_minute = \"off\"");
    let world = World::with(door, setup).await;
    let mut cast = Cast::assemble(&world).await;
    let document = include_str!("../../proto/PROTOCOL.md");
    let lines = document.lines().skip_while(|line| !line.starts_with("| operation |")).skip(2);
    let mut cells = 0;
    let mut unserved = Vec::new();
    for line in lines.take_while(|line| line.starts_with('|')) {
        let row: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (operation, row) = row.split_first().unwrap();
        for (standing, cell) in STANDINGS.iter().zip(row) {
            for kind in [Kind::Public, Kind::Private, Kind::Direct] {
                let is_in_direct = *standing == "in a direct room";
                let exists = match kind {
                    Kind::Direct => AT_DIRECT_ROOMS.contains(standing),
                    Kind::Public | Kind::Private => !is_in_direct,
                };
                let cell = if kind == Kind::Direct && !is_in_direct { "" } else { cell };
                let tries = if cell == "setting" { vec!["", "setting"] } else { vec![cell] };
                let mut is_served = exists;
                for expected in tries.iter().filter(|_| exists) {
                    is_served &= cast.walk(operation, (kind, standing), expected).await;
                }
                cells += usize::from(is_served);
                if exists && !is_served && !unserved.contains(operation) {
                    unserved.push(*operation);
                }
            }
        }
    }
    tell(cells, &unserved);
    // REST has no word for who is typing.
    let (least, missing) =
        if door == Door::Rest { (410, &["show typing"][..]) } else { (430, &[][..]) };
    assert!(cells > least, "only {cells} cells");
    assert_eq!(unserved, missing);
}

#[expect(clippy::print_stderr, reason = "the number is for the record")]
fn tell(cells: usize, unserved: &[&str]) {
    eprintln!("{cells} cells walked; not served: {unserved:?}");
}

impl Cast {
    async fn assemble(world: &World) -> Self {
        let mut peers = Vec::new();
        for name in ["owner", "victim", "admin", "subject"] {
            peers.push(Asker::register(&world.url(), name).await);
        }
        let log = world.daemon.log();
        let (_, code) = log.split_once("parlor admin claim ").unwrap();
        let code = code.split('`').next().unwrap().to_owned();
        let claimed = peers[2].0.ask(Ask::ClaimAdmin(v1::ClaimAdminRequest { code })).await;
        assert!(!matches!(claimed, Body::Error(_)), "{claimed:?}");
        let file = peers[1].0.upload().await;
        let ids: Vec<u64> = peers.iter().map(|(_, id)| *id).collect();
        let mut peers = peers.into_iter().map(|(peer, _)| peer);
        let mut next = || peers.next().unwrap();
        let (owner, victim, admin, subject) = (next(), next(), next(), next());
        let (victim_id, subject_id) = (ids[1], ids[3]);
        Self { owner, victim, admin, subject, victim_id, subject_id, file, serial: 0 }
    }

    /// Does the operation in a fresh room; says whether the daemon knows the request.
    async fn walk(&mut self, operation: &str, (kind, standing): (Kind, &str), cell: &str) -> bool {
        let place = self.room(kind, standing, cell == "setting").await;
        let sees = match standing {
            "outsider" => kind == Kind::Public,
            "administrator" => kind != Kind::Direct,
            "banned" => false,
            _ => true,
        };
        for (own, ask) in asks(operation, &place) {
            let who = if standing == "administrator" { &mut self.admin } else { &mut self.subject };
            let answer = who.ask(ask.clone()).await;
            let error = match &answer {
                Body::Error(error) => Some(error),
                _ => None,
            };
            if error.is_some_and(|error| error.reason == "UNKNOWN_REQUEST") {
                return false;
            }
            let allowed = match cell {
                "yes" | "setting" | "lower" => true,
                "public" => kind == Kind::Public,
                "own" => own,
                "" => false,
                other => panic!("what is {other:?} in the table?"),
            };
            let what = format!("{operation} ({own}) by {standing} in {kind:?}: {answer:?}");
            if operation == "mention the room"
                && let Body::Send(sent) = &answer
            {
                // Whoever may speak may write the word; whom it calls is another matter.
                let calls = asking::calls_the_room(&mut self.victim, place.room_id, sent.seq).await;
                assert_eq!(calls, allowed, "{what}");
                continue;
            }
            if allowed {
                let is_last_owner = operation == "leave" && standing == "owner";
                let reason = error.map(|error| error.reason.as_str());
                assert_eq!(reason, is_last_owner.then_some("LAST_OWNER"), "{what}");
                continue;
            }
            if operation == "see their presence" || operation == "see it, its topic" {
                assert!(asking::shows_nothing(&answer) || error.is_some(), "{what}");
                continue;
            }
            let Some(error) = error else { panic!("{what}") };
            let reason = if !sees {
                let missing = who.ask(asking::elsewhere(ask, MISSING)).await;
                assert_eq!(missing, Body::Error(error.clone()), "as if it were not there: {what}");
                Reason::RoomNotFound
            } else if kind == Kind::Direct && cell != "own" {
                Reason::DirectRoom
            } else if !matches!(standing, "member" | "moderator" | "owner" | "in a direct room") {
                Reason::NotAMember
            } else if cell == "own" {
                Reason::NotTheAuthor
            } else {
                Reason::RoleTooLow
            };
            assert_eq!(error.reason, reason.as_str(), "{what}");
        }
        self.tidy_up(&place, standing).await;
        !asks(operation, &place).is_empty()
    }

    /// A room of this kind to which the subject stands in this way.
    async fn room(&mut self, kind: Kind, standing: &str, open: bool) -> Place {
        self.serial += 1;
        let name = format!("room-{}", self.serial);
        let (victim, subject, file) = (self.victim_id, self.subject_id, self.file);
        if kind == Kind::Direct {
            let is_in = standing == "in a direct room";
            // Each set of people has one room: here always the same two.
            let sender = if is_in { &mut self.subject } else { &mut self.owner };
            let answer = asking::say_to(sender, &[victim]).await;
            let Body::Send(v1::SendResponse { room_id, seq, .. }) = answer else {
                panic!("{answer:?}")
            };
            let theirs = asking::say(&mut self.victim, room_id, Some(file)).await;
            let own = if is_in { seq } else { theirs };
            return Place { room_id, name: String::new(), victim, own, theirs, file };
        }
        let is_owner = standing == "owner";
        let visibility =
            if kind == Kind::Public { Visibility::Public } else { Visibility::Private };
        let rules = v1::RoomRules {
            visibility: visibility.into(),
            history: v1::HistoryRule::All.into(),
            members_invite: open,
            members_set_topic: open,
            ..Default::default()
        };
        let create =
            v1::CreateRoomRequest { name: name.clone(), rules: Some(rules), ..Default::default() };
        let owner = if is_owner { &mut self.subject } else { &mut self.owner };
        let answer = owner.ask(Ask::CreateRoom(create)).await;
        let Body::Room(v1::RoomResponse { state: Some(state) }) = answer else {
            panic!("{answer:?}")
        };
        let room_id = state.room.unwrap().room_id;
        asking::invite(owner, room_id, victim).await;
        asking::join(&mut self.victim, room_id).await;
        let owner = if is_owner { &mut self.subject } else { &mut self.owner };
        if matches!(standing, "invited" | "member" | "moderator") {
            asking::invite(owner, room_id, subject).await;
        }
        if matches!(standing, "member" | "moderator") {
            asking::join(&mut self.subject, room_id).await;
        }
        let owner = if is_owner { &mut self.subject } else { &mut self.owner };
        if standing == "moderator" {
            let role = Role::Moderator.into();
            let set = v1::SetRoleRequest { room_id, user_id: subject, role };
            asking::done(owner, Ask::SetRole(set)).await;
        }
        if standing == "banned" {
            let ban = v1::BanMemberRequest { room_id, user_id: subject, ..Default::default() };
            asking::done(owner, Ask::BanMember(ban)).await;
        }
        let theirs = asking::say(&mut self.victim, room_id, Some(file)).await;
        let is_in = matches!(standing, "member" | "moderator" | "owner");
        let own = if is_in { asking::say(&mut self.subject, room_id, None).await } else { theirs };
        Place { room_id, name, victim, own, theirs, file }
    }

    /// Nobody may have too many invitations.
    async fn tidy_up(&mut self, place: &Place, standing: &str) {
        if standing == "invited" {
            let decline = v1::DeclineInvitationRequest { room_id: place.room_id, user_id: 0 };
            self.subject.ask(Ask::DeclineInvitation(decline)).await;
        }
    }
}
