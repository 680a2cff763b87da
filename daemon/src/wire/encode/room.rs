//! Rooms and the people in them.

use parlor_proto::v1::{self, server_frame::Body};

use super::millis;
use super::presence::one_presence;
use crate::chat::{
    BanFacts, HistoryRule, InvitationFacts, MemberFacts, Membership, NotifyLevel, Preferences,
    Role, RoomAnswer, RoomFacts, RoomKind, RoomPlace, RoomRules, RoomView, Visibility,
};

pub(super) fn answer(answer: RoomAnswer) -> Body {
    match answer {
        RoomAnswer::State(view) => Body::Room(v1::RoomResponse { state: Some(room_state(&view)) }),
        RoomAnswer::List { rooms, next } => Body::ListRooms(v1::ListRoomsResponse {
            rooms: rooms.iter().map(room).collect(),
            more: next.is_some(),
            next_page_token: next.map_or_else(Vec::new, token).into(),
        }),
        RoomAnswer::Members { members, more } => Body::ListMembers(v1::ListMembersResponse {
            members: members.iter().map(member).collect(),
            more,
        }),
        RoomAnswer::Bans { bans, more } => {
            Body::ListBans(v1::ListBansResponse { bans: bans.iter().map(ban).collect(), more })
        }
    }
}

pub(super) fn room_state(view: &RoomView) -> v1::RoomState {
    v1::RoomState {
        room: Some(room(&view.facts)),
        head_seq: view.head.0,
        join_seq: view.join_seq.0,
        reset: view.reset,
        first_seq: view.floor.0,
        role: role(view.role).into(),
        muted_until_ms: view.muted_until.unwrap_or_default().0,
        preferences: Some(preferences(view.preferences)),
        read_seq: view.read_seq.0,
        unread_count: view.counts.unread,
        mention_count: view.counts.mentions,
    }
}

pub(super) fn room(facts: &RoomFacts) -> v1::Room {
    let kind = match facts.kind() {
        RoomKind::Group => v1::RoomKind::Group,
        RoomKind::Direct => v1::RoomKind::Direct,
    };
    let direct = facts.direct.iter();
    v1::Room {
        room_id: facts.room.0,
        name: facts.name.as_ref().map(Into::into).unwrap_or_default(),
        topic: facts.topic.as_ref().to_owned(),
        creator_id: facts.creator.0,
        create_time_ms: facts.created.0,
        member_count: facts.members,
        kind: kind.into(),
        rules: (facts.kind() == RoomKind::Group).then(|| rules(&facts.rules)),
        archived: facts.archived,
        direct_members: direct
            .map(|(user, name)| v1::DirectMember { user_id: user.0, user_name: name.into() })
            .collect(),
    }
}

fn rules(rules: &RoomRules) -> v1::RoomRules {
    let visibility = match rules.visibility {
        Visibility::Public => v1::Visibility::Public,
        Visibility::Private => v1::Visibility::Private,
    };
    let history = match rules.history {
        HistoryRule::All => v1::HistoryRule::All,
        HistoryRule::SinceJoin => v1::HistoryRule::SinceJoin,
    };
    v1::RoomRules {
        visibility: visibility.into(),
        history: history.into(),
        members_invite: rules.members_invite,
        members_set_topic: rules.members_set_topic,
        slow_mode_ms: millis(rules.slow_mode),
        cooldown_ms: millis(rules.cooldown),
        retention_ms: u64::try_from(rules.retention.as_millis()).unwrap_or(u64::MAX),
    }
}

pub(super) fn invitation(facts: &InvitationFacts) -> v1::Invitation {
    v1::Invitation {
        room: Some(room(&facts.room)),
        inviter_id: facts.by.0,
        inviter_name: (&facts.by_name).into(),
        time_ms: facts.at.0,
    }
}

fn ban(facts: &BanFacts) -> v1::Ban {
    v1::Ban {
        user_id: facts.user.0,
        user_name: (&facts.name).into(),
        issuer_id: facts.issuer.0,
        issuer_name: (&facts.issuer_name).into(),
        reason: facts.reason.as_ref().to_owned(),
        time_ms: facts.at.0,
        until_ms: facts.until.unwrap_or_default().0,
    }
}

/// How somebody has lost a room.
pub(super) fn removal_cause(went: Membership) -> v1::RemovalCause {
    match went {
        Membership::Left => v1::RemovalCause::Left,
        Membership::Removed => v1::RemovalCause::Removed,
        Membership::Banned => v1::RemovalCause::Banned,
        Membership::Joined | Membership::Invited | Membership::Declined | Membership::Unbanned => {
            v1::RemovalCause::Unspecified
        }
    }
}

pub(super) fn preferences(Preferences { notify, pinned, .. }: Preferences) -> v1::RoomPreferences {
    let notify = match notify {
        NotifyLevel::All => v1::NotifyLevel::All,
        NotifyLevel::Mentions => v1::NotifyLevel::Mentions,
        NotifyLevel::Nothing => v1::NotifyLevel::None,
    };
    v1::RoomPreferences { notify: notify.into(), pinned }
}

pub(super) fn role(role: Role) -> v1::Role {
    match role {
        Role::Member => v1::Role::Member,
        Role::Moderator => v1::Role::Moderator,
        Role::Owner => v1::Role::Owner,
    }
}

fn member(facts: &MemberFacts) -> v1::Member {
    v1::Member {
        user_id: facts.user.0,
        user_name: (&facts.name).into(),
        display_name: facts.display_name.as_ref().to_owned(),
        join_seq: facts.join_seq.0,
        join_time_ms: facts.joined.0,
        presence: facts.presence.as_ref().map(one_presence),
        role: role(facts.role).into(),
        muted_until_ms: facts.muted_until.unwrap_or_default().0,
        ..Default::default()
    }
}

/// See the parser's `room_place`.
fn token((name, room): RoomPlace) -> Vec<u8> {
    [&room.0.to_be_bytes(), name.as_bytes()].concat()
}
