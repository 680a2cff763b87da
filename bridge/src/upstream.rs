//! The daemon's end: one connection for each client, and probes that ask whether it is there.
//!
//! Over TCP the daemon is spoken to by TLS and sees the bridge's address. Over its Unix socket
//! for bridges there is no TLS, and a PROXY protocol v2 header tells whom the connection is for.

mod link;
mod probe;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use parlor_proto::client::ServerUrl;
use proxy_header::{ProxiedAddress, ProxyHeader};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

pub(crate) use self::link::Link;
pub(crate) use self::probe::Probe;

/// How long the upstream may take to answer: name, TCP, TLS and header together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the kernel holds of what the daemon sent and a slow client has not taken.
const RECEIVE_BUFFER_BYTES: u32 = 64 * 1024;

/// Where the daemon is.
#[derive(Clone)]
pub(crate) enum Upstream {
    Tls { url: ServerUrl, name: ServerName<'static>, config: Arc<ClientConfig> },
    Unix { path: PathBuf },
}

/// For whom a connection is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OnBehalfOf {
    /// A client: where it is, and where it reached us.
    Client { peer: SocketAddr, local: SocketAddr },
    /// Nobody: a probe.
    Nobody,
}

impl Upstream {
    pub(crate) async fn connect(&self, whom: OnBehalfOf) -> io::Result<Link> {
        let connecting = async {
            match self {
                Self::Tls { url, name, config } => {
                    let tcp = connect_tcp(&url.host, url.port).await?;
                    tcp.set_nodelay(true)?;
                    let connector = TlsConnector::from(Arc::clone(config));
                    Ok(Link::Tls(Box::new(connector.connect(name.clone(), tcp).await?)))
                }
                Self::Unix { path } => {
                    let mut unix = UnixStream::connect(path).await?;
                    unix.write_all(&header(whom)?).await?;
                    Ok(Link::Unix(unix))
                }
            }
        };
        timeout(CONNECT_TIMEOUT, connecting).await?
    }
}

async fn connect_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((host, port)).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
        match socket.connect(address).await {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The PROXY header in front of everything else.
fn header(whom: OnBehalfOf) -> io::Result<Vec<u8>> {
    let header = match whom {
        OnBehalfOf::Client { peer, local } => {
            let (peer, local) = of_one_family(canonical(peer), canonical(local));
            ProxyHeader::with_address(ProxiedAddress::stream(peer, local))
        }
        OnBehalfOf::Nobody => ProxyHeader::with_local(),
    };
    let mut bytes = Vec::new();
    header.encode_v2(&mut bytes).map_err(|error| io::Error::other(format!("{error:?}")))?;
    Ok(bytes)
}

/// An IPv4 client of a dual-stack listener has an IPv4 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The header has no place for one address of each family, as of a client that has reached a
/// proxy by IPv6 which has reached us by IPv4.
fn of_one_family(peer: SocketAddr, local: SocketAddr) -> (SocketAddr, SocketAddr) {
    let as_v6 = |address: SocketAddr| match address.ip() {
        IpAddr::V4(v4) => SocketAddr::new(v4.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    };
    if peer.is_ipv4() == local.is_ipv4() { (peer, local) } else { (as_v6(peer), as_v6(local)) }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls { url, .. } => write!(f, "parlor://{}", url.authority()),
            Self::Unix { path } => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    #[track_caller]
    fn check(whom: OnBehalfOf, expect: &[u8]) {
        let bytes = header(whom).unwrap();
        assert_eq!(bytes.strip_prefix(SIGNATURE), Some(expect));
    }

    fn client(peer: &str, local: &str) -> OnBehalfOf {
        OnBehalfOf::Client { peer: peer.parse().unwrap(), local: local.parse().unwrap() }
    }

    #[test]
    fn the_header_tells_the_clients_address() {
        let v4 = b"\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x04\xd2\x1c\x6c";
        check(client("192.0.2.1:1234", "192.0.2.2:7276"), v4);
        check(client("[::ffff:192.0.2.1]:1234", "[::ffff:192.0.2.2]:7276"), v4);
        let mut v6 = b"\x21\x21\0\x24".to_vec();
        v6.extend_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        v6.extend_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        v6.extend_from_slice(b"\x04\xd2\x1c\x6c");
        check(client("[2001:db8::1]:1234", "[2001:db8::2]:7276"), &v6);
    }

    #[test]
    fn addresses_of_both_families_are_told_as_those_of_one() {
        let mut mapped = b"\x21\x21\0\x24".to_vec();
        mapped.extend_from_slice(&[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        mapped.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 2]);
        mapped.extend_from_slice(b"\0\0\x1c\x6c");
        check(client("[2001:db8::1]:0", "192.0.2.2:7276"), &mapped);
    }

    #[test]
    fn the_header_of_a_probe_is_local() {
        check(OnBehalfOf::Nobody, b"\x20\0\0\0");
    }
}
