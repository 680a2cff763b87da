//! Where a webhook delivers to: its URL, and a connection to an address that was looked at. A name
//! is resolved once, and that address is connected to: it cannot be another by then.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::limits::WEBHOOK_URL_BYTES_MAX;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, OtherError};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::lookups::Lookups;
use super::standing::Standing;
use crate::networks::Networks;

/// How long one address may take to answer, so that the next has a chance too.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(3);

/// A URL that may be delivered to, as far as that can be seen in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    host: Host<String>,
    port: u16,
    is_tls: bool,
    /// With the query.
    path: String,
    /// `host`, or `host:port` if that is not the usual one.
    authority: String,
}

/// What is spoken HTTP on.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Target {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > WEBHOOK_URL_BYTES_MAX {
            return Err(format!("the URL has at most {WEBHOOK_URL_BYTES_MAX} bytes"));
        }
        let url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err("the URL begins with https:// or http://".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a user and a password have no place in the URL".to_owned());
        }
        let host = url.host().ok_or("the URL has no host")?.to_owned();
        let port = url.port_or_known_default().filter(|port| *port != 0);
        let port = port.ok_or("the URL has no port")?;
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        Ok(Self { host, port, is_tls, path, authority })
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// The addresses that may be delivered to, at least one; nothing is sent.
    pub(super) async fn resolve(
        &self,
        networks: &Networks,
        lookups: &Lookups,
    ) -> io::Result<Vec<SocketAddr>> {
        let found = match &self.host {
            Host::Ipv4(address) => vec![SocketAddr::from((*address, self.port))],
            Host::Ipv6(address) => vec![SocketAddr::from((*address, self.port))],
            Host::Domain(name) => lookups.find(name, self.port).await?,
        };
        self.allowed(found, networks)
    }

    fn allowed(&self, found: Vec<SocketAddr>, networks: &Networks) -> io::Result<Vec<SocketAddr>> {
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        let may = |address: &SocketAddr| match Standing::of(address.ip(), networks) {
            Some(Standing::Named) => true,
            // Beyond the operator's own networks nothing travels in clear, and what listens on this
            // machine is not for those whom a firewall keeps out.
            Some(Standing::Public) => self.is_tls && !is_of_this_machine(*address),
            None => false,
        };
        let allowed: Vec<_> = found.into_iter().filter(may).collect();
        match allowed.is_empty() {
            false => Ok(allowed),
            true if !self.is_tls => Err(refused("only https:// is delivered to beyond it")),
            true => Err(refused("its address is not of the open internet")),
        }
    }

    /// To the first of these addresses that answers.
    pub(super) async fn connect(
        &self,
        addresses: &[SocketAddr],
        tls: &Arc<ClientConfig>,
    ) -> io::Result<Stream> {
        let tcp = connect_to_any(addresses).await?;
        tcp.set_nodelay(true)?;
        if !self.is_tls {
            return Ok(Stream::Plain(tcp));
        }
        let name = match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
            Host::Ipv4(address) => ServerName::from(IpAddr::from(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::from(*address)),
        };
        let connecting = TlsConnector::from(Arc::clone(tls)).connect(name, tcp);
        Ok(Stream::Tls(Box::new(connecting.await.map_err(told)?)))
    }
}

async fn connect_to_any(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match timeout(ADDRESS_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::Error::new(io::ErrorKind::TimedOut, "nobody answers there"),
        }
    }
    Err(last)
}

/// Whether packets to there would not leave this machine: then they would come from the same
/// address. None is sent to find that out.
fn is_of_this_machine(address: SocketAddr) -> bool {
    let any = match address {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect(address)?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == address.ip())
}

/// Why a certificate is not believed, in words for whoever has to mend it.
fn told(error: io::Error) -> io::Error {
    let tls = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(why)))) => {
            io::Error::other(format!("its certificate is not trusted: {why}"))
        }
        _ => error,
    }
}

/// Without what may be a secret.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

fn refused(why: &str) -> io::Error {
    let message = format!("{why}, unless the operator names its network (hooks-allow)");
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_a_url_says() {
        let parse = |text| Target::parse(text).unwrap();
        let target = parse("https://Example.ORG/in/1?x=y#z");
        assert_eq!((target.authority(), target.path()), ("example.org", "/in/1?x=y"));
        assert_eq!((target.port, target.is_tls), (443, true));
        assert_eq!(parse("http://[::1]:8080").authority(), "[::1]:8080");
        // What is an address in disguise is one.
        let loopback = Host::<String>::Ipv4([127, 0, 0, 1].into());
        assert_eq!(parse("http://0x7f.1/").host, loopback);
        assert_eq!(parse("http://2130706433/").host, loopback);
    }

    #[test]
    fn what_is_no_target_is_refused() {
        let long = format!("https://example.org/{}", "x".repeat(WEBHOOK_URL_BYTES_MAX));
        for text in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https://a:b@example.org/",
            "https://a@example.org/",
            "https://example.org:0/",
            "file:///etc/passwd",
            // An address of one link is of no use without it, and has no other form in a URL.
            "https://[fe80::1%25eth0]/",
            &long,
        ] {
            Target::parse(text).unwrap_err();
        }
    }

    #[tokio::test]
    async fn an_address_is_looked_at_before_it_is_connected_to() {
        let loopback = Networks::new(&["127.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let lookups = Lookups::new(1);
        let check = async |url: &str, networks: &Networks| {
            let resolved = Target::parse(url).unwrap().resolve(networks, &lookups).await;
            resolved.map(|allowed| allowed[0]).map_err(|error| error.to_string())
        };
        let nowhere = Networks::default();
        for url in ["https://127.0.0.1/", "https://localhost/", "https://[::ffff:10.0.0.1]/"] {
            assert!(check(url, &nowhere).await.unwrap_err().contains("hooks-allow"), "{url}");
        }
        assert_eq!(check("http://127.0.0.1:81/", &loopback).await.unwrap().port(), 81);
        assert!(check("http://localhost/", &loopback).await.unwrap().ip().is_loopback());
        check("https://10.0.0.1/", &loopback).await.unwrap_err();
        assert_eq!(check("https://1.1.1.1/", &nowhere).await.unwrap().port(), 443);
        let clear = check("http://1.1.1.1/", &nowhere).await.unwrap_err();
        assert!(clear.contains("only https"), "{clear}");
    }

    /// What a name stands for is decided by whoever owns it.
    #[test]
    fn of_the_addresses_of_a_name_only_those_are_left_that_may_be_delivered_to() {
        let target = Target::parse("https://example.org/").unwrap();
        let found = |texts: &str| -> Vec<SocketAddr> {
            let addresses = texts.split_whitespace().map(|text| text.parse().unwrap());
            addresses.map(|address: IpAddr| SocketAddr::new(address, 443)).collect()
        };
        let nowhere = Networks::default();
        let mixed = found("10.0.0.1 1.1.1.1 127.0.0.1 ::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2a00::1");
        assert_eq!(target.allowed(mixed, &nowhere).unwrap(), found("1.1.1.1 2a00::1"));
        let inside = "0.0.0.0 :: 10.0.0.1 100.64.0.1 169.254.169.254 ::ffff:127.0.0.1 \
                      64:ff9b::7f00:1 64:ff9b:1::7f00:1 fe80::1 fd00::1";
        let refused = target.allowed(found(inside), &nowhere).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        let refused = target.allowed(Vec::new(), &nowhere).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn addresses_of_this_machine_are_known() {
        assert!(is_of_this_machine("127.0.0.1:443".parse().unwrap()));
        assert!(!is_of_this_machine("192.0.2.1:443".parse().unwrap()));
    }

    #[tokio::test]
    async fn the_next_address_is_tried_if_nobody_answers_at_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let closed = {
            let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            gone.local_addr().unwrap()
        };
        assert_eq!(connect_to_any(&[closed, here]).await.unwrap().peer_addr().unwrap(), here);
        let error = connect_to_any(&[closed, closed]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }
}
