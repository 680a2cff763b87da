//! A full disk: senders are told, readers go on, writing comes back, and nothing that was
//! acknowledged is lost. No restart.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Daemon, Person, Setup, texts, within};
use parlor_proto::client::new_client_message_id;
use parlor_proto::codes::Reason;
use parlor_proto::ids::RoomId;
use tempfile::TempDir;

/// Filled and freed so often.
const ROUNDS: usize = 10;

/// The whole disk.
const DISK: &str = "size=24m";

/// Texts that fill pages of the database.
const TEXT_BYTES: usize = 6_000;

/// More messages than the disk holds.
const MESSAGES_MAX: usize = 10_000;

/// A small disk of its own.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounting = Command::new("mount")
            .args(["-t", "tmpfs", "-o", DISK, "parlor-test"])
            .arg(folder.path());
        let status = { mounting }.status().unwrap();
        assert!(status.success(), "mounting a tmpfs needs root: run this test as root");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left, to the last block.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut ballast = File::create(&path).unwrap();
        for block in [vec![0; 1 << 16], vec![0; 512]] {
            while ballast.write_all(&block).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "the small disk stays mounted");
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_nothing_else() {
    let disk = Disk::mount();
    let mut daemon = Daemon::with(Setup::new().data(&disk.path().join("data"))).await;
    let pid = daemon.pid();
    let ann = Person::register(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let mut stored: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let ballast = disk.fill();
        let told = until_full(&ann, lobby, round, &mut stored).await;
        assert!(told.retryable, "it may work later: {told:?}");
        // Reading goes on.
        assert_eq!(texts(&ann.whole_history(lobby).await), stored);
        let again = Person::login(&daemon.url(), "ann");
        assert!(tokio::time::timeout(std::time::Duration::from_secs(5), again).await.is_ok());
        fs::remove_file(ballast).unwrap();
        let text = format!("room again {round}");
        within("writing to come back", async {
            while ann.client.send(lobby, new_client_message_id(), text.clone()).await.is_err() {}
        })
        .await;
        stored.push(text);
        assert_eq!(texts(&ann.whole_history(lobby).await), stored);
    }
    assert_eq!(daemon.pid(), pid, "no restart");
    daemon.kill9().await;
    daemon.restart().await;
    assert_eq!(texts(&ann.whole_history(lobby).await), stored, "nothing acknowledged is lost");
    assert_eq!(daemon.term().await.code(), Some(0));
}

/// Sends until the disk is full; what was acknowledged goes into `stored`.
async fn until_full(
    ann: &Person,
    lobby: RoomId,
    round: usize,
    stored: &mut Vec<String>,
) -> parlor_proto::v1::Error {
    for n in 0..MESSAGES_MAX {
        let text = format!("{round} {n} {}", "x".repeat(TEXT_BYTES));
        let sending = ann.client.send(lobby, new_client_message_id(), text.clone());
        match within("an answer", sending).await {
            Ok(_) => stored.push(text),
            Err(parlor_proto::client::Error::Refused(error)) => {
                assert_eq!(error.reason, Reason::StorageFull.as_str());
                return error;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the disk is never full");
}
