//! What nobody needs any more: looked for now and then, a little at a time, and told to the core as
//! it is when the core decides. And the way of work on contents to those who do it.

use std::time::Duration;

use parlor_proto::codes::Reason;

use super::Loop;
use super::files::Busy;
use crate::chat::{
    Answer, COLLECTED_MAX, Chat, ConnId, Denial, FileRequest, FileWork, Found, Input, Notice, Now,
};
use crate::hub::READ_RETRY;
use crate::hub::readers::Asked;
use crate::store::{Store, StoreError};

/// So often it is looked for, and so often as long as there is more.
const INTERVAL: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);

impl Loop {
    pub(super) fn collect(&mut self, now: Now, inputs: &mut Vec<Input>) -> Result<(), StoreError> {
        let found = loose_files(&self.parts.store, &self.parts.chat, now)?;
        let pause = if found.len() < COLLECTED_MAX { INTERVAL } else { PAUSE };
        self.collect_at = now.moment.plus(pause);
        if !found.is_empty() || self.parts.chat.has_silent_uploads(now) {
            inputs.push(Input::Collect { found });
        }
        Ok(())
    }

    /// Who finds no place for a request's work hears of it.
    pub(super) fn submit(&mut self, work: Vec<FileWork>) {
        let refused = work.into_iter().filter_map(|work| {
            let Err(Busy(work)) = self.files.submit(work) else { return None };
            // What nobody asked for is found again by the next sweep.
            work.asked()
        });
        let refused: Vec<_> = refused.collect();
        let reads = self.parts.hub.take_file_reads().into_iter();
        let unread = reads.filter_map(|read| self.files.read(read).err());
        let unread: Vec<_> = unread.map(|Asked { conn, id, .. }| (conn, id)).collect();
        let denied: Vec<_> = [refused, unread]
            .concat()
            .into_iter()
            .map(|(conn, id)| {
                let denial =
                    Denial::new(Reason::Overloaded, "too many pieces of files are waiting");
                let denial = Denial { retry_after: READ_RETRY, ..denial };
                Notice::Answer { conn, id, answer: Answer::Denied(denial) }
            })
            .collect();
        if !denied.is_empty() {
            let Self { parts, .. } = self;
            parts.hub.deliver(denied, parts.clock.uptime());
        }
    }
}

/// As of the open transaction.
pub(super) fn loose_files(
    store: &Store,
    chat: &Chat,
    now: Now,
) -> Result<crate::chat::LooseFiles, StoreError> {
    chat.collects_before(now)
        .map_or_else(|| Ok(Vec::new()), |before| store.loose_files(before, COLLECTED_MAX))
}

/// Nothing is looked up in a room that one is not in.
pub(super) fn look_up(
    store: &Store,
    chat: &Chat,
    conn: ConnId,
    wish: &FileRequest,
) -> Result<Found, StoreError> {
    let Some(user) = chat.user_of(conn) else { return Ok(Found::Nothing) };
    if let FileRequest::Read { room, .. } = wish
        && !chat.is_member(conn, *room)
    {
        return Ok(Found::Nothing);
    }
    store.find_for_file(user, wish, || chat.readable(conn))
}
