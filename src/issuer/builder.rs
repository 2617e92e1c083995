//! How an issuer is put together.

use std::sync::Arc;

use actix_web::web;

use super::{
    BuildError, Clients, Core, DocumentSettings, Documents, GrantSettings, Issuer, LimitSettings,
    RateLimits, RegistrationMode, RegistrationSettings, SessionSettings, audit, housekeeping,
    logout_notices,
};
use crate::accounts::Accounts;
use crate::accounts::factors::{FactorSettings, Factors};
use crate::clock::Clock;
use crate::handoff::HandOff;
use crate::keys::Keys;
use crate::outgoing::{Outgoing, OutgoingSettings, Permitted};
use crate::pages::{Brand, Brands};
use crate::protocol::acr::Acr;
use crate::protocol::client::Client;
use crate::secret::RootKey;
use crate::store::Db;
use crate::upstream::{ProviderSettings, Upstreams};
use crate::web::discovery::{self, Offered};
use crate::web::proxy::TrustedProxies;
use crate::web::site::Site;

/// Puts an issuer together.
#[derive(Debug)]
#[must_use]
pub struct IssuerBuilder {
    issuer: String,
    allow_insecure_http: bool,
    db: Option<Db>,
    root_key: Option<RootKey>,
    accounts: Option<Arc<dyn Accounts>>,
    passwords: bool,
    providers: Vec<ProviderSettings>,
    clients: Vec<Client>,
    factors: FactorSettings,
    brands: Brands,
    clock: Clock,
    proxies: TrustedProxies,
    sessions: SessionSettings,
    limits: LimitSettings,
    audit_retention: i64,
    outgoing: OutgoingSettings,
    grants: GrantSettings,
    registration: RegistrationSettings,
    documents: DocumentSettings,
}

impl IssuerBuilder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            allow_insecure_http: false,
            db: None,
            root_key: None,
            accounts: None,
            passwords: true,
            providers: Vec::new(),
            clients: Vec::new(),
            factors: FactorSettings::default(),
            brands: Brand::default().into(),
            clock: Clock::system(),
            proxies: TrustedProxies::default(),
            sessions: SessionSettings::default(),
            limits: LimitSettings::default(),
            audit_retention: 0,
            outgoing: OutgoingSettings::default(),
            grants: GrantSettings::default(),
            registration: RegistrationSettings::default(),
            documents: DocumentSettings::default(),
        }
    }

    /// The store (required).
    pub fn db(mut self, db: Db) -> Self {
        self.db = Some(db);
        self
    }

    /// The key that is not in the store (required): without it nothing in the store can be used.
    pub fn root_key(mut self, root_key: RootKey) -> Self {
        self.root_key = Some(root_key);
        self
    }

    /// Where the people are (required).
    pub fn accounts(mut self, accounts: Arc<dyn Accounts>) -> Self {
        self.accounts = Some(accounts);
        self
    }

    /// Whether people can sign in with a user name and a password (the default).
    pub fn passwords(mut self, passwords: bool) -> Self {
        self.passwords = passwords;
        self
    }

    /// Providers that people can sign in with.
    pub fn providers(mut self, providers: Vec<ProviderSettings>) -> Self {
        self.providers = providers;
        self
    }

    /// Clients besides those in the store; these win where the ids are equal.
    pub fn clients(mut self, clients: Vec<Client>) -> Self {
        self.clients = clients;
        self
    }

    /// Which second factors there are, and who needs one.
    pub fn factors(mut self, factors: FactorSettings) -> Self {
        self.factors = factors;
        self
    }

    /// Name and looks of the pages: a [`Brand`], or the [`Brands`] of a folder, whose changes are followed.
    pub fn brand(mut self, brands: impl Into<Brands>) -> Self {
        self.brands = brands.into();
        self
    }

    /// Another clock than the system's, for tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Proxies whose word about a client's address is believed.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Allows an issuer with plain http on a host that is not this machine: for closed test networks,
    /// since the network can then read passwords.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// How long sessions last.
    pub fn sessions(mut self, sessions: SessionSettings) -> Self {
        self.sessions = sessions;
        self
    }

    /// How much one address may ask.
    pub fn limits(mut self, limits: LimitSettings) -> Self {
        self.limits = limits;
        self
    }

    /// Seconds that events of the audit trail are kept; 0, the default, is for ever.
    pub fn audit_retention(mut self, seconds: i64) -> Self {
        self.audit_retention = seconds;
        self
    }

    /// What requests to addresses that clients name may do.
    pub fn outgoing(mut self, outgoing: OutgoingSettings) -> Self {
        self.outgoing = outgoing;
        self
    }

    /// Which grants there are besides codes and refresh tokens.
    pub fn grants(mut self, grants: GrantSettings) -> Self {
        self.grants = grants;
        self
    }

    /// Who may register clients, besides admins.
    pub fn registration(mut self, registration: RegistrationSettings) -> Self {
        self.registration = registration;
        self
    }

    /// Whose documents describe clients.
    pub fn client_id_metadata_documents(mut self, documents: DocumentSettings) -> Self {
        self.documents = documents;
        self
    }

    /// Opens the keys and starts the housekeeping task on the current runtime.
    ///
    /// # Errors
    /// [`BuildError`] names what is wrong or missing.
    pub async fn build(self) -> Result<Issuer, BuildError> {
        let db = self.db.ok_or(BuildError::Missing("a store: .db(…)"))?;
        let root_key = self.root_key.ok_or(BuildError::Missing("a root key: .root_key(…)"))?;
        let accounts = self.accounts.ok_or(BuildError::Missing("accounts: .accounts(…)"))?;
        let site = Site::new(
            &self.issuer,
            self.allow_insecure_http,
            self.brands,
            root_key.clone(),
            self.clock.clone(),
            self.proxies,
        )
        .map_err(BuildError::Issuer)?;
        let factors = Factors::new(
            db.clone(),
            root_key.clone(),
            self.factors,
            &site.origin,
            &site.looks.brand().name,
        );
        let wanted = self.clients.iter().any(|client| client.require_mfa)
            || factors.settings().is_required_of_anybody();
        if wanted && factors.strongest() == Acr::SingleFactor {
            return Err(BuildError::NoFactor);
        }
        let permitted = Permitted { networks: self.outgoing.allowed_networks.clone() };
        let upstreams = Upstreams::new(self.providers, self.allow_insecure_http, &permitted)
            .map_err(BuildError::Provider)?;
        if !self.passwords && upstreams.iter().next().is_none() {
            return Err(BuildError::Missing("a way in: passwords, or a provider"));
        }
        // Where people have no passwords, no program may ask for them.
        let grants =
            GrantSettings { password: self.grants.password && self.passwords, ..self.grants };
        let outgoing =
            Outgoing::new(self.outgoing, self.clock.clone()).map_err(BuildError::Authorities)?;
        let offered = Offered {
            grants,
            registration: self.registration.mode != RegistrationMode::Off,
            documents: self.documents.is_on(),
            strongest: factors.strongest(),
        };
        let documents = Documents::new(self.documents, outgoing.clone(), self.clock.clone());
        let keys = Keys::open(db.clone(), root_key, self.clock).await.map_err(BuildError::Keys)?;
        let core = Arc::new(Core {
            handoff: HandOff::on(site.clone(), db.clone()).with_keys(keys.clone()),
            clients: Clients::new(self.clients, db.clone(), documents),
            discovery: discovery::describe(&site, &offered),
            grants,
            registration: self.registration,
            site,
            db,
            keys,
            accounts,
            factors,
            passwords: self.passwords,
            upstreams,
            sessions: self.sessions,
            limits: RateLimits::new(&self.limits),
            trail: audit::Trail::new(self.audit_retention),
            outgoing,
            notices: Arc::default(),
            body_bytes: self.limits.body_bytes,
        });
        housekeeping::start(&core);
        core.site.looks.watch();
        core.upstreams.start();
        logout_notices::start(&core);
        Ok(Issuer { core: web::Data::from(core) })
    }
}
