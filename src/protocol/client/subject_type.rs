//! Whether clients know a person by one name or each by another (OpenID Connect Core §8).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Client;
use crate::protocol::issuer_url::is_loopback;

/// The kind of `sub` that a client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The same as every other client.
    Public,
    /// One of its own, or of its sector, so that clients cannot compare whom they know.
    Pairwise,
}

impl SubjectType {
    /// Every kind there is, in the order of discovery.
    pub const ALL: [Self; 2] = [Self::Public, Self::Pairwise];

    /// The kind's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Pairwise => "pairwise",
        }
    }
}

impl Client {
    /// The sector of a client with pairwise subjects: the host of its `sector_identifier_uri` or of its
    /// return addresses (§8.1). Programs on people's machines share loopback addresses and have no host,
    /// so each of them is a sector by itself.
    ///
    /// # Errors
    /// The hosts, when there are several.
    pub fn sector(&self) -> Result<Sector, BTreeSet<String>> {
        if let Some(uri) = &self.sector_identifier_uri {
            return Ok(Sector::Host(host(uri).unwrap_or_default()));
        }
        let mut hosts: BTreeSet<_> =
            self.redirect_uris.iter().filter_map(|uri| host(uri)).collect();
        match hosts.len() {
            0 => Ok(Sector::Client(self.client_id.clone())),
            1 => Ok(Sector::Host(hosts.pop_first().unwrap_or_default())),
            _ => Err(hosts),
        }
    }
}

/// Clients that know a person by one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sector {
    /// All that return to this host, or name it.
    Host(String),
    /// One client.
    Client(String),
}

impl Sector {
    /// What the sector's subjects are derived from.
    pub fn parts(&self) -> [&[u8]; 2] {
        match self {
            Self::Host(host) => [b"host", host.as_bytes()],
            Self::Client(client_id) => [b"client", client_id.as_bytes()],
        }
    }
}

/// The host of a URL that leads to another machine.
fn host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| !is_loopback(url))?;
    match url.host()? {
        // A scheme of one's own may have something in the place of a host.
        _ if !["http", "https"].contains(&url.scheme()) => None,
        Host::Domain("") => None,
        host => Some(host.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(redirect_uris: &[&str], uri: Option<&str>) -> Result<Sector, BTreeSet<String>> {
        let client = Client {
            client_id: "app".into(),
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            sector_identifier_uri: uri.map(str::to_owned),
            ..Client::default()
        };
        client.sector()
    }

    #[test]
    fn the_sector_is_a_host_or_the_client() {
        let host = |host: &str| Ok(Sector::Host(host.into()));
        let itself = || Ok(Sector::Client("app".into()));
        for (redirect_uris, expected) in [
            (&["https://a.example/cb", "https://A.example:8443/other"][..], host("a.example")),
            (&["https://a.example/cb", "http://localhost:3000/cb"], host("a.example")),
            (&["http://127.0.0.1/", "http://[::1]/", "urn:ietf:wg:oauth:2.0:oob"], itself()),
            (&["org.example.app:/cb", "org.example.app://x/cb"], itself()),
        ] {
            assert_eq!(sector(redirect_uris, None), expected, "{redirect_uris:?}");
        }
        let two = ["https://a.example/cb", "https://b.example/cb"];
        assert_eq!(sector(&two, None).unwrap_err().len(), 2);
        assert_eq!(sector(&two, Some("https://s.example/x.json")), host("s.example"));
    }

    #[test]
    fn a_host_and_a_client_of_the_same_name_are_two_sectors() {
        assert_ne!(Sector::Host("a".into()).parts(), Sector::Client("a".into()).parts());
    }
}
