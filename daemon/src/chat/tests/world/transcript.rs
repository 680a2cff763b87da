//! What everybody hears, in words.

use std::collections::BTreeSet;

use parlor_proto::ids::Seq;

use super::{START, World};
use crate::chat::*;

mod account;
mod admin;
pub(super) mod files;
pub(super) mod reading;
mod rooms;
mod webhooks;

pub(super) use self::rooms::{invited, removed};

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
            Answer::Logged(Logged { seq: Seq(0), .. }) => "nothing to do".into(),
            Answer::Logged(Logged { seq, .. }) => format!("done at {seq}"),
            Answer::Admin(answer) => admin::answer(answer),
            Answer::Account(answer) => self.account_answer(conn, answer),
            Answer::Room(RoomAnswer::Bans { bans, .. }) => rooms::bans(&bans),
            Answer::Synced { rooms, invitations, .. } => {
                let invited = invitations.iter().map(|to| format!("invited:{}", label(&to.room)));
                let rooms: Vec<_> = rooms
                    .iter()
                    .map(|view| {
                        let reset = if view.reset { " reset" } else { "" };
                        let counts =
                            if self.tells_counts { view.counts } else { Counts::default() };
                        let unread = reading::of(counts);
                        format!("{}:{}{reset}{unread}", label(&view.facts), view.head)
                    })
                    .chain(invited)
                    .collect();
                ["synced"]
                    .into_iter()
                    .chain(rooms.iter().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            Answer::Room(RoomAnswer::State(view)) => rooms::state(&view),
            Answer::Room(RoomAnswer::List { rooms, next }) => {
                let rooms: Vec<_> =
                    rooms.iter().map(|room| format!("{}({})", label(room), room.members)).collect();
                let more = if next.is_some() { " ..." } else { "" };
                format!("rooms {}{more}", rooms.join(" ")).trim_end().to_owned()
            }
            Answer::Room(RoomAnswer::Members { members, .. }) => {
                let members: Vec<_> = members.iter().map(rooms::member).collect();
                format!("members {}", members.join(", "))
            }
            Answer::Reading(answer) => reading::answer(answer),
            Answer::Webhook(answer) => webhooks::answer(answer),
            Answer::File(answer) => files::answer(answer),
            Answer::Message(MessageAnswer::Sent { seq, duplicate, .. }) => {
                format!("sent {seq}{}", if duplicate { " before" } else { "" })
            }
        }
    }

    pub(super) fn tell_event(&mut self, event: &RoomEvent) {
        let what = match &event.kind {
            EventKind::Message(message) => said(event, message),
            EventKind::MemberChanged(changed) => rooms::member_changed(changed),
            EventKind::RoomChanged(facts) => rooms::room_changed(facts),
            EventKind::MessageEdited(MessageEdited { target, body, version }) => {
                format!("{} says at {target}: {} (version {version})", event.actor_name, body.text)
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

    pub(super) fn tell_typist(&mut self, typist: &Typist, except: ConnId) {
        let verb = if typist.stopped { "stops writing" } else { "is writing" };
        let listeners = self.subscribed.get(&typist.room).cloned().unwrap_or_default();
        for conn in listeners.into_iter().filter(|conn| *conn != except) {
            let who = self.names.get(&conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {} {verb} in {}", typist.name, typist.room));
        }
    }

    pub(super) fn audience(&self, audience: &Audience) -> BTreeSet<ConnId> {
        match audience {
            Audience::One(conn) => [*conn].into(),
            Audience::Rooms(rooms) => rooms
                .iter()
                .filter_map(|room| self.subscribed.get(room))
                .flatten()
                .copied()
                .collect(),
        }
    }

    pub(super) fn tell_presence(&mut self, audience: &Audience, presences: &[Presence]) {
        let listeners = self.audience(audience);
        let stands: Vec<String> = presences.iter().map(stands).collect();
        for conn in listeners.intersection(&self.wants_presence) {
            let who = self.names.get(conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {}", stands.join(", ")));
        }
    }
}

/// What may be looked up.
pub(super) fn looks(look: &Look) -> String {
    match look {
        Look::Thread { permit: Permit { room, floor, ceiling, .. }, root } => {
            format!("may read thread {root} in {room}:{floor}-{ceiling}")
        }
        Look::Unread { rooms, next, .. } => reading::unread(rooms, *next),
        Look::Mentions { bounds, .. } => reading::mentions(bounds),
        Look::Reactions { room, target, .. } => format!("may see reactions to {room}:{target}"),
    }
}

/// A room by its name, or by who is in it.
pub(super) fn label(facts: &RoomFacts) -> String {
    let direct = || facts.direct.iter().map(|(_, name)| format!("@{name}")).collect();
    facts.name.as_ref().map_or_else(direct, ToString::to_string)
}

/// What somebody says, and about what.
fn said(event: &RoomEvent, message: &Message) -> String {
    let reply = message.reply_to.map(|seq| format!(" to {seq}")).unwrap_or_default();
    let thread = message.thread.map(|seq| format!(" in thread {seq}")).unwrap_or_default();
    let files = files::files(message);
    format!("{}{reply}{thread}: {}{files}", event.actor_name, message.body.text)
}

fn stands(presence: &Presence) -> String {
    let Presence { name, state, cause, device, session_ends, status, .. } = presence;
    let status = if status.is_empty() { String::new() } else { format!(" {status:?}") };
    let ends = session_ends.map(|at| format!(" ends {}", (at.0 - START.stamp.0) / 1000));
    let device = if device.is_empty() { String::new() } else { format!(" at {device}") };
    format!("{name} {state:?}({cause:?}{device}{}){status}", ends.unwrap_or_default())
}

pub(super) fn searching(permit: &SearchPermit) -> String {
    let span = |span: &Span| format!(" {}:{}-{}", span.room, span.floor, span.ceiling);
    let spans: String = permit.spans.iter().map(span).collect();
    let author = permit.author.map(|user| format!(" by {user}")).unwrap_or_default();
    let terms: String = permit.terms.iter().map(|term| format!(" {}", term.text)).collect();
    format!("may search{spans}{author} for{terms}")
}
