//! What the core wants to know of a message before it decides, as of the open transaction. Asked
//! before anything is allowed: rooms and seqs are what a peer says, and need not exist.

use parlor_proto::ids::{ClientMessageId, RoomId, Seq, UserId};
use rusqlite::{OptionalExtension as _, Row};

use super::Store;
use super::columns::{MESSAGE, count, event_id, event_place, int};
use super::detail::Detail;
use super::error::Result;
use crate::chat::{Found, FoundMessage, MessageRequest, Reacted, Stamp};

impl Store {
    pub(crate) fn find_for_message(&self, user: UserId, wish: &MessageRequest) -> Result<Found> {
        match wish {
            MessageRequest::Send { room, id, said } => {
                let sent = self.sent(*room, user, *id)?;
                if !said.refers_to_others() || matches!(sent, Found::Sent { .. }) {
                    return Ok(sent);
                }
                let reply_to = self.referred(*room, said.reply_to)?;
                let thread = self.referred(*room, said.thread)?;
                let files = self.own_files(user, &said.files)?;
                Ok(Found::Referred { reply_to, thread, files })
            }
            MessageRequest::SetReaction { room, target, reaction, .. } => {
                let Some(message) = self.message(*room, *target)? else {
                    return Ok(Found::Nothing);
                };
                let reacted = self.reacted((*room, *target), user, reaction)?;
                Ok(Found::Reacted { message: Box::new(message), reacted })
            }
            MessageRequest::Edit { room, target, .. }
            | MessageRequest::Delete { room, target }
            | MessageRequest::ListReactions { room, target, .. }
            | MessageRequest::ListThread { room, root: target, .. } => {
                let message = self.message(*room, *target)?;
                Ok(message.map_or(Found::Nothing, |found| Found::Message(Box::new(found))))
            }
            MessageRequest::SendDirect { said, .. } => {
                let files = self.own_files(user, &said.files)?;
                Ok(Found::Referred { reply_to: None, thread: None, files })
            }
            MessageRequest::History { .. }
            | MessageRequest::Search { .. }
            | MessageRequest::Typing { .. } => Ok(Found::Nothing),
        }
    }

    /// The event that `author` sent to `room` under this id.
    pub(crate) fn sent(&self, room: RoomId, author: UserId, id: ClientMessageId) -> Result<Found> {
        let (Ok(room), Ok(author)) = (int(room.0), int(author.0)) else {
            return Ok(Found::Nothing);
        };
        let sql = "SELECT id, at, text, detail FROM event
                   WHERE room = ?1 AND actor = ?2 AND client_message_id = ?3";
        let mut select = self.conn.prepare_cached(sql)?;
        let row = select.query_row((room, author, id.0), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        type Row = (i64, i64, Option<String>, Option<Vec<u8>>);
        let Some((id, at, text, detail)): Option<Row> = row.optional()? else {
            return Ok(Found::Nothing);
        };
        let (_, seq) = event_place(id)?;
        let detail = Detail::read(detail.as_deref())?;
        let text = text.filter(|_| detail.is_as_sent());
        Ok(Found::Sent { seq, at: Stamp(at), text, files: detail.file_ids() })
    }

    fn reacted(
        &self,
        (room, target): (RoomId, Seq),
        user: UserId,
        reaction: &str,
    ) -> Result<Reacted> {
        let message = event_id(room, target)?;
        let sql = "SELECT count(*), coalesce(max(count) FILTER (WHERE reaction = ?2), 0)
                   FROM reaction_count WHERE message = ?1";
        let mut select = self.conn.prepare_cached(sql)?;
        let counts = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let (kinds, count): (u32, u32) = select.query_row((message, reaction), counts)?;
        let sql = "SELECT EXISTS (SELECT 1 FROM reaction
                   WHERE message = ?1 AND user = ?2 AND reaction = ?3)";
        let mut select = self.conn.prepare_cached(sql)?;
        // What is not counted is left of a message that is gone.
        let present =
            count > 0 && select.query_row((message, int(user.0)?, reaction), |row| row.get(0))?;
        Ok(Reacted { present, count, kinds })
    }

    fn referred(&self, room: RoomId, seq: Option<Seq>) -> Result<Option<Box<FoundMessage>>> {
        let Some(seq) = seq else { return Ok(None) };
        Ok(self.message(room, seq)?.map(Box::new))
    }

    fn message(&self, room: RoomId, seq: Seq) -> Result<Option<FoundMessage>> {
        let Ok(id) = event_id(room, seq) else { return Ok(None) };
        let sql = "SELECT actor, text, detail FROM event WHERE id = ?1 AND kind = ?2";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut rows = select.query((id, MESSAGE))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let detail: Option<Vec<u8>> = row.get(2)?;
        let found = Detail::read(detail.as_deref())?.found(row.get(1)?)?;
        Ok(Some(FoundMessage { seq, author: UserId(count(row, 0)?), ..found }))
    }
}
