//! The cookie that holds a sign-in while the person is at the provider: sealed, for one door's
//! addresses alone, gone after ten minutes or with the first response that names it.
//!
//! Each attempt has a cookie of its own, named after its `state`, so that tabs do not collide; only a
//! few are kept, since they travel together. Its path is narrow, which forbids the `__Host-` prefix; the
//! browser it is bound to is known by a cookie that has it.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse};

use super::Door;
use crate::relying_party::{LIFETIME, LoginState};
use crate::web::browser::{make_narrow_cookie, narrow_name};
use crate::web::failure::Failure;

/// Sign-ins through one door that one browser can have under way.
const MOST: usize = 3;
/// Browsers keep no larger cookies, name included.
const LARGEST: usize = 3900;

/// What the state is sealed for.
fn audience(door: &Door<'_>) -> String {
    format!("{} {}", door.kind, door.id)
}

/// The cookie of a sign-in that begins; `None` when it would be too large.
pub fn make(door: &Door<'_>, state: &LoginState) -> Result<Option<Cookie<'static>>, Failure> {
    let sealed = state.seal(&door.site.root, &audience(door));
    let sealed = sealed.map_err(|error| Failure::Internal(Box::new(error)))?;
    let cookie = build(door, name(door, state.attempt.state().expose()), sealed, LIFETIME);
    Ok(Some(cookie).filter(|cookie| cookie.value().len() <= LARGEST))
}

/// The sign-in that a response with this `state` belongs to, if it is under way in this browser.
pub fn read(door: &Door<'_>, request: &HttpRequest, state: &str) -> Option<LoginState> {
    let cookie = request.cookie(&name(door, state))?;
    LoginState::open(&door.site.root, &audience(door), cookie.value(), door.site.clock.now())
}

/// Removes the cookie of the sign-in with this `state`: it has had its response, whatever it was.
pub fn clear(door: &Door<'_>, state: &str, response: &mut HttpResponse) {
    remove(door, name(door, state), response);
}

/// Removes the oldest cookies where one more would be too many.
pub fn make_room(door: &Door<'_>, request: &HttpRequest, response: &mut HttpResponse) {
    let Ok(cookies) = request.cookies() else { return };
    let begun_at = |cookie: &Cookie<'_>| {
        LoginState::open(&door.site.root, &audience(door), cookie.value(), door.site.clock.now())
            .map(|state| state.begun_at)
    };
    let mut ours: Vec<_> = cookies
        .iter()
        .filter(|cookie| cookie.name().starts_with(&prefix(door)))
        .map(|cookie| (begun_at(cookie), cookie.name().to_owned()))
        .collect();
    ours.sort();
    let surplus = (ours.len() + 1).saturating_sub(MOST);
    for (_, name) in ours.into_iter().take(surplus) {
        remove(door, name, response);
    }
}

fn remove(door: &Door<'_>, name: String, response: &mut HttpResponse) {
    // Only the name is from outside, and it was read as a cookie's.
    let _ = response.add_cookie(&build(door, name, String::new(), 0));
}

fn build(door: &Door<'_>, name: String, value: String, seconds: i64) -> Cookie<'static> {
    make_narrow_cookie(door.site, name, value, door.at(""), SameSite::Lax, seconds)
}

/// The name of the cookie for this `state`.
fn name(door: &Door<'_>, state: &str) -> String {
    format!("{}{}", prefix(door), LoginState::name(state))
}

fn prefix(door: &Door<'_>) -> String {
    narrow_name(door.site, &format!("{}-", door.kind))
}
