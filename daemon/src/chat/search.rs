//! What is searched for, what a search may see, and what comes of it. The core decides the
//! second; nobody looks for anything in here.

use std::ops::Range;
use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::name::Name;

use super::effects::RoomEvent;
use super::input::Stamp;

/// What somebody looks for, as it was typed and taken apart.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Query {
    pub(crate) terms: Vec<Term>,
    pub(crate) author: Option<Name>,
    /// Only in these; empty: in all.
    pub(crate) rooms: Vec<Where>,
    pub(crate) since: Option<Stamp>,
    /// The first moment that is too late.
    pub(crate) before: Option<Stamp>,
}

/// A room as it is named in a search.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Where {
    Group(Name),
    /// The direct room with this user, or with oneself.
    With(Name),
}

/// A word, or several that follow one another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Term {
    pub(crate) text: Arc<str>,
    /// Whether it must be in the message, or must not.
    pub(crate) wanted: bool,
}

/// Leave to search: nothing outside these spans is told, nor that it is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SearchPermit {
    /// In order of rooms, each once.
    pub(crate) spans: Vec<Span>,
    pub(crate) author: Option<UserId>,
    pub(crate) since: Option<Stamp>,
    pub(crate) before: Option<Stamp>,
    pub(crate) terms: Vec<Term>,
    pub(crate) resume: Option<SearchPlace>,
    pub(crate) rows: u32,
}

/// The part of a room's log that may be searched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span {
    pub(crate) room: RoomId,
    pub(crate) floor: Seq,
    pub(crate) ceiling: Seq,
}

/// Where the last page of a search ended. Whatever a client makes of it, it only chooses among
/// what the permit allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SearchPlace {
    /// The newest and the oldest place in the index among which the hits were ranked.
    pub(crate) newest: i64,
    pub(crate) oldest: i64,
    /// How many of them have been told.
    pub(crate) told: u32,
}

/// One page of what was found, best first.
#[derive(Debug, Default)]
pub(crate) struct SearchPage {
    pub(crate) hits: Vec<Hit>,
    /// Where the next page begins, if there may be one.
    pub(crate) next: Option<SearchPlace>,
    /// The work was stopped before all was looked at.
    pub(crate) partial: bool,
}

/// A message that was found, as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) event: RoomEvent,
    pub(crate) snippet: Snippet,
}

/// Part of a text, and where in it the matches are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Snippet {
    pub(crate) text: String,
    pub(crate) matches: Vec<Range<usize>>,
}

impl SearchPermit {
    pub(crate) fn allows(&self, room: RoomId, seq: Seq) -> bool {
        let span = self.spans.binary_search_by_key(&room, |span| span.room);
        let span = span.ok().and_then(|at| self.spans.get(at));
        span.is_some_and(|span| span.floor <= seq && seq <= span.ceiling)
    }
}
