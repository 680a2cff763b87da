//! A network that breaks on demand: a TCP proxy that delays, stalls, cuts and resets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::within;

const CHUNK_BYTES: usize = 4096;

/// Which connections break, and where.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cut {
    /// None.
    #[default]
    Never,
    /// Each, once this many bytes have gone to the server.
    AfterToServer(usize),
    /// Each, once this many bytes have gone to the client.
    AfterToClient(usize),
}

#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    cut: Cut,
    delay: Duration,
    is_stalled: bool,
    is_down: bool,
    /// Counts resets: a connection ends when it grows.
    resets: u64,
    with_reset: bool,
}

/// A proxy in front of one address. Ends with all its connections when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    plan: watch::Sender<Plan>,
    cuts: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

/// What each connection needs of its proxy.
#[derive(Clone, Debug)]
struct Line {
    server: SocketAddr,
    plan: watch::Receiver<Plan>,
    cuts: Arc<watch::Sender<usize>>,
}

impl Proxy {
    /// Listens on a free port and passes on to `server`.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (plan, watched) = watch::channel(Plan::default());
        let (counter, cuts) = watch::channel(0);
        let line = Line { server, plan: watched, cuts: Arc::new(counter) };
        let accepting = tokio::spawn(accept(listener, line));
        Self { address, plan, cuts, accepting }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks connections at an offset, from the next byte on.
    pub fn cut(&self, cut: Cut) {
        self.plan.send_modify(|plan| plan.cut = cut);
    }

    /// Breaks one connection after the other, each in its own place; those after them stay.
    pub async fn cut_each(&self, places: impl IntoIterator<Item = Cut>) {
        let mut cuts = self.cuts.clone();
        for place in places {
            let before = *cuts.borrow_and_update();
            self.cut(place);
            if cuts.wait_for(|&cuts| cuts > before).await.is_err() {
                return;
            }
        }
        self.cut(Cut::Never);
    }

    /// Waits until so many connections have been cut in their places.
    pub async fn has_cut(&self, times: usize) {
        let mut cuts = self.cuts.clone();
        within("a connection to be cut", cuts.wait_for(|&cuts| cuts >= times)).await.unwrap();
    }

    /// Holds every piece back for a while, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.plan.send_modify(|plan| plan.delay = delay);
    }

    /// Lets nothing through any more; connections stay open.
    pub fn stall(&self) {
        self.plan.send_modify(|plan| plan.is_stalled = true);
    }

    /// Lets through again.
    pub fn resume(&self) {
        self.plan.send_modify(|plan| plan.is_stalled = false);
    }

    /// Ends all connections as a clean close would.
    pub fn close_all(&self) {
        self.end(false);
    }

    /// Ends all connections with a reset.
    pub fn reset_all(&self) {
        self.end(true);
    }

    /// Ends each new connection at once.
    pub fn go_down(&self) {
        self.plan.send_modify(|plan| plan.is_down = true);
    }

    /// Takes new connections again.
    pub fn come_up(&self) {
        self.plan.send_modify(|plan| plan.is_down = false);
    }

    fn end(&self, with_reset: bool) {
        self.plan.send_modify(|plan| {
            plan.resets += 1;
            plan.with_reset = with_reset;
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort(); // Owns the connections, which end with it.
    }
}

async fn accept(listener: TcpListener, line: Line) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { return };
                if !line.plan.borrow().is_down {
                    connections.spawn(relay(client, line.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn relay(mut client: TcpStream, line: Line) -> io::Result<()> {
    let Line { server, mut plan, cuts } = line;
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let resets = plan.borrow().resets;
    {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let up = pump(from_client, to_server, plan.clone(), |cut| match cut {
            Cut::AfterToServer(bytes) => Some(bytes),
            Cut::Never | Cut::AfterToClient(_) => None,
        });
        let down = pump(from_server, to_client, plan.clone(), |cut| match cut {
            Cut::AfterToClient(bytes) => Some(bytes),
            Cut::Never | Cut::AfterToServer(_) => None,
        });
        let is_cut = tokio::select! {
            // Either end, whichever first: a cut wire is cut both ways.
            is_cut = up => is_cut.unwrap_or(false),
            is_cut = down => is_cut.unwrap_or(false),
            _ = plan.wait_for(|plan| plan.resets > resets) => false,
        };
        cuts.send_modify(|cuts| *cuts += usize::from(is_cut));
    }
    if plan.borrow().with_reset && plan.borrow().resets > resets {
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    Ok(())
}

/// Copies one way until the end, an error or the place of the cut; says whether it was the cut.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut plan: watch::Receiver<Plan>,
    cut_after: impl Fn(Cut) -> Option<usize>,
) -> io::Result<bool> {
    let mut passed = 0;
    let mut chunk = [0; CHUNK_BYTES];
    loop {
        flowing(&mut plan).await?;
        let len = from.read(&mut chunk).await?;
        flowing(&mut plan).await?;
        let Plan { cut, delay, .. } = *plan.borrow();
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let left = cut_after(cut).map_or(len, |bytes| bytes.saturating_sub(passed).min(len));
        to.write_all(chunk.get(..left).unwrap_or_default()).await?;
        passed += left;
        let is_cut = cut_after(cut).is_some_and(|bytes| passed >= bytes);
        if len == 0 || is_cut {
            return Ok(is_cut);
        }
    }
}

/// Waits until nothing is stalled.
async fn flowing(plan: &mut watch::Receiver<Plan>) -> io::Result<()> {
    let flowing = plan.wait_for(|plan| !plan.is_stalled).await;
    flowing.map(|_| ()).map_err(|_| io::ErrorKind::ConnectionAborted.into())
}
