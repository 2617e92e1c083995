//! Where an issuer's own words may send us. An admin names the issuer, wherever it is; what its
//! configuration names besides must be as public as any stranger's address, or a provider could make
//! us ask what only this machine can reach.

use std::net::IpAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::Error;
use crate::outgoing::Permitted;

/// Lets requests pass to hosts that an admin named, and to permitted addresses.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Hosts that an admin named.
    pub named: Vec<String>,
    /// What holds for all others.
    pub permitted: Permitted,
}

impl Guard {
    fn is_named(&self, host: &str) -> bool {
        self.named.iter().any(|named| named.eq_ignore_ascii_case(host))
    }

    /// Checks an address that is a number; one that is a name is checked when it is resolved.
    ///
    /// # Errors
    /// [`Error::Misconfigured`], with what to do about it.
    pub(super) fn check(&self, url: &Url) -> Result<(), Error> {
        let number: IpAddr = match url.host() {
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            _ => return Ok(()),
        };
        if url.host_str().is_some_and(|host| self.is_named(host)) {
            return Ok(());
        }
        self.permitted.check(number).map_err(|reason| {
            let origin = url.origin().ascii_serialization();
            Error::Misconfigured(format!(
                "The issuer names {origin}, which is not asked: {reason}."
            ))
        })
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        if !self.is_named(name.as_str()) {
            return self.permitted.resolve(name);
        }
        Box::pin(async move {
            // Port 0 stands for the one of the URL.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
