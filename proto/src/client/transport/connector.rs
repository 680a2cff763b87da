//! A way to a daemon that the user of the client knows and the client does not: a socket on this
//! machine, a header in front of everything.

use std::pin::Pin;
use std::sync::Arc;
use std::{fmt, io};

use super::Duplex;

type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Duplex>>> + Send>>;

/// Makes streams on which a daemon expects frames, as often as it is asked to.
#[derive(Clone)]
pub struct Connector(Arc<dyn Fn() -> Connecting + Send + Sync>);

impl Connector {
    /// Each call of `connect` makes one connection. It needs no deadline of its own: it is
    /// dropped after [`Options::connect_timeout`](crate::client::Options::connect_timeout).
    pub fn new<S, F>(connect: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        S: Duplex + 'static,
        F: Future<Output = io::Result<S>> + Send + 'static,
    {
        Self(Arc::new(move || {
            let connecting = connect();
            Box::pin(async move { Ok(Box::new(connecting.await?) as Box<dyn Duplex>) })
        }))
    }

    pub(super) async fn connect(&self) -> io::Result<Box<dyn Duplex>> {
        (self.0)().await
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}
