//! How people see their own account, and presence session by session.

use super::{BOLD, Look};
use crate::escape::line;
use crate::record::account::{AccountRecord, Device, Presence, Session, SessionPresence};
use crate::when::When;

impl Look {
    pub(super) fn own(&self, record: &AccountRecord) -> String {
        match record {
            AccountRecord::Session(session) => self.session(session),
            AccountRecord::OwnSessionsEnded { ended: 1 } => "1 session ended".to_owned(),
            AccountRecord::OwnSessionsEnded { ended } => format!("{ended} sessions ended"),
            AccountRecord::Device(device) => self.device(device),
            AccountRecord::DeviceRemoved { device_id } => {
                format!("device {} is out", line(device_id))
            }
            AccountRecord::PasswordChanged { user } => {
                format!("{} has another password; all other sessions ended", line(user))
            }
            AccountRecord::Status { text, .. } if text.is_empty() => "no status".to_owned(),
            AccountRecord::Status { text, expires_at } => {
                let until = self.time("until", *expires_at);
                format!("{}{until}", line(text))
            }
            AccountRecord::Profile { user, display_name } => {
                format!("{} is shown as {}", line(user), line(display_name))
            }
            AccountRecord::Presence(presence) => self.presence(presence),
        }
    }

    fn session(&self, session: &Session) -> String {
        let id = format!("{:<6}", session.session_id);
        let id = if session.current { self.paint(BOLD, &id) } else { id };
        let current = if session.current { ", this one" } else { "" };
        format!(
            "{id} {:<16} {} {} from {}, {} open, since {}, heard {}, ends {}{current}",
            line(&session.device),
            line(&session.client),
            line(&session.client_version),
            line(&session.address),
            session.connections,
            self.clock.show(session.started_at),
            self.clock.show(session.heard_at),
            self.clock.show(session.ends_at),
        )
    }

    fn device(&self, device: &Device) -> String {
        let used = device.last_used_at.map_or_else(
            || "never used".to_owned(),
            |at| format!("last used {}", self.clock.show(at)),
        );
        let (id, name) = (line(&device.device_id), line(&device.name));
        let current = if device.current { ", this one" } else { "" };
        format!("{id} {name:<16} since {}, {used}{current}", self.clock.show(device.created_at))
    }

    fn presence(&self, presence: &Presence) -> String {
        let mut shown = format!("{:<16} {}", line(&presence.user), presence.state);
        if presence.sessions.is_empty() {
            shown.push_str(&format!(", {}", presence.cause.replace('_', " ")));
            shown.push_str(&self.time("since", presence.since));
        }
        if !presence.status.is_empty() {
            let until = self.time("until", presence.status_expires_at);
            shown.push_str(&format!(": {}{until}", line(&presence.status)));
        }
        for session in &presence.sessions {
            let SessionPresence { device, state, cause, since, session_ends_at, .. } = session;
            let device = if device.is_empty() { "somewhere".to_owned() } else { line(device) };
            let (cause, since) = (cause.replace('_', " "), self.clock.show(*since));
            let ends = self.clock.show(*session_ends_at);
            shown.push_str(&format!(
                "\n    {device}: {state}, {cause} {since}, session ends {ends}"
            ));
        }
        shown
    }

    fn time(&self, word: &str, at: Option<When>) -> String {
        at.map(|at| format!(" {word} {}", self.clock.show(at))).unwrap_or_default()
    }
}
