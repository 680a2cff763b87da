//! To which addresses may be delivered: those of the open internet, and networks that the operator
//! has named. Whoever makes a webhook must not reach through the bridge what only it can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::networks::{Networks, has_v4, has_v6};

/// What IANA keeps for special purposes (RFC 6890 and its registry), multicast and reserved space,
/// and an address at which a cloud answers its machines.
const SPECIAL_V4: [(Ipv4Addr, u8); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // With the metadata of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::new(255, 255, 255, 255), 32),
];

/// All of IPv6 that is routed everywhere, and what of it is not: protocol assignments with Teredo
/// among them, documentation, and 6to4, in which any IPv4 address can stand.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Why an address may be delivered to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Named,
    Public,
}

impl Standing {
    /// Nothing if it may not.
    pub(super) fn of(address: IpAddr, named: &Networks) -> Option<Self> {
        if named.have(address) {
            return Some(Self::Named);
        }
        let is_public = match address.to_canonical() {
            IpAddr::V4(address) => !SPECIAL_V4.iter().any(|of| has_v4(*of, address)),
            IpAddr::V6(address) => {
                has_v6(GLOBAL_V6, address) && !SPECIAL_V6.iter().any(|of| has_v6(*of, address))
            }
        };
        is_public.then_some(Self::Public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECIAL: &str = "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 \
        169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 \
        192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 168.63.129.16 224.0.0.1 \
        239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 \
        ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 \
        2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1";

    const PUBLIC: &str = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.0.0.1 128.0.0.1 \
        169.253.1.1 172.15.0.1 172.32.0.1 192.167.1.1 198.17.0.1 198.20.0.1 223.255.255.255 \
        ::ffff:1.1.1.1 2001:200::1 2606:4700::1111 2a00::1";

    #[track_caller]
    fn check(addresses: &str, named: &Networks, expect: Option<Standing>) {
        for address in addresses.split_whitespace() {
            assert_eq!(Standing::of(address.parse().unwrap(), named), expect, "{address}");
        }
    }

    #[test]
    fn what_is_not_of_the_open_internet_is_not_delivered_to() {
        let nowhere = Networks::default();
        check(SPECIAL, &nowhere, None);
        check(PUBLIC, &nowhere, Some(Standing::Public));
    }

    #[test]
    fn the_operator_names_what_else_may_be_delivered_to() {
        let named = Networks::new(&["10.1.0.0/16".to_owned(), "fd00::/8".to_owned()]).unwrap();
        check("10.1.255.1 ::ffff:10.1.2.3 fdff::1", &named, Some(Standing::Named));
        check("10.2.0.1 127.0.0.1 ::1", &named, None);
    }
}
