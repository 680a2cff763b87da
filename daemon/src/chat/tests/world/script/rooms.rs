//! What is asked about rooms: `ann create den private`, `ann ban #1 eve 60s rude`,
//! `ann say @bob,eve hello`.

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::super::World;
use super::{duration, room};
use crate::chat::*;

impl World {
    pub(super) fn room_request(&self, verb: &str, rest: &str) -> RoomRequest {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let word = |i: usize| words.get(i).copied().unwrap_or_default();
        match verb {
            "create" => RoomRequest::Create {
                name: Name::parse(word(0)).unwrap(),
                topic: "".into(),
                rules: rules(words.get(1..).unwrap_or_default()),
            },
            "rooms" => RoomRequest::List(listing(&words)),
            "find" => RoomRequest::List(Listing {
                after: ("".into(), RoomId(0)),
                rows: 2,
                name: Some(Name::parse(word(0)).unwrap()),
                containing: "".into(),
            }),
            "topic" => {
                let topic = Some(rest.split_once(' ').map_or("", |(_, topic)| topic).into());
                let update = RoomUpdate { topic, ..RoomUpdate::default() };
                RoomRequest::Update { room: room(word(0)), update }
            }
            "rename" => {
                let name = Some(Name::parse(word(1)).unwrap());
                let update = RoomUpdate { name, ..RoomUpdate::default() };
                RoomRequest::Update { room: room(word(0)), update }
            }
            "rules" => {
                let rules = Some(rules(words.get(1..).unwrap_or_default()));
                let update = RoomUpdate { rules, ..RoomUpdate::default() };
                RoomRequest::Update { room: room(word(0)), update }
            }
            "come" => RoomRequest::Join { room: RoomRef::Id(room(word(0))) },
            "decline" => RoomRequest::Decline { room: room(word(0)) },
            "bans" => RoomRequest::ListBans { room: room(word(0)), after: "".into(), rows: 10 },
            "archive" => RoomRequest::Archive { room: room(word(0)) },
            "look" => RoomRequest::Get { room: room(word(0)) },
            "direct" => RoomRequest::GetDirect { others: self.people(word(0)) },
            "prefer" => RoomRequest::Prefer {
                room: room(word(0)),
                preferences: Preferences {
                    notify: match word(1) {
                        "mentions" => NotifyLevel::Mentions,
                        "nothing" => NotifyLevel::Nothing,
                        _ => NotifyLevel::All,
                    },
                    pinned: word(2) == "pinned",
                    hidden: false,
                },
            },
            _ => RoomRequest::Place {
                room: room(word(0)),
                user: self.person(word(1)),
                wish: self.place_wish(verb, words.get(2..).unwrap_or_default()),
            },
        }
    }

    fn place_wish(&self, verb: &str, words: &[&str]) -> PlaceWish {
        let from_now = |span: &str| self.now.stamp.plus(duration(span));
        match (verb, words) {
            ("invite", _) => PlaceWish::Invite,
            ("uninvite", _) => PlaceWish::Uninvite,
            ("kick", _) => PlaceWish::Remove,
            ("ban", [span, reason]) => {
                PlaceWish::Ban { until: Some(from_now(span)), reason: (*reason).into() }
            }
            ("ban", _) => PlaceWish::Ban { until: None, reason: "".into() },
            ("unban", _) => PlaceWish::Unban,
            ("mute", [span]) => PlaceWish::Mute { until: from_now(span) },
            ("unmute", _) => PlaceWish::Mute { until: Stamp(0) },
            ("role", ["moderator"]) => PlaceWish::SetRole(Role::Moderator),
            ("role", _) => PlaceWish::SetRole(Role::Member),
            ("transfer", _) => PlaceWish::Transfer,
            _ => panic!("what is {verb}?"),
        }
    }

    /// A user by name; nobody has the number 99.
    fn person(&self, name: &str) -> UserId {
        let name = Name::parse(name).unwrap();
        self.chat.state.users.named(&name).unwrap_or(UserId(99))
    }

    pub(super) fn people(&self, names: &str) -> Vec<UserId> {
        names.split(',').map(|name| self.person(name)).collect()
    }
}

fn rules(words: &[&str]) -> RoomRules {
    let mut rules = RoomRules::default();
    for word in words {
        match word.split_once(':').unwrap_or((word, "")) {
            ("private", _) => {
                (rules.visibility, rules.history) = (Visibility::Private, HistoryRule::SinceJoin);
            }
            ("since-join", _) => rules.history = HistoryRule::SinceJoin,
            ("all", _) => rules.history = HistoryRule::All,
            ("members-invite", _) => rules.members_invite = true,
            ("members-set-topic", _) => rules.members_set_topic = true,
            ("slow", span) => rules.slow_mode = duration(span),
            ("cool", span) => rules.cooldown = duration(span),
            (other, _) => panic!("what is {other}?"),
        }
    }
    rules
}

/// `NAME`, `with WORD`, `after NAME/NUMBER with WORD`.
fn listing(words: &[&str]) -> Listing {
    let place = |name: &str, number: u64| (name.into(), RoomId(number));
    let (after, containing) = match words {
        ["with", word] => (place("", 0), *word),
        ["after", ended, "with", word] => {
            let (name, number) = ended.split_once('/').unwrap();
            (place(name, number.parse().unwrap()), *word)
        }
        words => (place(words.first().copied().unwrap_or_default(), u64::MAX), ""),
    };
    Listing { after, rows: 2, name: None, containing: containing.into() }
}
