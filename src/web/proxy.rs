//! Whose word about a client's address is believed: forwarded headers count only when the connection
//! comes from a configured proxy.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;

/// A network in CIDR notation; a lone address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// What should have been a network is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadNetwork(String);

impl fmt::Display for BadNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is neither an address nor a network as in 10.0.0.0/8", self.0)
    }
}

impl std::error::Error for BadNetwork {}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(longest), |p| p.parse().map_err(|_| bad()))?;
        if prefix > longest { Err(bad()) } else { Ok(Self { address, prefix }) }
    }
}

impl<'de> serde::Deserialize<'de> for Network {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Network {
    /// Whether `address` lies in this network. An IPv4 address in IPv6 clothes counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(v4)) => {
                let shift = 32 - u32::from(self.prefix);
                (u64::from(net.to_bits()) >> shift) == (u64::from(v4.to_bits()) >> shift)
            }
            (IpAddr::V6(net), IpAddr::V6(v6)) => {
                let shift = 128 - u32::from(self.prefix);
                net.to_bits().checked_shr(shift) == v6.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<Network>);

impl TrustedProxies {
    /// The address of whoever spoke to the outermost trusted proxy, or of the connection itself.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let forwarded =
            request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> = forwarded
            .flat_map(|value| value.split(','))
            .map_while(|hop| hop.trim().parse().ok())
            .collect();
        self.outermost(request.peer_addr()?.ip(), &hops)
    }

    /// Walks from the connection outwards for as long as each hop is trusted.
    fn outermost(&self, peer: IpAddr, hops: &[IpAddr]) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.0.iter().any(|network| network.contains(*address));
        let mut address = peer;
        for hop in hops.iter().rev() {
            if !trusted(&address) {
                break;
            }
            address = *hop;
        }
        Some(address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_stranger_cannot_forge_an_address() {
        let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().unwrap()]);
        let outermost = |peer, hops: &[&str]| {
            proxies.outermost(ip(peer), &hops.iter().map(|h| ip(h)).collect::<Vec<_>>())
        };
        assert_eq!(outermost("192.0.2.1", &["198.51.100.9"]), Some(ip("192.0.2.1")));
        assert_eq!(outermost("10.0.0.1", &["198.51.100.9"]), Some(ip("198.51.100.9")));
        assert_eq!(
            outermost("10.0.0.1", &["203.0.113.5", "198.51.100.9", "10.9.9.9"]),
            Some(ip("198.51.100.9"))
        );
        assert_eq!(outermost("10.0.0.1", &[]), Some(ip("10.0.0.1")));
    }

    #[test]
    fn networks_are_read_and_compared() {
        let contains =
            |network: &str, address| network.parse::<Network>().unwrap().contains(ip(address));
        assert!(contains("127.0.0.1", "127.0.0.1") && !contains("127.0.0.1", "127.0.0.2"));
        assert!(contains("0.0.0.0/0", "203.0.113.5") && contains("::/0", "2001:db8::1"));
        assert!(
            contains("2001:db8::/32", "2001:db8:1::1") && !contains("2001:db8::/32", "2001:db9::1")
        );
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "example.org"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
