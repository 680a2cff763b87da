//! Starting, and refusing to start: what is printed, what is written, which code is returned.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use harness::{Daemon, Peer, Process, Setup, free_port};
use parlor_proto::client::{Pin, ServerUrl};

const EX_UNAVAILABLE: i32 = 69;
const EX_IOERR: i32 = 74;
const EX_CONFIG: i32 = 78;

/// Starts a daemon that must refuse; what it says.
async fn refuses(setup: &Setup, folder: &Path, code: i32) -> String {
    let mut process: Process = setup.spawn(folder, free_port());
    assert_eq!(process.rest().await, [""; 0], "nothing on stdout");
    assert_eq!(process.exit().await.code(), Some(code), "{}", process.log());
    process.log()
}

#[tokio::test]
async fn with_no_configuration_at_all_it_works() {
    let daemon = Daemon::with(Setup::untouched()).await;
    let [ready] = daemon.ready() else { panic!("{:?}", daemon.ready()) };
    let url: ServerUrl = ready.parse().unwrap();
    assert_eq!((url.host.as_str(), url.port), ("127.0.0.1", daemon.address().port()));
    let mut peer = Peer::connect(&url).await;
    assert_eq!(url.pin, Pin::of(peer.certificate().unwrap()), "the pin is that of the key shown");
    peer.hello().await;
    // Secrets are their owner's alone.
    for entry in fs::read_dir(daemon.data()).unwrap() {
        let entry = entry.unwrap();
        // A journal of the database may be gone by now.
        let Ok(metadata) = entry.metadata() else { continue };
        let mode = metadata.permissions().mode();
        let text = fs::read(entry.path()).unwrap_or_default();
        let is_secret = text.windows(11).any(|part| part == b"PRIVATE KEY");
        assert!(!is_secret || mode & 0o077 == 0, "{:?} has mode {mode:o}", entry.path());
    }
    let folder = fs::metadata(daemon.data()).unwrap();
    assert_eq!(folder.mode() & 0o007, 0, "nobody else looks into the data folder");
}

#[tokio::test]
async fn port_zero_is_a_free_port_and_each_listener_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::new()
        .no_listener()
        .argument("--listen")
        .argument("127.0.0.1:0")
        .argument("--listen")
        .argument("[::1]:0");
    let mut process = setup.spawn(folder.path(), 0);
    for host in ["127.0.0.1", "::1"] {
        let line = process.line().await.unwrap();
        let url: ServerUrl = line.strip_prefix("ready ").unwrap().parse().unwrap();
        assert_eq!(url.host, host);
        let mut peer = Peer::connect(&url).await;
        peer.hello().await;
    }
}

#[tokio::test]
async fn a_wildcard_is_told_as_a_host_that_can_be_connected_to() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::new().no_listener().argument("--listen").argument("0.0.0.0:0");
    let mut process = setup.spawn(folder.path(), 0);
    let line = process.line().await.unwrap();
    let url: ServerUrl = line.strip_prefix("ready ").unwrap().parse().unwrap();
    assert_ne!(url.host, "0.0.0.0");
    Peer::connect(&url).await.hello().await;
}

#[tokio::test]
async fn the_folder_follows_systemd_then_xdg() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let home = folder.path().join("xdg");
    fs::create_dir(&state).unwrap();
    for (variables, expect) in [
        (vec![("STATE_DIRECTORY", &state), ("XDG_DATA_HOME", &home)], state.clone()),
        (vec![("XDG_DATA_HOME", &home)], home.join("parlord")),
    ] {
        let mut setup = Setup::untouched().no_data();
        for (name, value) in variables {
            setup = setup.env(name, value.to_str().unwrap());
        }
        let mut process = setup.spawn(folder.path(), free_port());
        assert!(process.line().await.unwrap().starts_with("ready parlor://"));
        assert!(fs::read_dir(&expect).unwrap().count() > 0, "nothing in {}", expect.display());
    }
}

#[tokio::test]
async fn a_mistake_in_the_file_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (toml, place) in [
        ("\n\nno_such_key = 1\n", "3"),
        ("listen = 7\n", "1"),
        ("listen = [\n", "1"),
        ("[limits]\nno_such_limit = 1\n", "2"),
    ] {
        let log = refuses(&Setup::new().only_config(toml), folder.path(), EX_CONFIG).await;
        assert!(log.contains("parlord.toml"), "the file: {log}");
        assert!(log.contains(place), "line {place}: {log}");
    }
    let log = refuses(&Setup::new().only_config("no_such_key = 1"), folder.path(), EX_CONFIG).await;
    assert!(log.contains("no_such_key"), "the key: {log}");
}

#[tokio::test]
async fn figures_are_for_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:7277"] {
        let toml = format!("\n[metrics]\nlisten = {address:?}\n");
        let log = refuses(&Setup::new().only_config(&toml), folder.path(), EX_CONFIG).await;
        assert!(log.contains("parlord.toml:3: metrics.listen: must be on loopback"), "{log}");
    }
}

#[tokio::test]
async fn a_configuration_file_that_is_not_there_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.toml");
    let log = refuses(&Setup::new().config_file(&missing), folder.path(), EX_CONFIG).await;
    assert!(log.contains("missing.toml"), "{log}");
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let daemon = Daemon::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut process = Setup::new().spawn(folder.path(), daemon.address().port());
    assert_eq!(process.exit().await.code(), Some(EX_UNAVAILABLE), "{}", process.log());
    assert!(process.log().contains(&daemon.address().to_string()), "{}", process.log());
}

#[tokio::test]
async fn unusable_storage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("a-file");
    fs::write(&occupied, "in the way").unwrap();
    refuses(&Setup::new().data(&occupied), folder.path(), EX_IOERR).await;
    // A database that is none.
    let daemon = Daemon::start().await;
    let name = daemon.database().file_name().unwrap().to_owned();
    let data = folder.path().join("spoiled");
    fs::create_dir(&data).unwrap();
    fs::write(data.join(name), "this is not a database at all, not even nearly").unwrap();
    let log = refuses(&Setup::new().data(&data), folder.path(), EX_IOERR).await;
    assert!(log.contains("spoiled"), "which file: {log}");
}
