//! The issuer: its parts, how they are put together, and the routes it mounts.

mod access_token;
pub(crate) mod audit;
mod builder;
mod client_keys;
mod clients;
mod documents;
mod error;
mod grants;
mod housekeeping;
mod issuance;
mod limits;
mod logout_notices;
mod once;
mod registration;
mod rest;
mod routes;
mod sector;
mod sign_ins;
mod subject;

use std::sync::Arc;

use actix_web::web;
use tokio::sync::Notify;

pub(crate) use access_token::Accepted;
pub use builder::IssuerBuilder;
pub use clients::Clients;
pub use documents::{DocumentSettings, Documents};
pub use error::BuildError;
pub use grants::GrantSettings;
pub(crate) use issuance::Living;
use limits::RateLimits;
pub use limits::{LimitSettings, SessionSettings};
pub use registration::{InitialToken, RegistrationMode, RegistrationSettings};
pub(crate) use routes::is_own_segment;
pub use sector::check_sector;
pub(crate) use sign_ins::Revoked;

use crate::accounts::factors::Factors;
use crate::accounts::{Account, Accounts};
use crate::clock::Timestamp;
use crate::handoff::HandOff;
use crate::keys::Keys;
use crate::outgoing::Outgoing;
use crate::protocol::acr::Acr;
use crate::protocol::client::Client;
use crate::store::Db;
use crate::upstream::Upstreams;
use crate::web::discovery::Discovery;
use crate::web::site::Site;

/// An OpenID Connect issuer. Clones share it.
#[derive(Clone, Debug)]
pub struct Issuer {
    core: web::Data<Core>,
}

/// What handlers work with.
#[derive(Debug)]
pub(crate) struct Core {
    pub site: Site,
    pub db: Db,
    pub keys: Keys,
    pub handoff: HandOff,
    pub accounts: Arc<dyn Accounts>,
    pub factors: Factors,
    pub passwords: bool,
    pub upstreams: Upstreams,
    pub clients: Clients,
    pub discovery: Discovery,
    pub grants: GrantSettings,
    pub registration: RegistrationSettings,
    pub sessions: SessionSettings,
    pub limits: RateLimits,
    pub trail: audit::Trail,
    pub outgoing: Outgoing,
    pub notices: Arc<Notify>,
    pub body_bytes: usize,
}

impl Issuer {
    /// Starts an issuer with this URL: the `iss` of its tokens, to the letter. Its routes lie under the
    /// URL's path.
    pub fn builder(issuer: impl Into<String>) -> IssuerBuilder {
        IssuerBuilder::new(issuer.into())
    }

    /// The signing keys, for an admin's commands.
    pub fn keys(&self) -> &Keys {
        &self.core.keys
    }

    /// The store.
    pub fn db(&self) -> &Db {
        &self.core.db
    }
}

impl Core {
    pub(crate) fn now(&self) -> Timestamp {
        self.site.clock.now()
    }

    /// Whether people change their passwords here.
    pub(crate) fn keeps_passwords(&self) -> bool {
        self.passwords && self.accounts.keeps_passwords()
    }

    /// The class of sign-in that this person needs at least, at all or for this client.
    pub(crate) fn needed_acr(&self, account: &Account, client: Option<&Client>) -> Acr {
        let demanded = client.is_some_and(|client| client.require_mfa);
        let by_client = if demanded { Acr::MultiFactor } else { Acr::SingleFactor };
        self.factors.needed_of(account).max(by_client)
    }
}
