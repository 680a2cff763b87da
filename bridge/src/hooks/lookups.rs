//! Names of hosts looked up, a few at a time. Whoever owns a name decides how long that takes, and it
//! is waited for by a thread that nobody can call back.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 16;

/// See the module. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Lookups(Arc<Semaphore>);

impl Lookups {
    pub(super) fn new(at_once_max: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once_max)))
    }

    /// Waits for its turn.
    pub(super) async fn find(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let turn = Arc::clone(&self.0).acquire_owned().await.map_err(io::Error::other)?;
        let name = name.to_owned();
        let looking = spawn_blocking(move || {
            // Over when the thread is free again, whoever has stopped waiting before.
            let _turn = turn;
            let found = (name.as_str(), port).to_socket_addrs()?;
            Ok(found.take(ADDRESSES_MAX).collect())
        });
        looking.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn no_more_than_a_few_are_looked_up_at_once() {
        let lookups = Lookups::new(1);
        let found = lookups.find("localhost", 80).await.unwrap();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()));
        let held = Arc::clone(&lookups.0).acquire_owned().await.unwrap();
        let waiting = timeout(Duration::from_millis(20), lookups.find("localhost", 80)).await;
        assert!(waiting.is_err(), "it waits for its turn");
        drop(held);
        lookups.find("localhost", 80).await.unwrap();
    }
}
