//! Uploads that are not finished, and what everybody's files take. The files themselves are in
//! the store.

use std::sync::Arc;

use parlor_proto::ids::{FileId, UploadId, UserId};

use crate::chat::effects::{UploadFacts, Uploading};
use crate::chat::input::{NewFile, Stamp};
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::{FILE_COST_MIN, FilesRow, UploadRow};

const FIRST: UploadId = UploadId(0);
const LAST: UploadId = UploadId(u64::MAX);

/// What a file of this size takes.
pub(in crate::chat) fn cost(size: u64) -> u64 {
    size.max(FILE_COST_MIN)
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Files {
    uploads: Ledger<UploadId, Upload>,
    of_user: Ledger<(UserId, UploadId), ()>,
    /// Bytes, those still to come included, of each user who has any.
    used: Ledger<UserId, u64>,
    used_by_all: Ledger<(), u64>,
    // Never given out twice.
    last_upload: Ledger<(), UploadId>,
    last_file: Ledger<(), FileId>,
}

/// An upload that is not finished.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Upload {
    pub(in crate::chat) user: UserId,
    pub(in crate::chat) new: NewFile,
    pub(in crate::chat) begun: Stamp,
    /// When something came last, as far as is known.
    pub(in crate::chat) heard: Stamp,
}

impl Upload {
    pub(in crate::chat) fn work(&self, upload: UploadId) -> Uploading {
        Uploading { upload, size: self.new.size, hash: self.new.hash }
    }
}

impl Files {
    pub(super) fn new(FilesRow { uploads, used, last_upload, last_file }: FilesRow) -> Self {
        let mut files = Self::default();
        for (user, bytes) in used {
            files.take(user, bytes);
        }
        for UploadRow { upload, user, new, begun } in uploads {
            files.put(upload, Upload { user, new, begun, heard: begun });
        }
        files.last_upload.insert((), last_upload);
        files.last_file.insert((), last_file);
        files
    }

    /// Gives the upload its number.
    pub(in crate::chat) fn begin(&mut self, user: UserId, new: NewFile, now: Stamp) -> UploadId {
        let last = self.last_upload.get(&()).copied().unwrap_or_default();
        let id = UploadId(last.0 + 1);
        self.last_upload.insert((), id);
        self.put(id, Upload { user, new, begun: now, heard: now });
        id
    }

    fn put(&mut self, id: UploadId, upload: Upload) {
        self.take(upload.user, cost(upload.new.size));
        self.of_user.insert((upload.user, id), ());
        self.uploads.insert(id, upload);
    }

    pub(in crate::chat) fn end(&mut self, id: UploadId) -> Option<Upload> {
        let upload = self.uploads.remove(&id)?;
        self.of_user.remove(&(upload.user, id));
        self.give_back(upload.user, cost(upload.new.size));
        Some(upload)
    }

    pub(in crate::chat) fn hear(&mut self, id: UploadId, now: Stamp) {
        if let Some(upload) = self.uploads.get_mut(&id) {
            upload.heard = now;
        }
    }

    /// The daemon has started: what came while it was down could not be heard.
    pub(in crate::chat) fn hear_all(&mut self, now: Stamp) {
        let all: Vec<UploadId> = self.uploads.iter().map(|(id, _)| *id).collect();
        all.into_iter().for_each(|id| self.hear(id, now));
    }

    pub(in crate::chat) fn upload(&self, id: UploadId) -> Option<&Upload> {
        self.uploads.get(&id)
    }

    pub(in crate::chat) fn of_user(
        &self,
        user: UserId,
    ) -> impl Iterator<Item = (UploadId, &Upload)> {
        self.of_user
            .range((user, FIRST)..=(user, LAST))
            .filter_map(|((_, id), ())| Some((*id, self.upload(*id)?)))
    }

    pub(in crate::chat) fn uploads(&self) -> usize {
        self.uploads.len()
    }

    pub(in crate::chat) fn facts(&self, user: UserId) -> Vec<UploadFacts> {
        let facts = |(upload, Upload { new, begun, .. }): (UploadId, &Upload)| {
            let (name, begun) = (Arc::clone(&new.name), *begun);
            UploadFacts { upload, new: NewFile { name, ..*new }, begun }
        };
        self.of_user(user).map(facts).collect()
    }

    /// The first few of which nothing has been heard since then.
    pub(in crate::chat) fn silent(&self, since: Stamp, count: usize) -> Vec<UploadId> {
        let is_silent = |(_, upload): &(&UploadId, &Upload)| upload.heard < since;
        self.uploads.iter().filter(is_silent).map(|(id, _)| *id).take(count).collect()
    }

    /// Gives a file its number, and counts it.
    pub(in crate::chat) fn add(&mut self, owner: UserId, size: u64) -> FileId {
        let last = self.last_file.get(&()).copied().unwrap_or_default();
        let id = FileId(last.0 + 1);
        self.last_file.insert((), id);
        self.take(owner, cost(size));
        id
    }

    pub(in crate::chat) fn remove(&mut self, owner: UserId, size: u64) {
        self.give_back(owner, cost(size));
    }

    pub(in crate::chat) fn used(&self, user: UserId) -> u64 {
        self.used.get(&user).copied().unwrap_or_default()
    }

    pub(in crate::chat) fn used_by_all(&self) -> u64 {
        self.used_by_all.get(&()).copied().unwrap_or_default()
    }

    fn take(&mut self, user: UserId, bytes: u64) {
        self.used.insert(user, self.used(user).saturating_add(bytes));
        self.used_by_all.insert((), self.used_by_all().saturating_add(bytes));
    }

    fn give_back(&mut self, user: UserId, bytes: u64) {
        match self.used(user).saturating_sub(bytes) {
            0 => drop(self.used.remove(&user)),
            left => self.used.insert(user, left),
        }
        self.used_by_all.insert((), self.used_by_all().saturating_sub(bytes));
    }

    pub(super) fn keep(&mut self) {
        self.uploads.keep();
        self.of_user.keep();
        self.used.keep();
        self.used_by_all.keep();
        self.last_upload.keep();
        self.last_file.keep();
    }

    pub(super) fn undo(&mut self) {
        self.uploads.undo();
        self.of_user.undo();
        self.used.undo();
        self.used_by_all.undo();
        self.last_upload.undo();
        self.last_file.undo();
    }
}
