//! The issuer's routes, in one visible table.

use actix_web::web;

use super::{Core, Issuer, RegistrationMode};
use crate::web::{
    account_password, authorize, consent, device, device_authorization, discovery, factors,
    handoff, home, introspect, login, logout, mount, par, register, revoke, sign_ins, token,
    upstream, userinfo,
};

/// The first segments of paths that every issuer has. A host's own paths are not touched.
const SEGMENTS: [&str; 20] = [
    "account",
    "authorize",
    "brand",
    "consent",
    "device",
    "device_authorization",
    "devicecode",
    "favicon.svg",
    "handoff",
    "introspect",
    "jwks",
    "login",
    "logout",
    "par",
    "revoke",
    "s",
    "token",
    "upstream",
    "userinfo",
    ".well-known",
];

impl Issuer {
    /// The routes, under the issuer's path. Mount them with `App::configure`; everything else in the
    /// app stays the host's.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + Clone + use<> {
        let core = self.core.clone();
        move |config| {
            let scope = mount::scope(&core.site, segments(&core))
                .app_data(core.clone())
                .app_data(web::PayloadConfig::new(core.body_bytes))
                .app_data(web::FormConfig::default().limit(core.body_bytes))
                .configure(table)
                .configure(|config| core.handoff.pages(config))
                .configure(|config| optional(config, &core))
                .default_service(web::to(home::not_found));
            config.service(scope);
            if !core.site.base.is_empty() {
                config.service(well_known_of_host(&core));
            }
        }
    }
}

/// The first segments of every path of ours.
fn segments(core: &Core) -> Vec<&'static str> {
    let mut segments = SEGMENTS.to_vec();
    if is_registration_on(core) {
        segments.push("register");
    }
    segments
}

/// Whether paths that begin with this segment may be the issuer's.
pub(crate) fn is_own_segment(segment: &str) -> bool {
    SEGMENTS.contains(&segment) || segment == "register"
}

fn is_registration_on(core: &Core) -> bool {
    core.registration.mode != RegistrationMode::Off
}

fn table(config: &mut web::ServiceConfig) {
    config
        // A path is tried against each in turn: what every login asks for comes first.
        .service(web::resource("/authorize").get(authorize::get).post(authorize::post))
        .service(web::resource("/token").post(token::exchange).route(preflight()))
        .service(described("/.well-known/openid-configuration"))
        .service(described("/.well-known/oauth-authorization-server"))
        .service(web::resource("/jwks").get(discovery::jwks).route(preflight()))
        .service(web::resource("/par").post(par::push).route(preflight()))
        .service(web::resource("/s/{id}").get(par::open))
        .service(web::resource("/login").get(login::show).post(login::submit))
        .service(web::resource("/login/step").get(login::steps::show))
        .service(web::resource("/login/code").post(login::second_factor::submit))
        .service(web::resource("/login/passkey").post(login::passkey::submit))
        .service(web::resource("/login/password").post(login::password::submit))
        .service(
            web::resource("/login/totp").get(login::enrol::show_totp).post(login::enrol::add_totp),
        )
        .service(
            web::resource("/login/new-passkey")
                .get(login::enrol::show_passkey)
                .post(login::enrol::add_passkey),
        )
        .service(web::resource("/upstream/{id}").get(upstream::start))
        .service(
            web::resource("/upstream/{id}/callback")
                .get(upstream::callback)
                .post(upstream::callback_posted),
        )
        .service(web::resource("/upstream/{id}/signed-out").get(upstream::signed_out))
        .service(web::resource("/consent").get(consent::show).post(consent::submit))
        .service(web::resource("/handoff").post(handoff::click))
        .service(
            web::resource("/userinfo")
                .get(userinfo::show)
                .post(userinfo::show_posted)
                .route(preflight()),
        )
        .service(web::resource("/revoke").post(revoke::revoke).route(preflight()))
        .service(web::resource("/introspect").post(introspect::introspect))
        .service(web::resource("/logout").get(logout::ask).post(logout::submit))
        .service(web::resource("/account").get(home::show))
        .configure(own_account);
}

/// What people see and change of their own accounts.
fn own_account(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/account/password")
                .get(account_password::show)
                .post(account_password::submit),
        )
        .service(web::resource("/account/sign-ins").get(sign_ins::list).post(sign_ins::revoke))
        .service(web::resource("/account/factors").get(factors::list))
        .service(
            web::resource("/account/factors/totp").get(factors::show_totp).post(factors::add_totp),
        )
        .service(
            web::resource("/account/factors/new-passkey")
                .get(factors::show_passkey)
                .post(factors::add_passkey),
        )
        .service(web::resource("/account/factors/recovery").post(factors::new_recovery_codes))
        .service(
            web::resource("/account/factors/{id}").get(factors::show_one).post(factors::change),
        );
}

/// What is there only where it is on.
fn optional(config: &mut web::ServiceConfig, core: &Core) {
    if core.grants.device_code {
        // MSAL for Node.js does not read the address in discovery: it makes the second of that of `/token`.
        let begin = web::resource(["/device_authorization", "/devicecode"]);
        let begin = begin.post(device_authorization::begin).route(preflight());
        config
            .service(begin)
            .service(web::resource("/device").get(device::show).post(device::decide));
    }
    if is_registration_on(core) {
        let one = web::resource("/register/{client_id}")
            .get(register::show)
            .put(register::change)
            .delete(register::remove)
            .route(preflight());
        config
            .service(web::resource("/register").post(register::register).route(preflight()))
            .service(one);
    }
}

fn preflight() -> actix_web::Route {
    web::method(actix_web::http::Method::OPTIONS).to(discovery::preflight)
}

fn described(path: &str) -> actix_web::Resource {
    web::resource(path).get(discovery::document).route(preflight())
}

/// RFC 8414 §3.1 inserts the well-known part between host and path.
fn well_known_of_host(core: &web::Data<Core>) -> actix_web::Resource {
    described(&format!("/.well-known/oauth-authorization-server{}", core.site.base))
        .app_data(core.clone())
}
