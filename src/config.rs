//! Doorstep's settings, typed: the embedded defaults, then `doorstep.toml`, then the environment.
//!
//! `doorstep.default.toml` is both the documentation and the defaults, so the two cannot differ. A
//! name that no setting has is an error, never silently ignored, and every error says which file and
//! line or which variable to look at.

mod apps;
mod audit;
mod environment;
mod error;
mod file;
mod issuer;
pub mod key_file;
mod layers;
mod lists;
mod nearest;
mod outgoing;
mod password;
mod paths;
mod registration;
mod sections;
mod tables;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, de};

pub use audit::Audit;
pub use error::{Error, Misfit, Origin};
pub(crate) use nearest::nearest;
pub use outgoing::Outgoing;
pub use password::Password;
pub use sections::{Accounts, Database, Factors, Limits, Log, LogFormat, Proxy, Session, Tls};

use crate::accounts::ldap::LdapSettings;
use crate::gateway::AppSettings;
use crate::issuer::{DocumentSettings, GrantSettings, RegistrationSettings};
use crate::pages::Languages;
use crate::pages::brand::{BadBrand, Brand, Brands};
use crate::protocol::client::Client;
use crate::protocol::client::builtin::doorstep_cli;
use crate::protocol::issuer_url::IssuerUrl;
use crate::upstream::ProviderSettings;
use layers::Layers;
pub(crate) use tables::from_options;

/// The name of the settings file when none is given.
const FILE: &str = "doorstep.toml";

/// All settings of `doorstep serve`. What a key means is said in `doorstep.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(deserialize_with = "listen")]
    pub listen: SocketAddr,
    /// The issuer URL; [`Config::issuer_url`] is its typed form.
    issuer: String,
    /// Lets the issuer be plain http anywhere.
    pub allow_insecure_http: bool,
    /// The file with the root key.
    pub key_file: PathBuf,
    /// Whether the client `doorstep-cli` is built in.
    pub cli_client: bool,
    /// The store.
    pub database: Database,
    /// The server's certificate.
    pub tls: Tls,
    /// Proxies in front.
    pub proxy: Proxy,
    /// Browser sessions.
    pub session: Session,
    /// People's accounts.
    pub accounts: Accounts,
    /// A directory that has their passwords.
    pub ldap: LdapSettings,
    /// Passwords and their hashing.
    pub password: Password,
    /// Second factors.
    pub factors: Factors,
    /// Which grants there are.
    pub grants: GrantSettings,
    /// Whether programs may register themselves.
    pub registration: RegistrationSettings,
    /// Whose documents describe clients.
    pub client_id_metadata_documents: DocumentSettings,
    /// Limits on requests.
    pub limits: Limits,
    /// Requests to addresses that others name.
    pub outgoing: Outgoing,
    /// A folder with all that makes a brand, in place of `brand`.
    pub brand_folder: Option<PathBuf>,
    /// How pages look.
    pub brand: Brand,
    /// The audit trail.
    pub audit: Audit,
    /// The log.
    pub log: Log,
    /// Clients of the file; those of the store come on top.
    #[serde(default)]
    pub clients: Vec<Client>,
    /// Providers that people can sign in with.
    #[serde(default)]
    pub providers: Vec<ProviderSettings>,
    /// Apps that the gateway signs people in for.
    #[serde(default)]
    pub gateway: Vec<AppSettings>,
}

impl Default for Config {
    fn default() -> Self {
        Layers::defaults().finish().expect("the defaults fit each other")
    }
}

impl Config {
    /// Loads the settings as `doorstep serve` does: from `file`, else from the file that
    /// `DOORSTEP_CONFIG` names, else from `./doorstep.toml` if there is one; then from the environment.
    ///
    /// # Errors
    /// [`Error`] in words for the person who wrote the setting.
    pub fn load(file: Option<&Path>) -> Result<Self, Error> {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let variables = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
        let from_environment = std::env::var_os(environment::CONFIG).map(PathBuf::from);
        let file = file.map(Path::to_path_buf).or(from_environment);
        let file = file.or_else(|| Some(PathBuf::from(FILE)).filter(|file| file.exists()));
        Self::from_parts(file.as_deref(), variables)
    }

    /// Loads the settings from this file, if any, and these variables.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn from_parts(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Error> {
        let mut layers = Layers::defaults();
        if let Some(file) = file {
            layers.file(file)?;
        }
        layers.environment(variables)?;
        layers.finish()
    }

    /// The issuer, in its one spelling.
    ///
    /// # Panics
    /// Never: it was checked when the settings were loaded.
    pub fn issuer_url(&self) -> IssuerUrl {
        IssuerUrl::parse(&self.issuer, self.allow_insecure_http).expect("the issuer was checked")
    }

    /// How pages look, from the folder or from `[brand]`.
    ///
    /// # Errors
    /// [`BadBrand`] names what in the folder cannot be used.
    pub fn brands(&self) -> Result<Brands, BadBrand> {
        match &self.brand_folder {
            Some(folder) => Brands::read(folder),
            None => Ok(self.brand.clone().into()),
        }
    }

    /// The clients of the file, and the built-in one unless it is switched off.
    pub fn all_clients(&self) -> Vec<Client> {
        let built_in = self.cli_client.then(doorstep_cli);
        built_in.into_iter().chain(self.clients.iter().cloned()).collect()
    }

    /// Whether the settings fit each other.
    fn check(&self) -> Result<(), Misfit> {
        IssuerUrl::parse(&self.issuer, self.allow_insecure_http)
            .map_err(|reason| Misfit::new("issuer", reason))?;
        self.database.check()?;
        self.tls.check()?;
        self.check_scheme()?;
        self.session.check()?;
        self.password.check()?;
        self.limits.check()?;
        registration::check(&self.registration)?;
        self.audit.check()?;
        self.log.check()?;
        self.check_brand()?;
        let ldap = self.ldap.check(self.allow_insecure_http);
        ldap.map_err(|(key, reason)| Misfit::new(format!("ldap.{key}"), reason))?;
        self.check_providers()?;
        apps::check(&self.gateway, &self.issuer_url(), self.allow_insecure_http)?;
        self.check_clients()
    }

    fn check_brand(&self) -> Result<(), Misfit> {
        if self.brand_folder.is_some() && self.brand != Brand::default() {
            let reason = "takes the place of [brand]; move those keys to the folder's brand.toml";
            return Err(Misfit::new("brand_folder", reason));
        }
        let languages = Languages::default();
        let tags = languages.tags().collect::<Vec<_>>().join(", ");
        match languages.with_first(&self.brand.language) {
            Some(_) => Ok(()),
            None => Err(Misfit::new("brand.language", format!("should be one of {tags}"))),
        }
    }
}

fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        de::Error::custom("it should be an address and a port, as in 127.0.0.1:8080 or [::]:8080")
    })
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
