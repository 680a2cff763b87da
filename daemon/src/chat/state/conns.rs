//! Connections that have a session, and those whose password is being looked at.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{RequestId, RoomId, SessionId, UserId};
use parlor_proto::name::Name;

use crate::chat::authorize::Who;
use crate::chat::input::{ConnId, Moment, Password, SecretHash, SignIn};
use crate::chat::ledger::Ledger;

const FIRST_CONN: ConnId = ConnId(0);
const LAST_CONN: ConnId = ConnId(u64::MAX);

/// All connections that the core knows of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Conns {
    by_id: Ledger<ConnId, Conn>,
    of_session: Ledger<(SessionId, ConnId), ()>,
    pub(in crate::chat) pending: Ledger<ConnId, Pending>,
}

/// One connection that is attached to a session.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Conn {
    pub(in crate::chat) session: SessionId,
    pub(in crate::chat) user: UserId,
    pub(in crate::chat) timeout: Duration,
    /// Where it comes from.
    pub(in crate::chat) address: Option<IpAddr>,
    /// As the shell last told.
    pub(in crate::chat) heard: Moment,
    pub(in crate::chat) attention: Attention,
    /// The shell has been asked and has not answered.
    pub(in crate::chat) asked: bool,
    /// When to ask next.
    pub(in crate::chat) timer: Option<Moment>,
    /// What it wants to be pushed, once it has synced.
    pub(in crate::chat) wants: Option<Wants>,
}

/// How present a connection is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::chat) enum Attention {
    Active,
    /// The client says that nobody is at the keys.
    Idle,
    /// Nothing came for the keepalive timeout; what it said before does not count.
    Silent {
        active: bool,
    },
}

/// What a connection has asked to be pushed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Wants {
    /// `None`: all rooms of the user, those to come too.
    pub(in crate::chat) rooms: Option<Arc<BTreeSet<RoomId>>>,
    pub(in crate::chat) presence: bool,
}

impl Wants {
    pub(in crate::chat) fn covers(&self, room: RoomId) -> bool {
        self.rooms.as_ref().is_none_or(|rooms| rooms.contains(&room))
    }
}

/// A password is being hashed for this connection.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Pending {
    pub(in crate::chat) id: RequestId,
    pub(in crate::chat) sign_in: SignIn,
    pub(in crate::chat) purpose: Purpose,
    /// The connection is gone; only the place in the queue is still taken.
    pub(in crate::chat) abandoned: bool,
}

/// What the password is for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) enum Purpose {
    Register {
        name: Name,
    },
    Login {
        name: Option<Name>,
        user: Option<UserId>,
    },
    Reset {
        name: Option<Name>,
        code: SecretHash,
    },
    /// First the old one is checked, then the new one is hashed.
    ChangePassword {
        name: Name,
        who: Who,
        new: Password,
    },
    NewPassword {
        who: Who,
    },
}

impl Purpose {
    /// Whose password or code is being guessed, perhaps.
    fn guessed(&self) -> Option<&Name> {
        match self {
            Self::Login { name, .. } | Self::Reset { name, .. } => name.as_ref(),
            Self::ChangePassword { name, .. } => Some(name),
            Self::Register { .. } | Self::NewPassword { .. } => None,
        }
    }
}

impl Conns {
    pub(in crate::chat) fn put(&mut self, id: ConnId, conn: Conn) {
        self.of_session.insert((conn.session, id), ());
        self.by_id.insert(id, conn);
    }

    pub(in crate::chat) fn remove(&mut self, id: ConnId) -> Option<Conn> {
        let conn = self.by_id.remove(&id)?;
        self.of_session.remove(&(conn.session, id));
        Some(conn)
    }

    pub(in crate::chat) fn get(&self, id: ConnId) -> Option<&Conn> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn get_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.by_id.get_mut(&id)
    }

    pub(in crate::chat) fn of_session(
        &self,
        session: SessionId,
    ) -> impl Iterator<Item = (ConnId, &Conn)> {
        self.of_session
            .range((session, FIRST_CONN)..=(session, LAST_CONN))
            .filter_map(|((_, id), ())| Some((*id, self.get(*id)?)))
    }

    /// Passwords for this name that are being looked at.
    pub(in crate::chat) fn guesses(&self, name: &Name) -> usize {
        let purposes = self.pending.iter().map(|(_, pending)| &pending.purpose);
        purposes.filter(|purpose| purpose.guessed() == Some(name)).count()
    }

    /// An account has another password: whoever is being compared with the old one has typed a
    /// wrong one.
    pub(in crate::chat) fn outdate(&mut self, account: UserId) {
        let is_of = |purpose: &Purpose| matches!(purpose, Purpose::Login { user: Some(user), .. } if *user == account);
        let pending = self.pending.iter().filter(|(_, pending)| is_of(&pending.purpose));
        let outdated: Vec<ConnId> = pending.map(|(conn, _)| *conn).collect();
        for conn in outdated {
            if let Some(Pending { purpose: Purpose::Login { user, .. }, .. }) =
                self.pending.get_mut(&conn)
            {
                *user = None;
            }
        }
    }

    pub(super) fn keep(&mut self) {
        self.by_id.keep();
        self.of_session.keep();
        self.pending.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_id.undo();
        self.of_session.undo();
        self.pending.undo();
    }
}
