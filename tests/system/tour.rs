//! The tour of the README: everything that a client needs, by `curl` and `jq` alone, in front of a
//! bridge that is killed on the way.

use std::path::Path;

use harness::{Bridge, Daemon, Process, Setup, Upstream};
use tokio::process::Command;

#[tokio::test]
async fn curl_alone_is_a_client_and_misses_nothing() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let mut bridge = Bridge::start(&daemon, Upstream::Unix).await;
    let folder = tempfile::tempdir().unwrap();
    let mut tour = start(&bridge, folder.path());
    for line in [
        r#"{"seq":3,"duplicate":false}"#,
        r#"{"seq":3,"duplicate":true}"#,
        "[1]",
        "4",
        "VERSION_MISMATCH",
        "hello, all",
    ] {
        assert_eq!(tour.line().await.as_deref(), Some(line), "{}", tour.log());
    }
    let came = tour.line().await.unwrap();
    let came: u64 = came.split(' ').nth(2).unwrap().parse().unwrap();
    assert!((1..3_000_000).contains(&came), "the first part was cut, and was kept: {came}");
    for line in ["-: OK", "-: OK", "6", "kill -9 the bridge, start it again, and press Enter"] {
        assert_eq!(tour.line().await.as_deref(), Some(line), "{}", tour.log());
    }
    bridge.kill9().await;
    bridge.restart().await;
    tour.type_line("").await;
    assert_eq!(tour.rest().await, ["7", "before", "after"], "{}", tour.log());
    assert!(tour.exit().await.success(), "{}", tour.log());
    assert!(std::fs::read_dir(folder.path()).unwrap().all(|entry| entry.unwrap().path().is_file()));
}

fn start(bridge: &Bridge, folder: &Path) -> Process {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge/examples/tour.sh");
    let mut shell = Command::new("sh");
    shell.arg(script).arg(format!("http://{}", bridge.authority())).env("TMPDIR", folder);
    Process::spawn("tour.sh", shell, &folder.join("log"))
}
