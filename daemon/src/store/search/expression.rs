//! What FTS5 is asked. Made of our own words alone: nothing that somebody typed gets here but
//! letters and digits in quotes.

use super::matching::Wish;
use super::room_word;
use crate::chat::SearchPermit;

/// Rooms that are asked for by their words; of more, hits are sorted out one by one. Whoever is
/// in so many sees a good part of all, and each costs a look at every step.
const ROOMS_ASKED_MAX: usize = 16;

/// The expression that finds what is wished for; `None` if nothing is.
pub(super) fn expression(permit: &SearchPermit, wish: &Wish) -> Option<String> {
    let mut all: Vec<String> = wish.wanted().map(|words| phrase("text", &words)).collect();
    if let Some(author) = permit.author {
        all.push(phrase("origin", &[&format!("u{author}")]));
    }
    if permit.spans.len() <= ROOMS_ASKED_MAX {
        let rooms = permit.spans.iter().map(|span| phrase("origin", &[&room_word(span.room)]));
        all.push(format!("({})", rooms.collect::<Vec<_>>().join(" OR ")));
    }
    if all.is_empty() || permit.spans.is_empty() {
        return None;
    }
    let mut expression = format!("({})", all.join(" AND "));
    for words in wish.unwanted() {
        expression = format!("({expression} NOT {})", phrase("text", &words));
    }
    Some(expression)
}

fn phrase(column: &str, words: &[&str]) -> String {
    format!("{{{column}}} : \"{}\"", words.join(" "))
}
