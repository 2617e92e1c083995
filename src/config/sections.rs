//! The sections of the settings, one struct each. What a key means is said in `doorstep.default.toml`.

use std::path::PathBuf;

use serde::Deserialize;

use super::Misfit;
use crate::accounts::factors::FactorSettings;
use crate::accounts::rules::UsernameRule;
use crate::secret::Secret;
use crate::web::proxy::TrustedProxies;

/// `[database]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`; a secret, since a password may be in it.
    pub url: Secret,
    /// Connections kept open at most.
    pub max_connections: u32,
}

/// `[tls]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM file of the certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file of its private key.
    pub private_key: Option<PathBuf>,
}

/// `[proxy]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Networks whose forwarded headers are believed.
    pub trusted: TrustedProxies,
}

/// `[session]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Seconds a browser stays signed in at most.
    pub lifetime: i64,
    /// Seconds it stays so without being used.
    pub idle_lifetime: i64,
}

/// `[accounts]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Which user names there may be.
    pub usernames: UsernameRule,
    /// Whether people can sign in with a password.
    pub passwords: bool,
}

/// `[factors]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factors {
    /// Whether there are authenticator apps.
    pub totp: bool,
    /// Whether there are passkeys.
    pub passkeys: bool,
    /// Whether everybody needs a second factor.
    pub require_mfa: bool,
    /// Groups whose members need one.
    pub require_mfa_groups: Vec<String>,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request's body at most.
    pub body_bytes: usize,
    /// Pushed authorization and device requests a minute from one address; like the next, 0 for any
    /// number.
    pub pushed_requests: u32,
    /// Codes of devices that are entered from one address.
    pub user_codes: u32,
    /// Steps to a provider and back a minute from one address.
    pub upstream: u32,
    /// Registrations of clients a minute from one address.
    pub registrations: u32,
    /// Sign-ins and refreshes of apps a minute from one address.
    pub gateway: u32,
    /// Questions of desktop apps a minute from one address.
    pub gateway_polls: u32,
    /// Failed requests a minute from one address at the endpoints that programs use.
    pub token_failures: u32,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// For eyes or machines.
    pub format: LogFormat,
    /// A filter in the manner of `RUST_LOG`.
    pub filter: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line an event.
    Text,
    /// One JSON object an event.
    Json,
}

pub(super) fn refuse_unless(fits: bool, key: &str, reason: &str) -> Result<(), Misfit> {
    if fits { Ok(()) } else { Err(Misfit::new(key, reason)) }
}

impl Database {
    pub(super) fn check(&self) -> Result<(), Misfit> {
        let known = ["sqlite:", "postgres:", "postgresql:"];
        let fits = known.iter().any(|scheme| self.url.expose().starts_with(scheme));
        refuse_unless(
            fits,
            "database.url",
            "should be like sqlite:doorstep.db or postgres://user@host/database",
        )?;
        let fits = (1..=1000).contains(&self.max_connections);
        refuse_unless(fits, "database.max_connections", "should be from 1 to 1000")
    }
}

impl Tls {
    pub(super) fn check(&self) -> Result<(), Misfit> {
        let both = self.certificate.is_some() == self.private_key.is_some();
        let lonely = if self.certificate.is_some() { "tls.certificate" } else { "tls.private_key" };
        refuse_unless(
            both,
            lonely,
            "needs the other file too: certificate and private_key go together",
        )
    }
}

impl Session {
    pub(super) fn check(&self) -> Result<(), Misfit> {
        refuse_unless(
            self.lifetime > 0,
            "session.lifetime",
            "should be a number of seconds above 0",
        )?;
        let fits = (1..=self.lifetime).contains(&self.idle_lifetime);
        refuse_unless(
            fits,
            "session.idle_lifetime",
            "should be above 0 and not above session.lifetime",
        )
    }
}

impl Factors {
    /// The same, as the issuer takes it.
    pub fn settings(&self) -> FactorSettings {
        FactorSettings {
            totp: self.totp,
            passkeys: self.passkeys,
            require_mfa: self.require_mfa,
            require_mfa_groups: self.require_mfa_groups.clone(),
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), Misfit> {
        let fits = (4096..=65_536).contains(&self.body_bytes);
        refuse_unless(fits, "limits.body_bytes", "should be from 4096 to 65536")
    }
}

impl Log {
    pub(super) fn check(&self) -> Result<(), Misfit> {
        let fits = tracing_subscriber::EnvFilter::try_new(&self.filter).is_ok();
        refuse_unless(fits, "log.filter", "should be like info, or info,doorstep=debug")
    }
}
