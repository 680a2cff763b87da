//! How people see a record: one line, escaped, with color only if asked for.

use self::place::titled;
use crate::escape::line;
use crate::record::{Entry, Member, Record, Room};
use crate::when::{Clock, When};

mod account;
mod admin;
mod file;
mod message;
mod place;
mod webhook;

/// Colors that can be read on black and on white. Chosen by the user's number, so that one
/// user keeps one color.
const NAME_COLORS: &[&str] = &["31", "32", "33", "34", "35", "36"];
const DIM: &str = "2";
const BOLD: &str = "1";

/// What a person sees.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) color: bool,
    /// Say of each event in which room it happened.
    pub(crate) with_room: bool,
    /// A person looks at it at once; then what was sent is told as well.
    pub(crate) on_terminal: bool,
    pub(crate) clock: Clock,
}

impl Look {
    /// The record without a line feed at its end. Some have nothing to say to a person.
    pub(crate) fn show(&self, record: &Record) -> Option<String> {
        Some(match record {
            Record::Message { at, text, said, .. } => self.message(at, text, said),
            Record::MessageEdited(edited) => self.edited(edited),
            Record::MessageDeleted(deleted) => self.deleted(deleted),
            Record::Reaction(reaction) => self.reaction(reaction),
            Record::ReactionBy(by) => self.reaction_by(by),
            Record::Unread(unread) => self.unread(unread),
            Record::Cursor(cursor) => self.cursor(cursor),
            Record::Logged(_) => return None,
            Record::Hit { at, snippet, matches, text } => {
                let dots = |is_cut: bool| if is_cut { "…" } else { "" };
                format!(
                    "{} {}: {}{}{}",
                    self.entry(at),
                    self.name(&at.from, at.from_id),
                    dots(!text.starts_with(snippet.as_str())),
                    self.marked(snippet, matches),
                    dots(!text.ends_with(snippet.as_str())),
                )
            }
            Record::MemberChanged { at, user, membership, .. } => {
                self.notice(at, &format!("{} {}", line(user), came_or_went(membership)))
            }
            Record::RoomChanged { at, topic } if at.seq == 1 => {
                self.notice(at, &format!("{} made the room{}", line(&at.from), about(topic)))
            }
            Record::RoomChanged { at, topic } => {
                self.notice(at, &format!("{} changed the room{}", line(&at.from), about(topic)))
            }
            Record::UnknownEvent { at } => {
                self.notice(at, "something that this version does not know")
            }
            Record::Reset { room, after_seq, head_seq, .. } => self.dim(&format!(
                "* {}: the log does not go on from {after_seq}; it is read anew up to {head_seq}",
                titled(room),
            )),
            Record::RoomAdded { room, .. } => self.dim(&format!("* you are in {}", titled(room))),
            Record::RoomRemoved { room, .. } => {
                self.dim(&format!("* you are in {} no more", titled(room)))
            }
            Record::Room(room) => self.room(room),
            Record::Member(member) => self.member(member),
            Record::Sent { room, seq, duplicate, .. } if self.on_terminal => {
                let before = if *duplicate { " (as before)" } else { "" };
                self.dim(&format!("{} {seq}{before}", titled(room)))
            }
            Record::Sent { .. } => return None,
            Record::Own(record) => self.own(record),
            Record::Server(record) => self.server(record),
            Record::Place(record) => self.place(record),
            Record::Webhook(record) => self.webhook(record),
            Record::File(record) => self.file(record),
            Record::Account { user, server, .. } => format!("{} at {}", line(user), line(server)),
            Record::LoggedOut { user, server, .. } => {
                format!("{} logged out of {}", line(user), line(server))
            }
        })
    }

    /// On one line, with the matches standing out.
    fn marked(&self, snippet: &str, matches: &[(usize, usize)]) -> String {
        let (mut shown, mut done) = (String::new(), 0);
        for &(start, end) in matches {
            shown.push_str(&line(snippet.get(done..start).unwrap_or_default()));
            shown.push_str(&self.paint(BOLD, &line(snippet.get(start..end).unwrap_or_default())));
            done = end;
        }
        shown.push_str(&line(snippet.get(done..).unwrap_or_default()));
        shown
    }

    /// When, where, and the number by which other commands name it: in a column of its own if
    /// all of it is of one room.
    fn entry(&self, at: &Entry) -> String {
        let time = self.clock.show(at.at);
        if self.with_room {
            let seq = self.dim(&at.seq.to_string());
            return format!("{} {} {seq}", self.dim(&time), titled(&at.room));
        }
        self.dim(&format!("{time} {:>4}", at.seq))
    }

    fn notice(&self, at: &Entry, what: &str) -> String {
        format!("{} {}", self.entry(at), self.dim(&format!("* {what}")))
    }

    fn room(&self, room: &Room) -> String {
        let name = format!("{:<21}", titled(&room.room));
        let name = if room.joined { self.paint(BOLD, &name) } else { name };
        let joined = if room.joined { "joined" } else { "" };
        let members =
            if room.members == 1 { "1 member".into() } else { format!("{} members", room.members) };
        format!("{name} {joined:<6} {members:>11}  {}", line(&room.topic)).trim_end().to_owned()
    }

    fn member(&self, member: &Member) -> String {
        let mut shown =
            if self.with_room { format!("{} ", titled(&member.room)) } else { String::new() };
        let padded = format!("{:<16}", line(&member.user));
        shown.push_str(&self.paint(name_color(member.user_id), &padded));
        shown.push_str(&format!(" {:<7}", member.state));
        let mut why = Vec::new();
        if member.cause != "unknown" {
            why.push(member.cause.replace('_', " "));
        }
        if !member.device.is_empty() {
            why.push(format!("on {}", line(&member.device)));
        }
        let mut time = |word: &str, when: Option<When>| {
            why.extend(when.map(|when| format!("{word} {}", self.clock.show(when))));
        };
        time("since", member.since);
        time("session ends", member.session_ends_at);
        shown.push_str(&self.dim(&format!(" {}", why.join(", "))));
        shown.trim_end().to_owned()
    }

    /// What is being typed, and what there is to say about it. Both must be escaped.
    pub(crate) fn row(&self, about: &str, typed: &str) -> String {
        if about.is_empty() {
            return format!("> {typed}");
        }
        format!("{} > {typed}", self.dim(about))
    }

    fn name(&self, user: &str, user_id: u64) -> String {
        self.paint(name_color(user_id), &line(user))
    }

    fn dim(&self, text: &str) -> String {
        self.paint(DIM, text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn name_color(user_id: u64) -> &'static str {
    let colors = NAME_COLORS.len() as u64;
    usize::try_from(user_id % colors).ok().and_then(|i| NAME_COLORS.get(i)).unwrap_or(&BOLD)
}

fn came_or_went(membership: &str) -> &'static str {
    match membership {
        "joined" => "joined",
        "left" => "left",
        "invited" => "is invited",
        "declined" => "is not invited any more",
        "removed" => "was put out",
        "banned" => "was put out and may not come back",
        "unbanned" => "may come back",
        _ => "came or went",
    }
}

fn about(topic: &str) -> String {
    if topic.is_empty() { String::new() } else { format!(": {}", line(topic)) }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use jiff::Timestamp;
    use parlor_proto::v1::room_event::Kind;
    use parlor_proto::v1::{self, Membership, Message};

    use super::*;
    use crate::record::tests::{NOON_MS, event, member, message};

    fn look(color: bool) -> Look {
        let clock = Clock::fixed(|| Timestamp::from_millisecond(NOON_MS).unwrap());
        Look { color, with_room: true, on_terminal: true, clock }
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "expectations stand in the call")]
    pub(super) fn check(records: &[Record], expect: Expect) {
        let lines: Vec<_> = records.iter().filter_map(|record| look(false).show(record)).collect();
        expect.assert_eq(&lines.join("\n"));
    }

    fn with(message: Message) -> v1::RoomEvent {
        event(12, Some(Kind::Message(message)))
    }

    #[test]
    fn events_are_lines() {
        check(
            &[
                Record::event("lobby", message("hi\nthere")),
                Record::event(
                    "lobby",
                    with(Message {
                        text: "waves".into(),
                        format: v1::Format::Emote.into(),
                        reply_to_seq: 3,
                        version: 1,
                        thread_count: 2,
                        reactions: vec![v1::ReactionCount { reaction: "+1\n".into(), count: 2 }],
                        ..Default::default()
                    }),
                ),
                Record::event("lobby", with(Message { deleted: true, ..Default::default() })),
                Record::event(
                    "lobby",
                    event(
                        14,
                        Some(Kind::MessageEdited(v1::MessageEdited {
                            target_seq: 12,
                            text: "ho".into(),
                            ..Default::default()
                        })),
                    ),
                ),
                Record::event(
                    "lobby",
                    event(14, Some(Kind::MessageDeleted(v1::MessageDeleted { target_seq: 12 }))),
                ),
                Record::event(
                    "lobby",
                    event(
                        14,
                        Some(Kind::ReactionChanged(v1::ReactionChanged {
                            target_seq: 12,
                            reaction: "+1".into(),
                            present: true,
                            count: 2,
                        })),
                    ),
                ),
                Record::event("lobby", member(Membership::Joined)),
                Record::event("lobby", member(Membership::Unspecified)),
                Record::event("lobby", event(14, None)),
                Record::Reset { room: "lobby".into(), room_id: 7, after_seq: 12, head_seq: 9 },
            ],
            expect![[r#"
                12:00:00 #lobby 12 ann: hi
                    | there
                12:00:00 #lobby 12 * ann waves (to 3) (edited) [+1\x0a 2] [2 in thread]
                12:00:00 #lobby 12 * ann said something, deleted
                12:00:00 #lobby 14 * ann edited 12: ho
                12:00:00 #lobby 14 * ann deleted 12
                12:00:00 #lobby 14 * ann reacts to 12: +1
                12:00:00 #lobby 13 * bob joined
                12:00:00 #lobby 13 * bob came or went
                12:00:00 #lobby 14 * something that this version does not know
                * #lobby: the log does not go on from 12; it is read anew up to 9"#]],
        );
    }

    #[test]
    fn rooms_and_members_are_columns() {
        let room = v1::Room {
            name: "lobby".into(),
            member_count: 2,
            topic: "all\nand \x1b[31m".into(),
            ..Default::default()
        };
        let state = v1::RoomState::default();
        let presence = v1::Presence {
            state: v1::PresenceState::Away.into(),
            cause: v1::PresenceCause::ConnectionLost.into(),
            since_ms: NOON_MS,
            device: "laptop".into(),
            session_ends_ms: NOON_MS + 45_000,
            ..Default::default()
        };
        let here =
            v1::Member { user_name: "bob".into(), presence: Some(presence), ..Default::default() };
        let unknown = v1::Member { user_name: "eve".into(), ..Default::default() };
        check(
            &[
                Record::Room(Room::new(room.clone(), Some(&state))),
                Record::Room(Room::new(v1::Room { topic: String::new(), ..room }, None)),
                Record::Member(Member::new("lobby", 7, here)),
                Record::Member(Member::new("lobby", 7, unknown)),
            ],
            expect![[r#"
                #lobby                joined   2 members  all\x0aand \x1b[31m
                #lobby                         2 members
                #lobby bob              away    connection lost, on laptop, since 12:00:00, session ends 12:00:45
                #lobby eve              offline"#]],
        );
    }

    #[test]
    fn hostile_names_and_texts_are_seen_for_what_they_are() {
        let evil = "\x1b[2Jann\n12:00 root";
        let mut said = message("a\x1b]0;x\x07\u{202e}b");
        said.actor_name = evil.into();
        for record in [
            Record::event(evil, said),
            Record::Member(Member::new(
                evil,
                7,
                v1::Member { user_name: evil.into(), ..Default::default() },
            )),
            Record::Room(Room::new(
                v1::Room { name: evil.into(), topic: evil.into(), ..Default::default() },
                None,
            )),
            Record::RoomAdded { room: evil.into(), room_id: 1, head_seq: 1 },
            Record::LoggedOut { user: evil.into(), server: evil.into(), profile: evil.into() },
        ] {
            let shown = look(false).show(&record).unwrap();
            assert!(!shown.chars().any(crate::escape::is_hostile), "{shown:?}");
        }
    }

    #[test]
    fn matches_stand_out_and_what_is_cut_is_seen() {
        let hit = |color, matches: &[u32]| {
            let said = message("one two\nthree \u{202e}four");
            let record = Record::hit("lobby", said, "two\nthree \u{202e}".into(), matches);
            look(color).show(&record).unwrap()
        };
        let plain = hit(false, &[0, 3, 4, 5]);
        assert_eq!(plain, "12:00:00 #lobby 12 ann: …two\\x0athree \\u{202e}…");
        let bold = hit(true, &[4, 5]);
        assert!(bold.ends_with("…two\\x0a\x1b[1mthree\x1b[0m \\u{202e}…"), "{bold:?}");
        // Whatever a server says of places.
        for matches in [&[4][..], &[9, 9], &[10, 1], &[11, 1], &[u32::MAX, u32::MAX], &[4, 5, 0, 3]]
        {
            assert!(hit(false, matches).ends_with("…two\\x0athree \\u{202e}…"), "{matches:?}");
        }
    }

    #[test]
    fn color_is_ours_alone_and_ends_where_it_should() {
        let shown = look(true).show(&Record::event("lobby", message("\x1b[31mred"))).unwrap();
        assert_eq!(
            shown,
            "\x1b[2m12:00:00\x1b[0m #lobby \x1b[2m12\x1b[0m \x1b[34mann\x1b[0m: \\x1b[31mred"
        );
    }

    #[test]
    fn the_numbers_of_one_room_are_a_column() {
        let numbered = |seq| v1::RoomEvent { seq, ..message("hi") };
        let look = Look { with_room: false, ..look(false) };
        let shown: Vec<_> = [9, 12, 1234, 123_456]
            .map(|seq| look.show(&Record::event("lobby", numbered(seq))).unwrap())
            .into();
        let expect = expect![[r"
            12:00:00    9 ann: hi
            12:00:00   12 ann: hi
            12:00:00 1234 ann: hi
            12:00:00 123456 ann: hi"]];
        expect.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn a_person_sees_the_number_of_what_was_sent_and_a_script_nothing() {
        let sent = |duplicate| Record::Sent {
            room: "lobby".into(),
            room_id: 7,
            seq: 12,
            at: When(NOON_MS),
            client_message_id: uuid::Uuid::nil(),
            duplicate,
        };
        check(&[sent(false), sent(true)], expect!["#lobby 12\n#lobby 12 (as before)"]);
        let look = Look { on_terminal: false, ..look(false) };
        assert_eq!(look.show(&sent(false)), None);
    }
}
