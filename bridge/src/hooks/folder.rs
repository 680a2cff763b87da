//! What the bridge keeps of the webhooks that it delivers for: a file each, for its owner alone,
//! since whoever reads it can speak for the webhook.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Webhooks that one bridge delivers for. Each has two connections to the daemon.
pub(super) const WEBHOOKS_MAX: usize = 256;

/// A file of a webhook is no longer than this.
const FILE_BYTES_MAX: u64 = 8 * 1024;

const SUFFIX: &str = "json";

/// What is needed to deliver for a webhook.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    pub(super) webhook_id: u64,
    pub(super) room_id: u64,
    pub(super) url: String,
    /// Signs in as the webhook.
    pub(super) token: String,
    /// Signs what is delivered.
    pub(super) key: String,
}

/// The folder of these files. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Folder(Arc<Place>);

#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Locked, so that no other bridge delivers the same once more.
    folder: File,
    /// Who holds it may change what is there.
    turn: Mutex<()>,
}

/// Why a webhook is not kept.
#[derive(Debug)]
pub(super) enum Unkept {
    Full,
    Io(io::Error),
}

impl Folder {
    /// Makes the folder if need be.
    pub(super) fn open(state: &Path) -> Result<Self, String> {
        let path = state.join("webhooks");
        let fault = |error: io::Error| fault(&path, &error);
        DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(fault)?;
        let folder = File::open(&path).map_err(fault)?;
        match folder.try_lock() {
            Ok(()) => Ok(Self(Arc::new(Place { path, folder, turn: Mutex::default() }))),
            Err(TryLockError::WouldBlock) => {
                Err(format!("{}: another bridge delivers from it", path.display()))
            }
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }

    /// All that are kept, in order. One that cannot be read is an error: to go on without it would
    /// lose what it was kept for.
    pub(super) fn load(&self) -> Result<Vec<Known>, String> {
        let folder = &self.0.path;
        let entries = fs::read_dir(folder).map_err(|error| fault(folder, &error))?;
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| fault(folder, &error))?.path();
            if is_of_webhook(&path) {
                all.push(Self::read(&path)?);
            }
        }
        if all.len() > WEBHOOKS_MAX {
            let count = all.len();
            return Err(format!("{}: {count} webhooks, at most {WEBHOOKS_MAX}", folder.display()));
        }
        all.sort_unstable_by_key(|known| known.webhook_id);
        Ok(all)
    }

    /// Whether there is room for one more.
    pub(super) fn has_room(&self) -> io::Result<bool> {
        let mut count = 0;
        for entry in fs::read_dir(&self.0.path)? {
            count += usize::from(is_of_webhook(&entry?.path()));
        }
        Ok(count < WEBHOOKS_MAX)
    }

    /// On disk when this returns.
    pub(super) fn keep(&self, known: &Known) -> Result<(), Unkept> {
        let _turn = self.turn();
        let path = self.path(known.webhook_id);
        if !path.exists() && !self.has_room()? {
            return Err(Unkept::Full);
        }
        let fresh = path.with_extension("new");
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(known).map_err(io::Error::from)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        Ok(self.0.folder.sync_all()?)
    }

    /// Unless another webhook has taken its place, which has the same account and another token.
    pub(super) fn forget(&self, known: &Known) -> io::Result<()> {
        let _turn = self.turn();
        let path = self.path(known.webhook_id);
        if Self::read(&path).is_ok_and(|there| there.token != known.token) {
            return Ok(());
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    // It guards nothing in memory, so a poisoned one is as good as any.
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, webhook_id: u64) -> PathBuf {
        self.0.path.join(format!("{webhook_id}.{SUFFIX}"))
    }

    fn read(path: &Path) -> Result<Known, String> {
        let length = fs::metadata(path).map_err(|error| fault(path, &error))?.len();
        if length > FILE_BYTES_MAX {
            return Err(format!("{}: longer than any webhook: {length} bytes", path.display()));
        }
        let bytes = fs::read(path).map_err(|error| fault(path, &error))?;
        // Where, and not what: it is secret.
        serde_json::from_slice(&bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("{}: not what was kept, at {line}:{column}", path.display())
        })
    }
}

impl From<io::Error> for Unkept {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn is_of_webhook(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == SUFFIX)
}

fn fault(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn known(webhook_id: u64) -> Known {
        let url = "https://example.org/".to_owned();
        Known { webhook_id, room_id: 1, url, token: "plr_1".into(), key: "whk_1".into() }
    }

    #[test]
    fn what_is_kept_is_there_again_and_for_nobody_else() {
        let state = tempfile::tempdir().unwrap();
        let folder = Folder::open(state.path()).unwrap();
        for id in [12, 3, 12] {
            folder.keep(&known(id)).unwrap();
        }
        let why = Folder::open(state.path()).unwrap_err();
        assert!(why.contains("another bridge"), "{why}");
        drop(folder);
        let again = Folder::open(state.path()).unwrap();
        let ids: Vec<u64> = again.load().unwrap().iter().map(|known| known.webhook_id).collect();
        assert_eq!(ids, [3, 12]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&again.0.path), mode(&again.path(3))), (0o700, 0o600));
        again.forget(&Known { token: "plr_0".into(), ..known(3) }).unwrap();
        assert_eq!(again.load().unwrap().len(), 2, "another has taken its place");
        again.forget(&known(3)).unwrap();
        again.forget(&known(3)).unwrap();
        assert_eq!(again.load().unwrap().len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_told_without_what_is_in_it() {
        let state = tempfile::tempdir().unwrap();
        let folder = Folder::open(state.path()).unwrap();
        fs::write(folder.path(1), "{\"webhook_id\": \"secret\"}").unwrap();
        let why = folder.load().err().unwrap();
        assert!(why.contains("1.json") && !why.contains("secret"), "{why}");
        fs::write(folder.path(1), "x".repeat(10_000)).unwrap();
        assert!(folder.load().err().unwrap().contains("10000 bytes"));
    }

    #[test]
    fn no_more_are_kept_than_can_be_delivered_for() {
        let state = tempfile::tempdir().unwrap();
        let folder = Folder::open(state.path()).unwrap();
        for id in 0..256 {
            assert!(folder.has_room().unwrap());
            folder.keep(&known(id)).unwrap();
        }
        assert!(!folder.has_room().unwrap());
        assert!(matches!(folder.keep(&known(256)), Err(Unkept::Full)));
        folder.keep(&known(7)).unwrap();
        folder.forget(&known(8)).unwrap();
        folder.keep(&known(256)).unwrap();
        assert_eq!(folder.load().unwrap().len(), WEBHOOKS_MAX);
    }
}
