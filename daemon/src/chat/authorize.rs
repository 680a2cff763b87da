//! Whether a request is allowed. The only maker of a [`Command`]. What is about one area stands
//! in its file.

mod account;
mod admin;
mod file;
mod message;
mod pace;
mod reading;
mod room;
mod search;
mod webhook;

pub(super) use self::account::{AccountAction, DeviceAction, bad_invite, may_register};
use self::admin::a_person;
pub(super) use self::admin::{AdminAction, NewBot, bad_code, may_act};
pub(super) use self::file::{FileAction, no_such_upload};
pub(super) use self::message::{Delete, Edit, First, MessageAction, SetReaction, no_such_message};
pub(super) use self::reading::{ReadingAction, may_mark};
pub(super) use self::room::{PlaceAction, RoomAction};
pub(super) use self::search::spans_of;
pub(super) use self::webhook::{NewWebhook, WebhookAction};

use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, RoomId, SessionId, UserId};

use super::effects::Denial;
use super::input::{ConnId, Found, Now, Request, Sync};
use super::permissions::{self, Operation};
use super::rules::Limited;
use super::state::State;

/// What a client is told to wait when the disk is full.
const STORAGE_RETRY: Duration = Duration::from_secs(1);

/// A request that has been allowed. Only [`authorize`] makes one.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) conn: ConnId,
    pub(super) id: RequestId,
    pub(super) action: Action,
    _only_here: (),
}

/// Who is behind a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Who {
    pub(super) user: UserId,
    pub(super) session: SessionId,
}

/// What is to be done, with what was proven on the way.
#[derive(Debug)]
pub(super) enum Action {
    Account(AccountAction),
    Sync { who: Who, wish: Sync },
    Room(RoomAction),
    Message(MessageAction),
    Admin(AdminAction),
    Reading(ReadingAction),
    Webhook(WebhookAction),
    File(FileAction),
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    request: Request,
    found: Found,
) -> Result<Command, Denial> {
    webhook::is_what_for(state, conn, &request)?;
    let action = match request {
        Request::Account(request) => {
            Action::Account(account::authorize(state, now, conn, (request, found))?)
        }
        Request::Sync(wish) => {
            let who = somebody(state, conn)?;
            is_within_rate(state, now, who, Limited::Sync)?;
            Action::Sync { who, wish }
        }
        Request::Room(request) => Action::Room(room::authorize(state, now, conn, request)?),
        Request::Message(request) => {
            Action::Message(message::authorize(state, now, conn, (request, found))?)
        }
        Request::Admin(request) => {
            let found = if let Found::Admin(found) = found { Some(found) } else { None };
            Action::Admin(admin::authorize(state, now, conn, (request, found))?)
        }
        Request::Reading(request) => {
            Action::Reading(reading::authorize(state, now, conn, (request, found))?)
        }
        Request::Webhook(request) => {
            Action::Webhook(webhook::authorize(state, now, conn, (request, found))?)
        }
        Request::File(request) => {
            Action::File(file::authorize(state, now, conn, (request, found))?)
        }
    };
    Ok(Command { conn, id, action, _only_here: () })
}

fn somebody(state: &State, conn: ConnId) -> Result<Who, Denial> {
    let attached = state.conns.get(conn);
    attached
        .map(|conn| Who { user: conn.user, session: conn.session })
        .ok_or_else(|| Denial::new(Reason::NotSignedIn, "sign in first"))
}

/// Who is signed in, if the table of permissions lets them do this in the room.
fn may(
    state: &State,
    now: Now,
    conn: ConnId,
    (room, operation): (RoomId, Operation),
) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    permissions::may(state, now, who.user, (room, operation))?;
    Ok(who)
}

pub(super) fn has_storage(state: &State) -> Result<(), Denial> {
    if !state.storage_full {
        return Ok(());
    }
    let denial = Denial::new(Reason::StorageFull, "the server's disk is full");
    Err(Denial { retry_after: STORAGE_RETRY, ..denial })
}

fn is_within_rate(state: &State, now: Now, who: Who, what: Limited) -> Result<(), Denial> {
    are_within_rate(state, now, who, (what, 1))
}

fn are_within_rate(
    state: &State,
    now: Now,
    who: Who,
    (what, count): (Limited, u32),
) -> Result<(), Denial> {
    let Some(rate) = state.rules.rate(what) else { return Ok(()) };
    let bucket = state.buckets.get(&(who.user, what)).copied().unwrap_or_default();
    bucket.check_many(now.moment, rate, count).map_err(|wait| {
        let message = match what {
            Limited::Send => "too many messages in too short a time",
            Limited::SendText => "too much text in too short a time",
            Limited::Page => "too many pages in too short a time",
            Limited::CreateRoom => "too many rooms in too short a time",
            Limited::Search => "too many searches in too short a time",
            Limited::Mark => "too many markers and cursors in too short a time",
            Limited::ChangeMessage => "too many changes of messages in too short a time",
            Limited::CreateInvite => "too many invites in too short a time",
            Limited::CreateBot => "too many bots and tokens in too short a time",
            Limited::Join => "too many rooms joined in too short a time",
            Limited::Invite => "too many invitations in too short a time",
            Limited::ChangeRoom => "too many changes of rooms in too short a time",
            Limited::List => "too many lists in too short a time",
            Limited::Sync => "too many syncs in too short a time",
            Limited::ChangeAccount => "too many changes of the account in too short a time",
            Limited::WebhookSend => "too many messages of this webhook in too short a time",
            Limited::Upload => "too many uploads in too short a time",
            Limited::UploadBytes | Limited::DownloadBytes => {
                "too many bytes of files in too short a time"
            }
        };
        Denial { retry_after: wait, ..Denial::new(Reason::RateLimited, message) }
    })
}
