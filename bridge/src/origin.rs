//! Which web pages may open a WebSocket here.
//!
//! A browser says where a page came from; nobody else has to. Authentication is by token inside
//! the protocol, never by cookie, so a foreign page has nothing to ride on; this is the second
//! lock on that door.

use std::net::{IpAddr, SocketAddr};

/// Origins that the operator allows besides the bridge's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// Takes origins as browsers send them: `https://chat.example.org[:PORT]`.
    pub(crate) fn new(allowed: &[String]) -> Result<Self, String> {
        allowed.iter().map(|origin| normal(origin)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a page from `origin` may come in by a listener whose own address is `local`, and
    /// which it called `host`.
    ///
    /// A listener on loopback is its own host only by a name of loopback: any web site can let
    /// its own name point there.
    pub(crate) fn allow(&self, origin: &str, host: Option<&str>, local: SocketAddr) -> bool {
        let Ok(origin) = normal(origin) else { return false };
        self.0.contains(&origin) || host.is_some_and(|host| is_own(&origin, host, local))
    }
}

fn is_own(origin: &str, host: &str, local: SocketAddr) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let host = without_default_port(scheme, &host.to_ascii_lowercase()).to_owned();
    let rebound = local.ip().to_canonical().is_loopback() && !is_loopback_name(&host);
    authority == host && !rebound
}

fn is_loopback_name(authority: &str) -> bool {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => authority,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// `scheme://host[:port]` in lower case, without a port that the scheme implies.
fn normal(origin: &str) -> Result<String, String> {
    let lower = origin.to_ascii_lowercase();
    let parts = lower.split_once("://").filter(|(scheme, authority)| {
        matches!(*scheme, "http" | "https")
            && !authority.is_empty()
            && authority.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    });
    let Some((scheme, authority)) = parts else {
        return Err(format!("not an origin (https://HOST[:PORT]): {origin:?}"));
    };
    Ok(format!("{scheme}://{}", without_default_port(scheme, authority)))
}

fn without_default_port<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(port).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "192.0.2.7:443";
    const LOOPBACK: &str = "127.0.0.1:7276";

    #[track_caller]
    fn check(origin: &str, host: &str, local: &str, expect: bool) {
        let origins = Origins::new(&["https://chat.example.org".to_owned()]).unwrap();
        let allowed = origins.allow(origin, Some(host), local.parse().unwrap());
        assert_eq!(allowed, expect, "{origin:?} at {host:?} on {local}");
    }

    #[test]
    fn listed_origins_are_allowed_exactly() {
        check("https://chat.example.org", "bridge.example", PUBLIC, true);
        check("https://CHAT.example.org:443", "bridge.example", PUBLIC, true);
        check("http://chat.example.org", "bridge.example", PUBLIC, false);
        check("https://chat.example.org:8443", "bridge.example", PUBLIC, false);
        check("https://chat.example.org.evil.example", "bridge.example", PUBLIC, false);
        check("https://evil.example", "bridge.example", PUBLIC, false);
    }

    #[test]
    fn the_own_host_is_allowed() {
        check("https://bridge.example", "bridge.example", PUBLIC, true);
        check("https://bridge.example", "bridge.example:443", PUBLIC, true);
        check("https://bridge.example:8443", "bridge.example:8443", PUBLIC, true);
        check("https://bridge.example:8443", "bridge.example", PUBLIC, false);
        check("http://127.0.0.1:7276", "127.0.0.1:7276", LOOPBACK, true);
        check("http://localhost:7276", "localhost:7276", LOOPBACK, true);
        check("http://[::1]:7276", "[::1]:7276", "[::1]:7276", true);
    }

    #[test]
    fn a_name_that_was_pointed_at_loopback_is_not_the_own_host() {
        check("http://evil.example:7276", "evil.example:7276", LOOPBACK, false);
        check("https://chat.example.org", "chat.example.org", LOOPBACK, true);
    }

    #[test]
    fn null_and_nonsense_are_refused() {
        for origin in ["null", "", "file://", "https://", "chat.example.org", "https://a/b"] {
            check(origin, "null", PUBLIC, false);
        }
    }

    #[test]
    fn a_list_with_nonsense_is_refused() {
        for origin in ["*", "null", "chat.example.org", "https://chat.example.org/"] {
            assert!(Origins::new(&[origin.to_owned()]).is_err(), "{origin}");
        }
    }
}
