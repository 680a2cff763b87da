//! The part of a text that is shown as found: where most of what was wanted stands together.

use std::ops::Range;

use crate::chat::Snippet;

/// Bytes of one snippet: two lines of a terminal.
const SNIPPET_BYTES_MAX: usize = 240;

/// What is shown before the first match, so that it can be read.
const LEAD_BYTES: usize = 40;

/// Matches that are told of one snippet.
const MATCHES_MAX: usize = 16;

/// Part of a text that has matches at these places, which are in order.
pub(super) fn cut(text: &str, places: &[Range<usize>]) -> Snippet {
    let mut start = best_start(text.len(), places);
    if start > 0 {
        start = after_a_space(text, text.ceil_char_boundary(start));
    }
    let limit = text.floor_char_boundary(start.saturating_add(SNIPPET_BYTES_MAX));
    let part = text.get(start..limit).unwrap_or_default();
    let inside = |place: &&Range<usize>| start <= place.start && place.end <= limit;
    let matches = places.iter().filter(inside).take(MATCHES_MAX);
    let matches = matches.map(|place| place.start - start..place.end - start).collect();
    Snippet { text: part.to_owned(), matches }
}

/// Where to begin so that the most matches are inside; the first such place.
fn best_start(len: usize, places: &[Range<usize>]) -> usize {
    if len <= SNIPPET_BYTES_MAX {
        return 0;
    }
    let mut best = (0, 0);
    for (at, place) in places.iter().enumerate() {
        let start = place.start.saturating_sub(LEAD_BYTES);
        let after = places.iter().skip(at);
        let inside = after.take_while(|other| other.end <= start + SNIPPET_BYTES_MAX).count();
        if inside > best.0 {
            best = (inside, start);
        }
    }
    best.1
}

/// Not in the middle of a word, if one ends soon.
fn after_a_space(text: &str, start: usize) -> usize {
    let lead = text.get(start..).unwrap_or_default();
    let space = lead.char_indices().take(LEAD_BYTES / 4).find(|(_, char)| char.is_whitespace());
    space.map_or(start, |(at, char)| start + at + char.len_utf8())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_short_text_is_shown_whole() {
        let places = [0..6, 7..13];
        let whole = cut("deploy failed", &places);
        assert_eq!((whole.text.as_str(), whole.matches.as_slice()), ("deploy failed", &places[..]));
    }

    #[test]
    fn of_a_long_text_the_part_with_most_matches_is_shown() {
        let text =
            format!("match {} see match and match here {}", "x ".repeat(400), "y ".repeat(400));
        let places: Vec<_> = text.match_indices("match").map(|(at, m)| at..at + m.len()).collect();
        let part = cut(&text, &places);
        assert!(part.text.len() <= SNIPPET_BYTES_MAX);
        assert!(part.text.contains("see match and match here"), "{part:?}");
        let shown: Vec<_> = part.matches.iter().map(|at| &part.text[at.clone()]).collect();
        assert_eq!(shown, ["match", "match"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_is_cut_inside_a_character(
            text in "\\PC{0,400}",
            at in proptest::collection::vec((0_usize..1600, 1_usize..20), 0..9),
        ) {
            let mut end = 0;
            let places = at.iter().filter_map(|(skip, len)| {
                let start = text.ceil_char_boundary(end + skip).min(text.len());
                end = text.ceil_char_boundary(start + len).min(text.len());
                (start < end).then_some(start..end)
            });
            let places: Vec<_> = places.collect();
            let part = cut(&text, &places);
            prop_assert!(text.contains(&part.text));
            prop_assert!(part.text.len() <= SNIPPET_BYTES_MAX);
            for place in &part.matches {
                prop_assert!(part.text.get(place.clone()).is_some());
            }
        }
    }
}
