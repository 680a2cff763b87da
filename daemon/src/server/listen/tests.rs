//! Listeners that can be had and those that cannot.

use std::os::unix::net::UnixListener as StdUnixListener;

use super::*;
use crate::config::UnixPath;

fn on(tls: &[&str], bridge: Option<&Path>) -> config::Listen {
    config::Listen {
        tls: tls.iter().map(|address| address.parse().unwrap()).collect(),
        bridge: UnixPath(bridge.map(Path::to_owned)),
        host: String::new(),
    }
}

fn run<T>(work: impl FnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { work() })
}

#[test]
fn a_port_in_use_is_refused_before_anybody_listens() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let failure = bind(&on(&["127.0.0.1:0", &address], None)).unwrap_err();
    let expect =
        format!("listener {address}: in use: stop what listens there or take another port");
    assert_eq!(failure, Failure::Unavailable(expect));
    assert_eq!(failure.code(), 69);
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let failure = bind(&on(&["192.0.2.1:0"], None)).unwrap_err();
    assert_eq!(
        failure.to_string(),
        "listener 192.0.2.1:0: this machine does not have that address"
    );
}

#[test]
fn port_0_is_any_free_port() {
    let listeners = run(|| bind(&on(&["127.0.0.1:0", "127.0.0.1:0"], None)).unwrap().listen());
    let listeners = listeners.unwrap();
    let ports: Vec<_> = listeners.tls.iter().map(|tls| tls.local_addr().unwrap().port()).collect();
    assert!(ports.iter().all(|port| *port != 0));
    assert_ne!(ports[0], ports[1]);
}

#[test]
fn the_socket_for_bridges_is_for_the_group_and_goes_with_the_daemon() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.sock");
    let listeners = run(|| bind(&on(&[], Some(&path))).unwrap().listen()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
    assert!(UnixStream::connect(&path).is_ok());
    drop(listeners);
    assert!(!path.exists());
}

#[test]
fn what_a_killed_daemon_left_is_replaced_and_what_another_one_uses_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.sock");
    drop(StdUnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let listeners = run(|| bind(&on(&[], Some(&path))).unwrap().listen()).unwrap();

    let second = bind(&on(&[], Some(&path))).unwrap_err();
    assert!(
        second.to_string().ends_with("somebody else listens there: stop it or take another path")
    );
    assert!(UnixStream::connect(&path).is_ok(), "the first goes on");

    // Somebody has taken the place: then it is not ours to remove.
    fs::remove_file(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    drop(listeners);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let file = bind(&on(&[], Some(&path))).unwrap_err();
    assert!(file.to_string().contains("no socket"), "{file}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_path_that_cannot_be_is_refused() {
    for path in ["/nowhere/bridge.sock", &format!("/tmp/{}", "a".repeat(200))] {
        let failure = bind(&on(&[], Some(Path::new(path)))).unwrap_err();
        assert_eq!(failure.code(), 69, "{failure}");
    }
}
