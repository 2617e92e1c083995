//! The issuer that a command talks to, and as which client: the arguments that login, logout and
//! kubeconfig share.

use std::path::PathBuf;

use super::failure;
use crate::cli::Failure;
use crate::protocol::client::builtin::DOORSTEP_CLI;
use crate::relying_party::{Client, Http, HttpSettings, OpenIdProvider, RelyingParty};
use crate::secret::Secret;

/// Our usual scopes. What an issuer that lists fewer does not offer is not asked for.
const SCOPE: &str = "openid profile email groups offline_access";

/// The variable that stands for `--issuer`.
const VARIABLE: &str = "DOORSTEP_ISSUER";

/// Which issuer, and as which client.
#[derive(clap::Args, Clone, Debug)]
pub struct Issuer {
    /// The issuer's address, as in https://id.example
    #[arg(value_name = "ISSUER", required_unless_present = "issuer")]
    pub address: Option<String>,
    /// The same as an option
    #[arg(long, value_name = "ISSUER", env = VARIABLE)]
    pub issuer: Option<String>,
    /// The client to sign in as
    #[arg(long, value_name = "ID", env = "DOORSTEP_CLIENT_ID", default_value = DOORSTEP_CLI)]
    pub client_id: String,
    /// A file with the client's secret, if it has one
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// What to ask for, separated by spaces; of the default only what the issuer lists
    #[arg(long, default_value = SCOPE)]
    pub scope: String,
    /// Certificate authorities to trust besides the system's, in PEM form
    #[arg(long, value_name = "FILE", env = "DOORSTEP_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Talk plain http to an issuer on another machine: everyone on the way can read the tokens
    #[arg(long)]
    pub allow_http: bool,
}

impl Issuer {
    /// The issuer at this address, as the built-in client with its usual scopes.
    pub fn new(address: String) -> Self {
        Self {
            address: None,
            issuer: Some(address),
            client_id: DOORSTEP_CLI.into(),
            client_secret_file: None,
            scope: SCOPE.into(),
            ca_file: None,
            allow_http: false,
        }
    }

    /// The issuer's address as given.
    pub fn name(&self) -> &str {
        self.address.as_deref().or(self.issuer.as_deref()).unwrap_or_default()
    }

    /// Refuses two issuers on one command line. One of them may stand in the environment.
    pub(in crate::cli) fn check(&self) -> Result<(), Failure> {
        let is_from_environment =
            |option: &String| std::env::var(VARIABLE).is_ok_and(|variable| variable == *option);
        match (&self.address, &self.issuer) {
            (Some(address), Some(option)) if address != option && !is_from_environment(option) => {
                let message =
                    format!("two issuers are named, {address} and {option}: leave one of them out");
                Err(Failure { code: 2, message })
            }
            _ => Ok(()),
        }
    }

    /// The scopes to ask this provider for: of our usual ones those that it lists, others as they were given.
    pub(super) fn scope_at(&self, provider: &OpenIdProvider) -> String {
        if self.scope == SCOPE { provider.offered(SCOPE).join(" ") } else { self.scope.clone() }
    }

    /// Reads the issuer's configuration.
    pub(in crate::cli) async fn discover(&self) -> Result<RelyingParty, Failure> {
        let settings = HttpSettings {
            extra_authorities: self.ca_file.as_ref().map(read).transpose()?,
            allow_http: self.allow_http,
            ..HttpSettings::default()
        };
        let http = Http::new(&settings).map_err(failure::of)?;
        let secret = match &self.client_secret_file {
            Some(file) => Some(Secret::new(String::from_utf8_lossy(&read(file)?).trim_end())),
            None => None,
        };
        let provider = OpenIdProvider::discover(&http, self.name()).await.map_err(failure::of)?;
        Ok(RelyingParty { http, provider, client: Client { id: self.client_id.clone(), secret } })
    }
}

fn read(file: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}.", file.display())))
}
