//! The example in plain shell that follows rooms, which needs `curl` and `jq`: whatever is killed,
//! each message is a line, once.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use harness::{Bridge, Daemon, Person, Process, Rest, Setup, Signal, Upstream, until};
use parlor_proto::ids::RoomId;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

#[tokio::test]
async fn nothing_is_missed_and_nothing_told_twice_whatever_is_killed() {
    let mut house = House::build().await;
    let mut script = house.follow();
    house.is_heard().await;
    house.say("line 1").await;
    house.hears(&mut script, 1..=1).await;

    house.bridge.kill9().await;
    house.say("line 2").await;
    house.bridge.restart().await;
    house.say("line 3").await;
    house.hears(&mut script, 2..=3).await;

    house.daemon.kill9().await;
    house.daemon.restart().await;
    house.say("line 4").await;
    house.hears(&mut script, 4..=4).await;

    script.signal(Signal::TERM);
    script.exit().await;
    house.leaves_nothing_behind().await;
    house.say("line 5").await;
    let mut script = house.follow();
    house.say("line 6").await;
    house.hears(&mut script, 5..=6).await;

    house.ann.delete("/v1/sessions/current").await.must(204);
    assert_eq!(script.exit().await.code(), Some(4), "{}", script.log());
    assert_eq!(script.line().await, None);
    house.leaves_nothing_behind().await;
}

#[tokio::test]
async fn what_people_write_does_not_steer_the_terminal() {
    let house = House::build().await;
    let mut script = house.follow();
    house.is_heard().await;
    house.say("\u{1b}[2J\u{9b}31m a\r\nb\t\u{202e}evil\u{2066} \u{7f}\u{85}\u{2028}\u{200b}").await;
    let shown = script.line().await.unwrap();
    assert!(shown.ends_with(concat!(
        r"\u{1b}[2J\u{9b}31m a\u{d}\u{a}b\u{9}\u{202e}evil\u{2066} ",
        r"\u{7f}\u{85}\u{2028}\u{200b}"
    )));
    house.say("  grüße 🦀\\ ").await;
    assert!(script.line().await.unwrap().ends_with("bob:   grüße 🦀\\ "));
}

#[tokio::test]
async fn who_cannot_be_let_in_is_told_why() {
    let mut house = House::build().await;
    fs::write(house.path("token"), "00").unwrap();
    let mut script = house.follow();
    assert_eq!(script.exit().await.code(), Some(4));
    fs::write(house.path("token"), "a \"b").unwrap();
    let mut script = house.follow();
    assert_eq!(script.exit().await.code(), Some(2));
    let token = house.ann.token.clone().unwrap();
    fs::write(house.path("token"), token).unwrap();
    fs::write(house.path("place"), "nonsense!").unwrap();
    let mut script = house.follow();
    assert_eq!(script.exit().await.code(), Some(1));
    script.logged("400 the id of an event is one that this stream gave").await;
    fs::remove_file(house.path("place")).unwrap();
    house.bridge.kill9().await;
    let script = house.follow();
    script.logged("no answer; again in 1 s").await;
    house.bridge.restart().await;
    house.is_heard().await;
}

/// A server, somebody who talks at it, and a folder for somebody who listens by the script.
struct House {
    daemon: Daemon,
    bridge: Bridge,
    ann: Rest,
    bob: Person,
    lobby: RoomId,
    folder: TempDir,
}

impl House {
    async fn build() -> Self {
        let daemon = Daemon::with(Setup::new().bridge_socket()).await;
        let bridge = Bridge::start(&daemon, Upstream::Unix).await;
        let bob = Person::arrive(&daemon.url(), "bob").await;
        let lobby = bob.create("lobby").await;
        let ann = Rest::register(&bridge, "ann").await;
        ann.put("/v1/rooms/by-name/lobby/members/me", json!({})).await.must(200);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), ann.token.as_ref().unwrap()).unwrap();
        fs::create_dir(folder.path().join("scratch")).unwrap();
        Self { daemon, bridge, ann, bob, lobby, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn follow(&self) -> Process {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge/examples/follow.sh");
        let mut shell = Command::new("sh");
        shell.arg(script).arg(self.path("place"));
        shell.env("PARLOR_SERVER", format!("http://{}", self.bridge.authority()));
        shell.env("PARLOR_TOKEN_FILE", self.path("token")).env("TMPDIR", self.path("scratch"));
        Process::spawn("follow.sh", shell, &self.path("log"))
    }

    /// Waits until the script has a place, from where on it misses nothing.
    async fn is_heard(&self) {
        until("a place", || self.path("place").exists().then_some(())).await;
    }

    async fn say(&self, text: &str) {
        self.bob.say(self.lobby, text).await;
    }

    /// The next lines of the script are these and no others.
    async fn hears(&self, script: &mut Process, lines: RangeInclusive<u32>) {
        for number in lines {
            let line = script.line().await.unwrap();
            assert!(line.ends_with(&format!("#lobby {} bob: line {number}", number + 3)), "{line}");
        }
    }

    /// No folder with pipes stays.
    async fn leaves_nothing_behind(&self) {
        let scratch = || fs::read_dir(self.path("scratch")).unwrap().count();
        until("an empty folder", || (scratch() == 0).then_some(())).await;
    }
}
