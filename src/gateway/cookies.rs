//! The two cookies of a session. The session cookie says who it is, to the app's whole host: over https its
//! name has the `__Host-` prefix. The refresh cookie gets new tokens, and goes along only to the two
//! addresses that need it, from the app's own pages; a narrow path forbids that prefix, so by itself it is
//! worth nothing.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use super::App;
use crate::secret;
use crate::web::browser::{add_cookie, make_cookie, make_narrow_cookie, narrow_name, read_cookie};
use crate::web::failure::Failure;

/// The addresses that see the refresh cookie.
const RENEWING: [&str; 2] = ["/refresh", "/kubeconfig"];

/// The session cookie that came along.
pub fn session(app: &App, request: &HttpRequest) -> Option<String> {
    read_cookie(&app.site, request, &session_name(app))
}

/// The refresh cookie with this digest, if it came along. A neighbour of the host may have put others of its
/// name beside it, which the prefix of a narrow cookie does not prevent.
pub fn renewal(app: &App, request: &HttpRequest, digest: &str) -> Option<String> {
    let (cookies, name) = (request.cookies().ok()?, renewal_name(app));
    let mut values = cookies.iter().filter(|cookie| cookie.name() == name).map(Cookie::value);
    values.find(|value| secret::digest(value) == digest).map(str::to_owned)
}

/// Gives the session cookie.
///
/// # Errors
/// When it cannot be written as a header, which it can.
pub fn set_session(app: &App, response: &mut HttpResponse, value: &str) -> Result<(), Failure> {
    add_cookie(response, &session_cookie(app, value, app.settings.refresh_lifetime))
}

/// Gives the refresh cookie.
///
/// # Errors
/// When it cannot be written as a header, which it can.
pub fn set_renewal(app: &App, response: &mut HttpResponse, value: &str) -> Result<(), Failure> {
    RENEWING.into_iter().try_for_each(|path| {
        add_cookie(response, &renewal_cookie(app, path, value, app.settings.refresh_lifetime))
    })
}

/// Takes both away.
///
/// # Errors
/// When that cannot be written as a header, which it can.
pub fn clear(app: &App, response: &mut HttpResponse) -> Result<(), Failure> {
    add_cookie(response, &session_cookie(app, "", 0))?;
    RENEWING
        .into_iter()
        .try_for_each(|path| add_cookie(response, &renewal_cookie(app, path, "", 0)))
}

fn session_cookie(app: &App, value: &str, seconds: i64) -> Cookie<'static> {
    let mut cookie = make_cookie(&app.site, &session_name(app), value.to_owned());
    cookie.set_max_age(Duration::seconds(seconds));
    cookie
}

fn session_name(app: &App) -> String {
    format!("app-{}", app.id())
}

fn renewal_cookie(app: &App, path: &str, value: &str, seconds: i64) -> Cookie<'static> {
    let (value, path) = (value.to_owned(), app.site.path(path));
    make_narrow_cookie(&app.site, renewal_name(app), value, path, SameSite::Strict, seconds)
}

fn renewal_name(app: &App) -> String {
    narrow_name(&app.site, &format!("app-{}-refresh", app.id()))
}
