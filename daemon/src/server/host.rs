//! What this machine is called, and where it can be reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// The machine's own name; empty if it has none.
pub(crate) fn host_name() -> String {
    let uname = rustix::system::uname();
    uname.nodename().to_str().unwrap_or_default().to_owned()
}

/// The host to print for a listener: something a client can connect to.
pub(super) fn shown(listener: SocketAddr, configured: &str) -> String {
    shown_with(listener, configured, outward)
}

fn shown_with(
    listener: SocketAddr,
    configured: &str,
    outward: impl Fn(IpAddr) -> Option<IpAddr>,
) -> String {
    let address = match listener.ip() {
        wildcard if wildcard.is_unspecified() => {
            outward(wildcard).unwrap_or_else(|| loopback(wildcard))
        }
        address => address,
    };
    match (configured.parse(), address) {
        // An IPv6 address in a URL stands in brackets.
        (Ok(IpAddr::V6(address)), _) => format!("[{address}]"),
        (Ok(IpAddr::V4(address)), _) => address.to_string(),
        (Err(_), IpAddr::V6(address)) if configured.is_empty() => format!("[{address}]"),
        (Err(_), address) if configured.is_empty() => address.to_string(),
        (Err(_), _) => configured.to_owned(),
    }
}

/// The loopback address of the same family.
fn loopback(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}

/// The address from which this machine would talk to the world. Sends nothing.
fn outward(wildcard: IpAddr) -> Option<IpAddr> {
    // Addresses for documentation: routed like any other, used by nobody.
    let somewhere: IpAddr = match wildcard {
        IpAddr::V4(_) => Ipv4Addr::new(192, 0, 2, 1).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
    };
    let somewhere = SocketAddr::from((somewhere, 9));
    // Not bound first: a sandbox may forbid to bind any port but ours.
    let socket = Socket::new(Domain::for_address(somewhere), Type::DGRAM, None).ok()?;
    socket.connect(&somewhere.into()).ok()?;
    let address = socket.local_addr().ok()?.as_socket()?.ip();
    (!address.is_unspecified()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listener: &str, configured: &str, expect: &str) {
        let network = |wildcard: IpAddr| {
            Some(if wildcard.is_ipv4() {
                IpAddr::from([10, 0, 0, 7])
            } else {
                "2001:db8::7".parse().unwrap()
            })
        };
        assert_eq!(shown_with(listener.parse().unwrap(), configured, network), expect);
    }

    #[test]
    fn a_listener_is_shown_by_a_host_that_can_be_connected_to() {
        check("127.0.0.1:7275", "", "127.0.0.1");
        check("[::1]:7275", "", "[::1]");
        check("0.0.0.0:7275", "", "10.0.0.7");
        check("[::]:7275", "", "[2001:db8::7]");
    }

    #[test]
    fn what_the_operator_says_is_shown_instead() {
        check("0.0.0.0:7275", "chat.example.org", "chat.example.org");
        check("127.0.0.1:7275", "192.0.2.9", "192.0.2.9");
        check("[::]:7275", "2001:db8::9", "[2001:db8::9]");
    }

    #[test]
    fn a_machine_without_a_network_shows_loopback() {
        let alone = |_| None;
        assert_eq!(shown_with("0.0.0.0:1".parse().unwrap(), "", alone), "127.0.0.1");
        assert_eq!(shown_with("[::]:1".parse().unwrap(), "", alone), "[::1]");
    }
}
