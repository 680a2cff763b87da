//! The example in plain shell, which needs `curl`: what fails is said in a room, once, and nothing
//! else is.

use std::path::Path;
use std::process::{Output, Stdio};

use harness::{Bridge, Daemon, Person, Setup, Upstream, within};
use tokio::process::Command;

#[tokio::test]
async fn what_fails_is_said_and_its_end_passed_on() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let secret = ann.client.create_webhook(lobby, "cron", "").await.unwrap().secret;
    let url = format!("http://{}/v1/hooks/{secret}", bridge.authority());

    assert_eq!(run(&url, &["true"]).await.status.code(), Some(0));
    let failed = run(&url, &["sh", "-c", "echo 'no space left'; exit 7"]).await;
    assert_eq!(failed.status.code(), Some(7), "{failed:?}");
    let (event, text) = ann.message().await;
    assert_eq!(event.actor_name, "cron");
    assert!(text.contains("failed with 7") && text.ends_with("no space left"), "{text}");

    let nowhere = run(&format!("{url}x"), &["false"]).await;
    assert_eq!(nowhere.status.code(), Some(1));
    let said = String::from_utf8(nowhere.stderr).unwrap();
    assert!(said.contains("nobody was told") && !said.contains(&secret), "{said}");
}

async fn run(url: &str, command: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bridge/examples/notify.sh");
    let mut shell = Command::new("sh");
    shell.arg(&script).args(command).env("PARLOR_WEBHOOK", url).stdin(Stdio::null());
    within("the script", shell.output()).await.unwrap()
}
