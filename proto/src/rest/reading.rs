//! What has been read, what was missed, what was found, and where scripts stopped.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{EpochText, Id, PageToken, Room, RoomEvent, Time};
use crate::v1;

/// How far this user has read in a room.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadMarker {
    pub seq: u64,
}

/// A room with something unread.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unread {
    pub room: Room,
    pub read_seq: u64,
    pub head_seq: u64,
    pub unread_count: u32,
    pub mention_count: u32,
    /// The first message of another after `read_seq`.
    pub first_unread_seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_unread_time: Option<Time>,
}

/// What one has missed, rooms with mentions first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadRooms {
    pub rooms: Vec<Unread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// A page of messages that mention one, newest first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mentions {
    pub events: Vec<RoomEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// A message that was found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hit {
    pub event: RoomEvent,
    /// Part of its text around the matches.
    pub snippet: String,
    /// Where the matches stand in the snippet, in bytes of UTF-8: start, length, start, length.
    pub matches: Vec<u32>,
}

/// A page of what was found, the best first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchPage {
    pub hits: Vec<Hit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
    /// The time for one query was over before everything had been looked at.
    pub partial: bool,
}

/// Where a script stopped: processed up to here.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CursorPlace {
    pub seq: u64,
}

/// A place in a room's log that the server keeps.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedCursor {
    pub name: String,
    pub room_id: Id,
    pub seq: u64,
    pub time: Time,
}

/// All of a name, or of all names.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NamedCursors {
    /// Cursors of another epoch are void.
    pub epoch: EpochText,
    pub cursors: Vec<NamedCursor>,
}

impl From<v1::Unread> for Unread {
    fn from(unread: v1::Unread) -> Self {
        Self {
            room: unread.room.unwrap_or_default().into(),
            read_seq: unread.read_seq,
            head_seq: unread.head_seq,
            unread_count: unread.unread_count,
            mention_count: unread.mention_count,
            first_unread_seq: unread.first_unread_seq,
            first_unread_time: Time::some(unread.first_unread_time_ms),
        }
    }
}

impl From<Unread> for v1::Unread {
    fn from(unread: Unread) -> Self {
        Self {
            room: Some(unread.room.into()),
            read_seq: unread.read_seq,
            head_seq: unread.head_seq,
            unread_count: unread.unread_count,
            mention_count: unread.mention_count,
            first_unread_seq: unread.first_unread_seq,
            first_unread_time_ms: Time::ms(unread.first_unread_time),
        }
    }
}

impl From<v1::ListUnreadResponse> for UnreadRooms {
    fn from(unread: v1::ListUnreadResponse) -> Self {
        let next_page_token = PageToken::some(unread.next_page_token);
        Self { rooms: super::each(unread.rooms), next_page_token }
    }
}

impl From<UnreadRooms> for v1::ListUnreadResponse {
    fn from(unread: UnreadRooms) -> Self {
        let next_page_token = PageToken::bytes(unread.next_page_token);
        let more = !next_page_token.is_empty();
        Self { rooms: super::each(unread.rooms), more, next_page_token }
    }
}

impl From<v1::ListMentionsResponse> for Mentions {
    fn from(page: v1::ListMentionsResponse) -> Self {
        let next_page_token = PageToken::some(page.next_page_token);
        Self { events: super::each(page.events), next_page_token }
    }
}

impl From<Mentions> for v1::ListMentionsResponse {
    fn from(page: Mentions) -> Self {
        let next_page_token = PageToken::bytes(page.next_page_token);
        Self { events: super::each(page.events), next_page_token }
    }
}

impl From<v1::SearchHit> for Hit {
    fn from(hit: v1::SearchHit) -> Self {
        let v1::SearchHit { event, snippet, matches } = hit;
        Self { event: event.unwrap_or_default().into(), snippet, matches }
    }
}

impl From<Hit> for v1::SearchHit {
    fn from(hit: Hit) -> Self {
        let Hit { event, snippet, matches } = hit;
        Self { event: Some(event.into()), snippet, matches }
    }
}

impl From<v1::SearchResponse> for SearchPage {
    fn from(page: v1::SearchResponse) -> Self {
        let next_page_token = PageToken::some(page.next_page_token);
        Self { hits: super::each(page.hits), next_page_token, partial: page.partial }
    }
}

impl From<SearchPage> for v1::SearchResponse {
    fn from(page: SearchPage) -> Self {
        let next_page_token = PageToken::bytes(page.next_page_token);
        Self { hits: super::each(page.hits), next_page_token, partial: page.partial }
    }
}

impl From<v1::NamedCursor> for NamedCursor {
    fn from(cursor: v1::NamedCursor) -> Self {
        let v1::NamedCursor { name, room_id, seq, time_ms } = cursor;
        Self { name, room_id: Id(room_id), seq, time: Time(time_ms) }
    }
}

impl From<NamedCursor> for v1::NamedCursor {
    fn from(cursor: NamedCursor) -> Self {
        let NamedCursor { name, room_id, seq, time } = cursor;
        Self { name, room_id: room_id.0, seq, time_ms: time.0 }
    }
}

impl From<v1::GetCursorsResponse> for NamedCursors {
    fn from(answer: v1::GetCursorsResponse) -> Self {
        Self { epoch: EpochText(answer.epoch), cursors: super::each(answer.cursors) }
    }
}

impl From<NamedCursors> for v1::GetCursorsResponse {
    fn from(answer: NamedCursors) -> Self {
        Self { epoch: answer.epoch.0, cursors: super::each(answer.cursors) }
    }
}
