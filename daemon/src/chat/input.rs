//! Everything that can happen to the core. What can be asked of it stands in a file per area.

mod account;
mod admin;
mod file;
mod message;
mod reading;
mod room;
mod verb;
mod webhook;

pub(crate) use self::account::*;
pub(crate) use self::admin::*;
pub(crate) use self::file::*;
pub(crate) use self::message::*;
pub(crate) use self::reading::*;
pub(crate) use self::room::*;
pub(crate) use self::verb::Verb;
pub(crate) use self::webhook::*;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::effects::{FileFacts, NamedCursor};
use super::retention::Oldest;
use parlor_proto::ids::{Epoch, FileId, RequestId, RoomId, Seq, UploadId, UserId};

/// Milliseconds on a clock that only goes forward: for timeouts and limits.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(pub u64);

impl Moment {
    pub(crate) fn plus(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// How long ago `earlier` was; nothing if it was not.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z: for people to read, never for order.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Stamp(pub i64);

impl Stamp {
    /// How long ago `earlier` was; nothing if it was not.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

/// Both clocks, read together. Every input comes with one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    pub(crate) stamp: Stamp,
}

impl Now {
    /// Another moment, for people to read.
    pub(crate) fn stamp_of(self, moment: Moment) -> Stamp {
        let ago = i64::try_from(self.moment.since(moment).as_millis()).unwrap_or(i64::MAX);
        Stamp(self.stamp.0.saturating_sub(ago)).plus(moment.since(self.moment))
    }
}

/// A connection, for as long as the daemon runs: never given out twice.
///
/// The low eight bits say which shard holds it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct ConnId(pub u64);

impl ConnId {
    pub(crate) fn new(serial: u64, shard: u8) -> Self {
        Self((serial << 8) | u64::from(shard))
    }

    pub(crate) fn shard(self) -> u8 {
        let [.., shard] = self.0.to_be_bytes();
        shard
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 8, self.shard())
    }
}

/// What a secret is known by: the SHA-256 of a token or of an invite.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SecretHash(pub [u8; 32]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// A new session token, drawn outside, and its hash.
#[derive(Clone, Copy)]
pub(crate) struct FreshToken {
    pub(crate) secret: [u8; 32],
    pub(crate) hash: SecretHash,
}

impl fmt::Debug for FreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshToken(..)")
    }
}

/// A password as somebody typed it. Wiped when dropped.
#[derive(Clone, Eq, PartialEq, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub(crate) struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A password as it is kept: a PHC string with algorithm, parameters, salt and hash.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct PasswordHash(pub Arc<str>);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A client wants something.
    Asked { conn: ConnId, id: RequestId, request: Request, found: Found },
    /// A password that was to become an account's is hashed, or is too weak.
    PasswordHashed { conn: ConnId, outcome: Hashed, token: FreshToken, invite: Claim },
    /// A password was compared with an account's, or with nothing if there is no account.
    PasswordChecked { conn: ConnId, outcome: Checked, token: FreshToken },
    /// The answer to [`Notice::Ask`](super::Notice::Ask).
    Heard { conn: ConnId, at: Moment },
    /// The client says whether somebody is at the keys.
    Activity { conn: ConnId, active: bool },
    /// A reader was too slow for presence and has caught up; of users before `from` nothing
    /// was missed.
    PresenceMissed { conn: ConnId, from: UserId },
    /// The socket is gone.
    Closed { conn: ConnId, heard: Moment, ending: Ending },
    /// Which events of the rooms that are overdue are the oldest to be kept.
    Aged { found: Vec<Oldest> },
    /// A content was looked at, as [`FileWork::Check`](super::FileWork::Check) asks.
    ContentChecked { conn: ConnId, id: RequestId, upload: UploadId, content: CheckedContent },
    /// What nobody needs any more may go: these files, as of now, and silent uploads.
    Collect { found: LooseFiles },
    /// The store has run out of room, or has room again.
    Storage { full: bool },
    /// Somebody on the machine wants something done.
    Controlled(Control),
    /// The operator's configuration was read again.
    Reloaded,
    /// [`Chat::deadline`](super::Chat::deadline) has come.
    Tick,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ending {
    /// The client said good-bye.
    Closed,
    /// It broke, or the server cut it.
    Lost,
}

/// What became of a password to be hashed.
#[derive(Clone, Debug)]
pub(crate) enum Hashed {
    Done(PasswordHash),
    /// Easily guessed; the sentence says why.
    Weak(String),
}

/// What became of a password to be checked.
#[derive(Clone, Debug)]
pub(crate) enum Checked {
    /// It is the one; with the same password under today's parameters, if those have risen.
    Match {
        raised: Option<PasswordHash>,
    },
    Mismatch,
}

/// A request that is well formed. Whether it is allowed is another matter.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Account(AccountRequest),
    Sync(Sync),
    Room(RoomRequest),
    Message(MessageRequest),
    Admin(AdminRequest),
    Reading(ReadingRequest),
    Webhook(WebhookRequest),
    File(FileRequest),
}

impl Request {
    pub(crate) fn verb(&self) -> Verb {
        match self {
            Self::Account(request) => request.verb(),
            Self::Sync(_) => Verb::Sync,
            Self::Room(request) => request.verb(),
            Self::Message(request) => request.verb(),
            Self::Admin(request) => request.verb(),
            Self::Reading(request) => request.verb(),
            Self::Webhook(request) => request.verb(),
            Self::File(request) => request.verb(),
        }
    }

    /// What the connection says of itself, if this attaches it to a session. The shell adds what
    /// only it knows.
    pub(crate) fn sign_in_mut(&mut self) -> Option<&mut SignIn> {
        match self {
            Self::Account(request) => request.sign_in_mut(),
            Self::Admin(request) => request.sign_in_mut(),
            Self::Sync(_)
            | Self::Room(_)
            | Self::Message(_)
            | Self::Reading(_)
            | Self::File(_)
            | Self::Webhook(_) => None,
        }
    }
}

/// Where a client stands and what it wants from here on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sync {
    pub(crate) epoch: Epoch,
    pub(crate) cursors: Vec<(RoomId, Seq)>,
    /// Empty: all rooms of the user.
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) presence: bool,
}

/// What the engine looked up in the open transaction, because the core need not hold it.
#[derive(Clone, Debug, Default)]
pub(crate) enum Found {
    #[default]
    Nothing,
    /// The event that the same user sent to the same room under the same client message id;
    /// without its text if that was edited or deleted since.
    Sent {
        seq: Seq,
        at: Stamp,
        text: Option<String>,
        files: Vec<FileId>,
    },
    /// The message that is to be changed.
    Message(Box<FoundMessage>),
    /// The message that is reacted to.
    Reacted {
        message: Box<FoundMessage>,
        reacted: Reacted,
    },
    /// What somebody marks as read.
    Passed(Passed),
    /// The cursors that the user keeps.
    Cursors(Vec<NamedCursor>),
    /// The messages that a new one refers to.
    Referred {
        reply_to: Option<Box<FoundMessage>>,
        thread: Option<Box<FoundMessage>>,
        /// In the order in which they were named; those that are not there are left out.
        files: Vec<FileFacts>,
    },
    File(FileFound),
    Admin(AdminFound),
    /// The device that has really signed to open a session, and a token for it.
    Proven(Box<ProvenDevice>),
    /// The devices of whoever asks; `proven`: the one that is to be added has really signed.
    Devices {
        devices: Vec<Device>,
        proven: bool,
    },
}

/// What somebody who registers has been invited by.
#[derive(Clone, Debug)]
pub(crate) enum Claim {
    Nothing,
    /// As the client says; the engine looks it up before the core sees it.
    Unchecked(SecretHash),
    /// As the store knows it.
    Known(Invite),
}

/// An invite as the store knows it.
#[derive(Clone, Debug)]
pub(crate) struct Invite {
    pub(crate) hash: SecretHash,
    /// `None`: made on the machine.
    pub(crate) creator: Option<UserId>,
    pub(crate) uses_left: u32,
    pub(crate) created: Stamp,
    pub(crate) expires: Stamp,
}

impl Invite {
    /// What people call it by.
    pub(crate) fn id(&self) -> SecretId {
        SecretId::of(&self.hash)
    }

    /// Whether somebody can still register with it.
    pub(crate) fn is_good(&self, now: Stamp) -> bool {
        self.uses_left > 0 && self.expires > now
    }
}
