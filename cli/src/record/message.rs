//! What is shown about messages: how they are meant, what became of them, who has read them.

use parlor_proto::v1::{self, Format};
use serde::Serialize;

use super::Entry;
use super::file::FileOfMessage;
use super::place::name_of;
use crate::when::When;

/// What most messages have nothing of.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to_seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread_seq: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mention_user_ids: Vec<u64>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) mentions_room: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) edited_at: Option<When>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) deleted: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reactions: Vec<Count>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) thread_count: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<FileOfMessage>,
}

/// How many people react so.
#[derive(Debug, Serialize)]
pub(crate) struct Count {
    pub(crate) reaction: String,
    pub(crate) count: u32,
}

/// A message has another text.
#[derive(Debug, Serialize)]
pub(crate) struct Edited {
    #[serde(flatten)]
    pub(crate) at: Entry,
    pub(crate) target_seq: u64,
    /// Empty if another edit or a deletion has taken its place.
    pub(crate) text: String,
    pub(crate) version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'static str>,
}

/// A message is gone.
#[derive(Debug, Serialize)]
pub(crate) struct Deleted {
    #[serde(flatten)]
    pub(crate) at: Entry,
    pub(crate) target_seq: u64,
}

/// Somebody reacts to a message, or does no more.
#[derive(Debug, Serialize)]
pub(crate) struct Reaction {
    #[serde(flatten)]
    pub(crate) at: Entry,
    pub(crate) target_seq: u64,
    pub(crate) reaction: String,
    pub(crate) present: bool,
    pub(crate) count: u32,
}

/// Somebody's reaction to a message.
#[derive(Debug, Serialize)]
pub(crate) struct ReactionBy {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) target_seq: u64,
    pub(crate) reaction: String,
    pub(crate) user: String,
    pub(crate) user_id: u64,
}

/// What was asked for is in the room's log; without a seq it was so already.
#[derive(Debug, Serialize)]
pub(crate) struct Logged {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) seq: Option<u64>,
    pub(crate) at: Option<When>,
}

/// A room with something unread.
#[derive(Debug, Serialize)]
pub(crate) struct Unread {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) unread: u32,
    pub(crate) mentions: u32,
    pub(crate) read_seq: u64,
    pub(crate) head_seq: u64,
    pub(crate) first_unread_seq: u64,
    pub(crate) first_unread_at: Option<When>,
}

/// A place that the server keeps for scripts.
#[derive(Debug, Serialize)]
pub(crate) struct Cursor {
    pub(crate) name: String,
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) seq: u64,
    pub(crate) at: When,
}

impl Said {
    pub(super) fn new(message: &v1::Message) -> Self {
        let seq = |seq: u64| (seq != 0).then_some(seq);
        let reactions = message.reactions.iter();
        Self {
            format: format(message.format()),
            reply_to_seq: seq(message.reply_to_seq),
            thread_seq: seq(message.thread_seq),
            mention_user_ids: message.mention_user_ids.clone(),
            mentions_room: message.mentions_room,
            version: message.version,
            edited_at: When::known(message.edit_time_ms),
            deleted: message.deleted,
            reactions: reactions
                .map(|each| Count { reaction: each.reaction.clone(), count: each.count })
                .collect(),
            thread_count: message.thread_count,
            files: message.files.iter().map(FileOfMessage::new).collect(),
        }
    }
}

impl Edited {
    pub(super) fn new(at: Entry, edited: v1::MessageEdited) -> Self {
        let (target_seq, version) = (edited.target_seq, edited.version);
        let format = format(edited.format());
        Self { at, target_seq, text: edited.text, version, format }
    }
}

impl Reaction {
    pub(super) fn new(at: Entry, changed: v1::ReactionChanged) -> Self {
        let v1::ReactionChanged { target_seq, reaction, present, count } = changed;
        Self { at, target_seq, reaction, present, count }
    }
}

impl Logged {
    pub(crate) fn new(room: String, room_id: u64, logged: v1::Logged) -> Self {
        let seq = (logged.seq != 0).then_some(logged.seq);
        Self { room, room_id, seq, at: When::known(logged.time_ms) }
    }
}

impl Unread {
    pub(crate) fn new(unread: v1::Unread) -> Self {
        let room = unread.room.unwrap_or_default();
        Self {
            room: name_of(&room),
            room_id: room.room_id,
            unread: unread.unread_count,
            mentions: unread.mention_count,
            read_seq: unread.read_seq,
            head_seq: unread.head_seq,
            first_unread_seq: unread.first_unread_seq,
            first_unread_at: When::known(unread.first_unread_time_ms),
        }
    }
}

fn format(format: Format) -> Option<&'static str> {
    match format {
        Format::Unspecified | Format::Plain => None,
        Format::Markdown => Some("markdown"),
        Format::Emote => Some("emote"),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
