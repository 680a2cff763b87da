//! Where a webhook delivers to: its URL, and a connection to an address that was looked at. A name
//! is resolved once, and that address is connected to: it cannot be another by then.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use parlor_proto::limits::WEBHOOK_URL_BYTES_MAX;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::standing::Standing;
use crate::networks::Networks;

/// Addresses of one name that are looked at.
const ADDRESSES_MAX: usize = 16;

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

    /// Whether an address is the first that may be delivered to; nothing is sent.
    pub(super) async fn resolve(&self, networks: &Networks) -> io::Result<SocketAddr> {
        let addresses: Vec<IpAddr> = match &self.host {
            Host::Ipv4(address) => vec![(*address).into()],
            Host::Ipv6(address) => vec![(*address).into()],
            Host::Domain(name) => {
                let found = lookup_host((name.as_str(), self.port)).await?;
                found.take(ADDRESSES_MAX).map(|address| address.ip()).collect()
            }
        };
        let may = |address: &&IpAddr| match Standing::of(**address, networks) {
            Some(Standing::Named) => true,
            // Beyond the operator's own networks nothing travels in clear.
            Some(Standing::Public) => self.is_tls,
            None => false,
        };
        match addresses.iter().find(may) {
            Some(address) => Ok(SocketAddr::new(*address, self.port)),
            None if addresses.is_empty() => {
                Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
            }
            None if !self.is_tls => Err(refused("only https:// is delivered to beyond it")),
            None => Err(refused("its address is not of the open internet")),
        }
    }

    pub(super) async fn connect(
        &self,
        address: SocketAddr,
        tls: &Arc<ClientConfig>,
    ) -> io::Result<Stream> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        if !self.is_tls {
            return Ok(Stream::Plain(tcp));
        }
        let name = match &self.host {
            Host::Domain(name) => ServerName::try_from(name.clone()).map_err(io::Error::other)?,
            Host::Ipv4(address) => ServerName::from(IpAddr::from(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::from(*address)),
        };
        let connector = TlsConnector::from(Arc::clone(tls));
        Ok(Stream::Tls(Box::new(connector.connect(name, tcp).await?)))
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
            &long,
        ] {
            Target::parse(text).unwrap_err();
        }
    }

    #[tokio::test]
    async fn an_address_is_looked_at_before_it_is_connected_to() {
        let loopback = Networks::new(&["127.0.0.0/8".to_owned(), "::1".to_owned()]).unwrap();
        let check = async |url: &str, networks: &Networks| {
            Target::parse(url).unwrap().resolve(networks).await.map_err(|error| error.to_string())
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
}
