//! The walk along the index: newest first, in windows of time, within a bound on work.

use std::time::Duration;

use rusqlite::Connection;

use super::expression::expression;
use super::find::Budget;
use super::matching::{Sight, Wish};
use super::{PLACE_BITS, Searcher, first_place, log};
use crate::chat::{SearchPermit, SearchPlace};
use crate::store::columns::event_place;
use crate::store::error::Result;

/// Matches that are ranked against one another: the newest. A common word has a third of all
/// messages, and to rank all of them would take a second.
pub(super) const RANKED_MAX: usize = 1_000;

/// The first window of time, and how much longer the next one is as long as they take little
/// work. SQLite cannot be stopped while it walks along two words that never meet, so it is asked
/// for no more at once than a part of the budget.
const WINDOW: i64 = 1_000 << PLACE_BITS;
const WINDOW_GROWTH: i64 = 4;

/// A window that took more than this part of the budget is not followed by a longer one.
const QUICK_PART: u32 = 16;

/// Places between two looks at the clock.
const STEPS: usize = 16;

/// Places, both inclusive; newest is not before oldest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) oldest: i64,
    pub(super) newest: i64,
}

/// Something that matches.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) place: i64,
    pub(super) event: i64,
    pub(super) sight: Sight,
}

/// What one search has come to.
pub(super) struct Walk<'a> {
    permit: &'a SearchPermit,
    wish: &'a Wish,
    bounds: Bounds,
    budget: Budget<'a>,
    began: Duration,
    pub(super) found: Vec<Candidate>,
    /// Down to here all has been looked at.
    pub(super) reached: i64,
    /// The budget is spent.
    pub(super) partial: bool,
}

impl Bounds {
    /// What the index has of the time asked for; `None` if nothing.
    pub(super) fn of(index: &Connection, permit: &SearchPermit) -> Result<Option<Self>> {
        let end =
            |sql| index.prepare_cached(sql)?.query_row((), |row| row.get::<_, Option<i64>>(0));
        let oldest: Option<i64> = end("SELECT min(id) FROM place")?;
        let newest: Option<i64> = end("SELECT max(id) FROM place")?;
        let Some((oldest, newest)) = oldest.zip(newest) else { return Ok(None) };
        let since = permit.since.map_or(0, first_place);
        let before = permit.before.map_or(i64::MAX, first_place);
        let bounds = Self { oldest: oldest.max(since), newest: newest.min(before - 1) };
        Ok((bounds.oldest <= bounds.newest).then_some(bounds))
    }

    pub(super) fn within(self, place: SearchPlace) -> Self {
        Self { oldest: self.oldest.max(place.oldest), newest: self.newest.min(place.newest) }
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        permit: &'a SearchPermit,
        wish: &'a Wish,
        bounds: Bounds,
        budget: Budget<'a>,
    ) -> Self {
        let reached = bounds.newest.saturating_add(1);
        let began = (budget.spent)();
        Self { permit, wish, bounds, budget, began, found: Vec::new(), reached, partial: false }
    }

    pub(super) fn go(&mut self, searcher: &mut Searcher) -> Result<()> {
        let Some(expression) = expression(self.permit, self.wish) else {
            self.reached = self.bounds.oldest;
            return Ok(());
        };
        let mut width = WINDOW;
        while self.reached > self.bounds.oldest && self.goes_on() {
            let newest = self.reached.saturating_sub(1);
            let oldest = self.bounds.oldest.max(newest.saturating_sub(width));
            let before = self.work();
            self.window(searcher, &expression, (oldest, newest))?;
            if self.work().saturating_sub(before) < self.budget.work / QUICK_PART {
                width = width.saturating_mul(WINDOW_GROWTH);
            }
        }
        Ok(())
    }

    fn window(
        &mut self,
        searcher: &mut Searcher,
        expression: &str,
        (oldest, newest): (i64, i64),
    ) -> Result<()> {
        // `CROSS JOIN` keeps the order: along the index, and from each place to its event.
        let sql = "SELECT word.rowid, place.event
                   FROM word CROSS JOIN place ON place.id = word.rowid
                   WHERE word MATCH ?1 AND word.rowid BETWEEN ?2 AND ?3
                   ORDER BY word.rowid DESC";
        let mut select = searcher.conn.prepare_cached(sql)?;
        let mut rows = select.query((expression, oldest, newest))?;
        let mut steps = 0_usize;
        while let Some(row) = rows.next()? {
            let (place, event) = (row.get(0)?, row.get(1)?);
            self.reached = place;
            let (room, seq) = event_place(event)?;
            if self.permit.allows(room, seq) {
                let message = log::message(&searcher.log.conn, event)?;
                let message = message.filter(|message| {
                    self.permit.author.is_none_or(|author| author == message.author)
                });
                let sight =
                    message.and_then(|said| self.wish.look(&mut searcher.tokenizer, &said.text));
                self.found.extend(sight.map(|sight| Candidate { place, event, sight }));
            }
            steps += 1;
            if steps.is_multiple_of(STEPS) && !self.goes_on() {
                return Ok(());
            }
        }
        self.reached = oldest;
        Ok(())
    }

    /// Whether there is need to go on, and leave to.
    fn goes_on(&mut self) -> bool {
        if self.found.len() >= RANKED_MAX {
            return false;
        }
        self.partial = self.work() >= self.budget.work;
        !self.partial
    }

    fn work(&self) -> Duration {
        (self.budget.spent)().saturating_sub(self.began)
    }
}
