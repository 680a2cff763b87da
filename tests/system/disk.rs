//! A disk that is soon full.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness::until;
use tempfile::TempDir;

/// The whole disk.
const DISK: &str = "size=32m";

/// A small disk of its own.
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    pub(crate) fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut mounting = Command::new("mount");
        mounting.args(["-t", "tmpfs", "-o", DISK, "parlor-test"]).arg(folder.path());
        let status = mounting.status().unwrap();
        assert!(status.success(), "mounting a tmpfs needs root: run this test as root");
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left, to the last block, while others go on, once so much is
    /// done.
    pub(crate) async fn fill_after(&self, done: &AtomicUsize, least: usize) -> PathBuf {
        until("work", || (done.load(Ordering::Relaxed) >= least).then_some(())).await;
        let path = self.path().join("ballast");
        let mut ballast = File::create(&path).unwrap();
        let filling = tokio::task::spawn_blocking(move || {
            for block in [vec![0; 1 << 16], vec![0; 512]] {
                while ballast.write_all(&block).is_ok() {}
            }
        });
        filling.await.unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        let gone = unmounted.is_ok_and(|status| status.success());
        assert!(gone || std::thread::panicking(), "the small disk stays mounted");
    }
}
