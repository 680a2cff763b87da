//! How people see what is about rooms and the people in them.

use super::Look;
use crate::escape::line;
use crate::record::place::{Action, Details, PlaceRecord};
use crate::when::When;

impl Look {
    pub(super) fn place(&self, record: &PlaceRecord) -> String {
        let until = |until: &Option<When>| {
            until.map_or_else(String::new, |until| format!(" until {}", self.clock.show(until)))
        };
        match record {
            PlaceRecord::Done { room, action, user, seq, until: end, .. } => {
                let whom = user.as_ref().map_or_else(String::new, |user| line(user) + " ");
                let already = if seq.is_some() { "" } else { " (as before)" };
                let what = words(*action);
                format!("{}: {whom}{what}{}{already}", titled(room), until(end))
            }
            PlaceRecord::Ban { user, by, reason, at, until: end, .. } => {
                let why =
                    if reason.is_empty() { String::new() } else { format!(": {}", line(reason)) };
                let when = self.dim(&format!("since {}{}", self.clock.show(*at), until(end)));
                format!("{} by {} {when}{why}", line(user), line(by))
            }
            PlaceRecord::Invitation { room, topic, by, at, .. } => {
                let when = self.dim(&self.clock.show(*at));
                let about =
                    if topic.is_empty() { String::new() } else { format!(": {}", line(topic)) };
                format!("{} by {} {when}{about}", titled(room), line(by))
            }
            PlaceRecord::RoomDetails(details) => self.details(details),
        }
    }

    fn details(&self, details: &Details) -> String {
        let mut lines = vec![titled(&details.room)];
        let mut say = |what: &str, is: String| lines.push(format!("  {what:<18} {is}"));
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let seconds = |millis: u32| format!("{} s", millis.div_ceil(1000));
        if !details.topic.is_empty() {
            say("topic", line(&details.topic));
        }
        say("members", details.members.to_string());
        if details.kind == "group" {
            say("visibility", details.visibility.to_owned());
            say("history", details.history.to_owned());
            say("members invite", yes(details.members_invite));
            say("members set topic", yes(details.members_set_topic));
            say("slow mode", seconds(details.slow_mode_ms));
            say("cooldown", seconds(details.cooldown_ms));
        }
        if details.archived {
            say("archived", yes(true));
        }
        if let Some(role) = details.role {
            say("you are", role.to_owned());
        }
        if let Some(until) = details.muted_until {
            say("you are muted", format!("until {}", self.clock.show(until)));
        }
        if let Some(notify) = details.notify {
            let pinned = if details.pinned == Some(true) { ", pinned" } else { "" };
            say("notify", format!("{notify}{pinned}"));
        }
        lines.join("\n")
    }
}

/// After the name of whom it was about, if anybody.
fn words(action: Action) -> &'static str {
    match action {
        Action::Invited => "is invited",
        Action::Uninvited => "is not invited any more",
        Action::Declined => "declined",
        Action::Removed => "is put out",
        Action::Banned => "is banned",
        Action::Unbanned => "may come back",
        Action::Muted => "is muted",
        Action::Unmuted => "may speak",
        Action::MadeMember => "is a member",
        Action::MadeModerator => "is a moderator",
        Action::MadeOwner => "is the owner",
        Action::Archived => "archived",
    }
}

/// Direct rooms are called by who is in them.
pub(super) fn titled(room: &str) -> String {
    if room.starts_with('@') { line(room) } else { format!("#{}", line(room)) }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::tests::check;
    use super::*;
    use crate::record::Record;
    use crate::record::tests::NOON_MS;

    #[test]
    fn what_was_done_is_a_sentence() {
        let done = |action, user: Option<&str>, seq, until| {
            let user = user.map(str::to_owned);
            let room = "lobby".to_owned();
            Record::Place(PlaceRecord::Done { room, room_id: 7, action, user, seq, until })
        };
        check(
            &[
                done(Action::Muted, Some("bob"), Some(9), Some(When(NOON_MS))),
                done(Action::MadeModerator, Some("b\u{1b}[2J"), None, None),
                done(Action::Archived, None, Some(10), None),
            ],
            expect![[r"
                #lobby: bob is muted until 12:00:00
                #lobby: b\x1b[2J is a moderator (as before)
                #lobby: archived"]],
        );
    }
}
