//! What was found, as a frame; and the token by which the next page is asked for.

use std::ops::Range;

use parlor_proto::v1::{self, server_frame::Body};

use super::event::room_event;
use crate::chat::{Hit, SearchPage, SearchPlace};

pub(super) fn page(page: &SearchPage) -> Body {
    Body::Search(v1::SearchResponse {
        hits: page.hits.iter().map(hit).collect(),
        next_page_token: page.next.map_or_else(Vec::new, token).into(),
        partial: page.partial,
    })
}

fn hit(hit: &Hit) -> v1::SearchHit {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let pair = |place: &Range<usize>| [number(place.start), number(place.len())];
    v1::SearchHit {
        event: Some(room_event(&hit.event)),
        snippet: hit.snippet.text.clone(),
        matches: hit.snippet.matches.iter().flat_map(pair).collect(),
    }
}

fn token(place: SearchPlace) -> Vec<u8> {
    let SearchPlace { newest, oldest, told } = place;
    let mut token = Vec::new();
    token.extend(newest.to_be_bytes());
    token.extend(oldest.to_be_bytes());
    token.extend(told.to_be_bytes());
    token
}
