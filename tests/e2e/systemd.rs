//! What the daemon tells systemd: ready, reloading, stopping, and that it lives.

use std::time::Duration;

use harness::{Daemon, Setup, Signal, Supervisor};

/// Twice per this the daemon must say that it lives.
const WATCHDOG: Duration = Duration::from_millis(600);

fn supervised(supervisor: &Supervisor) -> Setup {
    Setup::new().env("NOTIFY_SOCKET", supervisor.path().to_str().unwrap())
}

#[tokio::test]
async fn ready_reloading_and_stopping_are_told() {
    let mut supervisor = Supervisor::listen();
    let mut daemon = Daemon::with(supervised(&supervisor)).await;
    supervisor.hear("READY=1").await;
    daemon.hup();
    supervisor.hear("RELOADING=1").await;
    // What Type=notify-reload wants beside it: the time of the reload.
    supervisor.hear("MONOTONIC_USEC=").await;
    supervisor.hear("READY=1").await;
    daemon.process().signal(Signal::TERM);
    supervisor.hear("STOPPING=1").await;
    assert_eq!(daemon.process().exit().await.code(), Some(0));
}

#[tokio::test]
async fn ready_is_told_after_a_broken_reload_too() {
    let mut supervisor = Supervisor::listen();
    let mut daemon = Daemon::with(supervised(&supervisor)).await;
    supervisor.hear("READY=1").await;
    daemon.write_config("no_such_key = 1\n");
    daemon.hup();
    supervisor.hear("RELOADING=1").await;
    supervisor.hear("READY=1").await;
    daemon.logged("no_such_key").await;
    assert!(!daemon.process().has_ended(), "the old configuration stays in force");
}

#[tokio::test]
async fn it_says_that_it_lives_as_long_as_the_engine_does() {
    let mut supervisor = Supervisor::listen();
    let setup = supervised(&supervisor).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
    let daemon = Daemon::with(setup).await;
    for _ in 0..3 {
        supervisor.hear("WATCHDOG=1").await;
    }
    assert!(daemon.pid() > 0);
}

#[tokio::test]
async fn a_hanging_engine_is_not_covered_up() {
    let mut supervisor = Supervisor::listen();
    let setup = supervised(&supervisor).env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string());
    let daemon = Daemon::with(setup).await;
    supervisor.hear("WATCHDOG=1").await;
    // The engine's thread stands still in a commit: the disk's lock is held by somebody else.
    let database = daemon.database();
    let blocker = rusqlite::Connection::open(database).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let url = daemon.url();
    let stuck = tokio::spawn(async move {
        harness::Person::register(&url, "ann").await;
    });
    // Time is the subject: a ping or two may still be under way.
    tokio::time::sleep(WATCHDOG * 2).await;
    supervisor.forget();
    tokio::time::sleep(WATCHDOG * 2).await;
    let silent =
        tokio::time::timeout(Duration::from_millis(1), supervisor.hear("WATCHDOG=1")).await;
    assert!(silent.is_err(), "it claims to live while the engine hangs");
    stuck.abort();
}
