//! The issuer's routes, in one visible table.

use actix_web::dev::RequestHead;
use actix_web::{guard, middleware, web};

use super::{Core, Issuer};
use crate::web::{
    authorize, consent, discovery, envelope, handoff, home, login, logout, par, revoke, token,
    userinfo,
};

/// The first segments of every path of ours. A host's own paths are not touched.
const SEGMENTS: [&str; 13] = [
    "account",
    "authorize",
    "consent",
    "favicon.svg",
    "handoff",
    "jwks",
    "login",
    "logout",
    "par",
    "revoke",
    "token",
    "userinfo",
    ".well-known",
];
/// What lies under `.well-known`; other files there are the host's.
const WELL_KNOWN: [&str; 2] = ["openid-configuration", "oauth-authorization-server"];

impl Issuer {
    /// The routes, under the issuer's path. Mount them with `App::configure`; everything else in the
    /// app stays the host's.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
        let core = self.core.clone();
        move |config| {
            let base = core.site.base.clone();
            let at_base = base.clone();
            let scope = web::scope(&base)
                .guard(guard::fn_guard(move |context| is_ours(&at_base, context.head())))
                .app_data(web::Data::new(core.site.clone()))
                .app_data(core.clone())
                .app_data(web::PayloadConfig::new(core.body_bytes))
                .wrap(middleware::from_fn(envelope::wrap))
                .configure(|config| core.handoff.pages(config))
                .configure(table)
                .default_service(web::to(home::not_found));
            config.service(scope);
            if !base.is_empty() {
                config.service(well_known_of_host(&core));
            }
        }
    }
}

fn table(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/.well-known/openid-configuration").get(discovery::document))
        .service(web::resource("/.well-known/oauth-authorization-server").get(discovery::document))
        .service(web::resource("/jwks").get(discovery::jwks))
        .service(web::resource("/authorize").get(authorize::get).post(authorize::post))
        .service(web::resource("/par").post(par::push))
        .service(web::resource("/login").get(login::show).post(login::submit))
        .service(web::resource("/consent").get(consent::show).post(consent::submit))
        .service(web::resource("/handoff").post(handoff::click))
        .service(web::resource("/token").post(token::exchange).route(preflight()))
        .service(
            web::resource("/userinfo")
                .get(userinfo::show)
                .post(userinfo::show_posted)
                .route(preflight()),
        )
        .service(web::resource("/revoke").post(revoke::revoke).route(preflight()))
        .service(web::resource("/logout").get(logout::ask).post(logout::submit))
        .service(web::resource("/account").get(home::show))
        .service(web::resource("/favicon.svg").get(home::favicon));
}

fn preflight() -> actix_web::Route {
    web::method(actix_web::http::Method::OPTIONS).to(discovery::preflight)
}

/// RFC 8414 §3.1 inserts the well-known part between host and path.
fn well_known_of_host(core: &web::Data<Core>) -> actix_web::Resource {
    web::resource(format!("/.well-known/oauth-authorization-server{}", core.site.base))
        .app_data(core.clone())
        .get(discovery::document)
}

fn is_ours(base: &str, head: &RequestHead) -> bool {
    let Some(path) = head.uri.path().strip_prefix(base).and_then(|path| path.strip_prefix('/'))
    else {
        return false;
    };
    let mut segments = path.split('/');
    let first = segments.next().unwrap_or_default();
    SEGMENTS.contains(&first)
        && (first != ".well-known"
            || segments.next().is_some_and(|name| WELL_KNOWN.contains(&name)))
}
