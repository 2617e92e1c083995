//! The cookie that holds a sign-in while the person is at the provider: sealed, for this provider's
//! addresses alone, gone after ten minutes or with the first response that names it.
//!
//! Each attempt has a cookie of its own, named after its `state`, so that tabs do not collide; only a
//! few are kept, since they travel together. Its path is narrow, which forbids the `__Host-` prefix; the
//! browser it is bound to is known by a cookie that has it.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use crate::issuer::Core;
use crate::relying_party::{LIFETIME, LoginState};
use crate::upstream::Upstream;
use crate::web::failure::Failure;

/// Sign-ins with one provider that one browser can have under way.
const MOST: usize = 3;
/// Browsers keep no larger cookies, name included.
const LARGEST: usize = 3900;

/// What the state is sealed for.
fn audience(upstream: &Upstream) -> String {
    format!("upstream {}", upstream.settings.id)
}

/// The cookie of a sign-in that begins; `None` when it would be too large.
pub fn make(
    issuer: &Core,
    upstream: &Upstream,
    state: &LoginState,
) -> Result<Option<Cookie<'static>>, Failure> {
    let sealed = state.seal(&issuer.site.root, &audience(upstream));
    let sealed = sealed.map_err(|error| Failure::Internal(Box::new(error)))?;
    let name = LoginState::name(state.attempt.state().expose());
    let cookie = build(issuer, upstream, format!("{}{name}", prefix(issuer)), sealed);
    Ok(Some(cookie).filter(|cookie| cookie.value().len() <= LARGEST))
}

/// The sign-in that a response with this `state` belongs to, if it is under way in this browser.
pub fn read(
    issuer: &Core,
    request: &HttpRequest,
    upstream: &Upstream,
    state: &str,
) -> Option<LoginState> {
    let cookie = request.cookie(&format!("{}{}", prefix(issuer), LoginState::name(state)))?;
    LoginState::open(&issuer.site.root, &audience(upstream), cookie.value(), issuer.now())
}

/// Removes the cookie of the sign-in with this `state`: it has had its response, whatever it was.
pub fn clear(issuer: &Core, upstream: &Upstream, state: &str, response: &mut HttpResponse) {
    let name = format!("{}{}", prefix(issuer), LoginState::name(state));
    remove(issuer, upstream, name, response);
}

/// Removes the oldest cookies where one more would be too many.
pub fn make_room(
    issuer: &Core,
    request: &HttpRequest,
    upstream: &Upstream,
    response: &mut HttpResponse,
) {
    let Ok(cookies) = request.cookies() else { return };
    let begun_at = |cookie: &Cookie<'_>| {
        LoginState::open(&issuer.site.root, &audience(upstream), cookie.value(), issuer.now())
            .map(|state| state.begun_at)
    };
    let mut ours: Vec<_> = cookies
        .iter()
        .filter(|cookie| cookie.name().starts_with(&prefix(issuer)))
        .map(|cookie| (begun_at(cookie), cookie.name().to_owned()))
        .collect();
    ours.sort();
    let surplus = (ours.len() + 1).saturating_sub(MOST);
    for (_, name) in ours.into_iter().take(surplus) {
        remove(issuer, upstream, name, response);
    }
}

fn remove(issuer: &Core, upstream: &Upstream, name: String, response: &mut HttpResponse) {
    let mut cookie = build(issuer, upstream, name, String::new());
    cookie.set_max_age(Duration::ZERO);
    // Only the name is from outside, and it was read as a cookie's.
    let _ = response.add_cookie(&cookie);
}

fn build(issuer: &Core, upstream: &Upstream, name: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(issuer.site.path(&super::path(upstream, "")))
        .secure(issuer.site.secure)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(LIFETIME))
        .finish()
}

fn prefix(issuer: &Core) -> String {
    format!("{}doorstep-upstream-", if issuer.site.secure { "__Secure-" } else { "" })
}
