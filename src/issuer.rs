//! The issuer: its parts, how they are put together, and the routes it mounts.

mod access_token;
mod audit;
mod client_keys;
mod clients;
mod documents;
mod grants;
mod housekeeping;
mod issuance;
mod logout_notices;
mod once;
mod registration;
mod routes;
mod sector;
mod sign_ins;
mod subject;

use std::sync::Arc;

use actix_web::web;
use tokio::sync::Notify;

pub(crate) use access_token::Accepted;
pub use clients::Clients;
pub use documents::{DocumentSettings, Documents};
pub use grants::GrantSettings;
pub(crate) use issuance::Living;
pub use registration::{InitialToken, RegistrationMode, RegistrationSettings};
pub(crate) use routes::is_own_segment;
pub use sector::check_sector;
pub(crate) use sign_ins::Revoked;

use crate::accounts::factors::{FactorSettings, Factors};
use crate::accounts::throttle::RateLimit;
use crate::accounts::{Account, Accounts};
use crate::clock::{Clock, Timestamp};
use crate::handoff::HandOff;
use crate::keys::{self, Keys};
use crate::outgoing::{self, Outgoing, OutgoingSettings, Permitted};
use crate::pages::{Brand, Brands};
use crate::protocol::acr::Acr;
use crate::protocol::client::Client;
use crate::secret::RootKey;
use crate::store::Db;
use crate::upstream::{ProviderSettings, Upstreams};
use crate::web::discovery::{self, Discovery, Offered};
use crate::web::proxy::TrustedProxies;
use crate::web::site::{BadIssuer, Site};

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

/// How long somebody stays signed in in a browser.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// Seconds from sign-in to the end, used or not.
    pub lifetime: i64,
    /// Seconds without use after which the session ends.
    pub idle_lifetime: i64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { lifetime: 30 * 86_400, idle_lifetime: 7 * 86_400 }
    }
}

/// Requests a minute that one address may make.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// At the token, revocation and userinfo endpoints, when they fail.
    pub token_failures: u32,
    /// At the endpoints for pushed authorization requests and for device requests.
    pub pushed_requests: u32,
    /// At the page where people enter the code of a device.
    pub user_codes: u32,
    /// On the way to a provider and back.
    pub upstream: u32,
    /// At the registration endpoint.
    pub registrations: u32,
    /// Bytes of a request body.
    pub body_bytes: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            token_failures: 60,
            pushed_requests: 120,
            user_codes: 30,
            upstream: 120,
            registrations: 10,
            body_bytes: crate::protocol::params::MAX_BYTES,
        }
    }
}

/// The limits at work.
#[derive(Debug)]
pub(crate) struct RateLimits {
    pub token_failures: RateLimit,
    pub pushed_requests: RateLimit,
    pub user_codes: RateLimit,
    pub upstream: RateLimit,
    pub registrations: RateLimit,
}

/// Why an issuer cannot be built.
#[derive(Debug)]
pub enum BuildError {
    /// The issuer URL.
    Issuer(BadIssuer),
    /// A part that has to be given is missing; the text names it.
    Missing(&'static str),
    /// The signing keys.
    Keys(keys::Error),
    /// A second factor is required and nobody could add one.
    NoFactor,
    /// A provider; the text names it and what is wrong with it.
    Provider(String),
    /// The certificate authorities for requests to others.
    Authorities(outgoing::Error),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Issuer(source) => source.fmt(f),
            Self::Missing(part) => write!(f, "the issuer needs {part}"),
            Self::Keys(source) => source.fmt(f),
            Self::NoFactor => f.write_str(
                "a second factor is required (require_mfa), but factors.totp is off, and factors.passkeys \
                 is off too or the issuer has no host name",
            ),
            Self::Provider(reason) => f.write_str(reason),
            Self::Authorities(source) => write!(f, "the file of outgoing.ca_file {source}"),
        }
    }
}

impl std::error::Error for BuildError {}

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

impl Issuer {
    /// Starts an issuer with this URL: the `iss` of its tokens, to the letter. Its routes lie under the
    /// URL's path.
    pub fn builder(issuer: impl Into<String>) -> IssuerBuilder {
        IssuerBuilder {
            issuer: issuer.into(),
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
}

impl Core {
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

impl IssuerBuilder {
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
            limits: RateLimits {
                token_failures: RateLimit::new(self.limits.token_failures),
                pushed_requests: RateLimit::new(self.limits.pushed_requests),
                user_codes: RateLimit::new(self.limits.user_codes),
                upstream: RateLimit::new(self.limits.upstream),
                registrations: RateLimit::new(self.limits.registrations),
            },
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
