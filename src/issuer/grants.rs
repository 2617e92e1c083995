//! Which grants the issuer gives at all. A client's settings choose among them.

use serde::Deserialize;

use crate::protocol::client::rules::BadMetadata;
use crate::protocol::client::{Client, GrantType};

/// The grants that are not always on. What is off is refused, and is not in discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantSettings {
    /// Sign-in on another device.
    pub device_code: bool,
    /// Clients that act for themselves.
    pub client_credentials: bool,
    /// Narrower tokens for tokens.
    pub token_exchange: bool,
    /// Clients that ask people for their password themselves.
    pub password: bool,
}

impl GrantSettings {
    /// Whether this grant is on.
    pub fn allows(&self, grant: GrantType) -> bool {
        match grant {
            GrantType::AuthorizationCode | GrantType::RefreshToken => true,
            GrantType::DeviceCode => self.device_code,
            GrantType::ClientCredentials => self.client_credentials,
            GrantType::TokenExchange => self.token_exchange,
            GrantType::Password => self.password,
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

impl Default for GrantSettings {
    fn default() -> Self {
        Self {
            device_code: true,
            client_credentials: false,
            token_exchange: false,
            password: false,
        }
    }
}
