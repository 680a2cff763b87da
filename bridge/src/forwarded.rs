//! Whom a reverse proxy speaks for. A proxy is believed if its own address is one that the
//! operator has named, and only in the one header that the operator has named: most proxies pass
//! on all others as clients wrote them.
//!
//! Each proxy adds at the right by whom it was reached. So what is told is read from the right,
//! and the first address that is not of a proxy is the client's; whatever stands left of it may
//! be anybody's invention, and is not even looked at.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use tokio::time::Instant;
use tracing::warn;

use crate::metrics::figures;
use crate::networks::Networks;

/// One complaint about proxies in this time, however many there are to be made.
const COMPLAINT_INTERVAL: Duration = Duration::from_mins(1);

/// What of a value that nobody understands stands in the log.
const SHOWN_CHARS_MAX: usize = 80;

/// Which proxies are believed, and where they say it.
#[derive(Debug)]
pub(crate) struct Proxies {
    networks: Networks,
    header: Header,
    complained: Mutex<Option<Instant>>,
}

/// Where proxies tell for whom they ask.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Header {
    /// Addresses with commas between them, as nearly all proxies write it.
    #[default]
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// What stands there is no address.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Unlike(String);

impl Proxies {
    pub(crate) fn new(networks: &[String], header: Option<&str>) -> Result<Self, String> {
        if let Some(all) = networks.iter().find(|network| network.ends_with("/0")) {
            return Err(format!(
                "trusted-proxies: {all} is everybody, and who is trusted can tell any address"
            ));
        }
        let networks = Networks::new(networks).map_err(|why| format!("trusted-proxies: {why}"))?;
        let header = header.map(Header::parse).transpose()?.unwrap_or_default();
        Ok(Self { networks, header, complained: Mutex::default() })
    }

    /// Whether somebody at this address may speak for others.
    pub(crate) fn trust(&self, peer: IpAddr) -> bool {
        self.networks.have(peer)
    }

    /// For whom a request is. A proxy that tells nothing, or nothing that can be understood, asks
    /// for itself.
    pub(crate) fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        match self.told(headers) {
            Ok(told) => told.unwrap_or(peer),
            Err(Unlike(told)) => {
                if self.may_complain() {
                    let header = self.header.name();
                    warn!(%peer, %header, told, "a proxy tells no address: taken for the client");
                }
                peer
            }
        }
    }

    /// `None`: nothing.
    fn told(&self, headers: &HeaderMap) -> Result<Option<SocketAddr>, Unlike> {
        let mut leftmost = None;
        for line in headers.get_all(self.header.name()).iter().rev() {
            for element in rsplit(line.as_bytes(), b',') {
                if element.is_empty() {
                    continue;
                }
                let address = self.header.address(element)?;
                if !self.networks.have(address.ip()) {
                    return Ok(Some(address));
                }
                leftmost = Some(address);
            }
        }
        // Proxies all the way: the first of them asks for itself.
        Ok(leftmost)
    }

    fn may_complain(&self) -> bool {
        // No code panics while it holds the lock, so a poisoned one is as good as any.
        let mut last = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        let now = figures::now();
        let may = last.is_none_or(|last| now >= last + COMPLAINT_INTERVAL);
        if may {
            *last = Some(now);
        }
        may
    }
}

impl Default for Proxies {
    /// Nobody is believed.
    fn default() -> Self {
        let (networks, header, complained) = Default::default();
        Self { networks, header, complained }
    }
}

impl Header {
    const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    const FORWARDED: HeaderName = HeaderName::from_static("forwarded");

    fn parse(name: &str) -> Result<Self, String> {
        let all = [Self::XForwardedFor, Self::Forwarded];
        let named = all.into_iter().find(|header| header.name() == name);
        named.ok_or_else(|| {
            format!("trusted-header must be X-Forwarded-For or Forwarded, not {name:?}")
        })
    }

    fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => Self::X_FORWARDED_FOR,
            Self::Forwarded => Self::FORWARDED,
        }
    }

    /// The address in one element.
    fn address(self, element: &[u8]) -> Result<SocketAddr, Unlike> {
        let node = match self {
            Self::XForwardedFor => Some(element),
            Self::Forwarded => forwarded_for(element),
        };
        let node = node.and_then(|node| str::from_utf8(node).ok());
        node.and_then(address).ok_or_else(|| unlike(element))
    }
}

/// Cuts a text from its end wherever the separator is not in quotes. From the end, because only
/// that is a proxy's: a quote that a client has left open quotes nothing here.
fn rsplit(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut is_quoted = false;
        let end = text.iter().rposition(|&byte| {
            is_quoted ^= byte == b'"';
            byte == separator && !is_quoted
        });
        let (before, last) = match end.and_then(|end| text.split_at_checked(end)) {
            Some((before, last)) => (Some(before), last.get(1..).unwrap_or_default()),
            None => (None, text),
        };
        rest = before;
        Some(last.trim_ascii())
    })
}

/// What `for` says, which must be there once (RFC 7239, section 4).
fn forwarded_for(element: &[u8]) -> Option<&[u8]> {
    let is_for = |name: &[u8]| name.eq_ignore_ascii_case(b"for=");
    let mut nodes = rsplit(element, b';')
        .filter_map(|pair| pair.split_at_checked(4).filter(|(name, _)| is_for(name)));
    let (_, value) = nodes.next().filter(|_| nodes.next().is_none())?;
    match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.strip_suffix(b"\""),
        None => Some(value),
    }
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`,
/// `[2001:db8::1]:4711`. A port that is hidden counts as none.
fn address(node: &str) -> Option<SocketAddr> {
    if let Ok(address) = node.parse::<IpAddr>() {
        return Some(SocketAddr::new(address.to_canonical(), 0));
    }
    let (address, port) = match node.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (address.parse::<Ipv6Addr>().ok()?.to_canonical(), port)
        }
        None => {
            let (address, port) = node.split_at_checked(node.find(':')?)?;
            (IpAddr::V4(address.parse().ok()?), port)
        }
    };
    let port = match port.strip_prefix(':') {
        Some(hidden) if hidden.starts_with('_') => 0,
        Some(port) => port.parse().ok()?,
        None if port.is_empty() => 0,
        None => return None,
    };
    Some(SocketAddr::new(address, port))
}

fn unlike(told: &[u8]) -> Unlike {
    Unlike(String::from_utf8_lossy(told).chars().take(SHOWN_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PEER: &str = "10.0.0.1:5000";

    fn proxies(header: &str) -> Proxies {
        Proxies::new(&["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()], Some(header)).unwrap()
    }

    /// Whom these lines of the header tell of, to somebody who trusts 10.0.0.0/8.
    #[track_caller]
    fn check(header: &str, lines: &[&str], expect: &str) {
        let proxies = proxies(header);
        let mut headers = HeaderMap::new();
        for line in lines {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(proxies.header.name(), value);
        }
        let client = proxies.client(PEER.parse().unwrap(), &headers);
        assert_eq!(client, expect.parse().unwrap(), "{lines:?}");
        let has_complained = proxies.complained.lock().unwrap().is_some();
        let is_clear = client != PEER.parse().unwrap() || lines.iter().all(|line| line.is_empty());
        assert_eq!(has_complained, !is_clear, "{lines:?}");
    }

    #[test]
    fn the_last_address_that_is_no_proxys_is_the_clients() {
        let check = |lines: &[&str], expect| check("x-forwarded-for", lines, expect);
        check(&["192.0.2.1"], "192.0.2.1:0");
        check(&["192.0.2.1, 10.0.0.2,10.0.0.3"], "192.0.2.1:0");
        check(&["6.6.6.6, 192.0.2.1 , 10.0.0.2"], "192.0.2.1:0");
        check(&["6.6.6.6", "192.0.2.1", "10.0.0.2"], "192.0.2.1:0");
        check(&["6.6.6.6", "192.0.2.1", ""], "192.0.2.1:0");
        check(&["192.0.2.1:4711"], "192.0.2.1:4711");
        check(&["2001:db8::1"], "[2001:db8::1]:0");
        check(&["[2001:db8::1]"], "[2001:db8::1]:0");
        check(&["[2001:db8::1]:4711, fd00::1"], "[2001:db8::1]:4711");
        check(&["::ffff:192.0.2.1"], "192.0.2.1:0");
        check(&["10.0.0.9, ::ffff:10.0.0.8"], "10.0.0.9:0");
    }

    #[test]
    fn what_a_client_has_invented_is_not_even_looked_at() {
        let check = |lines: &[&str], expect| check("x-forwarded-for", lines, expect);
        check(&["10.0.0.7, 192.0.2.1"], "192.0.2.1:0");
        check(&["unknown, \", \u{e9}", "\t\"10.0.0.1, 192.0.2.1"], "192.0.2.1:0");
        check(&["\u{e9}, 192.0.2.1"], "192.0.2.1:0");
        let long = format!("{} 192.0.2.1", "6.6.6.6,".repeat(1_000));
        check(&[&long], "192.0.2.1:0");
    }

    #[test]
    fn who_tells_no_address_asks_for_itself() {
        let lines = [
            "unknown",
            "_gateway",
            "localhost",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:x",
            "192.0.2.1:65536",
            "[2001:db8::1",
            "[2001:db8::1]4711",
            "[192.0.2.1]",
            "fe80::1%eth0",
            "2001:db8::1]",
            "192.0.2.1 6.6.6.6",
            "\"192.0.2.1\"",
            "\u{e9}",
            "for=192.0.2.1",
            "6.6.6.6, unknown, 10.0.0.2",
        ];
        for line in lines {
            check("x-forwarded-for", &[line], PEER);
        }
        check("x-forwarded-for", &[], PEER);
        check("x-forwarded-for", &[""], PEER);
    }

    #[test]
    fn the_header_of_rfc_7239_is_understood() {
        let check = |lines: &[&str], expect| check("Forwarded", lines, expect);
        check(&["for=192.0.2.1"], "192.0.2.1:0");
        check(&["For=\"192.0.2.1:4711\";proto=https;by=203.0.113.43"], "192.0.2.1:4711");
        check(&["for=\"[2001:db8::1]:4711\""], "[2001:db8::1]:4711");
        check(&["proto=https; for=\"[2001:DB8::1]:_x\", for=10.0.0.2"], "[2001:db8::1]:0");
        check(&["for=6.6.6.6, for=192.0.2.1;host=\"a,b;for=6.6.6.6\""], "192.0.2.1:0");
        check(&["for=6.6.6.6", "for=192.0.2.1"], "192.0.2.1:0");
    }

    #[test]
    fn a_quote_that_a_client_leaves_open_hides_nothing() {
        let check = |lines: &[&str], expect| check("Forwarded", lines, expect);
        check(&["for=6.6.6.6, for=\", for=192.0.2.1"], "192.0.2.1:0");
        check(&["for=6.6.6.6;x=\", for=\"[2001:db8::1]\""], "[2001:db8::1]:0");
        check(&["for=6.6.6.6;x=\\\", for=192.0.2.1;proto=http"], "192.0.2.1:0");
        check(&["for=6.6.6.6;x=\"", "for=192.0.2.1"], "192.0.2.1:0");
    }

    #[test]
    fn hidden_and_unknown_names_are_no_addresses() {
        let lines = [
            "for=unknown",
            "for=_hidden",
            "for=\"_SEVKISEK:_p\"",
            "for=",
            "for=\"\"",
            "for",
            "by=10.0.0.2",
            "for=192.0.2.1;for=6.6.6.6",
            "for=\"192.0.2.1",
            "for=\"192.0.2\\.1\"",
            "192.0.2.1",
            "for =192.0.2.1",
            "for='192.0.2.1'",
        ];
        for line in lines {
            check("Forwarded", &[line], PEER);
        }
    }

    #[test]
    fn only_the_named_header_counts() {
        let mut headers = HeaderMap::new();
        headers.append(Header::FORWARDED, HeaderValue::from_static("for=6.6.6.6"));
        let peer = PEER.parse().unwrap();
        assert_eq!(proxies("X-Forwarded-For").client(peer, &headers), peer);
        assert_eq!(proxies("forwarded").client(peer, &headers), "6.6.6.6:0".parse().unwrap());
    }

    #[test]
    fn only_named_networks_are_trusted_and_never_all() {
        let some = proxies("Forwarded");
        let trusts = |address: &str| some.trust(address.parse().unwrap());
        assert!(trusts("10.9.9.9") && trusts("::ffff:10.9.9.9") && trusts("fd01::1"));
        assert!(!trusts("192.0.2.1") && !trusts("127.0.0.1") && !trusts("::1"));
        assert!(!Proxies::default().trust("127.0.0.1".parse().unwrap()));
        for (network, header, why) in [
            ("0.0.0.0/0", "Forwarded", "is everybody"),
            ("::/0", "Forwarded", "is everybody"),
            ("nginx", "Forwarded", "trusted-proxies: not a network"),
            ("10.0.0.0/8", "X-Real-IP", "trusted-header must be"),
        ] {
            let refused = Proxies::new(&[network.to_owned()], Some(header)).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn proxies_that_tell_nonsense_do_not_fill_the_log() {
        let proxies = proxies("x-forwarded-for");
        assert!(proxies.may_complain());
        assert!((0..9).all(|_| !proxies.may_complain()));
        assert_eq!(unlike("\u{e9}".repeat(1_000).as_bytes()).0.chars().count(), SHOWN_CHARS_MAX);
    }
}
