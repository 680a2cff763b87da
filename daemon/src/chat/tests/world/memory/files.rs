//! Files and uploads as they are remembered. Which file is in a message is found by going through
//! the log.

use std::collections::BTreeMap;

use parlor_proto::ids::{FileId, RoomId, Seq, UploadId, UserId};

use super::Memory;
use crate::chat::*;

#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    uploads: BTreeMap<UploadId, UploadRow>,
    files: BTreeMap<FileId, Filed>,
    /// Files that were in a message once.
    sent: Vec<FileId>,
    last_upload: UploadId,
    last_file: FileId,
}

#[derive(Clone, Debug)]
struct Filed {
    owner: UserId,
    facts: FileFacts,
    at: Stamp,
}

impl Memory {
    pub(super) fn change_file(&mut self, change: FileChange) {
        let files = &mut self.files;
        match change {
            FileChange::UploadBegun { upload, user, new, at } => {
                assert!(upload > files.last_upload, "a number is given out once");
                files.last_upload = upload;
                files.uploads.insert(upload, UploadRow { upload, user, new, begun: at });
            }
            FileChange::UploadEnded { upload } => {
                files.uploads.remove(&upload).expect("an upload ends once");
            }
            FileChange::Added { owner, facts, at } => {
                assert!(facts.file > files.last_file, "a number is given out once");
                files.last_file = facts.file;
                files.files.insert(facts.file, Filed { owner, facts, at });
            }
            FileChange::Removed { file } => {
                files.files.remove(&file).expect("a file is removed once");
            }
        }
    }

    pub(super) fn send_files(&mut self, message: &Message) {
        self.files.sent.extend(message.files.iter().map(|facts| facts.file));
    }

    pub(crate) fn for_file(
        &self,
        request: &FileRequest,
        (user, spans): (UserId, &[Span]),
    ) -> Found {
        let found = match request {
            FileRequest::Begin(new) => FileFound::Same(self.same(user, new, spans)),
            FileRequest::Read { room, seq, file, .. } => {
                let files = self.attached(*room, *seq);
                let this = files.iter().find(|facts| facts.file == *file);
                match this.or_else(|| files.first()) {
                    Some(facts) => FileFound::InMessage(facts.clone()),
                    None => return Found::Nothing,
                }
            }
            FileRequest::Write { .. }
            | FileRequest::Ask { .. }
            | FileRequest::Finish { .. }
            | FileRequest::Cancel { .. }
            | FileRequest::ListUploads => return Found::Nothing,
        };
        Found::File(found)
    }

    fn same(&self, user: UserId, new: &NewFile, spans: &[Span]) -> SameContent {
        let is_same = |facts: &FileFacts| facts.hash == new.hash && facts.size == new.size;
        let own = self.files.files.values().filter(|file| file.owner == user);
        let own: Vec<_> = own.filter(|file| is_same(&file.facts)).collect();
        let unsent = own.iter().find(|file| {
            file.facts.name == new.name && !self.files.sent.contains(&file.facts.file)
        });
        let readable = self.events.iter().filter(|((room, seq), _)| {
            spans.iter().any(|span| span.room == *room && (span.floor..=span.ceiling).contains(seq))
        });
        let mut readable = readable.flat_map(|((room, seq), _)| self.attached(*room, *seq));
        let media_type = own.first().map(|file| file.facts.media_type.clone());
        SameContent {
            file: unsent.map(|file| file.facts.clone()),
            media_type: media_type.or_else(|| readable.find(is_same).map(|facts| facts.media_type)),
        }
    }

    pub(crate) fn own_files(&self, user: UserId, files: &[FileId]) -> Vec<FileFacts> {
        let found = files.iter().filter_map(|file| self.files.files.get(file));
        found.filter(|file| file.owner == user).map(|file| file.facts.clone()).collect()
    }

    /// What the engine would find at this moment.
    pub(crate) fn loose_files(&self, before: Stamp) -> Vec<LooseFile> {
        let places: Vec<_> = self.events.keys().copied().collect();
        let attached: Vec<FileId> = places
            .iter()
            .flat_map(|(room, seq)| self.attached(*room, *seq))
            .map(|facts| facts.file)
            .collect();
        let loose = self.files.files.values().filter(|file| {
            !attached.contains(&file.facts.file)
                && (self.files.sent.contains(&file.facts.file) || file.at <= before)
        });
        let found = |file: &Filed| LooseFile {
            file: file.facts.file,
            owner: file.owner,
            size: file.facts.size,
            hash: file.facts.hash,
        };
        loose.map(found).collect()
    }

    fn attached(&self, room: RoomId, seq: Seq) -> Vec<FileFacts> {
        match self.events.get(&(room, seq)).map(|event| &event.kind) {
            Some(EventKind::Message(message)) => message.files.to_vec(),
            _ => Vec::new(),
        }
    }

    pub(super) fn replay_files(&self) -> FilesRow {
        let mut used = BTreeMap::<UserId, u64>::new();
        for file in self.files.files.values() {
            *used.entry(file.owner).or_default() += file.facts.size.max(FILE_COST_MIN);
        }
        FilesRow {
            uploads: self.files.uploads.values().cloned().collect(),
            used: used.into_iter().collect(),
            last_upload: self.files.last_upload,
            last_file: self.files.last_file,
        }
    }
}
