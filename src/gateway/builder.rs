//! Puts a gateway together.

use std::sync::Arc;

use actix_web::web;

use super::app::{App, Limits};
use super::{AppSettings, Gateway, GatewayLimits, check_apps, housekeeping};
use crate::accounts::throttle::{RateLimit, SignInThrottle};
use crate::clock::Clock;
use crate::outgoing::Permitted;
use crate::pages::Brands;
use crate::relying_party::{Bounds, prepare};
use crate::secret::RootKey;
use crate::store::Db;
use crate::upstream::Unfit;
use crate::web::proxy::TrustedProxies;
use crate::web::site::Site;

/// Why a gateway cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// A part that has to be given is missing; the text names it.
    Missing(&'static str),
    /// An app; the text names it, the key, and what is wrong with it.
    App(String),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(part) => write!(f, "the gateway needs {part}"),
            Self::App(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for BuildError {}

/// Puts a gateway together.
#[derive(Debug, Default)]
#[must_use]
pub struct GatewayBuilder {
    apps: Vec<AppSettings>,
    db: Option<Db>,
    root_key: Option<RootKey>,
    brands: Brands,
    clock: Clock,
    proxies: TrustedProxies,
    limits: GatewayLimits,
    permitted: Permitted,
    allow_insecure_http: bool,
}

impl GatewayBuilder {
    /// Adds an app.
    pub fn app(mut self, app: AppSettings) -> Self {
        self.apps.push(app);
        self
    }

    /// The store (required). Replicas share one.
    pub fn db(mut self, db: Db) -> Self {
        self.db = Some(db);
        self
    }

    /// The key that is not in the store (required); replicas share it too.
    pub fn root_key(mut self, root_key: RootKey) -> Self {
        self.root_key = Some(root_key);
        self
    }

    /// Name and looks of the pages.
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

    /// How much one address may ask.
    pub fn limits(mut self, limits: GatewayLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Addresses besides public ones that an issuer's configuration may name.
    pub fn permitted(mut self, permitted: Permitted) -> Self {
        self.permitted = permitted;
        self
    }

    /// Allows plain http on hosts that are not this machine: for closed test networks.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Makes the apps, and starts to get their issuers ready and to sweep on the current runtime.
    ///
    /// # Errors
    /// [`BuildError`] names what is wrong or missing.
    pub fn build(self) -> Result<Gateway, BuildError> {
        let db = self.db.clone().ok_or(BuildError::Missing("a store: .db(…)"))?;
        let root = self.root_key.clone().ok_or(BuildError::Missing("a root key: .root_key(…)"))?;
        let limits = Arc::new(Limits {
            requests: RateLimit::new(self.limits.requests),
            polls: RateLimit::new(self.limits.polls),
            body_bytes: self.limits.body_bytes,
        });
        let named = |id: &str, unfit: Unfit| {
            BuildError::App(format!("gateway.{id}.{} {}", unfit.field, unfit.reason))
        };
        check_apps(&self.apps, self.allow_insecure_http)
            .map_err(|(id, unfit)| named(&id, unfit))?;
        let make = |settings: &AppSettings| {
            let app = self.make(settings, &db, &root, &limits);
            let app = app.map_err(|unfit| named(&settings.id, unfit))?;
            prepare(settings.id.clone(), app.issuer.clone());
            app.site.looks.watch();
            Ok(web::Data::new(app))
        };
        let apps: Arc<[_]> = self.apps.iter().map(make).collect::<Result<Vec<_>, _>>()?.into();
        housekeeping::start(&db, &self.clock, &apps);
        Ok(Gateway { apps, db })
    }

    fn make(
        &self,
        settings: &AppSettings,
        db: &Db,
        root: &RootKey,
        limits: &Arc<Limits>,
    ) -> Result<App, Unfit> {
        let unfit = |field, reason: String| Unfit { field, reason };
        let site = Site::new(
            &settings.url,
            self.allow_insecure_http,
            self.brands.clone(),
            root.clone(),
            self.clock.clone(),
            self.proxies.clone(),
        );
        let site = site.map_err(|bad| unfit("url", bad.to_string()))?;
        let issuer =
            settings.provider().openid_issuer(self.allow_insecure_http, &self.permitted)?;
        let read = |file: &std::path::PathBuf| {
            std::fs::read(file).map_err(|error| {
                unfit("kubeconfig_ca_file", format!("{} cannot be read: {error}", file.display()))
            })
        };
        Ok(App {
            site,
            db: db.clone(),
            issuer: Arc::new(issuer),
            bounds: Bounds::new(&settings.issuer, settings.timeout),
            limits: Arc::clone(limits),
            throttle: SignInThrottle::default(),
            cluster_ca: settings.kubeconfig_ca_file.as_ref().map(read).transpose()?,
            settings: settings.clone(),
        })
    }
}
