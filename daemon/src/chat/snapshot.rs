//! What the store gives back at start: the durable part of the state, as plain rows.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{DeviceId, Epoch, FileId, RoomId, Seq, SessionId, UploadId, UserId};
use parlor_proto::name::Name;

use super::effects::{Deliveries, LastSeen, Preferences, Reading, Role, RoomFacts, Status};
use super::input::{NewFile, Origin, PasswordHash, SecretHash, Stamp};

/// What the smallest file counts as: there is a row for each, and a block of the disk.
pub(crate) const FILE_COST_MIN: u64 = 4 * 1024;

/// Everything that the core must know to go on where it stopped.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) epoch: Epoch,
    pub(crate) users: Vec<UserRow>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) rooms: Vec<RoomRow>,
    pub(crate) members: Vec<MemberRow>,
    pub(crate) bans: Vec<BanRow>,
    pub(crate) invitations: Vec<InvitationRow>,
    pub(crate) tokens: Vec<TokenRow>,
    pub(crate) webhooks: Vec<WebhookRow>,
    /// From where users have signed in, and when last.
    pub(crate) addresses: Vec<(UserId, IpAddr, Stamp)>,
    /// What makes whoever knows it the first administrator.
    pub(crate) claim: Option<SecretHash>,
    /// The highest session id ever given out.
    pub(crate) last_session: SessionId,
    pub(crate) files: FilesRow,
}

/// Uploads that are not finished, and what files take.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilesRow {
    pub(crate) uploads: Vec<UploadRow>,
    /// What the finished files of each user take together.
    pub(crate) used: Vec<(UserId, u64)>,
    /// The highest ids ever given out.
    pub(crate) last_upload: UploadId,
    pub(crate) last_file: FileId,
}

#[derive(Clone, Debug)]
pub(crate) struct UploadRow {
    pub(crate) upload: UploadId,
    pub(crate) user: UserId,
    pub(crate) new: NewFile,
    pub(crate) begun: Stamp,
}

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct UserRow {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) password: PasswordHash,
    pub(crate) created: Stamp,
    pub(crate) last_seen: Option<LastSeen>,
    pub(crate) admin: bool,
    pub(crate) suspended: bool,
    /// Of a bot: whose it is.
    pub(crate) owner: Option<UserId>,
    /// Of a bot that is a webhook, or was one: of which room.
    pub(crate) webhook: Option<RoomId>,
    /// What sets a new password once, and until when.
    pub(crate) reset: Option<(SecretHash, Stamp)>,
    pub(crate) profile: Profile,
}

/// What users say of themselves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Profile {
    pub(crate) display_name: Arc<str>,
    pub(crate) status: Option<Status>,
}

/// A session whose end is not written.
#[derive(Clone, Debug)]
pub(crate) struct SessionRow {
    pub(crate) session: SessionId,
    pub(crate) user: UserId,
    pub(crate) token: SecretHash,
    pub(crate) device: Arc<str>,
    pub(crate) timeout: Duration,
    pub(crate) started: Stamp,
    /// The API token by which it began.
    pub(crate) api_token: Option<SecretHash>,
    /// Of the connection that attached last.
    pub(crate) origin: Origin,
    /// By which it began, or that it added.
    pub(crate) device_id: Option<DeviceId>,
}

/// An API token of a bot.
#[derive(Debug)]
pub(crate) struct TokenRow {
    pub(crate) hash: SecretHash,
    pub(crate) bot: UserId,
    pub(crate) name: Arc<str>,
    pub(crate) created: Stamp,
    pub(crate) last_used: Option<Stamp>,
}

/// A webhook that there is; with a URL it delivers.
#[derive(Clone, Debug)]
pub(crate) struct WebhookRow {
    pub(crate) bot: UserId,
    pub(crate) room: RoomId,
    pub(crate) created: Stamp,
    pub(crate) url: Option<Arc<str>>,
    pub(crate) deliveries: Deliveries,
}

/// A room; `facts.members` is not used, it follows from the members.
#[derive(Debug)]
pub(crate) struct RoomRow {
    pub(crate) facts: RoomFacts,
    pub(crate) head: Seq,
    /// The time of the newest event: stamps never go back within a room.
    pub(crate) head_at: Stamp,
    /// The oldest event that is kept, and when it was.
    pub(crate) first: Seq,
    pub(crate) first_at: Stamp,
    /// Messages in its log, and how many of them have gone by their age.
    pub(crate) messages: u64,
    pub(crate) gone: u64,
}

/// Somebody who is in a room.
#[derive(Debug)]
pub(crate) struct MemberRow {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) join_seq: Seq,
    pub(crate) joined: Stamp,
    pub(crate) role: Role,
    pub(crate) muted_until: Option<Stamp>,
    pub(crate) floor: Seq,
    pub(crate) preferences: Preferences,
    pub(crate) reading: Reading,
}

/// Somebody who is kept out of a room.
#[derive(Debug)]
pub(crate) struct BanRow {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) issuer: UserId,
    pub(crate) reason: Arc<str>,
    pub(crate) at: Stamp,
    pub(crate) until: Option<Stamp>,
}

/// Somebody who is invited to a room.
#[derive(Debug)]
pub(crate) struct InvitationRow {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) by: UserId,
    pub(crate) at: Stamp,
}
