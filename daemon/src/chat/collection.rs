//! What nobody needs any more goes, a little at a time: files that no message refers to, and
//! uploads that have fallen silent.
//!
//! The store knows which files those are; the core says how old they must be, and decides.

use super::effects::{Change, Effects, FileChange, FileWork, LooseFile};
use super::input::{Now, Stamp};
use super::ops::file::end;
use super::state::State;

/// Files and uploads that go at once.
pub(crate) const COLLECTED_MAX: usize = 64;

/// Files that have been in no message go if they came before this; those that were in one go at
/// once. `None`: nothing can be remembered now.
pub(super) fn before(state: &State, now: Now) -> Option<Stamp> {
    let kept = state.rules.unsent_files_keep;
    let before = now.stamp.0.saturating_sub(Stamp::default().plus(kept).0);
    (!state.storage_full).then_some(Stamp(before))
}

/// Whether there are uploads of which nothing has been heard for long.
pub(super) fn has_silent_uploads(state: &State, now: Now) -> bool {
    before(state, now).is_some_and(|before| !state.files.silent(before, 1).is_empty())
}

/// These are loose as of now.
pub(super) fn collect(state: &mut State, now: Now, found: &[LooseFile], effects: &mut Effects) {
    let Some(before) = before(state, now) else { return };
    for LooseFile { file, owner, size, hash } in found.iter().copied() {
        state.files.remove(owner, size);
        effects.changes.push(Change::File(FileChange::Removed { file }));
        effects.files.push(FileWork::Sift(hash));
    }
    for upload in state.files.silent(before, COLLECTED_MAX) {
        end(state, upload, effects);
    }
}
