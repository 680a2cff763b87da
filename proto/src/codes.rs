//! Reasons of refusals and of closing, each with its advice. Stable: a name is never reused.

use std::fmt;

use crate::v1::{self, ErrorCode, GoAwayCode};

/// Declares [`Reason`] as a table: what went wrong, of which kind, and whether sending the
/// same request again may help.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $code:ident, $retry:ident;)*) => {
        /// Why a request was not done.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)*
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As it stands on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What kind of failure it is.
            #[must_use]
            pub fn code(self) -> ErrorCode {
                match self { $(Self::$name => ErrorCode::$code,)* }
            }

            /// Whether the same request may succeed if it is sent again unchanged.
            #[must_use]
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$name => reasons!(@$retry),)* }
            }
        }
    };
    (@again) => { true };
    (@never) => { false };
}

reasons! {
    /// Another frame came before `Hello`.
    HelloRequired = "HELLO_REQUIRED", FailedPrecondition, never;
    /// Client and server have no revision of the protocol in common.
    RevisionUnsupported = "REVISION_UNSUPPORTED", FailedPrecondition, never;
    /// This request needs a session.
    NotSignedIn = "NOT_SIGNED_IN", Unauthenticated, never;
    /// This connection has a session already.
    AlreadySignedIn = "ALREADY_SIGNED_IN", FailedPrecondition, never;
    /// The name or the password is wrong; which of them is not told.
    BadCredentials = "BAD_CREDENTIALS", Unauthenticated, never;
    /// The token is of no session: it has ended or never was.
    SessionEnded = "SESSION_ENDED", Unauthenticated, never;
    /// Nobody may register.
    RegistrationClosed = "REGISTRATION_CLOSED", PermissionDenied, never;
    /// Registering needs an invite, and this one is unknown, used up or expired.
    BadInvite = "BAD_INVITE", PermissionDenied, never;
    /// The one-time code is unknown, used or expired.
    BadCode = "BAD_CODE", Unauthenticated, never;
    /// Only an administrator of the server may do this.
    NotAnAdmin = "NOT_AN_ADMIN", PermissionDenied, never;
    /// Not a name that a user or a room can have.
    BadName = "BAD_NAME", InvalidArgument, never;
    /// Another user has this name.
    UserNameTaken = "USER_NAME_TAKEN", AlreadyExists, never;
    /// Another room has this name.
    RoomNameTaken = "ROOM_NAME_TAKEN", AlreadyExists, never;
    /// The password is too short or too long.
    BadPassword = "BAD_PASSWORD", InvalidArgument, never;
    /// The password is easily guessed.
    WeakPassword = "WEAK_PASSWORD", InvalidArgument, never;
    /// A field is missing, too long or out of range.
    BadField = "BAD_FIELD", InvalidArgument, never;
    /// The message has no text.
    TextEmpty = "TEXT_EMPTY", InvalidArgument, never;
    /// The message is too long.
    TextTooLong = "TEXT_TOO_LONG", InvalidArgument, never;
    /// The client message id is not 16 bytes.
    BadClientMessageId = "BAD_CLIENT_MESSAGE_ID", InvalidArgument, never;
    /// The same client message id came earlier with another text.
    ClientMessageIdReused = "CLIENT_MESSAGE_ID_REUSED", FailedPrecondition, never;
    /// There is no such room, or it may not be seen.
    RoomNotFound = "ROOM_NOT_FOUND", NotFound, never;
    /// There is no such user.
    UserNotFound = "USER_NOT_FOUND", NotFound, never;
    /// There is no such message in this room, or it may not be read, or it is deleted.
    MessageNotFound = "MESSAGE_NOT_FOUND", NotFound, never;
    /// There is no such session of this user.
    SessionNotFound = "SESSION_NOT_FOUND", NotFound, never;
    /// There is no such device of this user.
    DeviceNotFound = "DEVICE_NOT_FOUND", NotFound, never;
    /// There is no such invite.
    InviteNotFound = "INVITE_NOT_FOUND", NotFound, never;
    /// There is no such API token.
    TokenNotFound = "TOKEN_NOT_FOUND", NotFound, never;
    /// There is no such webhook.
    WebhookNotFound = "WEBHOOK_NOT_FOUND", NotFound, never;
    /// A webhook may do nothing but what it is for, in its room.
    OutsideToken = "OUTSIDE_TOKEN", PermissionDenied, never;
    /// There is no such file, or it is not one's own, or not in this message.
    FileNotFound = "FILE_NOT_FOUND", NotFound, never;
    /// There is no such upload of this user: it is finished, cancelled or forgotten.
    UploadNotFound = "UPLOAD_NOT_FOUND", NotFound, never;
    /// Only members of the room may do this.
    NotAMember = "NOT_A_MEMBER", PermissionDenied, never;
    /// This needs a higher role in the room.
    RoleTooLow = "ROLE_TOO_LOW", PermissionDenied, never;
    /// Only the author of a message may do this.
    NotTheAuthor = "NOT_THE_AUTHOR", PermissionDenied, never;
    /// This user may say nothing in the room for now.
    Muted = "MUTED", PermissionDenied, never;
    /// Somebody who is banned from a room cannot be invited to it: unban them first.
    UserBanned = "USER_BANNED", FailedPrecondition, never;
    /// Direct rooms have nothing of this kind.
    DirectRoom = "DIRECT_ROOM", FailedPrecondition, never;
    /// The room is closed: it can only be read.
    RoomArchived = "ROOM_ARCHIVED", FailedPrecondition, never;
    /// A room is not left without an owner: make somebody else the owner first.
    LastOwner = "LAST_OWNER", FailedPrecondition, never;
    /// A server is not left without an administrator: make somebody else one first.
    LastAdmin = "LAST_ADMIN", FailedPrecondition, never;
    /// Only a person may do this, or have it done to them.
    NotForBots = "NOT_FOR_BOTS", PermissionDenied, never;
    /// The message was edited meanwhile: read it again.
    VersionMismatch = "VERSION_MISMATCH", Aborted, never;
    /// The piece is not the next one: ask how far the upload has come.
    WrongOffset = "WRONG_OFFSET", FailedPrecondition, never;
    /// Not everything has come: ask how far the upload has come.
    UploadIncomplete = "UPLOAD_INCOMPLETE", FailedPrecondition, never;
    /// The content has another SHA-256 than was told; what has come is thrown away.
    WrongHash = "WRONG_HASH", InvalidArgument, never;
    /// The file is larger than this server takes.
    FileTooLarge = "FILE_TOO_LARGE", InvalidArgument, never;
    /// The files of this user, or of all, take as much as they may.
    QuotaExceeded = "QUOTA_EXCEEDED", ResourceExhausted, never;
    /// The search cannot be understood.
    BadQuery = "BAD_QUERY", InvalidArgument, never;
    /// More rooms than one user may be in.
    TooManyRooms = "TOO_MANY_ROOMS", ResourceExhausted, never;
    /// More members than one room may have.
    TooManyMembers = "TOO_MANY_MEMBERS", ResourceExhausted, never;
    /// More connections than one session may have.
    TooManyConnections = "TOO_MANY_CONNECTIONS", ResourceExhausted, never;
    /// Too much of this in too short a time.
    RateLimited = "RATE_LIMITED", ResourceExhausted, again;
    /// The room is in slow mode, or this user has only just joined.
    SlowMode = "SLOW_MODE", ResourceExhausted, again;
    /// More of these than one user, room or message may have.
    LimitExceeded = "LIMIT_EXCEEDED", ResourceExhausted, never;
    /// Too many passwords are waiting to be checked.
    LoginQueueFull = "LOGIN_QUEUE_FULL", ResourceExhausted, again;
    /// Too many pages are waiting to be read, or one may not be told any more: ask again.
    Overloaded = "OVERLOADED", Unavailable, again;
    /// The server's disk is full: reading goes on, writing comes back when there is room.
    StorageFull = "STORAGE_FULL", Unavailable, again;
    /// The server is stopping.
    Draining = "DRAINING", Unavailable, again;
    /// The server does not know this request.
    UnknownRequest = "UNKNOWN_REQUEST", Unimplemented, never;
    /// The server failed; it is not the client's fault.
    Internal = "INTERNAL", Internal, again;
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Reason {
    /// The reason of an [`v1::Error`], or `None` if this code does not know it.
    #[must_use]
    pub fn of(error: &v1::Error) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == error.reason)
    }
}

/// The window in which clients come back after a planned stop, in milliseconds.
pub const RECONNECT_WINDOW_MS: (u32, u32) = (200, 2_000);

/// The window for those who were turned away because there were too many.
pub const RECONNECT_WINDOW_CROWDED_MS: (u32, u32) = (5_000, 30_000);

/// A go-away with the advice that belongs to its code.
#[must_use]
pub fn go_away(code: GoAwayCode, message: impl Into<String>) -> v1::GoAway {
    let window = match code {
        GoAwayCode::Draining
        | GoAwayCode::OutboxFull
        | GoAwayCode::FrameTimeout
        | GoAwayCode::Silent
        | GoAwayCode::TooFarBehind => Some(RECONNECT_WINDOW_MS),
        GoAwayCode::TooManyConnections | GoAwayCode::AuthTimeout => {
            Some(RECONNECT_WINDOW_CROWDED_MS)
        }
        // These come back too, but must sign in again: their token is void.
        GoAwayCode::SessionTimedOut => Some((0, 1_000)),
        GoAwayCode::SessionEnded | GoAwayCode::ProtocolError | GoAwayCode::Unspecified => None,
    };
    let (reconnect_min_ms, reconnect_max_ms) = window.unwrap_or_default();
    v1::GoAway {
        code: code.into(),
        reconnect: window.is_some(),
        reconnect_min_ms,
        reconnect_max_ms,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_upper_snake_case_and_unlike_each_other() {
        for (i, reason) in Reason::ALL.iter().enumerate() {
            let text = reason.as_str();
            assert!(text.len() <= 63 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
            assert!(!Reason::ALL[..i].iter().any(|earlier| earlier.as_str() == text), "{text}");
        }
    }
}
