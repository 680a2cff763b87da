//! Answers about accounts, sessions and devices, in words.

use super::{START, stands};
use crate::chat::tests::world::World;
use crate::chat::tests::world::script::user_part;
use crate::chat::*;

impl World {
    pub(in crate::chat::tests::world) fn tell_user_changed(
        &mut self,
        audience: &Audience,
        user: &UserFacts,
    ) {
        for conn in self.audience(audience) {
            let who = self.names.get(&conn).cloned().unwrap_or_default();
            self.transcript.push(format!("{who} < {} is {:?} now", user.name, user.display_name));
        }
    }

    pub(super) fn account_answer(&mut self, conn: ConnId, answer: AccountAnswer) -> String {
        match answer {
            AccountAnswer::SignedIn { session, token, user, timeout, .. } => {
                let who = self.names.get(&conn).cloned().unwrap_or_default();
                if let Some(token) = token {
                    self.tokens.insert(user_part(&who).to_owned(), SecretHash(token));
                    self.tokens.insert(who, SecretHash(token));
                }
                format!("session {session} of {}, {timeout:?}", user.name)
            }
            AccountAnswer::Users(users) => {
                let names: Vec<_> = users.iter().map(|user| user.name.to_string()).collect();
                format!("users {}", names.join(" "))
            }
            AccountAnswer::Sessions(sessions) => {
                let sessions: Vec<_> = sessions.iter().map(session).collect();
                format!("sessions {}", sessions.join(", "))
            }
            AccountAnswer::Device { device, current } => {
                format!("added {}", shown(&device, current))
            }
            AccountAnswer::Devices { devices, current } => {
                let devices: Vec<_> =
                    devices.iter().map(|one| shown(one, current == Some(one.id))).collect();
                if devices.is_empty() {
                    "devices none".into()
                } else {
                    format!("devices {}", devices.join(", "))
                }
            }
            AccountAnswer::User(user) => format!("{} is {:?}", user.name, user.display_name),
            AccountAnswer::Presence(presences) if presences.is_empty() => {
                "presence of nobody".into()
            }
            AccountAnswer::Presence(presences) => {
                let presences: Vec<_> = presences.iter().map(explained).collect();
                format!("presence of {}", presences.join("; "))
            }
            AccountAnswer::Ended(ended) => format!("ended {ended}"),
        }
    }
}

fn explained(explained: &ExplainedPresence) -> String {
    let session = |session: &SessionPresence| {
        let SessionPresence { state, cause, since, device, heard, ends } = session;
        let [since, heard, ends] = [*since, *heard, *ends].map(seconds);
        format!(" [{device} {state:?}({cause:?} {since}) {heard}..{ends}]")
    };
    let sessions: String = explained.sessions.iter().map(session).collect();
    let expires = explained.status_expires.map(|at| format!(" until {}", seconds(at)));
    format!("{}{}{sessions}", stands(&explained.presence), expires.unwrap_or_default())
}

fn session(facts: &SessionFacts) -> String {
    let SessionFacts { session, device, origin, connections, current, .. } = facts;
    let current = if *current { "*" } else { "" };
    let client = &origin.client.name;
    let client = if client.is_empty() { String::new() } else { format!(" by {client}") };
    let [started, heard, ends] = [facts.started, facts.heard, facts.ends].map(seconds);
    format!("{session}{current} at {device}{client} x{connections} {started}..{heard}..{ends}")
}

fn shown(device: &Device, current: bool) -> String {
    let used = device.last_used.map(|at| format!(" used {}", seconds(at)));
    let current = if current { "*" } else { "" };
    format!("{}{current}{}", device.name, used.unwrap_or_default())
}

/// Since the world began.
pub(super) fn seconds(at: Stamp) -> i64 {
    (at.0 - START.stamp.0) / 1000
}
