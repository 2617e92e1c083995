//! `[outgoing]`: requests to addresses that others name. What a key means is said in
//! `doorstep.default.toml`.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;

use crate::outgoing::{OutgoingSettings, Permitted};
use crate::web::proxy;

/// `[outgoing]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outgoing {
    /// Networks that may be asked although they are not the public internet.
    #[serde(deserialize_with = "proxy::networks")]
    pub allowed_networks: Vec<IpNet>,
    /// Whether plain http is allowed too.
    pub allow_http: bool,
    /// PEM file of certificate authorities trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl Outgoing {
    /// The addresses that may be asked.
    pub fn permitted(&self) -> Permitted {
        Permitted { networks: self.allowed_networks.clone() }
    }

    /// The settings of the guard, with the authorities read.
    ///
    /// # Errors
    /// A sentence that names the file that cannot be read.
    pub fn settings(&self) -> Result<OutgoingSettings, String> {
        let read = |file: &PathBuf| {
            std::fs::read(file).map_err(|error| {
                format!("outgoing.ca_file {} cannot be read: {error}", file.display())
            })
        };
        Ok(OutgoingSettings {
            allowed_networks: self.allowed_networks.clone(),
            allow_http: self.allow_http,
            extra_authorities: self.ca_file.as_ref().map(read).transpose()?,
            ..OutgoingSettings::default()
        })
    }
}
