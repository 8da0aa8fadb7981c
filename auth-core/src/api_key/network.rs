//! The networks from which a key may be used (CIDR, RFC 4632 and RFC 4291 section 2.3).

use core::fmt;
use core::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A range of addresses: `203.0.113.0/24`, `2001:db8::/32`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

/// A text that is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNetwork;

impl Network {
    /// Reads a network. The bits after the prefix must be zero: `10.0.0.1/8` is more likely a mistake than a
    /// wish for all of `10.0.0.0/8`. IPv4 addresses are written as such, not mapped to IPv6.
    ///
    /// # Errors
    /// [`InvalidNetwork`].
    pub fn parse(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            // Without a sign and leading zeros.
            Some(digits) => {
                let prefix = digits.parse::<u8>().map_err(|_| InvalidNetwork)?;
                Some(prefix).filter(|prefix| prefix.to_string() == digits && *prefix <= most)
            }
            None => Some(most),
        };
        let network = Self { first, prefix: prefix.ok_or(InvalidNetwork)? };
        let is_canonical = network.masked(first) == bits(first) && first.to_canonical() == first;
        if is_canonical { Ok(network) } else { Err(InvalidNetwork) }
    }

    /// Whether the address belongs to the network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && self.masked(address) == bits(self.first)
    }

    /// The bits of an address, without those after the prefix.
    fn masked(&self, address: IpAddr) -> u128 {
        let length = if self.first.is_ipv4() { 32_u32 } else { 128 };
        let after = length.saturating_sub(u32::from(self.prefix));
        // A shift by the whole width leaves nothing.
        bits(address).checked_shr(after).map_or(0, |bits| bits << after)
    }
}

const fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits() as u128,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Whether a client at this address, as the platform reports it, may use a key with these networks. Without
/// networks every client may; with networks a client whose address is unknown may not.
#[must_use]
pub fn admit(networks: &[Network], client_address: Option<&str>) -> bool {
    if networks.is_empty() {
        return true;
    }
    let address = client_address.and_then(|text| text.trim_ascii().parse::<IpAddr>().ok());
    address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|InvalidNetwork| serde::de::Error::custom("malformed network"))
    }
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::{InvalidNetwork, Network, admit};

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    #[test]
    fn a_network_contains_the_addresses_with_its_prefix() {
        for (text, inside, outside) in [
            (
                "203.0.113.7",
                &["203.0.113.7", "::ffff:203.0.113.7"][..],
                &["203.0.113.8", "::203.0.113.7"][..],
            ),
            ("203.0.113.0/24", &["203.0.113.0", "203.0.113.255"], &["203.0.114.0", "203.0.112.255"]),
            ("10.0.0.0/8", &["10.255.0.1"], &["11.0.0.0", "9.255.255.255"]),
            ("0.0.0.0/0", &["0.0.0.0", "255.255.255.255"], &["::1", "2001:db8::1"]),
            ("2001:db8::/32", &["2001:db8:ffff::1"], &["2001:db9::1", "32.1.13.184"]),
            ("2001:db8::1", &["2001:db8::1"], &["2001:db8::2"]),
            ("::/0", &["::1", "ffff::"], &["127.0.0.1", "::ffff:127.0.0.1"]),
        ] {
            for address in inside {
                assert!(network(text).contains(address.parse().unwrap()), "{text} {address}");
            }
            for address in outside {
                assert!(!network(text).contains(address.parse().unwrap()), "{text} {address}");
            }
        }
    }

    #[test]
    fn a_network_has_one_spelling_of_its_prefix_and_no_bits_after_it() {
        for text in [
            "",
            "/",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0.0/8/8",
            "10.0.0.1/8",
            "10.0.0/8",
            "010.0.0.0/8",
            "2001:db8::/129",
            "2001:db8::1/64",
            "::ffff:10.0.0.0/104",
            "::ffff:10.0.0.1",
            "fe80::1%eth0",
            "example.com",
            "10.0.0.0/8 ",
            "*",
        ] {
            assert_eq!(Network::parse(text), Err(InvalidNetwork), "{text}");
        }
    }

    #[test]
    fn a_client_whose_address_is_unknown_is_in_no_network() {
        let networks = [network("203.0.113.0/24"), network("2001:db8::/32")];
        for (address, admitted) in [
            (Some("203.0.113.9"), true),
            (Some("2001:db8::9"), true),
            (Some("198.51.100.1"), false),
            (Some("203.0.113.9, 198.51.100.1"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(admit(&networks, address), admitted, "{address:?}");
            assert!(admit(&[], address), "{address:?}");
        }
    }

    fn addresses() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
            any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        ]
    }

    proptest! {
        /// Bit by bit, without masks.
        #[test]
        fn property_an_address_is_inside_if_the_first_bits_agree(one in addresses(), other in addresses(), prefix in 0_u8..=128) {
            let most = if one.is_ipv4() { 32 } else { 128 };
            let prefix = prefix.min(most);
            let digits = |address: IpAddr| match address {
                IpAddr::V4(v4) => format!("{:032b}", v4.to_bits()),
                IpAddr::V6(v6) => format!("{:0128b}", v6.to_bits()),
            };
            let (one, other) = (one.to_canonical(), other.to_canonical());
            let first: String = digits(one).chars().enumerate()
                .map(|(i, bit)| if i < usize::from(prefix) { bit } else { '0' }).collect();
            let first = match one {
                IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::from_bits(u32::from_str_radix(&first, 2).unwrap())),
                IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(u128::from_str_radix(&first, 2).unwrap())),
            };
            if let Ok(network) = Network::parse(&format!("{first}/{prefix}")) {
                prop_assert!(network.contains(one));
                let same = digits(one).len() == digits(other).len()
                    && digits(one).get(..usize::from(prefix)) == digits(other).get(..usize::from(prefix));
                prop_assert_eq!(network.contains(other), same);
                prop_assert_eq!(Network::parse(&network.to_string()), Ok(network));
            }
        }
    }
}
