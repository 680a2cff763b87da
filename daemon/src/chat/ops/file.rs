//! Files: uploads, and reading what messages refer to. Contents are looked at elsewhere; here
//! is who has which, and what becomes of them.

use parlor_proto::ids::{RequestId, UploadId};

use super::{Asked, answer};
use crate::chat::authorize::{FileAction, Who};
use crate::chat::effects::{
    Answer, Change, Denial, Effects, FileAnswer, FileChange, FileFacts, FileWork, Notice,
};
use crate::chat::input::{CheckedContent, ConnId, NewFile, Now};
use crate::chat::rules::{Limited, kib_of};
use crate::chat::state::State;

mod begin_upload;
mod finish_upload;

pub(in crate::chat) use self::finish_upload::checked;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: FileAction,
    effects: &mut Effects,
) {
    let done = match action {
        FileAction::Begin { who, new } => begin_upload::run(state, now, who, new, effects),
        FileAction::Copy { who, new, media_type } => {
            begin_upload::copy(state, now, who, (new, media_type), effects)
        }
        FileAction::Known(facts) => FileAnswer::There(facts),
        FileAction::ListUploads(who) => list_uploads(state, now, who),
        FileAction::Cancel(upload) => {
            end(state, upload.upload, effects);
            return answer(effects, conn, id, Answer::Done);
        }
        FileAction::GoOn { upload: of } => {
            return effects.files.push(FileWork::Ask { conn, id, of, begins: true });
        }
        FileAction::Ask(of) => {
            return effects.files.push(FileWork::Ask { conn, id, of, begins: false });
        }
        FileAction::Check(of) => return effects.files.push(FileWork::Check { conn, id, of }),
        FileAction::Write { who, to, offset, data } => {
            state.charge_many(now, who.user, (Limited::UploadBytes, kib_of(data.len())));
            state.files.hear(to.upload, now.stamp);
            return effects.files.push(FileWork::Write { conn, id, to, offset, data });
        }
        FileAction::Read { who, piece } => {
            let kib = kib_of(piece.part.length as usize);
            state.charge_many(now, who.user, (Limited::DownloadBytes, kib));
            return effects.notices.push(Notice::ReadFile { conn, id, piece });
        }
    };
    answer(effects, conn, id, Answer::File(done));
}

fn list_uploads(state: &mut State, now: Now, who: Who) -> FileAnswer {
    state.charge(now, who.user, Limited::List);
    FileAnswer::Uploads {
        uploads: state.files.facts(who.user),
        used: state.files.used(who.user),
        quota: state.rules.files_per_user_bytes_max,
        file_bytes_max: state.rules.file_bytes_max,
    }
}

/// An upload is over, and nothing has become of it.
pub(in crate::chat) fn end(state: &mut State, upload: UploadId, effects: &mut Effects) {
    if let Some(ended) = state.files.end(upload) {
        effects.changes.push(Change::File(FileChange::UploadEnded { upload }));
        effects.files.push(FileWork::Discard(ended.work(upload)));
    }
}
