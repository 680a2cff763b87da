//! What a stream of events tells besides entries of rooms' logs.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{EpochText, Id, RoomState};
use crate::v1;

/// The first of a stream: the rooms that it follows, as they are when it begins.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ready {
    pub epoch: EpochText,
    pub rooms: Vec<RoomState>,
}

/// This user has lost a room.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomRemoved {
    pub room_id: Id,
    pub cause: RemovalCause,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RemovalCause {
    Left,
    Removed,
    Banned,
    /// While nobody listened.
    Unspecified,
}

/// An invitation holds no longer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Uninvited {
    pub room_id: Id,
}

/// How far somebody has read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkerMoved {
    pub room_id: Id,
    /// One's own, or in a direct room somebody else's.
    pub user_id: Id,
    pub read_seq: u64,
    pub unread_count: u32,
    pub mention_count: u32,
}

super::same_names!(RemovalCause, v1::RemovalCause { Left, Removed, Banned, Unspecified });

impl From<v1::RoomRemoved> for RoomRemoved {
    fn from(removed: v1::RoomRemoved) -> Self {
        Self { room_id: Id(removed.room_id), cause: removed.cause().into() }
    }
}

impl From<v1::ReadMarker> for MarkerMoved {
    fn from(marker: v1::ReadMarker) -> Self {
        let v1::ReadMarker { room_id, user_id, read_seq, unread_count, mention_count } = marker;
        Self { room_id: Id(room_id), user_id: Id(user_id), read_seq, unread_count, mention_count }
    }
}

impl From<RoomRemoved> for v1::RoomRemoved {
    fn from(removed: RoomRemoved) -> Self {
        Self { room_id: removed.room_id.0, cause: v1::RemovalCause::from(removed.cause).into() }
    }
}

impl From<MarkerMoved> for v1::ReadMarker {
    fn from(moved: MarkerMoved) -> Self {
        let MarkerMoved { room_id, user_id, read_seq, unread_count, mention_count } = moved;
        Self { room_id: room_id.0, user_id: user_id.0, read_seq, unread_count, mention_count }
    }
}
