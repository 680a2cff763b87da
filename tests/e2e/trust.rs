//! Whom the client's commands believe, and how they end when nobody can be reached.

use harness::{Cli, Daemon, PASSWORD, Proxy, Signal};
use parlor_proto::client::ServerUrl;
use tokio::net::TcpListener;

const NO_PIN: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

#[tokio::test]
async fn an_unknown_server_is_not_trusted_without_a_person() {
    let daemon = Daemon::start().await;
    let bare = ServerUrl { pin: None, ..daemon.url() };
    let cli = Cli::new(&bare);
    // The second time is as the first: nothing was remembered of the refusal.
    for _ in 0..2 {
        let register = cli.run(&["register", "ann", "--password-stdin"]);
        let refused = register.stdin(format!("{PASSWORD}\n")).fails_with(7).await.stdout("");
        // The person is told what it takes.
        assert!(refused.stderr.contains(&daemon.url().pin.unwrap().to_string()), "{refused:?}");
    }
    // And nobody is signed in.
    cli.run(&["rooms"]).fails_with(4).await.stdout("");
}

#[tokio::test]
async fn a_pin_in_the_url_or_as_an_option_is_enough_and_is_remembered() {
    let daemon = Daemon::start().await;
    let pin = daemon.url().pin.unwrap().to_string();
    let bare = ServerUrl { pin: None, ..daemon.url() }.to_string();
    let cli = Cli::without_server();
    let register = ["register", "ann", "--password-stdin", "--server", &bare, "--pin", &pin];
    cli.run(&register).stdin(format!("{PASSWORD}\n")).success().await;
    // From here on the client knows where and whom.
    cli.run(&["create", "lobby"]).success().await;
    cli.run(&["send", "lobby", "hi"]).success().await;
    cli.run(&["send", "lobby", "hi", "--pin", NO_PIN]).fails_with(7).await;
}

#[tokio::test]
async fn a_server_with_another_key_is_refused() {
    let mut daemon = Daemon::start().await;
    let cli = Cli::new(&daemon.url());
    cli.register("ann", PASSWORD).await;
    daemon.term().await;
    std::fs::remove_dir_all(daemon.data()).unwrap();
    daemon.restart().await;
    cli.run(&["rooms"]).fails_with(7).await.stdout("");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let mut daemon = Daemon::start().await;
    let cli = Cli::new(&daemon.url());
    cli.register("ann", PASSWORD).await;
    cli.run(&["create", "lobby"]).success().await;
    daemon.term().await;
    let refused = cli.run(&["send", "lobby", "hi"]).fails_with(3).await.stdout("");
    assert!(!refused.stderr.is_empty());
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_into_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("parlor://{}?pin={NO_PIN}", listener.local_addr().unwrap());
    let cli = Cli::new(&url);
    let register = ["--timeout", "300ms", "register", "ann", "--password-stdin"];
    cli.run(&register).stdin(format!("{PASSWORD}\n")).fails_with(124).await.stdout("");
}

#[tokio::test]
async fn ctrl_c_ends_a_command_that_waits() {
    let daemon = Daemon::start().await;
    let proxy = Proxy::to(daemon.address()).await;
    let url = ServerUrl { port: proxy.address().port(), ..daemon.url() };
    let cli = Cli::new(&url);
    cli.register("ann", PASSWORD).await;
    cli.run(&["create", "lobby"]).success().await;
    let mut tail = cli.run(&["tail", "lobby"]).start();
    assert!(tail.line().await.is_some(), "the room's first event");
    proxy.stall();
    tail.signal(Signal::INT);
    assert_eq!(tail.exit().await.code(), Some(130));
}

#[tokio::test]
async fn whoever_has_seen_enough_is_no_failure() {
    let daemon = Daemon::start().await;
    let cli = Cli::new(&daemon.url());
    cli.register("ann", PASSWORD).await;
    cli.run(&["create", "lobby"]).success().await;
    for n in 0..5 {
        cli.run(&["send", "lobby", &format!("message {n}")]).success().await;
    }
    let mut tail = cli.run(&["tail", "lobby", "--json"]).start();
    tail.line().await.unwrap();
    tail.end_output();
    cli.run(&["send", "lobby", "one more"]).success().await;
    cli.run(&["send", "lobby", "and another"]).success().await;
    assert_eq!(tail.exit().await.code(), Some(0), "{}", tail.log());
}
