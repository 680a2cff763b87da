//! Who may upload what, and read the files of which messages.

use std::sync::Arc;

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{FileHash, FileId, UploadId};

use super::{Who, are_within_rate, has_storage, is_within_rate, may, somebody};
use crate::chat::effects::{Denial, FileFacts, PieceOfFile, Uploading};
use crate::chat::input::{ConnId, FileFound, FileRequest, Found, NewFile, Now, SameContent};
use crate::chat::permissions::Operation;
use crate::chat::rules::{Limited, kib_of};
use crate::chat::state::State;
use crate::chat::state::files::cost;

#[derive(Debug)]
pub(in crate::chat) enum FileAction {
    Begin {
        who: Who,
        new: NewFile,
    },
    /// Of an upload that is there.
    GoOn {
        upload: Uploading,
    },
    /// Of a content that is there.
    Copy {
        who: Who,
        new: NewFile,
        media_type: Arc<str>,
    },
    /// Of a file that is there.
    Known(FileFacts),
    Write {
        who: Who,
        to: Uploading,
        offset: u64,
        data: Bytes,
    },
    Ask(Uploading),
    Check(Uploading),
    Cancel(Uploading),
    ListUploads(Who),
    Read {
        who: Who,
        piece: PieceOfFile,
    },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (FileRequest, Found),
) -> Result<FileAction, Denial> {
    let who = somebody(state, conn)?;
    let found = if let Found::File(found) = found { Some(found) } else { None };
    Ok(match request {
        FileRequest::Begin(new) => may_begin(state, now, who, (new, found))?,
        FileRequest::Write { upload, offset, data } => {
            let to = the_upload(state, who, upload)?;
            if offset.saturating_add(data.len() as u64) > to.size {
                let message = format!("data ends behind the {} bytes that were told", to.size);
                return Err(Denial::new(Reason::BadField, message));
            }
            has_storage(state)?;
            are_within_rate(state, now, who, (Limited::UploadBytes, kib_of(data.len())))?;
            FileAction::Write { who, to, offset, data }
        }
        FileRequest::Ask { upload } => {
            is_within_rate(state, now, who, Limited::Upload)?;
            FileAction::Ask(the_upload(state, who, upload)?)
        }
        FileRequest::Finish { upload } => {
            let of = the_upload(state, who, upload)?;
            has_storage(state)?;
            is_within_rate(state, now, who, Limited::Upload)?;
            FileAction::Check(of)
        }
        FileRequest::Cancel { upload } => {
            let of = the_upload(state, who, upload)?;
            has_storage(state)?;
            FileAction::Cancel(of)
        }
        FileRequest::ListUploads => {
            is_within_rate(state, now, who, Limited::List)?;
            FileAction::ListUploads(who)
        }
        FileRequest::Read { room, seq, file, part } => {
            may(state, now, conn, (room, Operation::Read))?;
            let floor = state.rooms.floor(room, who.user);
            if floor.is_none_or(|floor| seq < floor) {
                return Err(super::message::no_such_message());
            }
            let hash = in_message(file, found)?;
            are_within_rate(
                state,
                now,
                who,
                (Limited::DownloadBytes, kib_of(part.length as usize)),
            )?;
            FileAction::Read { who, piece: PieceOfFile { room, seq, hash, part } }
        }
    })
}

fn may_begin(
    state: &State,
    now: Now,
    who: Who,
    (new, found): (NewFile, Option<FileFound>),
) -> Result<FileAction, Denial> {
    let rules = &state.rules;
    if new.size > rules.file_bytes_max {
        let message = format!("a file has at most {} bytes: {}", rules.file_bytes_max, new.size);
        return Err(Denial::new(Reason::FileTooLarge, message));
    }
    is_within_rate(state, now, who, Limited::Upload)?;
    if let Some((upload, begun)) = state.files.of_user(who.user).find(|(_, one)| one.new == new) {
        return Ok(FileAction::GoOn { upload: begun.work(upload) });
    }
    let SameContent { file, media_type } = match found {
        Some(FileFound::Same(same)) => same,
        Some(FileFound::InMessage(_)) | None => SameContent::default(),
    };
    if let Some(file) = file {
        return Ok(FileAction::Known(file));
    }
    has_storage(state)?;
    let cost = cost(new.size);
    if state.files.used(who.user).saturating_add(cost) > rules.files_per_user_bytes_max {
        let most = rules.files_per_user_bytes_max;
        let message = format!("your files would take more than {most} bytes: delete some");
        return Err(Denial::new(Reason::QuotaExceeded, message));
    }
    if state.files.used_by_all().saturating_add(cost) > rules.files_bytes_max {
        let message = "the files of all users take as much as the operator allows";
        return Err(Denial::new(Reason::QuotaExceeded, message));
    }
    if let Some(media_type) = media_type {
        return Ok(FileAction::Copy { who, new, media_type });
    }
    let most = rules.uploads_per_user_max;
    if state.files.of_user(who.user).count() >= most || state.files.uploads() >= rules.uploads_max {
        let message = format!("too many uploads are not finished, at most {most} of one user");
        return Err(Denial::new(Reason::LimitExceeded, message));
    }
    Ok(FileAction::Begin { who, new })
}

fn the_upload(state: &State, who: Who, id: UploadId) -> Result<Uploading, Denial> {
    let upload = state.files.upload(id).filter(|upload| upload.user == who.user);
    upload.map(|upload| upload.work(id)).ok_or_else(no_such_upload)
}

pub(in crate::chat) fn no_such_upload() -> Denial {
    Denial::new(Reason::UploadNotFound, "there is no such upload: begin it again")
}

pub(in crate::chat) fn no_such_file() -> Denial {
    Denial::new(Reason::FileNotFound, "there is no such file of yours")
}

fn in_message(file: FileId, found: Option<FileFound>) -> Result<FileHash, Denial> {
    match found {
        Some(FileFound::InMessage(facts)) if facts.file == file => Ok(facts.hash),
        Some(FileFound::InMessage(_) | FileFound::Same(_)) => {
            Err(Denial::new(Reason::FileNotFound, "there is no such file in this message"))
        }
        None => Err(super::message::no_such_message()),
    }
}
