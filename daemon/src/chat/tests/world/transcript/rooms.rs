//! Rooms and everybody's place in them, in words. What is nothing special is not told.

use parlor_proto::ids::{RoomId, UserId};

use super::super::World;
use super::{label, stands};
use crate::chat::permissions::{self, Operation};
use crate::chat::*;

pub(super) fn state(view: &RoomView) -> String {
    let RoomView { facts, head, join_seq, floor, role, muted_until, preferences, .. } = view;
    let mut words = format!(
        "in {} {} since {join_seq}, head {head}, {} members",
        facts.room,
        label(facts),
        facts.members
    );
    if floor.0 > 1 {
        words += &format!(", reads from {floor}");
    }
    if *role == Role::Moderator {
        words += ", a moderator";
    }
    if muted_until.is_some() {
        words += ", muted";
    }
    if *preferences != Preferences::default() {
        words += &format!(", {:?}{}", preferences.notify, pinned(*preferences));
    }
    words
}

pub(super) fn pinned(preferences: Preferences) -> &'static str {
    if preferences.pinned { " pinned" } else { "" }
}

pub(super) fn member(facts: &MemberFacts) -> String {
    let stands = facts.presence.as_ref().map_or_else(|| facts.name.to_string(), stands);
    let muted = if facts.muted_until.is_some() { " muted" } else { "" };
    match facts.role {
        Role::Moderator => format!("{stands} moderates{muted}"),
        Role::Member | Role::Owner => format!("{stands}{muted}"),
    }
}

pub(super) fn member_changed(changed: &MemberChanged) -> String {
    let MemberChanged { name, membership, role, muted_until, .. } = changed;
    let role = if *role == Role::Member { String::new() } else { format!(" as {role:?}") };
    let muted = if muted_until.is_some() { " muted" } else { "" };
    format!("{name} {membership:?}{role}{muted}")
}

pub(super) fn room_changed(facts: &RoomFacts) -> String {
    let RoomFacts { topic, rules, archived, .. } = facts;
    let mut words = format!("now {}", label(facts));
    if !topic.is_empty() {
        words += &format!(": {topic}");
    }
    let plain = RoomRules::default();
    let is_group = facts.kind() == RoomKind::Group;
    for (word, is_so) in [
        ("private", is_group && rules.visibility == Visibility::Private),
        ("since join", rules.history == HistoryRule::SinceJoin),
        ("members invite", rules.members_invite),
        ("members set topic", rules.members_set_topic),
        ("slow", rules.slow_mode != plain.slow_mode),
        ("cool", rules.cooldown != plain.cooldown),
        ("archived", *archived),
    ] {
        if is_so {
            words += &format!(", {word}");
        }
    }
    words
}

pub(super) fn bans(bans: &[BanFacts]) -> String {
    let ban = |ban: &BanFacts| {
        let BanFacts { name, issuer_name, reason, until, .. } = ban;
        let until = until.map_or("", |_| " for now");
        format!("{name} by {issuer_name} ({reason}){until}")
    };
    format!("bans {}", bans.iter().map(ban).collect::<Vec<_>>().join(", ")).trim_end().to_owned()
}

impl World {
    /// Whoever waits for a page hears what they would hear if they asked now.
    pub(in super::super) fn lose(&mut self, user: UserId, room: RoomId, denial: &Denial) {
        let wish = (room, Operation::Read);
        let asking = permissions::may(&self.chat.state, self.now, user, wish);
        assert_eq!(asking.err().as_ref(), Some(denial));
        self.lost.insert((user, room));
    }
}

pub(in super::super) fn removed(room: RoomId, cause: Membership) -> String {
    let why = if cause == Membership::Left { String::new() } else { format!(": {cause:?}") };
    format!("removed {room}{why}")
}

pub(in super::super) fn invited(invitation: &InvitationFacts) -> String {
    format!("invited to {} by {}", label(&invitation.room), invitation.by_name)
}
