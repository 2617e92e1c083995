//! An app's addresses, in one visible table.

use actix_web::web;

use super::{
    App, authorize, backchannel, callback, desktop, kubeconfig, login, logout, profile, refresh,
};
use crate::web::failure::Failure;
use crate::web::looks::looks;
use crate::web::mount;

/// The first segments below the app's path that are the gateway's.
const SEGMENTS: [&str; 12] = [
    "authorize",
    "backchannel-logout",
    "brand",
    "callback",
    "desktop",
    "favicon.svg",
    "kubeconfig",
    "login",
    "logout",
    "profile",
    "refresh",
    "signed-out",
];
/// Those at which a person looks at a page; at all others an app reads JSON.
const PAGES: [&str; 3] = ["/authorize", "/callback", "/signed-out"];

/// Whether a person looks at what is at this path below the app's.
pub(crate) fn is_page(path: &str) -> bool {
    let desktop = path.strip_prefix("/desktop/");
    PAGES.contains(&path) || desktop.is_some_and(|name| name != "start" && name != "poll")
}

/// Mounts one app.
pub(super) fn mount(config: &mut web::ServiceConfig, app: &web::Data<App>) {
    let scope = mount::scope(&app.site, SEGMENTS.to_vec())
        .app_data(app.clone())
        .app_data(web::PayloadConfig::new(app.limits.body_bytes))
        .app_data(web::FormConfig::default().limit(app.limits.body_bytes))
        .configure(looks)
        .configure(table)
        .configure(|config| optional(config, app))
        .default_service(web::to(async || Err::<String, _>(Failure::not_found())));
    config.service(scope);
}

fn table(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/authorize").get(authorize::begin))
        .service(web::resource("/callback").get(callback::arrive).post(callback::posted))
        .service(web::resource("/profile").get(profile::show))
        .service(web::resource("/refresh").post(refresh::refresh))
        .service(web::resource("/logout").post(logout::leave))
        .service(web::resource("/signed-out").get(logout::signed_out))
        .service(web::resource("/backchannel-logout").post(backchannel::hear));
}

/// What is there only where it is on.
fn optional(config: &mut web::ServiceConfig, app: &App) {
    if app.settings.login {
        config.service(web::resource("/login").post(login::sign_in));
    }
    if !app.settings.kubeconfig_server.is_empty() {
        config.service(web::resource("/kubeconfig").get(kubeconfig::download));
    }
    if app.settings.desktop {
        config
            .service(web::resource("/desktop/start").post(desktop::start))
            .service(web::resource("/desktop/poll").post(desktop::poll))
            .service(web::resource("/desktop/signed-in").get(desktop::signed_in))
            .service(web::resource("/desktop/{link}").get(desktop::ask).post(desktop::answer));
    }
}
