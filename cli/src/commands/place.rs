//! Rooms and who is in them as what: inviting, putting out, roles, rules, direct rooms.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parlor_proto::client::Client;
use parlor_proto::ids::UserId;
use parlor_proto::name::Name;
use parlor_proto::v1::{self, Logged};

use super::{Found, create, find, in_room, join, leave, rooms, send, who};
use crate::args::RoomArg;
use crate::args::place::{DeedCommand, InRoomCommand, PlaceCommand, RoleArg, RoomCommand, Whom};
use crate::connect::{Context, Stay, visit, with};
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;
use crate::record::Record;
use crate::record::place::{Action, PlaceRecord};
use crate::when::When;

mod lists;
mod room;

/// Does what was typed about rooms and people.
pub(super) async fn run(command: PlaceCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        PlaceCommand::Room(RoomCommand::List(wanted)) => rooms::run(context, wanted).await,
        PlaceCommand::Room(RoomCommand::Members(wanted)) => who::run(context, wanted).await,
        PlaceCommand::Room(RoomCommand::InRoom(command)) => run_short(command, context).await,
        PlaceCommand::Room(RoomCommand::Rule(command)) => room::run(command, context).await,
        PlaceCommand::Dm { people, text, id } => {
            let said = v1::SendRequest::default();
            send::run(context, &RoomArg::People(people), (&text, &[], id), said).await
        }
    }
}

/// The same for what stands alone as well as below `room`.
pub(super) async fn run_short(command: InRoomCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        InRoomCommand::Create { name, topic, rules } => {
            create::run(context, &name, topic, &rules).await
        }
        InRoomCommand::Join { room } => join::run(context, &room).await,
        InRoomCommand::Leave { room } => leave::run(context, &room).await,
        InRoomCommand::Invitations => {
            let client = context.resume(Stay::Visit).await?;
            let out = &mut *context.out;
            // They come as events, which a visit does not look at.
            with(client, async |client| lists::invitations(client, out).await).await
        }
        InRoomCommand::Deed(command) => {
            let client = context.resume(Stay::Visit).await?;
            let out = &mut *context.out;
            visit(client, async |client| deed(command, client, out).await).await
        }
    }
}

async fn deed(command: DeedCommand, client: &Client, out: &mut Out) -> Result<()> {
    match command {
        DeedCommand::Bans { room } => lists::bans(client, out, &room).await,
        DeedCommand::Topic { room, text } => room::topic(client, out, &room, &text).await,
        DeedCommand::Decline { room, user: None } => {
            let found = find(client, &room).await?;
            let logged = client.decline_invitation(found.id, None).await.map_err(in_room(&room))?;
            done(out, &found, (Action::Declined, None), logged, None)
        }
        DeedCommand::Decline { room, user: Some(user) } => {
            place(client, out, Whom { room, user }, Wish::Uninvite).await
        }
        DeedCommand::Invite(whom) => place(client, out, whom, Wish::Invite).await,
        DeedCommand::Kick(whom) => place(client, out, whom, Wish::Kick).await,
        DeedCommand::Ban { whom, span, reason } => {
            place(client, out, whom, Wish::Ban { reason, until: from_now(span) }).await
        }
        DeedCommand::Unban(whom) => place(client, out, whom, Wish::Unban).await,
        DeedCommand::Mute { whom, span } => {
            place(client, out, whom, Wish::Mute { until: from_now(Some(span)) }).await
        }
        DeedCommand::Unmute(whom) => place(client, out, whom, Wish::Mute { until: 0 }).await,
        DeedCommand::Role { whom, role } => place(client, out, whom, Wish::Role(role)).await,
    }
}

/// What is to become of somebody's place in a room.
enum Wish {
    Invite,
    Uninvite,
    Kick,
    Ban { reason: String, until: i64 },
    Unban,
    Mute { until: i64 },
    Role(RoleArg),
    Transfer,
}

async fn place(client: &Client, out: &mut Out, whom: Whom, wish: Wish) -> Result<()> {
    let Whom { room: arg, user } = whom;
    let found = find(client, &arg).await?;
    let (room, id) = (found.id, user_id(client, &user).await?);
    let (action, until, logged) = match wish {
        Wish::Invite => (Action::Invited, 0, client.invite_member(room, id).await),
        Wish::Uninvite => (Action::Uninvited, 0, client.decline_invitation(room, Some(id)).await),
        Wish::Kick => (Action::Removed, 0, client.remove_member(room, id).await),
        Wish::Ban { reason, until } => {
            (Action::Banned, until, client.ban_member(room, id, reason, until).await)
        }
        Wish::Unban => (Action::Unbanned, 0, client.unban_member(room, id).await),
        Wish::Mute { until: 0 } => (Action::Unmuted, 0, client.mute_member(room, id, 0).await),
        Wish::Mute { until } => (Action::Muted, until, client.mute_member(room, id, until).await),
        Wish::Role(RoleArg::Member) => {
            (Action::MadeMember, 0, client.set_role(room, id, v1::Role::Member).await)
        }
        Wish::Role(RoleArg::Moderator) => {
            (Action::MadeModerator, 0, client.set_role(room, id, v1::Role::Moderator).await)
        }
        Wish::Transfer => (Action::MadeOwner, 0, client.transfer_room(room, id).await),
    };
    let logged = logged.map_err(in_room(&arg))?;
    done(out, &found, (action, Some(&user)), logged, When::known(until))
}

fn done(
    out: &mut Out,
    found: &Found,
    (action, user): (Action, Option<&Name>),
    logged: Logged,
    until: Option<When>,
) -> Result<()> {
    out.record(&Record::Place(PlaceRecord::Done {
        room: found.name.clone(),
        room_id: found.id.0,
        action,
        user: user.map(ToString::to_string),
        seq: (logged.seq != 0).then_some(logged.seq),
        until,
    }))
}

/// The user of this name.
pub(super) async fn user_id(client: &Client, name: &Name) -> Result<UserId> {
    let users = client.get_users(&[], name.as_str()).await?;
    let user = users.first().map(|user| UserId(user.user_id));
    user.ok_or_else(|| Failure::new(Exit::NotAllowed, format!("no such user: {name}")))
}

/// When a span that begins now is over; 0: never.
#[expect(clippy::disallowed_methods, reason = "this is the edge: people say for how long")]
fn from_now(span: Option<Duration>) -> i64 {
    let Some(span) = span else { return 0 };
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_add(span);
    i64::try_from(end.as_millis()).unwrap_or(i64::MAX)
}
