//! One page of what somebody looks for: what a walk along the index finds, ranked. What the index
//! says is only where to look: the log has the last word.

use std::cmp::Reverse;
use std::time::Duration;

use parlor_proto::limits::PAGE_ROWS_MAX;

use super::Searcher;
use super::matching::{Wish, real};
use super::snippet;
use super::walk::{Bounds, Candidate, Walk};
use crate::chat::{EventKind, Hit, SearchPage, SearchPermit, SearchPlace};
use crate::store::columns::event_place;
use crate::store::error::Result;
use crate::store::reader::PAGE_BYTES_MAX;
use crate::store::row;

/// What a hit takes in a frame besides its event and its snippet; and one match.
const HIT_BYTES: usize = 32;
const MATCH_BYTES: usize = 4;

/// The work that one search may cost.
#[derive(Clone, Copy)]
pub(crate) struct Budget<'a> {
    /// What the thread has worked so far.
    pub(crate) spent: &'a dyn Fn() -> Duration,
    pub(crate) work: Duration,
}

impl Searcher {
    /// A page of what the permit allows and its terms describe.
    pub(crate) fn search(
        &mut self,
        permit: &SearchPermit,
        budget: Budget<'_>,
    ) -> Result<SearchPage> {
        self.keep_up()?;
        let wish = Wish::new(&mut self.tokenizer, &permit.terms);
        let Some(all) = Bounds::of(&self.conn, permit)? else { return Ok(SearchPage::default()) };
        let bounds = permit.resume.map_or(all, |resume| all.within(resume));
        let mut walk = Walk::new(permit, &wish, bounds, budget);
        walk.go(self)?;
        let Walk { found, reached, partial, .. } = walk;

        let newest = found.first().map_or(bounds.newest, |candidate| candidate.place);
        let ranked = ranked(found);
        let mut told = permit.resume.map_or(0, |resume| size(resume.told));
        let (mut hits, mut bytes) = (Vec::new(), 0);
        for candidate in ranked.iter().skip(told).take(size(permit.rows.clamp(1, PAGE_ROWS_MAX))) {
            if let Some(hit) = self.hit(&wish, candidate.event)? {
                bytes += encoded_bytes_max(&hit);
                if bytes > PAGE_BYTES_MAX && !hits.is_empty() {
                    break;
                }
                hits.push(hit);
            }
            told += 1;
        }
        let next = if told < ranked.len() {
            let told = u32::try_from(told).unwrap_or(u32::MAX);
            Some(SearchPlace { newest, oldest: reached, told })
        } else {
            let older = SearchPlace { newest: reached.saturating_sub(1), oldest: 0, told: 0 };
            (all.oldest < reached).then_some(older)
        };
        Ok(SearchPage { hits, next, partial })
    }

    /// `None` if in this moment it has become something else.
    fn hit(&mut self, wish: &Wish, event: i64) -> Result<Option<Hit>> {
        let (room, seq) = event_place(event)?;
        let event = self.log.events(room, seq..=seq, 1, usize::MAX)?.pop();
        Ok(event.and_then(|event| {
            let EventKind::Message(message) = &event.kind else { return None };
            let text = &message.body.text;
            let places = wish.places(&mut self.tokenizer, text);
            let snippet = snippet::cut(text, &places);
            (!text.is_empty()).then_some(Hit { event, snippet })
        }))
    }
}

/// No less than what it takes in a frame.
fn encoded_bytes_max(hit: &Hit) -> usize {
    let matches = hit.snippet.matches.len() * MATCH_BYTES;
    row::encoded_bytes_max(&hit.event) + hit.snippet.text.len() + matches + HIT_BYTES
}

/// The best first, and of those that are as good the newest.
fn ranked(mut found: Vec<Candidate>) -> Vec<Candidate> {
    let words: usize = found.iter().map(|candidate| candidate.sight.words).sum();
    let mean = real(words) / real(found.len().max(1));
    let key = |candidate: &Candidate| (candidate.sight.score(mean), candidate.place);
    found.sort_by(|a, b| {
        let ((score_a, place_a), (score_b, place_b)) = (key(a), key(b));
        score_b.total_cmp(&score_a).then(Reverse(place_a).cmp(&Reverse(place_b)))
    });
    found
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
