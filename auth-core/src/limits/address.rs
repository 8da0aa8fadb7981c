//! Which client addresses share one count.

use core::fmt;
use core::net::IpAddr;

/// An IPv4 address, an IPv6 /64 (which one subscriber commonly has), or all clients whose address is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressBucket(String);

const UNKNOWN: &str = "unknown";

impl AddressBucket {
    /// Parses the client address that the platform reports. Malformed addresses share the bucket of missing
    /// ones, so that a client can't get its own bucket by inventing an address.
    #[must_use]
    pub fn of(address: Option<&str>) -> Self {
        let parsed = address.and_then(|text| text.trim_ascii().parse::<IpAddr>().ok());
        Self(match parsed.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(v4)) => v4.to_string(),
            Some(IpAddr::V6(v6)) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            None => UNKNOWN.to_owned(),
        })
    }

    /// The bucket's name if the platform reports an address. `None` for the bucket that all other clients
    /// share, which has no share of any queue.
    #[must_use]
    pub fn reported(&self) -> Option<&str> {
        (self.0 != UNKNOWN).then_some(&self.0)
    }

    /// The bucket's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AddressBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::AddressBucket;

    #[test]
    fn check_40_addresses_are_counted_by_ipv4_or_ipv6_64() {
        for (text, bucket) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7 ", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::ffff:cb00:7107", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "0:0:0:0::/64"),
        ] {
            assert_eq!(AddressBucket::of(Some(text)).as_str(), bucket, "{text}");
            assert_eq!(AddressBucket::of(Some(text)).reported(), Some(bucket), "{text}");
        }
    }

    #[test]
    fn check_40_invalid_addresses_share_one_bucket() {
        let unknown = AddressBucket::of(None);
        assert_eq!(unknown.reported(), None);
        for text in [
            "",
            "unknown",
            "203.0.113",
            "203.0.113.7:80",
            "203.0.113.07",
            "203.0.113.7, 198.51.100.1",
            "[2001:db8::1]",
            "2001:db8::1%eth0",
            "0x7f000001",
            "2130706433",
        ] {
            assert_eq!(AddressBucket::of(Some(text)), unknown, "{text}");
        }
    }
}
