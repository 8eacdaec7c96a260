//! Which addresses are of the public internet, by IANA's registries of special-purpose addresses
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>, read 2026-11).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 that is not the public internet.
const RESERVED_V4: [([u8; 4], u8); 17] = [
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // carrier-grade NAT; Alibaba's metadata
    ([127, 0, 0, 0], 8),      // this machine
    ([168, 63, 129, 16], 32), // Azure's host, though the range is public
    ([169, 254, 0, 0], 16),   // link-local; the clouds' metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments; Oracle's metadata
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 31, 196, 0], 24),  // AS112
    ([192, 88, 99, 0], 24),   // 6to4 relays
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarks
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, and the broadcast address
];

/// What of 2000::/3, the only part of IPv6 that is public, is not.
const RESERVED_V6: [([u16; 8], u8); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),     // protocol assignments, Teredo
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),     // 6to4: an IPv4 address in other clothes
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),     // documentation
];

/// The text names no networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network: write it as 10.0.0.0/8, fd00::/8 or a single address, several with commas between")]
pub struct InvalidNetworks(String);

/// The public internet, and what an operator adds to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    added: Vec<IpNet>,
}

impl FromStr for Networks {
    type Err = InvalidNetworks;
    fn from_str(text: &str) -> Result<Self, InvalidNetworks> {
        let network = |part: &str| {
            part.parse::<IpNet>()
                .or_else(|_no_network| part.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_no_address| InvalidNetworks(part.to_owned()))
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(Self { added: parts.map(network).collect::<Result<_, _>>()? })
    }
}

impl Networks {
    /// Whether messages may go to this address.
    pub fn permit(&self, address: IpAddr) -> bool {
        let address = plain(address);
        if self.added.iter().any(|network| network.contains(&address)) {
            return true;
        }
        match address {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
    }
}

/// IPv4 within IPv6 is the IPv4 address it leads to: mapped (RFC 4291, 2.5.5.2), or behind NAT64 (RFC 6052).
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return v4.into();
    }
    match v6.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => Ipv4Addr::new(a, b, c, d).into(),
        _ => address,
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !RESERVED_V4.iter().any(|(network, bits)| Ipv4Net::new(Ipv4Addr::from(*network), *bits).is_ok_and(|net| net.contains(&address)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let reserved = |(network, bits): &([u16; 8], u8)| Ipv6Net::new(Ipv6Addr::from(*network), *bits).is_ok_and(|net| net.contains(&address));
    address.segments()[0] >> 13 == 1 && !RESERVED_V6.iter().any(reserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(networks: &str, address: &str) -> bool {
        let networks: Networks = networks.parse().unwrap_or_else(|error| panic!("{error}"));
        networks.permit(address.parse().unwrap_or_else(|error| panic!("{address}: {error}")))
    }

    #[test]
    fn addresses_that_are_not_of_the_public_internet_are_refused() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "3fff::1",
            "100::1",
            "4000::1",
        ] {
            assert!(!permits("", address), "{address}");
        }
    }

    #[test]
    fn the_public_internet_is_permitted() {
        for address in [
            "1.1.1.1",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "64:ff9b::101:101",
            "::ffff:8.8.8.8",
        ] {
            assert!(permits("", address), "{address}");
        }
    }

    #[test]
    fn an_operator_may_add_networks() {
        assert!(permits("10.0.0.0/8, ::1", "10.1.2.3"));
        assert!(permits("10.0.0.0/8,::1", "::1"));
        assert!(permits("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(!permits("10.0.0.0/8", "192.168.0.1"));
        for text in ["10.0.0.0/33", "example.org", "10.0.0.0/8;::1"] {
            assert!(text.parse::<Networks>().is_err(), "{text}");
        }
    }
}
