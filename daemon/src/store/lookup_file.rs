//! What the core wants to know of files before it decides, as of the open transaction; and what
//! those who look after contents want to know, as of the last commit.

use parlor_proto::ids::{FileHash, FileId, RoomId, Seq, UploadId, UserId};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::columns::{count, event_id, int};
use super::error::Result;
use super::{Reader, Store};
use crate::chat::{
    FileFacts, FileFound, FileRequest, FilesRow, Found, LooseFile, NewFile, SameContent, Span,
    Stamp, UploadRow,
};

impl Store {
    /// `readable`: what the user may read, asked for only if it matters.
    pub(crate) fn find_for_file(
        &self,
        user: UserId,
        wish: &FileRequest,
        readable: impl FnOnce() -> Vec<Span>,
    ) -> Result<Found> {
        let found = match wish {
            FileRequest::Begin(new) => FileFound::Same(self.same(user, new, &readable())?),
            FileRequest::Read { room, seq, file, .. } => {
                match self.in_message((*room, *seq), *file)? {
                    Some(facts) => FileFound::InMessage(facts),
                    None => return Ok(Found::Nothing),
                }
            }
            FileRequest::Write { .. }
            | FileRequest::Ask { .. }
            | FileRequest::Finish { .. }
            | FileRequest::Cancel { .. }
            | FileRequest::ListUploads => return Ok(Found::Nothing),
        };
        Ok(Found::File(found))
    }

    /// Those of these files that are a user's own, in this order.
    pub(super) fn own_files(&self, user: UserId, files: &[FileId]) -> Result<Vec<FileFacts>> {
        let sql = "SELECT id, name, size, media_type, sha256 FROM file
                   WHERE id = ?1 AND owner = ?2";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut found = Vec::with_capacity(files.len());
        for file in files {
            let (Ok(file), Ok(user)) = (int(file.0), int(user.0)) else { continue };
            let mut rows = select.query((file, user))?;
            if let Some(row) = rows.next()? {
                found.push(facts(row)?);
            }
        }
        Ok(found)
    }

    /// Files that no message refers to: those that one has referred to, and those that were
    /// added before then.
    pub(crate) fn loose_files(&self, before: Stamp, rows_max: usize) -> Result<Vec<LooseFile>> {
        let sql = "SELECT id, owner, size, sha256 FROM file
                   WHERE loose IS NOT NULL AND loose <= max(?1, 0) ORDER BY loose, id LIMIT ?2";
        let loose = |row: &Row<'_>| {
            Ok(LooseFile {
                file: FileId(count(row, 0)?),
                owner: UserId(count(row, 1)?),
                size: count(row, 2)?,
                hash: FileHash(row.get(3)?),
            })
        };
        let mut select = self.conn.prepare_cached(sql)?;
        select.query_and_then((before.0, int(rows_max as u64)?), loose)?.collect()
    }

    /// It takes as long whether anybody else has the content or not.
    fn same(&self, user: UserId, new: &NewFile, readable: &[Span]) -> Result<SameContent> {
        let NewFile { name, size, hash } = new;
        let (Ok(user), Ok(size)) = (int(user.0), int(*size)) else {
            return Ok(SameContent::default());
        };
        let unsent = "SELECT id, name, size, media_type, sha256 FROM file
                      WHERE sha256 = ?1 AND owner = ?2 AND size = ?3 AND name = ?4 AND loose > 0
                      LIMIT 1";
        let mut select = self.conn.prepare_cached(unsent)?;
        let mut rows = select.query((hash.0, user, size, name))?;
        let file = rows.next()?.map(facts).transpose()?;
        let own = "SELECT media_type FROM file
                   WHERE sha256 = ?1 AND owner = ?2 AND size = ?3 LIMIT 1";
        let mut select = self.conn.prepare_cached(own)?;
        let own = select.query_row((hash.0, user, size), |row| row.get(0)).optional()?;
        if own.is_some() {
            return Ok(SameContent { file, media_type: own });
        }
        let sql = "SELECT file.media_type FROM attachment JOIN file ON file.id = attachment.file
                   WHERE attachment.sha256 = ?1 AND attachment.message BETWEEN ?2 AND ?3
                     AND file.size = ?4
                   LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut media_type = None;
        for Span { room, floor, ceiling } in readable {
            let (first, last) = (event_id(*room, *floor)?, event_id(*room, *ceiling)?);
            let found = select.query_row((hash.0, first, last, size), |row| row.get(0));
            media_type = media_type.or(found.optional()?);
        }
        Ok(SameContent { file: None, media_type })
    }

    fn in_message(&self, (room, seq): (RoomId, Seq), file: FileId) -> Result<Option<FileFacts>> {
        let (Ok(message), Ok(file)) = (event_id(room, seq), int(file.0)) else { return Ok(None) };
        // Another one of the message, if it has not this one: so that both can be told apart.
        let sql = "SELECT file.id, name, size, media_type, file.sha256
                   FROM attachment JOIN file ON file.id = attachment.file
                   WHERE message = ?1 ORDER BY attachment.file = ?2 DESC LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut rows = select.query((message, file))?;
        rows.next()?.map(facts).transpose()
    }
}

impl Reader {
    /// Whether a file has this content, or is to have it.
    pub(crate) fn is_wanted(&self, hash: FileHash) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM file WHERE sha256 = ?1)
                       OR EXISTS (SELECT 1 FROM upload WHERE sha256 = ?1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([hash.0], |row| row.get(0))?)
    }

    /// Whether this upload is not finished.
    pub(crate) fn is_uploading(&self, upload: UploadId) -> Result<bool> {
        let Ok(upload) = int(upload.0) else { return Ok(false) };
        let sql = "SELECT EXISTS (SELECT 1 FROM upload WHERE id = ?1)";
        Ok(self.conn.prepare_cached(sql)?.query_row([upload], |row| row.get(0))?)
    }
}

/// For the core to go on with.
pub(super) fn replay(conn: &Connection) -> Result<FilesRow> {
    let upload = |row: &Row<'_>| {
        Ok(UploadRow {
            upload: UploadId(count(row, 0)?),
            user: UserId(count(row, 1)?),
            new: NewFile { name: row.get(2)?, size: count(row, 3)?, hash: FileHash(row.get(4)?) },
            begun: Stamp(row.get(5)?),
        })
    };
    let sql = "SELECT id, user, name, size, sha256, created FROM upload ORDER BY id";
    let uploads = conn.prepare_cached(sql)?.query_and_then((), upload)?.collect::<Result<_>>()?;
    let sql = "SELECT owner, sum(max(size, ?1)) FROM file GROUP BY owner ORDER BY owner";
    let used = |row: &Row<'_>| Ok((UserId(count(row, 0)?), count(row, 1)?));
    let least = int(crate::chat::FILE_COST_MIN)?;
    let used = conn.prepare_cached(sql)?.query_and_then([least], used)?.collect::<Result<_>>()?;
    Ok(FilesRow {
        uploads,
        used,
        last_upload: UploadId(last(conn, "upload")?),
        last_file: FileId(last(conn, "file")?),
    })
}

/// The highest id that a table has ever given out.
fn last(conn: &Connection, table: &str) -> Result<u64> {
    let mut select = conn.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = ?1")?;
    let last = select.query_row([table], |row| Ok(count(row, 0))).optional()?;
    last.transpose().map(Option::unwrap_or_default)
}

fn facts(row: &Row<'_>) -> Result<FileFacts> {
    Ok(FileFacts {
        file: FileId(count(row, 0)?),
        name: row.get(1)?,
        size: count(row, 2)?,
        media_type: row.get(3)?,
        hash: FileHash(row.get(4)?),
    })
}
