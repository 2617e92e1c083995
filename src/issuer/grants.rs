//! Which grants the issuer gives at all. A client's settings choose among them.

use serde::Deserialize;

use crate::protocol::client::rules::BadMetadata;
use crate::protocol::client::{Client, GrantType};

/// The grants that are not always on. What is off is refused, and is not in discovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantSettings {
    /// Clients that act for themselves.
    pub client_credentials: bool,
}

impl GrantSettings {
    /// Whether this grant is on.
    pub fn allows(&self, grant: GrantType) -> bool {
        match grant {
            GrantType::AuthorizationCode | GrantType::RefreshToken => true,
            GrantType::ClientCredentials => self.client_credentials,
        }
    }

    /// Those that are on, in the order of discovery.
    pub fn all(&self) -> impl Iterator<Item = GrantType> {
        GrantType::ALL.into_iter().filter(|grant| self.allows(*grant))
    }

    /// Whether a client uses nothing that is off.
    ///
    /// # Errors
    /// Says which setting turns on what the client wants.
    pub fn check(&self, client: &Client) -> Result<(), BadMetadata> {
        match client.grant_types.iter().find(|grant| !self.allows(**grant)) {
            Some(off) => {
                let name = off.as_str();
                let key = name.rsplit(':').next().unwrap_or(name).replace('-', "_");
                let reason =
                    format!("has {name}, which is off: set {key} = true in the section [grants]");
                Err(BadMetadata { field: "grant_types", reason })
            }
            None => Ok(()),
        }
    }
}
