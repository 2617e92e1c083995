//! The gateway: sign-in for web and desktop apps that leave it to somebody else (a "backend for the
//! frontend", RFC 10017 §6.1). An app's pages and programs call a few addresses below a path of the app's
//! own; the gateway speaks OpenID Connect to the issuer, a Doorstep or any other.
//!
//! The code flow runs on the server. The browser gets an opaque session cookie that no script can read.
//! ID and access tokens go to the page in JSON, for it to hold in memory; the refresh token stays here,
//! sealed, and a second cookie, which only two addresses see, lets the page have new ones. A desktop app has
//! its person sign in with the system's browser, and asks until the session is its own.
//!
//! ```no_run
//! # async fn mount(db: doorstep::store::Db, root: doorstep::secret::RootKey) {
//! use doorstep::gateway::{AppSettings, Gateway};
//!
//! let dashboard = AppSettings {
//!     id: "dashboard".into(),
//!     url: "https://dashboard.example.org/auth".into(),
//!     issuer: "https://id.example.org".into(),
//!     client_id: "dashboard".into(),
//!     ..AppSettings::default()
//! };
//! let gateway = Gateway::builder().db(db).root_key(root).app(dashboard).build().expect("its settings fit");
//! let app = move || actix_web::App::new().configure(gateway.routes());
//! # }
//! ```

mod app;
mod authorize;
mod backchannel;
mod builder;
mod callback;
mod cookies;
mod desktop;
mod genuine;
mod housekeeping;
mod kept;
mod kubeconfig;
mod login;
mod logout;
mod profile;
mod refresh;
mod routes;
mod session;
mod settings;
mod tokens;
mod trouble;

use std::sync::Arc;

use actix_web::web;

pub(crate) use app::App;
pub use builder::{BuildError, GatewayBuilder};
pub(crate) use routes::is_page;
pub(crate) use settings::check_apps;
pub use settings::{AppSettings, GatewayLimits};

use crate::store::Db;

/// Sign-in for any number of apps. Clones share it.
#[derive(Clone, Debug)]
pub struct Gateway {
    apps: Arc<[web::Data<App>]>,
    db: Db,
}

impl Gateway {
    /// Starts a gateway without apps.
    pub fn builder() -> GatewayBuilder {
        GatewayBuilder::default()
    }

    /// The store.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The routes of all apps, each below its own path. Mount them with `App::configure`, before what
    /// might claim the same paths; everything else in the application stays the host's.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
        let apps = Arc::clone(&self.apps);
        move |config| {
            for app in apps.iter() {
                routes::mount(config, app);
            }
        }
    }
}
