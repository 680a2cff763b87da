//! To which addresses may be delivered: those of the open internet, and networks that the operator
//! has named. Whoever makes a webhook must not reach through the bridge what only it can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

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

/// The networks that the operator has named.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Networks(Vec<Network>);

/// An address and how many of its bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why an address may be delivered to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Named,
    Public,
}

impl Networks {
    pub(crate) fn new(texts: &[String]) -> Result<Self, String> {
        texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Nothing if it may not.
    pub(super) fn standing(&self, address: IpAddr) -> Option<Standing> {
        // An IPv4 address in the clothes of IPv6 is what it is.
        let address = address.to_canonical();
        if self.0.iter().any(|network| network.has(address)) {
            return Some(Standing::Named);
        }
        let is_public = match address {
            IpAddr::V4(address) => !SPECIAL_V4.iter().any(|of| has_v4(*of, address)),
            IpAddr::V6(address) => {
                has_v6(GLOBAL_V6, address) && !SPECIAL_V6.iter().any(|of| has_v6(*of, address))
            }
        };
        is_public.then_some(Standing::Public)
    }
}

impl Network {
    fn has(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => has_v4((network, self.bits), address),
            (IpAddr::V6(network), IpAddr::V6(address)) => has_v6((network, self.bits), address),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    /// `10.0.0.0/8`, `fd00::/8`, or one address.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("not a network such as 10.0.0.0/8 or fd00::/8: {text:?}");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let max = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(max), str::parse).map_err(|_| wrong())?;
        if bits > max || (address.to_canonical() != address) {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

fn has_v4((network, bits): (Ipv4Addr, u8), address: Ipv4Addr) -> bool {
    let differ = u32::from(network) ^ u32::from(address);
    differ.checked_shr(u32::BITS - u32::from(bits)).unwrap_or(0) == 0
}

fn has_v6((network, bits): (Ipv6Addr, u8), address: Ipv6Addr) -> bool {
    let differ = u128::from(network) ^ u128::from(address);
    differ.checked_shr(u128::BITS - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(texts: &[&str]) -> Networks {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        Networks::new(&texts).unwrap()
    }

    const SPECIAL: &str = "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 \
        169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 \
        192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 168.63.129.16 224.0.0.1 \
        239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 \
        ::ffff:169.254.169.254 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 \
        2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1";

    const PUBLIC: &str = "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.0.0.1 128.0.0.1 \
        169.253.1.1 172.15.0.1 172.32.0.1 192.167.1.1 198.17.0.1 198.20.0.1 223.255.255.255 \
        ::ffff:1.1.1.1 2001:200::1 2606:4700::1111 2a00::1";

    #[test]
    fn what_is_not_of_the_open_internet_is_not_delivered_to() {
        let nowhere = Networks::default();
        for address in SPECIAL.split_whitespace() {
            assert_eq!(nowhere.standing(address.parse().unwrap()), None, "{address}");
        }
        for address in PUBLIC.split_whitespace() {
            let standing = nowhere.standing(address.parse().unwrap());
            assert_eq!(standing, Some(Standing::Public), "{address}");
        }
    }

    #[test]
    fn the_operator_names_what_else_may_be_delivered_to() {
        let networks = named(&["10.1.0.0/16", "127.0.0.1", "fd00::/8", "0.0.0.0/0"]);
        for address in ["10.1.255.1", "127.0.0.1", "::ffff:10.1.2.3", "fdff::1", "192.168.0.1"] {
            let standing = networks.standing(address.parse().unwrap());
            assert_eq!(standing, Some(Standing::Named), "{address}");
        }
        let networks = named(&["10.1.0.0/16", "127.0.0.1"]);
        for address in ["10.2.0.1", "127.0.0.2", "::1", "fd00::1"] {
            assert_eq!(networks.standing(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "localhost", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "::ffff:10.0.0.0/8"]
        {
            assert!(Networks::new(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
