//! Server addresses as people type them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use super::{Error, Pin};
use crate::limits::{BRIDGE_PORT, DAEMON_PORT, INVITE_BYTES_MAX, WEBSOCKET_PATH};

/// How frames travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// Over TLS, to the daemon.
    Tcp,
    /// Over WebSocket in clear, to a bridge.
    Ws,
    /// Over WebSocket and TLS, to a bridge.
    Wss,
    /// By REST in clear, to a bridge.
    Http,
    /// By REST over TLS, to a bridge.
    Https,
}

/// Where a server is: `parlor://host[:port][?pin=sha256:HEX][&invite=SECRET]` or
/// `ws(s)://host[:port][/path][?pin=...]` or `http(s)://host[:port][?pin=...]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServerUrl {
    /// How frames travel.
    pub transport: Transport,
    /// A name or an address; IPv6 without its brackets.
    pub host: String,
    /// The port, the usual one if none was given.
    pub port: u16,
    /// The path of the WebSocket; empty for others.
    pub path: String,
    /// The key that the server must show.
    pub pin: Option<Pin>,
    /// The secret of an invite, for registering.
    pub invite: Option<String>,
}

impl Transport {
    fn scheme(self) -> &'static str {
        match self {
            Self::Tcp => "parlor",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Tcp => DAEMON_PORT,
            Self::Ws | Self::Http => BRIDGE_PORT,
            Self::Wss | Self::Https => 443,
        }
    }

    /// Whether each request is a call of its own: nothing is pushed.
    #[must_use]
    pub fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

impl ServerUrl {
    /// Whether nothing leaves this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback(),
            // Names are never looked up for this: only the one that RFC 6761 reserves counts.
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }

    /// `host:port`, with brackets where they belong.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl FromStr for ServerUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = |why: &str| Error::BadUrl(format!("{text:?} {why}"));
        let url = Url::parse(text).map_err(|error| bad(&format!("cannot be read: {error}")))?;
        let transport = match url.scheme() {
            "parlor" => Transport::Tcp,
            "ws" => Transport::Ws,
            "wss" => Transport::Wss,
            "http" => Transport::Http,
            "https" => Transport::Https,
            _ => return Err(bad("must begin with parlor://, wss://, https://, ws:// or http://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("must not carry a user or a password"));
        }
        if url.fragment().is_some() {
            return Err(bad("must not have a fragment"));
        }
        // `url` drops 80 and 443 where they are the scheme's own; for ws:// ours is another.
        let port = match (url.port(), transport) {
            (Some(0), _) => return Err(bad("must not have port 0")),
            (Some(port), _) => port,
            (None, Transport::Ws | Transport::Http) if names_port_80(text) => 80,
            (None, _) => transport.default_port(),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => host_name(name).ok_or_else(|| {
                bad("has a host that is neither a name of ASCII letters nor an address")
            })?,
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            Some(Host::Domain(_)) | None => return Err(bad("has no host")),
        };
        let path = path_of(transport, url.path()).ok_or_else(|| bad("must not have a path"))?;
        let mut server = Self { transport, host, port, path, pin: None, invite: None };
        for (key, value) in url.query_pairs() {
            match &*key {
                "pin" if server.pin.is_none() => server.pin = Some(value.parse()?),
                "invite" if server.invite.is_none() && is_secret(&value) => {
                    server.invite = Some(value.into_owned());
                }
                "pin" | "invite" => return Err(bad(&format!("has a bad or second {key:?}"))),
                _ => return Err(bad(&format!("has an unknown parameter {key:?}"))),
            }
        }
        Ok(server)
    }
}

fn path_of(transport: Transport, path: &str) -> Option<String> {
    match (transport, path) {
        (Transport::Tcp | Transport::Http | Transport::Https, "" | "/") => Some(String::new()),
        (Transport::Tcp | Transport::Http | Transport::Https, _) => None,
        (Transport::Ws | Transport::Wss, "" | "/") => Some(WEBSOCKET_PATH.to_owned()),
        (Transport::Ws | Transport::Wss, path) => Some(path.to_owned()),
    }
}

fn names_port_80(text: &str) -> bool {
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    authority.ends_with(":80")
}

// A scheme of our own is not "special" to the URL standard, so an IPv4 address stands there
// as a name, and a name is not checked.
fn host_name(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    name.bytes().all(allowed).then(|| name.to_ascii_lowercase())
}

fn is_secret(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= INVITE_BYTES_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.transport.scheme(), self.authority())?;
        if matches!(self.transport, Transport::Ws | Transport::Wss) && self.path != WEBSOCKET_PATH {
            f.write_str(&self.path)?;
        }
        let mut separator = '?';
        if let Some(pin) = &self.pin {
            write!(f, "{separator}pin={pin}")?;
            separator = '&';
        }
        if let Some(invite) = &self.invite {
            let invite: String = url::form_urlencoded::byte_serialize(invite.as_bytes()).collect();
            write!(f, "{separator}invite={invite}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let shown = match text.parse::<ServerUrl>() {
            Ok(server) => {
                // What is shown is read as the same again.
                assert_eq!(server.to_string().parse(), Ok(server.clone()), "{server}");
                server.to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expect) && !expect.is_empty(), "{text:?} is {shown:?}");
    }

    #[test]
    fn addresses_are_completed() {
        check("parlor://chat.example", "parlor://chat.example:7275");
        check("parlor://CHAT.example:99/", "parlor://chat.example:99");
        check("parlor://127.0.0.1:1?pin=sha256:AA", "64 hexadecimal");
        check("parlor://[::1]:7275", "parlor://[::1]:7275");
        check("ws://[::1]", "ws://[::1]:7276");
        check("ws://localhost:80", "ws://localhost:80");
        check("wss://chat.example", "wss://chat.example:443");
        check("https://chat.example", "https://chat.example:443");
        check("http://[::1]", "http://[::1]:7276");
        check("wss://chat.example/chat/ws", "wss://chat.example:443/chat/ws");
        check("ws://localhost:9/v1/ws", "ws://localhost:9");
        let url = format!("parlor://a:1?pin=sha256:{HEX}&invite=s%2Bt");
        check(&url, &url);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        check("", "cannot be read");
        check("chat.example", "cannot be read");
        check("ftp://chat.example", "must begin with");
        check("https://chat.example/v1", "must not have a path");
        check("parlor:chat", "has no host");
        check("parlor://", "has no host");
        check("parlor://a:0", "port 0");
        check("parlor://a:70000", "cannot be read");
        check("parlor://ann:pw@a", "user or a password");
        check("parlor://a/path", "must not have a path");
        check("parlor://a#lobby", "fragment");
        check("parlor://a?pin=md5:00", "sha256:");
        check("parlor://a?invite=", "\"invite\"");
        check("parlor://a?pins=1", "unknown parameter");
        check("parlor://a%00b", "host");
    }

    #[test]
    fn loopback_is_told_from_the_address_alone() {
        for (text, expect) in [
            ("ws://127.0.0.1:1", true),
            ("ws://[::1]:1", true),
            ("parlor://[::ffff:127.0.0.1]:1", true),
            ("ws://LocalHost:1", true),
            ("ws://10.0.0.1:1", false),
            ("ws://localhost.example:1", false),
        ] {
            assert_eq!(text.parse::<ServerUrl>().unwrap().is_loopback(), expect, "{text}");
        }
    }
}
