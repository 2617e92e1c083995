//! Names become addresses here, and only permitted ones come out. The connection is made to exactly
//! these, so a name that answers differently the next time (DNS rebinding) gains nothing.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address;

/// Which addresses may be connected to.
#[derive(Clone, Debug, Default)]
pub struct Permitted {
    /// Networks that are allowed although they are not the public internet.
    pub networks: Vec<IpNet>,
}

/// Why an address may not be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPermitted {
    address: IpAddr,
    kind: &'static str,
}

impl fmt::Display for NotPermitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, kind } = self;
        write!(
            f,
            "its address {address} is {kind}; if requests may go there, add its network to outgoing.allowed_networks"
        )
    }
}

impl std::error::Error for NotPermitted {}

impl Permitted {
    /// Whether this address may be connected to.
    ///
    /// # Errors
    /// It says what is special about it.
    pub fn check(&self, address: IpAddr) -> Result<(), NotPermitted> {
        let address = address.to_canonical();
        match address::special(address) {
            Some(kind) if !self.networks.iter().any(|network| network.contains(&address)) => {
                Err(NotPermitted { address, kind })
            }
            _ => Ok(()),
        }
    }

    /// The permitted ones of the addresses that a name has.
    fn pick(
        &self,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, NotPermitted> {
        let mut refused = None;
        let mut picked = Vec::new();
        for address in found {
            match self.check(address.ip()) {
                Ok(()) => picked.push(address),
                Err(reason) => refused = Some(reason),
            }
        }
        match refused {
            Some(reason) if picked.is_empty() => Err(reason),
            _ => Ok(picked),
        }
    }
}

impl Resolve for Permitted {
    fn resolve(&self, name: Name) -> Resolving {
        let permitted = self.clone();
        Box::pin(async move {
            // Port 0 stands for the one of the URL.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let picked = permitted.pick(found)?;
            Ok(Box::new(picked.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(networks: &[&str]) -> Permitted {
        Permitted { networks: networks.iter().map(|network| network.parse().unwrap()).collect() }
    }

    #[test]
    fn only_listed_networks_are_an_exception() {
        let none = permitted(&[]);
        let some = permitted(&["10.1.0.0/16", "fd00:1::/32"]);
        for (text, without, with) in [
            ("1.1.1.1", true, true),
            ("10.1.2.3", false, true),
            ("::ffff:10.1.2.3", false, true),
            ("10.2.2.3", false, false),
            ("fd00:1::5", false, true),
            ("fd00:2::5", false, false),
            ("127.0.0.1", false, false),
        ] {
            let address = text.parse().unwrap();
            assert_eq!(none.check(address).is_ok(), without, "{text}");
            assert_eq!(some.check(address).is_ok(), with, "{text}");
        }
    }

    #[test]
    fn of_several_addresses_the_permitted_ones_are_used() {
        let pick = |texts: &[&str]| {
            let found = texts.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0));
            permitted(&[]).pick(found).map(|picked| picked.len())
        };
        assert_eq!(pick(&["1.1.1.1", "10.0.0.1", "2606:4700::1"]), Ok(2));
        assert_eq!(pick(&[]), Ok(0));
        let refused = pick(&["169.254.169.254"]).unwrap_err().to_string();
        assert!(refused.contains("169.254.169.254 is a link-local address"), "{refused}");
        assert!(refused.contains("outgoing.allowed_networks"), "{refused}");
    }
}
