//! What everybody hears, in words.

use std::collections::BTreeSet;

use super::script::user_part;
use super::{START, World};
use crate::chat::*;

mod rooms;

impl World {
    pub(super) fn answer(&mut self, conn: ConnId, answer: Answer) -> String {
        match answer {
            Answer::Denied(denial) if denial.retry_after.is_zero() => {
                format!("denied: {}", denial.reason)
            }
            Answer::Denied(denial) => {
                format!("denied: {}, again in {:?}", denial.reason, denial.retry_after)
            }
            Answer::Done => "done".into(),
            Answer::Account(AccountAnswer::SignedIn { session, token, user, timeout }) => {
                let who = self.names.get(&conn).cloned().unwrap_or_default();
                if let Some(token) = token {
                    self.tokens.insert(user_part(&who).to_owned(), SecretHash(token));
                }
                format!("session {session} of {}, {timeout:?}", user.name)
            }
            Answer::Account(AccountAnswer::Users(users)) => {
                let names: Vec<_> = users.iter().map(|user| user.name.to_string()).collect();
                format!("users {}", names.join(" "))
            }
            Answer::Synced { rooms, .. } => {
                let rooms: Vec<_> = rooms
                    .iter()
                    .map(|view| {
                        let reset = if view.reset { " reset" } else { "" };
                        format!("{}:{}{reset}", label(&view.facts), view.head)
                    })
                    .collect();
                ["synced"]
                    .into_iter()
                    .chain(rooms.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Answer::Room(RoomAnswer::State(view)) => rooms::state(&view),
            Answer::Room(RoomAnswer::List { rooms, more }) => {
                let rooms: Vec<_> =
                    rooms.iter().map(|room| format!("{}({})", label(room), room.members)).collect();
                format!("rooms {}{}", rooms.join(" "), if more { " ..." } else { "" })
            }
            Answer::Room(RoomAnswer::Members { members, .. }) => {
                let members: Vec<_> = members.iter().map(rooms::member).collect();
                format!("members {}", members.join(", "))
            }
            Answer::Message(MessageAnswer::Sent { seq, duplicate, .. }) => {
                format!("sent {seq}{}", if duplicate { " before" } else { "" })
            }
        }
    }

    pub(super) fn tell_event(&mut self, event: &RoomEvent) {
        let what = match &event.kind {
            EventKind::Message(message) => format!("{}: {}", event.actor_name, message.body.text),
            EventKind::MemberChanged(changed) => rooms::member_changed(changed),
            EventKind::RoomChanged(facts) => rooms::room_changed(facts),
            EventKind::MessageEdited(edited) => {
                format!("{} edits {}: {}", event.actor_name, edited.target, edited.body.text)
            }
            EventKind::MessageDeleted { target } => {
                format!("{} deletes {target}", event.actor_name)
            }
            EventKind::ReactionChanged(changed) => {
                let (what, target) = (&changed.reaction, changed.target);
                let sign = if changed.present { '+' } else { '-' };
                format!("{} {sign}{what} {target}, now {}", event.actor_name, changed.count)
            }
        };
        let listeners = self.subscribed.get(&event.room).cloned().unwrap_or_default();
        for conn in listeners {
            let who = self.names.get(&conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {}:{} {what}", event.room, event.seq));
        }
    }

    pub(super) fn tell_presence(&mut self, audience: &Audience, presences: &[Presence]) {
        let listeners: BTreeSet<ConnId> = match audience {
            Audience::One(conn) => [*conn].into(),
            Audience::Rooms(rooms) => rooms
                .iter()
                .filter_map(|room| self.subscribed.get(room))
                .flatten()
                .copied()
                .collect(),
        };
        let stands: Vec<String> = presences.iter().map(stands).collect();
        for conn in listeners.intersection(&self.wants_presence) {
            let who = self.names.get(conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {}", stands.join(", ")));
        }
    }
}

/// A room by its name, or by who is in it.
pub(super) fn label(facts: &RoomFacts) -> String {
    let direct = || facts.direct.iter().map(|(_, name)| format!("@{name}")).collect();
    facts.name.as_ref().map_or_else(direct, ToString::to_string)
}

fn stands(presence: &Presence) -> String {
    let Presence { name, state, cause, device, session_ends, .. } = presence;
    let ends = session_ends.map(|at| format!(" ends {}", (at.0 - START.stamp.0) / 1000));
    let device = if device.is_empty() { String::new() } else { format!(" at {device}") };
    format!("{name} {state:?}({cause:?}{device}{})", ends.unwrap_or_default())
}

pub(super) fn searching(permit: &SearchPermit) -> String {
    let span = |span: &Span| format!(" {}:{}-{}", span.room, span.floor, span.ceiling);
    let spans: String = permit.spans.iter().map(span).collect();
    let author = permit.author.map(|user| format!(" by {user}")).unwrap_or_default();
    let terms: String = permit.terms.iter().map(|term| format!(" {}", term.text)).collect();
    format!("may search{spans}{author} for{terms}")
}
