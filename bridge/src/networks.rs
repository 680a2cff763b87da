//! Networks that the operator names: addresses and how many of their bits count.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A list of networks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Networks(Vec<Network>);

/// An address and how many of its bits count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Networks {
    pub(crate) fn new(texts: &[String]) -> Result<Self, String> {
        texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is in one of them. An IPv4 address in the clothes of IPv6 is what it is.
    pub(crate) fn have(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.has(address))
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

pub(crate) fn has_v4((network, bits): (Ipv4Addr, u8), address: Ipv4Addr) -> bool {
    let differ = u32::from(network) ^ u32::from(address);
    differ.checked_shr(u32::BITS - u32::from(bits)).unwrap_or(0) == 0
}

pub(crate) fn has_v6((network, bits): (Ipv6Addr, u8), address: Ipv6Addr) -> bool {
    let differ = u128::from(network) ^ u128::from(address);
    differ.checked_shr(u128::BITS - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], inside: &[&str], outside: &[&str]) {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        let networks = Networks::new(&texts).unwrap();
        for address in inside {
            assert!(networks.have(address.parse().unwrap()), "{address}");
        }
        for address in outside {
            assert!(!networks.have(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn an_address_is_in_a_network_or_not() {
        check(
            &["10.1.0.0/16", "127.0.0.1", "fd00::/8"],
            &["10.1.255.1", "127.0.0.1", "::ffff:10.1.2.3", "fdff::1"],
            &["10.2.0.1", "127.0.0.2", "::1", "fe00::1", "192.168.0.1"],
        );
        check(&["0.0.0.0/0"], &["0.0.0.0", "255.255.255.255"], &["::1"]);
        check(&[], &[], &["127.0.0.1", "::1"]);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "localhost", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "::ffff:10.0.0.0/8"]
        {
            assert!(Networks::new(&[text.to_owned()]).is_err(), "{text}");
        }
    }
}
