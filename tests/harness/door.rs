//! The doors of Parlor. A scenario that holds behind one must hold behind the others.

use parlor_proto::client::{ServerUrl, Transport};

use crate::bridge::{Bridge, Upstream};
use crate::daemon::Daemon;
use crate::setup::Setup;

/// How clients come in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Door {
    /// TLS to the daemon.
    Tcp,
    /// WebSocket to a bridge, and from there to the daemon's socket for bridges.
    WebSocket,
    /// HTTP to a bridge, a call for each request. Nothing is pushed.
    Rest,
}

/// A daemon, what stands before it, and the door that this run of a scenario uses.
#[derive(Debug)]
pub struct World {
    /// The daemon.
    pub daemon: Daemon,
    /// The bridge, if the door is not [`Door::Tcp`].
    pub bridge: Option<Bridge>,
    /// Which door clients use.
    pub door: Door,
}

impl World {
    /// Starts what the door needs.
    pub async fn start(door: Door) -> Self {
        Self::with(door, Setup::new()).await
    }

    /// The same with another daemon.
    pub async fn with(door: Door, setup: Setup) -> Self {
        match door {
            Door::Tcp => Self { daemon: Daemon::with(setup).await, bridge: None, door },
            Door::WebSocket => {
                let daemon = Daemon::with(setup.bridge_socket()).await;
                let bridge = Some(Bridge::start(&daemon, Upstream::Unix).await);
                Self { daemon, bridge, door }
            }
            Door::Rest => {
                let daemon = Daemon::with(setup.bridge_socket()).await;
                let bridge = Some(Bridge::start_delivering(&daemon).await);
                Self { daemon, bridge, door }
            }
        }
    }

    /// Where clients connect to.
    #[must_use]
    pub fn url(&self) -> ServerUrl {
        let url = self.bridge.as_ref().map_or_else(|| self.daemon.url(), Bridge::url);
        match self.door {
            Door::Tcp | Door::WebSocket => url,
            Door::Rest => ServerUrl { transport: Transport::Http, path: String::new(), ..url },
        }
    }
}

/// Makes two tests of one scenario, `name::over_tcp` and `name::over_websocket`; the scenario is an
/// `async fn` that takes a [`Door`].
#[macro_export]
macro_rules! behind_both_doors {
    ($($name:ident;)+) => {$(
        mod $name {
            #[tokio::test]
            async fn over_tcp() {
                super::$name($crate::Door::Tcp).await;
            }

            #[tokio::test]
            async fn over_websocket() {
                super::$name($crate::Door::WebSocket).await;
            }
        }
    )+};
}

/// The same with a third, `name::over_rest`: for what needs nothing to be pushed.
#[macro_export]
macro_rules! behind_all_doors {
    ($($name:ident;)+) => {$(
        mod $name {
            #[tokio::test]
            async fn over_tcp() {
                super::$name($crate::Door::Tcp).await;
            }

            #[tokio::test]
            async fn over_websocket() {
                super::$name($crate::Door::WebSocket).await;
            }

            #[tokio::test]
            async fn over_rest() {
                super::$name($crate::Door::Rest).await;
            }
        }
    )+};
}
