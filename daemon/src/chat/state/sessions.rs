//! Sessions: who is signed in, from where, and until when.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{DeviceId, SessionId, UserId};

use crate::chat::effects::{LastSeen, PresenceCause, PresenceState};
use crate::chat::input::{Moment, Origin, SecretHash, Stamp};
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::SessionRow;

const FIRST_SESSION: SessionId = SessionId(0);
const LAST_SESSION: SessionId = SessionId(u64::MAX);

/// All live sessions. One that has ended is gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Sessions {
    by_id: Ledger<SessionId, Session>,
    by_token: Ledger<SecretHash, SessionId>,
    of_user: Ledger<(UserId, SessionId), ()>,
    /// Ended while the store took nothing; to be written in this order when it does.
    pub(in crate::chat) unwritten: Ledger<u64, (SessionId, UserId, LastSeen)>,
    /// Attached to while the store took nothing: how is still to be written.
    pub(in crate::chat) unsaved: Ledger<SessionId, ()>,
    // Never given out twice, not even after the session has ended.
    last: Ledger<(), SessionId>,
}

/// One authenticated presence of a user.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Session {
    pub(in crate::chat) user: UserId,
    pub(in crate::chat) token: SecretHash,
    pub(in crate::chat) device: Arc<str>,
    /// The timeout of the connection that attached last.
    pub(in crate::chat) timeout: Duration,
    /// The same, for its user to recognize it.
    pub(in crate::chat) origin: Origin,
    pub(in crate::chat) started: Stamp,
    /// The device by which it began, or that it added: without it there is no session.
    pub(in crate::chat) device_id: Option<DeviceId>,
    /// When a frame came from any of its connections, as far as the core has asked.
    pub(in crate::chat) heard: Moment,
    pub(in crate::chat) standing: Standing,
    /// When it ends, if it has no connection.
    pub(in crate::chat) timer: Option<Moment>,
    /// The API token by which it began.
    pub(in crate::chat) api_token: Option<SecretHash>,
}

/// Where a session stands, and since when.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Standing {
    pub(in crate::chat) state: PresenceState,
    pub(in crate::chat) cause: PresenceCause,
    pub(in crate::chat) since: Stamp,
    pub(in crate::chat) ends: Option<Stamp>,
}

impl Sessions {
    pub(super) fn new(rows: Vec<SessionRow>, last: SessionId) -> Self {
        let mut sessions = Self::default();
        sessions.last.insert((), last);
        for row in rows {
            let SessionRow { session, user, token, device, timeout, started, .. } = row;
            let SessionRow { api_token, origin, device_id, .. } = row;
            // Who does not come back is away since the stop; the true time is set at start.
            let standing = Standing {
                state: PresenceState::Away,
                cause: PresenceCause::ServerRestarted,
                since: started,
                ends: None,
            };
            let heard = Moment::default();
            let row = Session {
                user,
                token,
                device,
                timeout,
                origin,
                started,
                device_id,
                heard,
                standing,
                timer: None,
                api_token,
            };
            sessions.put(session, row);
        }
        sessions
    }

    /// Gives the session its number.
    pub(in crate::chat) fn add(&mut self, session: Session) -> SessionId {
        let last = self.last.get(&()).copied().unwrap_or_default();
        let id = SessionId(last.0 + 1);
        self.last.insert((), id);
        self.put(id, session);
        id
    }

    fn put(&mut self, id: SessionId, session: Session) {
        self.by_token.insert(session.token, id);
        self.of_user.insert((session.user, id), ());
        self.by_id.insert(id, session);
    }

    pub(in crate::chat) fn remove(&mut self, id: SessionId) -> Option<Session> {
        let session = self.by_id.remove(&id)?;
        self.by_token.remove(&session.token);
        self.of_user.remove(&(session.user, id));
        self.unsaved.remove(&id);
        Some(session)
    }

    pub(in crate::chat) fn write_later(&mut self, ended: (SessionId, UserId, LastSeen)) {
        let place = self.unwritten.last().map_or(0, |(place, _)| place + 1);
        self.unwritten.insert(place, ended);
    }

    pub(in crate::chat) fn get(&self, id: SessionId) -> Option<&Session> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.by_id.get_mut(&id)
    }

    pub(in crate::chat) fn of_token(&self, token: &SecretHash) -> Option<SessionId> {
        self.by_token.get(token).copied()
    }

    pub(in crate::chat) fn of_user(
        &self,
        user: UserId,
    ) -> impl Iterator<Item = (SessionId, &Session)> {
        self.of_user
            .range((user, FIRST_SESSION)..=(user, LAST_SESSION))
            .filter_map(|((_, id), ())| Some((*id, self.get(*id)?)))
    }

    pub(in crate::chat) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(in crate::chat) fn ids(&self) -> Vec<SessionId> {
        self.by_id.iter().map(|(id, _)| *id).collect()
    }

    pub(super) fn keep(&mut self) {
        self.by_id.keep();
        self.by_token.keep();
        self.of_user.keep();
        self.unwritten.keep();
        self.unsaved.keep();
        self.last.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_id.undo();
        self.by_token.undo();
        self.of_user.undo();
        self.unwritten.undo();
        self.unsaved.undo();
        self.last.undo();
    }
}
