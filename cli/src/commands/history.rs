//! `history`: a page of a room's log, the oldest first.

use parlor_proto::client::Client;
use parlor_proto::ids::Seq;
use parlor_proto::v1::history_request::Anchor;
use parlor_proto::v1::{HistoryResponse, RoomEvent};

use super::{Found, find, in_room};
use crate::args::{RoomArg, page_rows};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Failure, Result};
use crate::feed::read_page;
use crate::out::Out;
use crate::record::Record;

/// The most that is held in memory, to be shown in order; `--after` needs no such limit.
const ROWS_MAX: u32 = 10_000;

/// What is wanted: so many rows before or after a seq.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Page {
    Before(Seq, u32),
    After(Seq, u32),
}

impl Page {
    pub(super) fn new(before: Option<Seq>, after: Option<Seq>, rows: u32) -> Self {
        match after {
            Some(after) => Self::After(after, rows),
            // To the wire, 0 is the end of the log; to a person, nothing is before 0.
            None => Self::Before(before.map_or(Seq(0), |seq| seq.max(Seq(1))), rows),
        }
    }
}

pub(super) async fn run(context: &mut Context<'_>, room: &RoomArg, page: Page) -> Result<()> {
    if matches!(page, Page::Before(_, rows) if rows > ROWS_MAX) {
        return Err(Failure::usage(format!("at most {ROWS_MAX} rows; --after has no limit")));
    }
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    out.with_room(false);
    let shown = visit(client, async |client| {
        let log = Log { client, room: &find(client, room).await?, arg: room };
        match page {
            Page::Before(seq, rows) => log.before(out, seq, rows).await,
            Page::After(seq, rows) => log.after(out, seq, rows).await,
        }
    });
    shown.await
}

/// The log of one room.
struct Log<'a> {
    client: &'a Client,
    room: &'a Found,
    arg: &'a RoomArg,
}

impl Log<'_> {
    /// Pages backward until there are enough, then shows them.
    async fn before(&self, out: &mut Out, mut seq: Seq, mut rows: u32) -> Result<()> {
        let mut pages = Vec::new();
        while rows > 0 {
            let page = self.page(Anchor::BeforeSeq(seq.0), rows).await?;
            rows = rows.saturating_sub(count(&page));
            let first = page.events.first().map(|event| Seq(event.seq));
            pages.push(page.events);
            match first.filter(|first| page.has_older && (seq.0 == 0 || *first < seq)) {
                Some(first) => seq = first,
                None => break,
            }
        }
        pages.into_iter().rev().try_for_each(|events| self.show(out, events))
    }

    /// Pages forward, each shown at once.
    async fn after(&self, out: &mut Out, mut seq: Seq, mut rows: u32) -> Result<()> {
        while rows > 0 {
            let page = self.page(Anchor::AfterSeq(seq.0), rows).await?;
            rows = rows.saturating_sub(count(&page));
            let last = page.events.last().map(|event| Seq(event.seq));
            self.show(out, page.events)?;
            match last.filter(|last| page.has_newer && *last > seq) {
                Some(last) => seq = last,
                None => break,
            }
        }
        Ok(())
    }

    async fn page(&self, anchor: Anchor, rows: u32) -> Result<HistoryResponse> {
        let page = read_page(self.client, self.room.id, anchor, page_rows(rows)).await;
        page.map_err(in_room(self.arg))
    }

    fn show(&self, out: &mut Out, events: Vec<RoomEvent>) -> Result<()> {
        events.into_iter().try_for_each(|event| out.record(&Record::event(&self.room.name, event)))
    }
}

fn count(page: &HistoryResponse) -> u32 {
    u32::try_from(page.events.len()).unwrap_or(u32::MAX)
}
