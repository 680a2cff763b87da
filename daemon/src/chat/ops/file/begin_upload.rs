//! A file is to come, or is there already.

use std::sync::Arc;

use super::{Change, Effects, FileAnswer, FileChange, FileFacts, NewFile, Now, State, Who};
use crate::chat::rules::Limited;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    new: NewFile,
    effects: &mut Effects,
) -> FileAnswer {
    state.charge(now, who.user, Limited::Upload);
    let upload = state.files.begin(who.user, new.clone(), now.stamp);
    let begun = FileChange::UploadBegun { upload, user: who.user, new, at: now.stamp };
    effects.changes.push(Change::File(begun));
    FileAnswer::Begun { upload, received: 0 }
}

/// The content is one that this user has, or may read: another file of it costs nothing.
pub(super) fn copy(
    state: &mut State,
    now: Now,
    who: Who,
    (new, media_type): (NewFile, Arc<str>),
    effects: &mut Effects,
) -> FileAnswer {
    state.charge(now, who.user, Limited::Upload);
    let NewFile { name, size, hash } = new;
    let file = state.files.add(who.user, size);
    let facts = FileFacts { file, name, size, media_type, hash };
    let added = FileChange::Added { owner: who.user, facts: facts.clone(), at: now.stamp };
    effects.changes.push(Change::File(added));
    FileAnswer::There(facts)
}
