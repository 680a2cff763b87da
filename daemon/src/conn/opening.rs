//! From an accepted socket to a stream of frames: the TLS handshake, or a bridge's PROXY
//! header. A task of its own that ends in time, so that nothing of it stays.

use std::io;
use std::net::IpAddr;

use parlor_proto::limits::ALPN;
use parlor_proto::v1::GoAwayCode;
use proxy_header::{ParseConfig, ProxyHeader};
use thiserror::Error;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::admission::{Guard, Refusal};
use super::stream::{self, Stream};
use super::tls::{SEND_BYTES_MAX, Tls};
use super::{Accepted, Patience, Socket};
use crate::chat::Moment;

/// Signature, version, family and length of a PROXY header.
const PROXY_FIXED_BYTES: usize = 16;

/// What a PROXY header has at this place if the proxy speaks for itself.
const PROXY_LOCAL: (usize, u8) = (12, 0x20);

/// Addresses and extensions of a PROXY header.
const PROXY_REST_BYTES_MAX: usize = 512;

/// A connection that can speak.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) stream: Stream,
    pub(super) guard: Guard,
    pub(super) address: IpAddr,
    /// It is to hear this and go.
    pub(super) turned_away: Option<(GoAwayCode, String)>,
}

/// Why there is nobody to speak with.
#[derive(Debug, Error)]
pub(super) enum NotOpened {
    #[error("took too long")]
    TimedOut,
    #[error("{0}")]
    Socket(#[from] io::Error),
    #[error("not a PROXY header of version 2")]
    BadHeader,
    #[error("a PROXY header without an address")]
    NoAddress,
    #[error("a health check")]
    HealthCheck,
}

pub(super) async fn open(
    accepted: Accepted,
    patience: Patience,
    now: Moment,
) -> Result<Opened, NotOpened> {
    let Accepted { socket, guard } = accepted;
    let opened = match socket {
        Socket::Tls(socket, config) => {
            let handshake = tls(socket, TlsAcceptor::from(config), guard);
            timeout(patience.handshake, handshake).await
        }
        Socket::Bridge(socket) => timeout(patience.proxy_header, bridge(socket, guard, now)).await,
    };
    let mut opened = opened.map_err(|_| NotOpened::TimedOut)??;
    if opened.turned_away.is_none()
        && let Err(refusal) = opened.guard.opened()
    {
        opened.turned_away = Some(crowded(refusal));
    }
    Ok(opened)
}

async fn tls(
    socket: std::net::TcpStream,
    acceptor: TlsAcceptor,
    guard: Guard,
) -> Result<Opened, NotOpened> {
    stream::set_tcp_options(&socket)?;
    let address = socket.peer_addr()?.ip().to_canonical();
    let tcp = TcpStream::from_std(socket)?;
    // What rustls holds for a peer that does not read: what one call seals.
    let limited = acceptor.accept_with(tcp, |tls| tls.set_buffer_limit(Some(SEND_BYTES_MAX)));
    let (tcp, tls) = limited.await?.into_inner();
    // A client that names no protocol at all is not refused by the handshake.
    let turned_away = (tls.alpn_protocol() != Some(ALPN)).then(|| {
        let name = String::from_utf8_lossy(ALPN);
        (GoAwayCode::ProtocolError, format!("the client has to offer ALPN {name}"))
    });
    Ok(Opened { stream: Stream::Tls(Box::new(Tls::new(tcp, tls))), guard, address, turned_away })
}

async fn bridge(
    socket: std::os::unix::net::UnixStream,
    mut guard: Guard,
    now: Moment,
) -> Result<Opened, NotOpened> {
    socket.set_nonblocking(true)?;
    let mut socket = UnixStream::from_std(socket)?;
    let Some(address) = read_header(&mut socket).await? else {
        // Somebody looks whether the door opens. They close it again.
        let mut rest = [0; 1];
        while socket.read(&mut rest).await? > 0 {}
        return Err(NotOpened::HealthCheck);
    };
    let turned_away = guard.identify(address, now).err().map(crowded);
    Ok(Opened { stream: Stream::Bridge(socket), guard, address, turned_away })
}

/// Reads the header and not a byte more. `None`: the proxy speaks for itself.
async fn read_header(socket: &mut UnixStream) -> Result<Option<IpAddr>, NotOpened> {
    let mut header = vec![0; PROXY_FIXED_BYTES];
    socket.read_exact(&mut header).await?;
    let [.., high, low] = header.as_slice() else { return Err(NotOpened::BadHeader) };
    let rest = usize::from(u16::from_be_bytes([*high, *low]));
    if rest > PROXY_REST_BYTES_MAX {
        return Err(NotOpened::BadHeader);
    }
    header.resize(PROXY_FIXED_BYTES + rest, 0);
    socket.read_exact(header.get_mut(PROXY_FIXED_BYTES..).unwrap_or_default()).await?;

    let config = ParseConfig { include_tlvs: false, allow_v1: false, allow_v2: true };
    let (parsed, _) = ProxyHeader::parse(&header, config).map_err(|_| NotOpened::BadHeader)?;
    // The parser answers "no address" to LOCAL and to families that it does not know.
    let (place, local) = PROXY_LOCAL;
    let is_local = header.get(place) == Some(&local);
    match parsed.proxied_address() {
        Some(proxied) => Ok(Some(proxied.source.ip().to_canonical())),
        None if is_local => Ok(None),
        None => Err(NotOpened::NoAddress),
    }
}

fn crowded(refusal: Refusal) -> (GoAwayCode, String) {
    (GoAwayCode::TooManyConnections, refusal.to_string())
}
