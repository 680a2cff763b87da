//! Messages and what became of them, as people see them.

use super::Look;
use super::file::of_message;
use super::place::titled;
use crate::escape::{block, line};
use crate::record::Entry;
use crate::record::message::{Cursor, Deleted, Edited, Reaction, ReactionBy, Said, Unread};

impl Look {
    pub(super) fn message(&self, at: &Entry, text: &str, said: &Said) -> String {
        let (entry, name) = (self.entry(at), self.name(&at.from, at.from_id));
        if said.deleted {
            return format!("{entry} {}", self.dim(&format!("* {name} said something, deleted")));
        }
        let about = match (said.reply_to_seq, said.thread_seq) {
            (Some(seq), _) => self.dim(&format!(" (to {seq})")),
            (None, Some(seq)) => self.dim(&format!(" (thread {seq})")),
            (None, None) => String::new(),
        };
        let mut after: String = said.files.iter().map(of_message).collect();
        if said.version > 0 {
            after.push_str(" (edited)");
        }
        for reaction in &said.reactions {
            after.push_str(&format!(" [{} {}]", line(&reaction.reaction), reaction.count));
        }
        if said.thread_count > 0 {
            after.push_str(&format!(" [{} in thread]", said.thread_count));
        }
        let after = if after.is_empty() { after } else { self.dim(&after) };
        let text = block(text);
        match said.format {
            Some("emote") => format!("{entry} * {name} {text}{about}{after}"),
            _ => format!("{entry} {name}{about}: {text}{after}"),
        }
    }

    pub(super) fn edited(&self, Edited { at, target_seq, text, .. }: &Edited) -> String {
        if text.is_empty() {
            return self.notice(at, &format!("{} edited {target_seq}", line(&at.from)));
        }
        let (entry, name) = (self.entry(at), self.name(&at.from, at.from_id));
        let what = self.dim(&format!("* {name} edited {target_seq}:"));
        format!("{entry} {what} {}", block(text))
    }

    pub(super) fn deleted(&self, Deleted { at, target_seq }: &Deleted) -> String {
        self.notice(at, &format!("{} deleted {target_seq}", line(&at.from)))
    }

    pub(super) fn reaction(&self, reaction: &Reaction) -> String {
        let Reaction { at, target_seq, reaction, present, .. } = reaction;
        let (name, reaction) = (line(&at.from), line(reaction));
        let what = if *present {
            format!("{name} reacts to {target_seq}: {reaction}")
        } else {
            format!("{name} takes back {reaction} from {target_seq}")
        };
        self.notice(at, &what)
    }

    pub(super) fn reaction_by(&self, by: &ReactionBy) -> String {
        format!("{} {}", line(&by.reaction), self.name(&by.user, by.user_id))
    }

    pub(super) fn unread(&self, unread: &Unread) -> String {
        let name = format!("{:<21}", titled(&unread.room));
        let mut counts = format!("{} unread", unread.unread);
        if unread.mentions > 0 {
            counts.push_str(&format!(", {} for you", unread.mentions));
        }
        let since = unread
            .first_unread_at
            .map(|at| format!("  from {} on, {}", unread.first_unread_seq, self.clock.show(at)));
        format!("{name} {counts}{}", self.dim(&since.unwrap_or_default()))
    }

    pub(super) fn cursor(&self, cursor: &Cursor) -> String {
        let Cursor { name, room, seq, at, .. } = cursor;
        let when = self.dim(&self.clock.show(*at));
        format!("{:<16} {:<21} {seq:>8}  {when}", line(name), titled(room))
    }
}
