//! Messages: what is sent, and what they are when they are read.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FileInfo, Id, PageToken, Time, each};
use crate::v1;

/// Somebody said something. Text was written by people: escape it where it is shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Empty if the message was deleted.
    pub text: String,
    /// As the sender gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<Uuid>,
    pub format: Format,
    /// The message that this answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to_seq: Option<u64>,
    /// The message that began the thread that this belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_seq: Option<u64>,
    pub mention_user_ids: Vec<Id>,
    pub mentions_room: bool,
    /// How often it was edited.
    pub version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit_time: Option<Time>,
    pub deleted: bool,
    pub reactions: Vec<ReactionCount>,
    /// Messages in the thread that this one began.
    pub thread_count: u32,
    #[serde(default)]
    pub files: Vec<FileInfo>,
}

/// How a text is meant.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Plain,
    /// CommonMark.
    Markdown,
    /// What the sender does, told in the third person.
    Emote,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactionCount {
    pub reaction: String,
    pub count: u32,
}

/// A message to be.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 8192))]
    pub text: String,
    #[serde(default)]
    pub format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub reply_to_seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub thread_seq: Option<u64>,
    /// Uploads of one's own that are finished. With them there need be no text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(schema_with = file_ids))]
    pub file_ids: Vec<Id>,
}

/// A message to the direct room of oneself and these users, which is made if need be.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDirectMessage {
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 7))]
    pub user_ids: Vec<Id>,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 8192))]
    pub text: String,
    #[serde(default)]
    pub format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub reply_to_seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub thread_seq: Option<u64>,
    /// Uploads of one's own that are finished. With them there need be no text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(schema_with = file_ids))]
    pub file_ids: Vec<Id>,
}

/// A message that is on disk.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sent {
    pub room_id: Id,
    pub seq: u64,
    pub time: Time,
    /// It had been stored before, under the same id; this is where.
    pub duplicate: bool,
}

/// Another text.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageChange {
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 8192))]
    pub text: String,
    #[serde(default)]
    pub format: Format,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reaction {
    pub reaction: String,
    pub user_id: Id,
    pub user_name: String,
}

/// Who reacted how, in the order in which they did.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactionPage {
    pub reactions: Vec<Reaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

#[cfg(feature = "openapi")]
fn file_ids() -> utoipa::openapi::Array {
    let id = utoipa::openapi::Ref::from_schema_name("Id");
    let ids = utoipa::openapi::ArrayBuilder::new().items(id);
    let told = "Uploads of one's own that are finished. With them the text may be empty.";
    ids.description(Some(told)).max_items(Some(8)).unique_items(true).build()
}

super::same_names!(Format, v1::Format { Plain, Markdown, Emote } else Plain);

impl From<v1::Message> for Message {
    fn from(message: v1::Message) -> Self {
        let counts = message.reactions.into_iter();
        Self {
            format: v1::Format::try_from(message.format).unwrap_or_default().into(),
            client_message_id: Uuid::from_slice(&message.client_message_id).ok(),
            reactions: counts
                .map(|v1::ReactionCount { reaction, count }| ReactionCount { reaction, count })
                .collect(),
            text: message.text,
            reply_to_seq: some(message.reply_to_seq),
            thread_seq: some(message.thread_seq),
            mention_user_ids: message.mention_user_ids.into_iter().map(Id).collect(),
            mentions_room: message.mentions_room,
            version: message.version,
            edit_time: Time::some(message.edit_time_ms),
            deleted: message.deleted,
            thread_count: message.thread_count,
            files: each(message.files),
        }
    }
}

impl From<Message> for v1::Message {
    fn from(message: Message) -> Self {
        let counts = message.reactions.into_iter();
        let client_message_id = message.client_message_id.map(|id| id.as_bytes().to_vec());
        Self {
            text: message.text,
            client_message_id: client_message_id.unwrap_or_default().into(),
            format: v1::Format::from(message.format).into(),
            reply_to_seq: message.reply_to_seq.unwrap_or_default(),
            thread_seq: message.thread_seq.unwrap_or_default(),
            mention_user_ids: message.mention_user_ids.into_iter().map(|id| id.0).collect(),
            mentions_room: message.mentions_room,
            version: message.version,
            edit_time_ms: Time::ms(message.edit_time),
            deleted: message.deleted,
            reactions: counts
                .map(|ReactionCount { reaction, count }| v1::ReactionCount { reaction, count })
                .collect(),
            thread_count: message.thread_count,
            files: each(message.files),
        }
    }
}

fn some(seq: u64) -> Option<u64> {
    (seq != 0).then_some(seq)
}

impl NewMessage {
    /// The request, under the sender's own id.
    #[must_use]
    pub fn into_request(self, room: Id, id: Uuid) -> v1::SendRequest {
        v1::SendRequest {
            room_id: room.0,
            client_message_id: id.as_bytes().to_vec().into(),
            text: self.text,
            format: v1::Format::from(self.format).into(),
            reply_to_seq: self.reply_to_seq.unwrap_or_default(),
            thread_seq: self.thread_seq.unwrap_or_default(),
            file_ids: self.file_ids.into_iter().map(|id| id.0).collect(),
            ..Default::default()
        }
    }
}

impl NewDirectMessage {
    /// The request, under the sender's own id.
    #[must_use]
    pub fn into_request(self, id: Uuid) -> v1::SendRequest {
        let Self { user_ids, text, format, reply_to_seq, thread_seq, file_ids } = self;
        let direct_user_ids = user_ids.into_iter().map(|id| id.0).collect();
        let message = NewMessage { text, format, reply_to_seq, thread_seq, file_ids };
        v1::SendRequest { direct_user_ids, ..message.into_request(Id(0), id) }
    }
}

impl From<v1::SendResponse> for Sent {
    fn from(sent: v1::SendResponse) -> Self {
        Self {
            room_id: Id(sent.room_id),
            seq: sent.seq,
            time: Time(sent.time_ms),
            duplicate: sent.duplicate,
        }
    }
}

impl From<Sent> for v1::SendResponse {
    fn from(sent: Sent) -> Self {
        Self {
            seq: sent.seq,
            time_ms: sent.time.0,
            duplicate: sent.duplicate,
            room_id: sent.room_id.0,
        }
    }
}

impl ReactionPage {
    /// Of a list of which so many were skipped.
    #[must_use]
    pub fn of(page: v1::ListReactionsResponse, skip: u32) -> Self {
        let rows = u32::try_from(page.reactions.len()).unwrap_or(u32::MAX);
        let next = skip.saturating_add(rows).to_string();
        let next_page_token = PageToken::after(Some(&next), page.more);
        Self { reactions: each(page.reactions), next_page_token }
    }
}

impl From<ReactionPage> for v1::ListReactionsResponse {
    fn from(page: ReactionPage) -> Self {
        Self { reactions: each(page.reactions), more: page.next_page_token.is_some() }
    }
}

impl From<v1::Reaction> for Reaction {
    fn from(reaction: v1::Reaction) -> Self {
        let v1::Reaction { reaction, user_id, user_name } = reaction;
        Self { reaction, user_id: Id(user_id), user_name }
    }
}

impl From<Reaction> for v1::Reaction {
    fn from(reaction: Reaction) -> Self {
        let Reaction { reaction, user_id, user_name } = reaction;
        Self { reaction, user_id: user_id.0, user_name }
    }
}
