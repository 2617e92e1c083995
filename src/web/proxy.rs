//! Whose word about a client's address is believed: forwarded headers count only when the connection
//! comes from a configured proxy.

use std::net::IpAddr;

use actix_web::HttpRequest;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        networks(deserializer).map(Self)
    }
}

/// Reads a list of networks as settings have it.
pub fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| network(text)).collect()
}

/// A network in CIDR notation; an address is a network of its own.
fn network<E: serde::de::Error>(text: &str) -> Result<IpNet, E> {
    let address = || text.parse().map(|address: IpAddr| IpNet::from(address));
    text.parse().or_else(|_| address()).map_err(|_| {
        E::custom(format!(
            "{text:?} is neither an address like 10.1.2.3 nor a network like 10.0.0.0/8"
        ))
    })
}

impl TrustedProxies {
    /// The address of whoever spoke to the outermost trusted proxy, or of the connection itself.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let forwarded: Vec<_> = request
            .headers()
            .get_all("x-forwarded-for")
            .map(|value| value.to_str().unwrap_or_default())
            .collect();
        let hops = forwarded.iter().flat_map(|value| value.split(','));
        Some(self.outermost(request.peer_addr()?.ip(), hops.rev()))
    }

    /// Walks from the connection outwards for as long as each hop is trusted. What is no address ends
    /// the walk: whatever stands beyond it was written by a stranger.
    fn outermost<'a>(&self, peer: IpAddr, nearest_first: impl Iterator<Item = &'a str>) -> IpAddr {
        let trusted = |address: &IpAddr| {
            self.0.iter().any(|network| network.contains(&address.to_canonical()))
        };
        let mut address = peer;
        for hop in nearest_first {
            let Ok(hop) = hop.trim().parse() else { break };
            if !trusted(&address) {
                break;
            }
            address = hop;
        }
        address.to_canonical()
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
        let outermost =
            |peer, hops: &str| proxies.outermost(ip(peer), hops.split(',').rev()).to_string();
        assert_eq!(outermost("192.0.2.1", "198.51.100.9"), "192.0.2.1");
        assert_eq!(outermost("10.0.0.1", "198.51.100.9"), "198.51.100.9");
        assert_eq!(outermost("10.0.0.1", "203.0.113.5, 198.51.100.9, 10.9.9.9"), "198.51.100.9");
        assert_eq!(outermost("10.0.0.1", "203.0.113.5, junk, 198.51.100.9"), "198.51.100.9");
        assert_eq!(outermost("10.0.0.1", "203.0.113.5, junk"), "10.0.0.1");
        assert_eq!(outermost("10.0.0.1", ""), "10.0.0.1");
    }
}
