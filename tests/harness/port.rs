//! Ports for daemons and bridges that stop and come back on the same one: nobody else may take it
//! meanwhile, not even another run of the tests.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range that the system gives to outgoing connections.
const PORTS: Range<u16> = 12_000..32_000;

/// Each process has a block of so many, and holds the lock of its file.
const BLOCK_PORTS: u16 = 1_000;

/// A port that is free now and that no other process or daemon of tests will be given.
#[must_use]
pub fn free_port() -> u16 {
    static BLOCK: LazyLock<(u16, File)> = LazyLock::new(lock_a_block);
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(next < BLOCK_PORTS, "one process of tests has used up its ports");
        let port = BLOCK.0 + next;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

fn lock_a_block() -> (u16, File) {
    let first_ports = PORTS.step_by(BLOCK_PORTS.into());
    let locked = first_ports.filter_map(|first_port| {
        let path = std::env::temp_dir().join(format!("parlor-test-ports-{first_port}"));
        // Another user's file cannot be opened: their block.
        let file = File::options().create(true).append(true).open(path).ok()?;
        file.try_lock().ok().map(|()| (first_port, file))
    });
    { locked }.next().unwrap()
}
