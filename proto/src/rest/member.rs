//! The people in a room, and what is done about them.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{Id, PageToken, Presence, Time};
use crate::v1;

/// Somebody in a room.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    pub user_id: Id,
    pub user_name: String,
    pub display_name: String,
    pub bot: bool,
    pub join_seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
    /// Told to who is in the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Moderator,
    Owner,
}

/// A page of members by name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberPage {
    pub members: Vec<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// Moderator or member.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MemberRole {
    /// An owner is not made, but takes the place of another.
    #[cfg_attr(feature = "openapi", schema(schema_with = given_role))]
    pub role: Role,
}

/// Until when a member may say nothing.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Mute {
    pub until: Time,
}

/// Who is to be the owner.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    pub user_id: Id,
}

/// A ban to be.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewBan {
    /// For moderators, never part of the room's log.
    #[cfg_attr(feature = "openapi", schema(max_length = 256))]
    pub reason: String,
    /// Missing: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// Somebody who is kept out.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ban {
    pub user_id: Id,
    pub user_name: String,
    pub issuer_id: Id,
    pub issuer_name: String,
    pub reason: String,
    pub time: Time,
    /// Missing: for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// A page of bans by name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BanPage {
    pub bans: Vec<Ban>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// An event was added to the room's log, and is on disk.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Logged {
    /// 0: nothing had to change.
    pub seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
}

#[cfg(feature = "openapi")]
fn given_role() -> utoipa::openapi::Object {
    let role = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
    role.enum_values(Some(["member", "moderator"])).build()
}

impl Role {
    pub(super) fn some(role: v1::Role) -> Option<Self> {
        match role {
            v1::Role::Unspecified => None,
            v1::Role::Member => Some(Self::Member),
            v1::Role::Moderator => Some(Self::Moderator),
            v1::Role::Owner => Some(Self::Owner),
        }
    }

    pub(super) fn number(role: Option<Self>) -> i32 {
        role.map_or(0, |role| v1::Role::from(role).into())
    }
}

impl From<Role> for v1::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Moderator => Self::Moderator,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<v1::ListMembersResponse> for MemberPage {
    fn from(page: v1::ListMembersResponse) -> Self {
        let last = page.members.last().map(|member| member.user_name.as_str());
        let next_page_token = PageToken::after(last, page.more);
        Self { members: super::each(page.members), next_page_token }
    }
}

impl From<MemberPage> for v1::ListMembersResponse {
    fn from(page: MemberPage) -> Self {
        Self { members: super::each(page.members), more: page.next_page_token.is_some() }
    }
}

impl From<v1::ListBansResponse> for BanPage {
    fn from(page: v1::ListBansResponse) -> Self {
        let last = page.bans.last().map(|ban| ban.user_name.as_str());
        let next_page_token = PageToken::after(last, page.more);
        Self { bans: super::each(page.bans), next_page_token }
    }
}

impl From<BanPage> for v1::ListBansResponse {
    fn from(page: BanPage) -> Self {
        Self { bans: super::each(page.bans), more: page.next_page_token.is_some() }
    }
}

impl From<v1::Member> for Member {
    fn from(member: v1::Member) -> Self {
        Self {
            user_id: Id(member.user_id),
            role: Role::some(member.role()),
            user_name: member.user_name,
            display_name: member.display_name,
            bot: member.bot,
            join_seq: member.join_seq,
            join_time: Time::some(member.join_time_ms),
            muted_until: Time::some(member.muted_until_ms),
            presence: member.presence.map(Presence::from),
        }
    }
}

impl From<Member> for v1::Member {
    fn from(member: Member) -> Self {
        Self {
            user_id: member.user_id.0,
            user_name: member.user_name,
            join_seq: member.join_seq,
            join_time_ms: Time::ms(member.join_time),
            presence: member.presence.map(v1::Presence::from),
            role: Role::number(member.role),
            muted_until_ms: Time::ms(member.muted_until),
            display_name: member.display_name,
            bot: member.bot,
        }
    }
}

impl From<v1::Ban> for Ban {
    fn from(ban: v1::Ban) -> Self {
        Self {
            user_id: Id(ban.user_id),
            user_name: ban.user_name,
            issuer_id: Id(ban.issuer_id),
            issuer_name: ban.issuer_name,
            reason: ban.reason,
            time: Time(ban.time_ms),
            until: Time::some(ban.until_ms),
        }
    }
}

impl From<Ban> for v1::Ban {
    fn from(ban: Ban) -> Self {
        Self {
            user_id: ban.user_id.0,
            user_name: ban.user_name,
            issuer_id: ban.issuer_id.0,
            issuer_name: ban.issuer_name,
            reason: ban.reason,
            time_ms: ban.time.0,
            until_ms: Time::ms(ban.until),
        }
    }
}

impl From<v1::Logged> for Logged {
    fn from(logged: v1::Logged) -> Self {
        Self { seq: logged.seq, time: Time::some(logged.time_ms) }
    }
}

impl From<Logged> for v1::Logged {
    fn from(logged: Logged) -> Self {
        Self { seq: logged.seq, time_ms: Time::ms(logged.time) }
    }
}
