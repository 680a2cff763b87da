//! What comes from the server: answers find their request, pushes find the feed.

use std::time::Instant;

use bytes::Bytes;
use prost::Message as _;

use super::feed::{Synced, Violation};
use super::{Answer, Phase, Session};
use crate::client::{Error, Event};
use crate::ids::{RequestId, RoomId};
use crate::v1::server_frame::Body;
use crate::v1::{ServerFrame, SyncResponse};

impl Session {
    /// A frame of the wanted connection, without its length prefix.
    pub(in crate::client) fn handle_frame(&mut self, now: Instant, frame: Bytes) {
        if !matches!(self.phase, Phase::Greeting { .. } | Phase::Live(_)) {
            return; // It was on its way when the connection was given up.
        }
        let frame = match ServerFrame::decode(frame) {
            Ok(frame) => frame,
            Err(error) => return self.violated(now, &format!("a malformed frame: {error}")),
        };
        if let Phase::Live(liveness) = &mut self.phase {
            liveness.heard(now);
        }
        match (frame.request_id, frame.body) {
            (0, Some(body)) => self.pushed(now, body),
            (0, None) => {} // A push that is newer than this code.
            (id, body) => self.answered(now, RequestId(id), body),
        }
    }

    fn answered(&mut self, now: Instant, id: RequestId, body: Option<Body>) {
        let unknown = "an answer of a kind that this client does not know";
        if let Phase::Greeting { hello, auth, .. } = &mut self.phase {
            let (is_hello, is_auth) = (*hello == Some(id), *auth == Some(id));
            return match body {
                Some(body) if is_hello => self.greeted(now, body),
                Some(body) if is_auth => self.authenticated(now, body),
                _ => self.violated(now, "an answer before the sign-in was answered"),
            };
        }
        if self.feed.is_answer(id) {
            return match body {
                Some(Body::Sync(answer)) => self.synced(now, answer),
                Some(Body::Error(error)) => self.sync_refused(now, Error::Refused(error)),
                _ => self.violated(now, "sync was answered with something else"),
            };
        }
        let Some((ticket, is_logout)) = self.requests.answered(id) else {
            return self.violated(now, &format!("an answer to request {id}, which was not made"));
        };
        let answer = match body {
            Some(Body::Error(error)) => Err(Error::Refused(error)),
            Some(body) => Ok(Answer::Body(Box::new(body))),
            None => Err(Error::Protocol(unknown.to_owned())),
        };
        let is_over = is_logout && answer.is_ok();
        self.answers.extend(ticket.map(|ticket| (ticket, answer)));
        if is_over {
            self.end(Error::Closed);
        }
    }

    fn synced(&mut self, now: Instant, mut answer: SyncResponse) {
        let (invitations, is_last) = (std::mem::take(&mut answer.invitations), !answer.more);
        match self.feed.synced(answer) {
            Ok(Synced::More) => {}
            Ok(Synced::Answer(ticket, states)) => {
                self.answers.push_back((ticket, Ok(Answer::Rooms(states))));
            }
            Ok(Synced::Events(events)) => {
                for event in events {
                    self.tell(now, event);
                }
            }
            Err(violation) => return self.violated(now, &violation),
        }
        if is_last {
            for event in self.invitations.synced(invitations) {
                self.tell(now, event);
            }
        }
    }

    /// Who called is told; who was called back to life must try again, or it would be deaf.
    fn sync_refused(&mut self, now: Instant, error: Error) {
        match self.feed.cancel() {
            Some(caller) => self.answers.push_back((caller, Err(error))),
            None => self.lose(now, error),
        }
    }

    fn pushed(&mut self, now: Instant, body: Body) {
        let event = match body {
            Body::RoomEvent(event) => self.feed.event(event),
            Body::RoomAdded(push) => self.feed.added(push),
            Body::RoomRemoved(push) => Ok(self.feed.removed(push)),
            Body::Presence(update) => Ok(Some(Event::Presence(update.presences))),
            Body::ReadMarker(marker) => Ok(Some(Event::ReadMarker(marker))),
            Body::Typist(typist) => Ok(Some(Event::Typist(typist))),
            Body::UserChanged(changed) => Ok(changed.user.map(Event::UserChanged)),
            Body::InvitationAdded(added) => {
                Ok(added.invitation.map(|invitation| self.invitations.added(invitation)))
            }
            Body::InvitationRemoved(removed) => {
                Ok(Some(self.invitations.removed(RoomId(removed.room_id))))
            }
            Body::PreferencesChanged(changed) => Ok(Some(Event::PreferencesChanged(changed))),
            Body::Probe(_) => return self.demand_keep_alive(),
            Body::GoAway(away) => return self.lose(now, Error::GoAway(away)),
            // A sign of life, and nothing more.
            Body::KeepAliveAck(_) => Ok(None),
            Body::Error(_)
            | Body::Send(_)
            | Body::History(_)
            | Body::Ack(_)
            | Body::Logged(_)
            | Body::Hello(_)
            | Body::Auth(_)
            | Body::GetUsers(_)
            | Body::ListSessions(_)
            | Body::EndSessions(_)
            | Body::AddDevice(_)
            | Body::ListDevices(_)
            | Body::User(_)
            | Body::CreateInvite(_)
            | Body::ListInvites(_)
            | Body::Sync(_)
            | Body::GetCursors(_)
            | Body::ListUnread(_)
            | Body::Room(_)
            | Body::ListRooms(_)
            | Body::ListMembers(_)
            | Body::ListBans(_)
            | Body::ListReactions(_)
            | Body::Search(_)
            | Body::ListMentions(_)
            | Body::GetPresence(_)
            | Body::ListUsers(_)
            | Body::CreateResetCode(_)
            | Body::ApiToken(_)
            | Body::ListBots(_)
            | Body::CreateWebhook(_)
            | Body::ListWebhooks(_)
            | Body::BeginUpload(_)
            | Body::Upload(_)
            | Body::File(_)
            | Body::ListUploads(_)
            | Body::ReadFile(_)
            | Body::ListAudit(_) => Err("an answer without a request".to_owned()),
        };
        self.tell_or_hang_up(now, event);
    }

    fn tell_or_hang_up(&mut self, now: Instant, event: Result<Option<Event>, Violation>) {
        match event {
            Ok(Some(event)) => self.tell(now, event),
            Ok(None) => {}
            Err(violation) => self.violated(now, &violation),
        }
    }

    pub(super) fn violated(&mut self, now: Instant, why: &str) {
        self.lose(now, Error::Protocol(why.to_owned()));
    }
}
