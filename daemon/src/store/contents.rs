//! The contents of files, beside the database: each once, by its SHA-256, and those that are still
//! coming in a folder of their own, by the number of their upload. Knows nothing of who has what.
//!
//! ```text
//! files/coming/17        upload 17, as far as it has come
//! files/ab/cdef…         a whole content, whose SHA-256 is abcdef…
//! ```
//!
//! No path is ever made of anything that a client says but these numbers.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use parlor_proto::ids::{FileHash, UploadId};
use rustix::fs::{Advice, fadvise};

use super::error::{Result, StoreError};
use super::open::{FILE_MODE, FOLDER_MODE};

const FOLDER: &str = "files";
const COMING: &str = "coming";

/// What is looked at to find out what a content is.
const BEGINNING_BYTES: u64 = 8 * 1024;

/// The folders that whole contents are in, each called by the first byte of their SHA-256.
pub(crate) const SHELVES: u16 = 256;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    folder: PathBuf,
}

impl Contents {
    /// Makes the folders if they are not there.
    pub(crate) fn open(data: &Path) -> Result<Self> {
        let contents = Self::beside(data);
        let coming = contents.folder.join(COMING);
        let made = make_folder(&contents.folder).and_then(|()| make_folder(&coming));
        made.map_err(|error| StoreError::file(&coming, &error))?;
        Ok(contents)
    }

    /// Those of a data folder as it is.
    pub(super) fn beside(data: &Path) -> Self {
        Self { folder: data.join(FOLDER) }
    }

    /// For who has no data folder.
    pub(crate) fn nowhere() -> Self {
        Self { folder: PathBuf::new() }
    }

    /// How much of an upload has come.
    pub(crate) fn received(&self, upload: UploadId) -> io::Result<u64> {
        match fs::metadata(self.coming(upload)) {
            Ok(found) => Ok(found.len()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Adds to what has come, all or nothing. `at` is how much that is.
    pub(crate) fn append(&self, upload: UploadId, at: u64, data: &[u8]) -> io::Result<()> {
        let file = self.open_coming(upload)?;
        file.write_all_at(data, at).inspect_err(|_| {
            // If this fails too, what is too much is written over.
            file.set_len(at).ok();
        })
    }

    /// Has what has come written to the disk, so that the end does not take long.
    pub(crate) fn sync(&self, upload: UploadId) -> io::Result<()> {
        self.open_coming(upload)?.sync_data()
    }

    /// A piece of what has come; shorter only at the end.
    pub(crate) fn read_coming(
        &self,
        upload: UploadId,
        at: u64,
        buffer: &mut [u8],
    ) -> io::Result<usize> {
        match File::open(self.coming(upload)) {
            Ok(file) => read_fully(&file, at, buffer),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn beginning(&self, upload: UploadId) -> io::Result<Vec<u8>> {
        let mut beginning = Vec::new();
        match File::open(self.coming(upload)) {
            Ok(file) => file.take(BEGINNING_BYTES).read_to_end(&mut beginning)?,
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(beginning)
    }

    /// An upload, all of which has come and has this hash, becomes a content. When this returns
    /// it is on the disk under its name.
    pub(crate) fn keep(&self, upload: UploadId, hash: FileHash) -> io::Result<()> {
        self.open_coming(upload)?.sync_all()?;
        let shelf = self.shelf(hash);
        make_folder(&shelf)?;
        fs::rename(self.coming(upload), self.content(hash))?;
        File::open(shelf)?.sync_all()
    }

    /// What has come of an upload is gone.
    pub(crate) fn discard(&self, upload: UploadId) -> io::Result<()> {
        gone(fs::remove_file(self.coming(upload)))
    }

    /// A content is gone.
    pub(crate) fn remove(&self, hash: FileHash) -> io::Result<()> {
        gone(fs::remove_file(self.content(hash)))
    }

    /// A piece of a content; shorter only at the end. `None`: there is no such content.
    pub(crate) fn read(
        &self,
        hash: FileHash,
        at: u64,
        length: usize,
    ) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.content(hash)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        // Else the kernel reads on, megabytes at once, and whoever commits meanwhile waits for it.
        fadvise(&file, 0, None, Advice::Random).ok();
        let mut data = vec![0; length];
        let read = read_fully(&file, at, &mut data)?;
        data.truncate(read);
        Ok(Some(data))
    }

    /// The contents in one of the folders that they are in. Whatever else lies there stays.
    pub(crate) fn on_shelf(&self, number: u16) -> io::Result<Vec<FileHash>> {
        let Ok(first) = u8::try_from(number) else { return Ok(Vec::new()) };
        let first = HEXLOWER.encode(&[first]);
        let hash = |rest: &str| {
            let bytes = HEXLOWER.decode(format!("{first}{rest}").as_bytes()).ok()?;
            FileHash::try_from(&*bytes).ok()
        };
        names(&self.folder.join(&first), hash)
    }

    /// The uploads of which something has come.
    pub(crate) fn all_coming(&self) -> io::Result<Vec<UploadId>> {
        let upload = |name: &str| name.parse().ok().map(UploadId);
        names(&self.folder.join(COMING), upload)
    }

    /// For who cannot go on without.
    pub(super) fn failed(&self, error: &io::Error) -> StoreError {
        StoreError::file(&self.folder, error)
    }

    fn open_coming(&self, upload: UploadId) -> io::Result<File> {
        let path = self.coming(upload);
        OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(path)
    }

    fn coming(&self, upload: UploadId) -> PathBuf {
        self.folder.join(COMING).join(upload.to_string())
    }

    fn shelf(&self, hash: FileHash) -> PathBuf {
        let [first, ..] = hash.0;
        self.folder.join(HEXLOWER.encode(&[first]))
    }

    fn content(&self, hash: FileHash) -> PathBuf {
        let [_, rest @ ..] = hash.0;
        self.shelf(hash).join(HEXLOWER.encode(&rest))
    }
}

/// Makes a folder that outlives a failure of the machine.
fn make_folder(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Ok(()) => folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn read_fully(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, at.saturating_add(read as u64)) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

fn names<T>(folder: &Path, known: impl Fn(&str) -> Option<T>) -> io::Result<Vec<T>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(entry?.file_name().to_str().and_then(&known));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: FileHash = FileHash([0xab; 32]);
    const UPLOAD: UploadId = UploadId(7);

    fn contents() -> (tempfile::TempDir, Contents) {
        let folder = tempfile::tempdir().unwrap();
        let contents = Contents::open(folder.path()).unwrap();
        (folder, contents)
    }

    #[test]
    fn what_has_come_becomes_a_content_and_goes() {
        let (folder, contents) = contents();
        assert_eq!(contents.received(UPLOAD).unwrap(), 0);
        contents.append(UPLOAD, 0, b"hello ").unwrap();
        contents.append(UPLOAD, 6, b"world").unwrap();
        let contents = Contents::open(folder.path()).unwrap();
        assert_eq!(contents.received(UPLOAD).unwrap(), 11);
        assert_eq!(contents.beginning(UPLOAD).unwrap(), b"hello world");
        assert_eq!(contents.all_coming().unwrap(), [UPLOAD]);
        contents.keep(UPLOAD, HASH).unwrap();
        assert_eq!(contents.all_coming().unwrap(), []);
        assert_eq!(contents.on_shelf(0xab).unwrap(), [HASH]);
        assert_eq!(contents.on_shelf(0xac).unwrap(), []);
        assert_eq!(contents.read(HASH, 6, 99).unwrap().unwrap(), b"world");
        assert_eq!(contents.read(HASH, 11, 99).unwrap().unwrap(), b"");
        assert_eq!(contents.read(HASH, u64::MAX, 0).unwrap().unwrap(), b"");
        contents.remove(HASH).unwrap();
        contents.remove(HASH).unwrap();
        assert_eq!(contents.read(HASH, 0, 1).unwrap(), None);
    }

    #[test]
    fn an_empty_content_is_one_too_and_what_is_discarded_is_gone() {
        let (_folder, contents) = contents();
        contents.keep(UPLOAD, HASH).unwrap();
        assert_eq!(contents.read(HASH, 0, 9).unwrap().unwrap(), b"");
        contents.append(UPLOAD, 0, b"x").unwrap();
        contents.discard(UPLOAD).unwrap();
        contents.discard(UPLOAD).unwrap();
        assert_eq!(contents.received(UPLOAD).unwrap(), 0);
    }

    #[test]
    fn everything_is_for_the_daemon_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, contents) = contents();
        contents.append(UPLOAD, 0, b"x").unwrap();
        let mode = |path: &str| {
            fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode("files/coming/7"), 0o600);
        contents.keep(UPLOAD, HASH).unwrap();
        assert_eq!((mode("files"), mode("files/coming"), mode("files/ab")), (0o700, 0o700, 0o700));
    }

    #[test]
    fn strangers_in_the_folder_are_left_alone() {
        let (folder, contents) = contents();
        fs::create_dir(folder.path().join("files/ab")).unwrap();
        for stranger in ["files/ab/notes.txt", "files/coming/x", "files/ab/cd"] {
            fs::write(folder.path().join(stranger), "").unwrap();
        }
        assert_eq!(contents.on_shelf(0xab).unwrap(), []);
        assert_eq!(contents.all_coming().unwrap(), []);
    }
}
