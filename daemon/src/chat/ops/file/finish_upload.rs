//! An upload becomes a file, once its content has been looked at.

use super::{
    Answer, Change, CheckedContent, ConnId, Denial, Effects, FileAnswer, FileChange, FileFacts,
    NewFile, Now, RequestId, State, UploadId, answer, end,
};
use crate::chat::authorize::{has_storage, no_such_upload};
use parlor_proto::codes::Reason;

/// Whoever asked may be gone by now: what they have sent is theirs all the same.
pub(in crate::chat) fn checked(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (upload, content): (UploadId, CheckedContent),
    effects: &mut Effects,
) {
    let done = become_a_file(state, now, (upload, content), effects);
    let done = done.map_or_else(Answer::Denied, |facts| Answer::File(FileAnswer::Finished(facts)));
    answer(effects, conn, id, done);
}

fn become_a_file(
    state: &mut State,
    now: Now,
    (upload, content): (UploadId, CheckedContent),
    effects: &mut Effects,
) -> Result<FileFacts, Denial> {
    if state.files.upload(upload).is_none() {
        return Err(no_such_upload());
    }
    has_storage(state)?;
    let CheckedContent::Sound { media_type } = content else {
        end(state, upload, effects);
        let message = "the content has another SHA-256 than was told: begin again";
        return Err(Denial::new(Reason::WrongHash, message));
    };
    let ended = state.files.end(upload).ok_or_else(no_such_upload)?;
    let NewFile { name, size, hash } = ended.new.clone();
    let file = state.files.add(ended.user, size);
    let facts = FileFacts { file, name, size, media_type, hash };
    let added = FileChange::Added { owner: ended.user, facts: facts.clone(), at: now.stamp };
    // In this order, so that there is no moment in which nothing refers to the content.
    effects.changes.push(Change::File(added));
    effects.changes.push(Change::File(FileChange::UploadEnded { upload }));
    effects.files.push(super::FileWork::Discard(ended.work(upload)));
    Ok(facts)
}
