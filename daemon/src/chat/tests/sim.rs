//! A random world, replayable from its seed. After each step the invariants must hold: what
//! the core knows is what the store remembers, what was not remembered has not happened, and
//! nobody listens where they are not a member.

use std::collections::BTreeMap;

use parlor_proto::ids::{RoomId, Seq};

use super::world::World;
use crate::chat::liveness::SILENT_ASK_INTERVAL;
use crate::chat::permissions::{self, Operation};
use crate::chat::state::conns::Conn;
use crate::chat::state::sessions::Session;
use crate::chat::{Chat, ConnId, EventKind, Moment, Role, RoomKind, Rules};

const SEEDS: u64 = 60;
const STEPS: usize = 400;

#[test]
fn a_random_world_keeps_its_invariants() {
    for seed in 1..=SEEDS {
        live(seed, STEPS);
    }
}

fn live(seed: u64, steps: usize) {
    let mut random = Random(seed);
    let mut world = World::new(Rules {
        sends: None,
        rooms_created: None,
        message_changes: None,
        marks: None,
        joins: None,
        invitations: None,
        lists: None,
        syncs: None,
        bots_made: None,
        webhook_sends: None,
        sessions_per_user_max: 3,
        connections_per_session_max: 3,
        catch_up_events_max: 20,
        ..Rules::default()
    });
    let mut done = Vec::new();
    for _ in 0..steps {
        let line = random.line();
        done.push(line.clone());
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            world.act(&line);
            check_invariants(&world);
        }));
        if let Err(panic) = outcome {
            let script = done.join("\n");
            eprintln!("seed {seed}, after {} steps:\n{script}", done.len());
            std::panic::resume_unwind(panic);
        }
        world.take_transcript();
    }
}

fn check_invariants(world: &World) {
    let state = &world.chat.state;
    let mut heads: BTreeMap<RoomId, Seq> = BTreeMap::new();
    for (room, seq) in world.store.events.keys() {
        let head = heads.entry(*room).or_default();
        assert_eq!(head.next(), *seq, "seqs of room {room} have no gap");
        *head = *seq;
    }
    for (room, head) in &heads {
        assert_eq!(state.rooms.get(*room).unwrap().head, *head);
    }

    let restarted = Chat::new(world.now, world.rules.clone(), world.store.replay());
    assert_eq!(restarted.state.rooms, state.rooms, "rooms are as the store remembers them");
    if state.sessions.unwritten.len() == 0 {
        assert_eq!(restarted.state.users, state.users, "so are users");
        assert_eq!(restarted.state.sessions.ids(), state.sessions.ids(), "and sessions");
    }
    assert_eq!(restarted.state.webhooks, state.webhooks, "and webhooks");
    for room in heads.keys() {
        let is_in = |bot| state.rooms.member(*room, bot).is_some();
        assert!(state.webhooks.of_room(*room).all(is_in), "a webhook is in its room");
    }

    for (conn, room) in world.listening() {
        let user = world.chat.user_of(conn).expect("who listens has signed in");
        let reads = permissions::may(state, world.now, user, (room, Operation::Read));
        assert!(reads.is_ok(), "who listens may read");
    }
    check_places(world, heads.into_keys());
    let mut timers = 0;
    for id in state.sessions.ids() {
        let session = state.sessions.get(id).unwrap();
        let conns: Vec<_> = state.conns.of_session(id).collect();
        assert_eq!(session.timer.is_some(), conns.is_empty(), "who is gone is waited for");
        assert!(conns.iter().all(|(_, conn)| conn.timer.is_some() != conn.asked));
        assert!(conns.len() <= 3);
        check_silence(world, session, &conns);
        timers += conns.iter().filter(|(_, conn)| conn.timer.is_some()).count();
        timers += usize::from(session.timer.is_some());
    }
    assert!(state.timers.len() >= timers);
    assert!(world.chat.deadline().is_none_or(|due| due > world.now.moment || world.owes_a_tick()));
}

/// Nobody has two places, every room that is open has one owner, and nobody reads what was said
/// before their floor, which is where it was when they joined.
fn check_places(world: &World, rooms: impl Iterator<Item = RoomId>) {
    let state = &world.chat.state;
    for room in rooms {
        let facts = state.rooms.facts(room).unwrap();
        let members: Vec<_> = state.rooms.members(room).collect();
        assert_eq!(usize::try_from(facts.members).unwrap(), members.len());
        let owners = members.iter().filter(|(_, member)| member.role == Role::Owner).count();
        let is_owned = facts.kind() == RoomKind::Group && !facts.archived;
        assert!(owners == 1 || !is_owned, "room {room} is open and has one owner: {owners}");
        for (user, member) in members {
            assert!(state.rooms.invitation(room, user).is_none(), "who is in is not invited");
            assert!(state.rooms.ban(room, user).is_none(), "nor banned");
            assert!(member.floor <= member.join_seq);
            let came = &world.store.events[&(room, member.join_seq)];
            let EventKind::MemberChanged(came) = &came.kind else { panic!("{came:?}") };
            assert_eq!((came.user, came.floor), (user, member.floor), "fixed at joining");
        }
    }
}

/// A session ends in time, and no connection's silence is overlooked.
fn check_silence(world: &World, session: &Session, conns: &[(ConnId, &Conn)]) {
    let now = world.now.moment;
    if let Some(longest) = conns.iter().map(|(_, conn)| conn.timeout).max() {
        let heard = conns.iter().map(|(id, _)| world.heard(*id));
        let heard = heard.fold(session.heard, Moment::max);
        assert!(heard.plus(longest) > now || world.owes_a_tick(), "the end is not overdue");
    }
    for (_, conn) in conns {
        let silent = conn.heard.plus(conn.timeout).max(now.plus(SILENT_ASK_INTERVAL));
        assert!(conn.timer.is_none_or(|timer| timer <= silent), "silence is looked at");
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let len = u64::try_from(of.len()).unwrap();
        of[usize::try_from(self.next() % len).unwrap()]
    }

    fn line(&mut self) -> String {
        let user = self.pick(&["ann", "bob", "eve"]);
        let who = format!("{user}/{}", self.pick(&["1", "2", "3", "4"]));
        let room = self.pick(&["#1", "#2"]);
        let name = self.pick(&["lobby", "attic"]);
        let other = self.pick(&["ann", "bob", "eve"]);
        match self.next() % 51 {
            47 => format!("{who} hook ci {room}{}", self.pick(&["", " https://there"])),
            48 => format!("{who} {} ci", self.pick(&["unhook", "pause", "kick #1"])),
            49 => format!("ci enter s{}", self.next() % 6),
            50 => {
                format!("ci {}", self.pick(&["say #1 hi", "sync only:#1", "report 500 1", "cut"]))
            }
            44..47 => format!("{who} invite {room} {other}"),
            31 => format!("{who} {} {room} {other}", self.pick(&["uninvite", "unban", "unmute"])),
            32..34 => format!("{who} kick {room} {other}"),
            34 => format!("{who} ban {room} {other} {}", self.pick(&["", "5s rude"])),
            35 => format!("{who} mute {room} {other} 5s"),
            36..38 => format!("{who} role {room} {other} {}", self.pick(&["moderator", "member"])),
            38 => format!("{who} transfer {room} {other}"),
            39 => format!("{who} rules {room} {}", self.pick(&["private", "all", "since-join"])),
            40 => format!("{who} {} {room}", self.pick(&["decline", "read", "read", "bans"])),
            41 => format!("{who} say @{other} hi"),
            42 => format!("{who} come {room}"),
            43 if self.next().is_multiple_of(8) => format!("{who} archive {room}"),
            0 => format!("{who} register"),
            1 => format!("{who} login {}", self.pick(&["wrong", "", "timeout:60s"])),
            2..4 => format!("{who} resume {}", self.pick(&["", "timeout:20s", "timeout:100s"])),
            4 => format!("{who} logout"),
            5 => format!("{who} sync presence"),
            6 => format!("{who} sync {room}:{}", self.pick(&["1", "3", "9", "30"])),
            7 => format!("{who} sync only:{room}"),
            8 => format!("{who} create {name}"),
            9..11 => format!("{who} join {name}"),
            11 => format!("{who} leave {room}"),
            12..16 => format!("{who} say {room} {}", self.pick(&["hi", "id:1 hi", "id:1 ho"])),
            16 => format!("{who} {}", self.pick(&["cut", "close"])),
            17 => format!("{who} {}", self.pick(&["idle", "active"])),
            18..20 => format!("{who} beat"),
            20 => format!("+{}", self.pick(&["1ms", "1s", "5s", "30s", "46s"])),
            21 => self.pick(&["disk full", "disk free"]).into(),
            22 if self.next().is_multiple_of(4) => "restart".into(),
            23 => {
                let text = self.pick(&["ho", "@bob", "@room"]);
                format!("{who} edit {room} {} v{} {text}", self.next() % 30, self.next() % 2)
            }
            24 => format!("{who} delete {room} {}", self.next() % 30),
            25 => {
                format!("{who} {} {room} {} x", self.pick(&["react", "unreact"]), self.next() % 30)
            }
            26 => format!("{who} {} {room}", self.pick(&["typing", "typed"])),
            27 => format!("{who} mark {room} {}", self.next() % 30),
            28 => format!("{who} say {room} {}", self.pick(&["@ann", "hi @bob @eve", "@room"])),
            29 => format!("{who} {}", self.pick(&["cursor a #1 3", "cursor b #2 4", "forget a"])),
            _ => format!("{who} who {room}"),
        }
    }
}
