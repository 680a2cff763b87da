//! Who may do what in a room: one table, read by the core, shown in `PROTOCOL.md`, walked cell by
//! cell by a test. What does not stand in it is denied.
//!
//! Quotas, rates and the disk are no permissions: see `authorize`.

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::effects::{Denial, Role, RoomKind, Visibility};
use super::input::Now;
use super::state::State;
use super::state::rooms::Room;

/// Declares [`Operation`] and its rows of the table.
macro_rules! permissions {
    ($($name:ident = $text:literal | $($cell:tt)|+ ;)*) => {
        /// What can be done in a room.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum Operation {
            $($name,)*
        }

        impl Operation {
            /// As it stands in the documents.
            #[cfg(test)]
            const ALL: &[(Self, &str)] = &[$((Self::$name, $text)),*];

            fn row(self) -> [Cell; COLUMNS] {
                match self { $(Self::$name => [$(permissions!(@$cell)),+],)* }
            }
        }
    };
    (@N) => { Cell::No };
    (@Y) => { Cell::Yes };
    (@P) => { Cell::Public };
    (@S) => { Cell::Setting };
    (@O) => { Cell::Own };
    (@L) => { Cell::Lower };
}

const COLUMNS: usize = 8;

// Y: yes. N: no. P: in public rooms. S: if the room's rules let members. O: of their own messages.
// L: towards those below them. The last column holds for the two or more who are in a direct room;
// to everybody else it is not there.
permissions! {
    //                                    outsider
    //                                    |  invited
    //                                    |  |  member
    //                                    |  |  |  moderator
    //                                    |  |  |  |  owner
    //                                    |  |  |  |  |  banned
    //                                    |  |  |  |  |  |  admin
    //                                    |  |  |  |  |  |  |  direct
    See          = "see it, its topic"   | P| Y| Y| Y| Y| N| Y| Y;
    Join         = "join"                | P| Y| Y| Y| Y| N| P| Y;
    SeeMembers   = "see who is in it"    | N| N| Y| Y| Y| N| Y| Y;
    SeePresence  = "see their presence"  | N| N| Y| Y| Y| N| N| Y;
    Read         = "read and search"     | N| N| Y| Y| Y| N| N| Y;
    MarkRead     = "mark as read"        | N| N| Y| Y| Y| N| N| Y;
    Prefer       = "set preferences"     | N| N| Y| Y| Y| N| N| Y;
    Send         = "send"                | N| N| Y| Y| Y| N| N| Y;
    React        = "react"               | N| N| Y| Y| Y| N| N| Y;
    Type         = "show typing"         | N| N| Y| Y| Y| N| N| Y;
    Edit         = "edit a message"      | N| N| O| O| O| N| N| O;
    Delete       = "delete a message"    | N| N| O| Y| Y| N| N| O;
    MentionRoom  = "mention the room"    | N| N| N| Y| Y| N| N| Y;
    SetTopic     = "set the topic"       | N| N| S| Y| Y| N| N| N;
    Invite       = "invite"              | N| N| S| Y| Y| N| N| N;
    Uninvite     = "withdraw invitation" | N| N| N| Y| Y| N| N| N;
    Kick         = "put out"             | N| N| N| L| L| N| N| N;
    Mute         = "mute"                | N| N| N| L| L| N| N| N;
    Ban          = "ban"                 | N| N| N| L| L| N| N| N;
    Unban        = "unban"               | N| N| N| Y| Y| N| N| N;
    ListBans     = "list bans"           | N| N| N| Y| Y| N| N| N;
    Webhooks     = "manage webhooks"     | N| N| N| Y| Y| N| N| N;
    Deliver      = "deliver events"      | N| N| N| N| Y| N| N| N;
    Update       = "set name and rules"  | N| N| N| N| Y| N| N| N;
    SetRole      = "set a role"          | N| N| N| N| L| N| N| N;
    Transfer     = "transfer"            | N| N| N| N| L| N| N| N;
    Archive      = "archive"             | N| N| N| N| Y| N| Y| N;
    Leave        = "leave"               | N| N| Y| Y| Y| N| N| Y;
}

/// What one cell of the table says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Cell {
    No,
    Yes,
    Public,
    Setting,
    Own,
    Lower,
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Reach {
    Nothing,
    /// One's own messages.
    Own,
    /// People with a lower role.
    Lower,
    All,
}

/// How somebody stands to a room, in the order of the table's columns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Outsider,
    Invited,
    Member,
    Moderator,
    Owner,
    Banned,
}

const ADMIN: usize = 6;
const DIRECT: usize = 7;

impl Standing {
    pub(super) fn is_member(self) -> bool {
        matches!(self, Self::Member | Self::Moderator | Self::Owner)
    }
}

impl From<Role> for Standing {
    fn from(role: Role) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Moderator => Self::Moderator,
            Role::Owner => Self::Owner,
        }
    }
}

/// Whether somebody may do something in a room, if need be only to some people or messages: then
/// ask [`may_to`] or [`may_with_message_of`].
pub(super) fn may(
    state: &State,
    now: Now,
    user: UserId,
    (id, operation): (RoomId, Operation),
) -> Result<Standing, Denial> {
    reach(state, now, user, (id, operation)).map(|(standing, _)| standing)
}

/// Whether somebody may do this to another user.
pub(super) fn may_to(
    state: &State,
    now: Now,
    user: UserId,
    (id, operation): (RoomId, Operation),
    other: UserId,
) -> Result<Standing, Denial> {
    let (standing, reach) = reach(state, now, user, (id, operation))?;
    let role = |user| state.rooms.member(id, user).map(|member| member.role);
    if reach == Reach::Lower && role(other) >= role(user) {
        let message = "only somebody with a higher role may do this to them";
        return Err(Denial::new(Reason::RoleTooLow, message));
    }
    Ok(standing)
}

/// Whether somebody may do this to a message of `author`.
pub(super) fn may_with_message_of(
    state: &State,
    now: Now,
    user: UserId,
    (id, operation): (RoomId, Operation),
    author: UserId,
) -> Result<Standing, Denial> {
    let (standing, reach) = reach(state, now, user, (id, operation))?;
    if reach == Reach::Own && author != user {
        let message = "only who wrote the message may do this";
        return Err(Denial::new(Reason::NotTheAuthor, message));
    }
    Ok(standing)
}

/// Whether a room is there for somebody.
pub(super) fn sees(state: &State, now: Now, user: UserId, id: RoomId) -> bool {
    let Some(room) = state.rooms.get(id) else { return false };
    reach_of(state, room, (user, standing(state, now, user, id)), Operation::See) != Reach::Nothing
}

/// The rooms that somebody may mean by a name, the likeliest first: one that they are in, so that
/// nobody can put another in its place; then the public one; then one that they are invited to.
pub(super) fn called(state: &State, now: Now, user: UserId, name: &Name) -> Vec<RoomId> {
    let (own, invited) = state.rooms.own_named(user, name);
    let candidates = [own, state.rooms.public(name), invited, state.rooms.private(name)];
    let mut called: Vec<RoomId> = Vec::new();
    for room in candidates.into_iter().flatten() {
        if !called.contains(&room) && sees(state, now, user, room) {
            called.push(room);
        }
    }
    called
}

/// How somebody stands to a room.
pub(super) fn standing(state: &State, now: Now, user: UserId, id: RoomId) -> Standing {
    if let Some(member) = state.rooms.member(id, user) {
        member.role.into()
    } else if state.rooms.ban(id, user).is_some_and(|ban| ban.holds(now.stamp)) {
        Standing::Banned
    } else if state.rooms.invitation(id, user).is_some() {
        Standing::Invited
    } else {
        Standing::Outsider
    }
}

/// To whom a room is not there: the same as for one that is not.
pub(super) fn no_such_room() -> Denial {
    Denial::new(Reason::RoomNotFound, "there is no such room")
}

fn reach(
    state: &State,
    now: Now,
    user: UserId,
    (id, operation): (RoomId, Operation),
) -> Result<(Standing, Reach), Denial> {
    let Some(room) = state.rooms.get(id) else { return Err(no_such_room()) };
    let standing = standing(state, now, user, id);
    let reach = reach_of(state, room, (user, standing), operation);
    if reach == Reach::Nothing {
        if reach_of(state, room, (user, standing), Operation::See) == Reach::Nothing {
            return Err(no_such_room());
        }
        return Err(denial(room, standing));
    }
    if room.archived && !is_for_archived(operation) {
        return Err(Denial::new(Reason::RoomArchived, "this room is closed: it can only be read"));
    }
    if needs_voice(operation) {
        has_voice(state, now, user, id)?;
    }
    Ok((standing, reach))
}

/// An administrator may what they may as who they are in the room, and what administrators may.
fn reach_of(
    state: &State,
    room: &Room,
    (user, standing): (UserId, Standing),
    operation: Operation,
) -> Reach {
    let row = operation.row();
    let of_column = |column: usize| {
        let rules = &room.rules;
        match row.get(column).copied().unwrap_or(Cell::No) {
            Cell::No => Reach::Nothing,
            Cell::Yes => Reach::All,
            Cell::Public if rules.visibility == Visibility::Public => Reach::All,
            Cell::Setting if operation == Operation::Invite && rules.members_invite => Reach::All,
            Cell::Setting if operation == Operation::SetTopic && rules.members_set_topic => {
                Reach::All
            }
            Cell::Public | Cell::Setting => Reach::Nothing,
            Cell::Own => Reach::Own,
            Cell::Lower => Reach::Lower,
        }
    };
    match room.kind() {
        RoomKind::Direct if standing.is_member() => of_column(DIRECT),
        RoomKind::Direct => Reach::Nothing,
        RoomKind::Group => {
            let column = match standing {
                Standing::Outsider => 0,
                Standing::Invited => 1,
                Standing::Member => 2,
                Standing::Moderator => 3,
                Standing::Owner => 4,
                Standing::Banned => 5,
            };
            let as_admin = if state.is_admin(user) { of_column(ADMIN) } else { Reach::Nothing };
            of_column(column).max(as_admin)
        }
    }
}

/// Of somebody who sees the room.
fn denial(room: &Room, standing: Standing) -> Denial {
    if room.kind() == RoomKind::Direct {
        return Denial::new(Reason::DirectRoom, "direct rooms have nothing of this kind");
    }
    if !standing.is_member() {
        let message = format!("only members may do this: join {} first", room.label());
        return Denial::new(Reason::NotAMember, message);
    }
    Denial::new(Reason::RoleTooLow, "this needs a higher role in the room")
}

/// What goes on in a room that is closed.
fn is_for_archived(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::See
            | Operation::SeeMembers
            | Operation::SeePresence
            | Operation::Read
            | Operation::MarkRead
            | Operation::Prefer
            | Operation::ListBans
            | Operation::Leave
    )
}

/// What says something to the others, so that who is muted may not.
fn needs_voice(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Send
            | Operation::React
            | Operation::Type
            | Operation::Edit
            | Operation::SetTopic
            | Operation::Invite
    )
}

fn has_voice(state: &State, now: Now, user: UserId, id: RoomId) -> Result<(), Denial> {
    let muted_until = state.rooms.member(id, user).and_then(|member| member.muted_until);
    match muted_until.filter(|until| *until > now.stamp) {
        None => Ok(()),
        Some(until) => {
            let denial = Denial::new(Reason::Muted, "you may say nothing here for now");
            Err(Denial { retry_after: until.since(now.stamp), ..denial })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_show_the_table_that_holds() {
        let shown = |cell: Cell| match cell {
            Cell::No => "",
            Cell::Yes => "yes",
            Cell::Public => "public",
            Cell::Setting => "setting",
            Cell::Own => "own",
            Cell::Lower => "lower",
        };
        let document = include_str!("../../../proto/PROTOCOL.md");
        let mut lines = document.lines().skip_while(|line| !line.starts_with("| operation |"));
        let head = "| operation | outsider | invited | member | moderator | owner | banned \
                    | administrator | in a direct room |";
        assert_eq!(lines.next(), Some(head));
        let rows: Vec<String> = Operation::ALL
            .iter()
            .map(|(operation, text)| {
                let cells = operation.row().map(|cell| format!(" {} |", shown(cell)));
                format!("| {text} |{}", cells.concat()).replace("  ", " ")
            })
            .collect();
        let found: Vec<&str> = lines.skip(1).take_while(|line| line.starts_with('|')).collect();
        assert_eq!(found, rows, "\n{}", rows.join("\n"));
    }
}
