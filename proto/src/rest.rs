//! REST's resources: what stands in the JSON that a bridge takes and gives, and what each is in
//! messages of [`v1`](crate::v1), both ways. No I/O; the bridge serves them, the SDK reads them.
//!
//! Ids are strings, times are RFC 3339, and what the schema calls 0 or empty for "none" is missing.
//! What clients send may have no unknown fields; what servers answer may.
//!
//! One file per area; [`problem`] is what takes the place of an answer.

/// Conversions of a resource that has the fields of its message.
macro_rules! same_fields {
    ($rest:ty, $message:ty { $($field:ident),+ }) => {
        impl From<$message> for $rest {
            fn from(message: $message) -> Self {
                Self { $($field: message.$field),+ }
            }
        }

        impl From<$rest> for $message {
            fn from(rest: $rest) -> Self {
                Self { $($field: rest.$field),+ }
            }
        }
    };
}

/// Conversions of an enumeration that has the names of its message; what is not told is `else`.
macro_rules! same_names {
    ($rest:ty, $message:ty { $($name:ident),+ } $(else $other:ident)?) => {
        impl From<$message> for $rest {
            fn from(message: $message) -> Self {
                match message {
                    $(<$message>::$name => Self::$name,)+
                    $(<$message>::Unspecified => Self::$other,)?
                }
            }
        }

        impl From<$rest> for $message {
            fn from(rest: $rest) -> Self {
                match rest {
                    $(<$rest>::$name => Self::$name,)+
                }
            }
        }
    };
}

mod account;
mod admin;
mod call;
mod event;
mod file;
mod live;
mod member;
mod message;
mod object;
mod presence;
pub mod problem;
mod reading;
mod room;
mod server;
mod session;
mod value;
mod webhook;

use {same_fields, same_names};

#[cfg(test)]
mod tests;

pub use self::account::{
    Device, DeviceChange, Devices, Invite, Invites, NewInvite, NewInviteSecret, PasswordChange,
    ProfileChange, ServerRole, StatusChange, User, Users,
};
pub use self::admin::{
    ApiToken, AuditEntry, AuditPage, Bot, Bots, ClaimCode, NewApiToken, NewBot, NewBotToken,
    ResetCode, RoleChange, UserPage,
};
pub use self::call::Call;
pub use self::event::{
    EventPage, MemberChanged, Membership, MessageDeleted, MessageEdited, ReactionChanged,
    RoomChanged, RoomEvent,
};
pub use self::file::{
    Begun, FileInfo, NewUpload, OFFSET_OCTET_STREAM, UPLOAD_LENGTH, UPLOAD_OFFSET, Upload,
    UploadedFile, Uploads,
};
pub use self::live::{MarkerMoved, Ready, RemovalCause, RoomRemoved, Uninvited};
pub use self::member::{
    Ban, BanPage, Logged, Member, MemberPage, MemberRole, Mute, NewBan, NewOwner, Role,
};
pub use self::message::{
    Format, Message, MessageChange, NewDirectMessage, NewMessage, Reaction, ReactionCount,
    ReactionPage, Sent,
};
pub use self::object::Object;
pub use self::presence::{ExplainedPresence, Presence, PresenceState, Presences, SessionPresence};
pub use self::problem::Problem;
pub use self::reading::{
    CursorPlace, Hit, Mentions, NamedCursor, NamedCursors, ReadMarker, SearchPage, Unread,
    UnreadRooms,
};
pub use self::room::{
    DirectMember, HistoryRule, Invitation, NewRoom, NotifyLevel, Preferences, Room, RoomChange,
    RoomKind, RoomPage, RoomRules, RoomState, Rooms, Visibility,
};
pub use self::server::{KeepAlivePolicy, Limits, Registration, Server};
pub use self::session::{
    CurrentSession, Ended, NewAccount, NewPassword, NewSession, PasswordSignIn, Session, Sessions,
    SignedIn, TokenSignIn,
};
pub use self::value::{EpochText, Id, Malformed, PageToken, Time, TokenText};
pub use self::webhook::{
    Deliveries, MadeWebhook, NewWebhook, Webhook, WebhookDirection, WebhookMessage, Webhooks,
};

/// The same list of the other kind.
fn each<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}
