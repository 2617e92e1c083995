//! One browser: a random cookie that signs nobody in. Forms, tickets and hand-off pages are bound to
//! it, so what one browser was shown is of no use in another.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{HeaderName, ORIGIN};
use actix_web::{HttpRequest, HttpResponse};

use super::failure::Failure;
use super::site::Site;
use crate::secret;

/// The longest value of a cookie of ours: a sealed one, about an account with a long id.
const LONGEST_COOKIE: usize = 3000;

/// A browser, known by its cookie.
#[derive(Clone)]
pub struct Browser {
    cookie: String,
    is_new: bool,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("is_new", &self.is_new).finish_non_exhaustive()
    }
}

impl Browser {
    /// The browser that sent this request; one without the cookie gets a new one.
    pub fn of(site: &Site, request: &HttpRequest) -> Self {
        match read_cookie(site, request, "browser") {
            Some(cookie) => Self { cookie, is_new: false },
            None => Self::renewed(),
        }
    }

    /// A browser under a new name: what was bound to the old one is void.
    pub fn renewed() -> Self {
        Self { cookie: secret::Secret::generate().expose().to_owned(), is_new: true }
    }

    /// The cookie to set, if the browser does not have it yet.
    fn cookie(&self, site: &Site) -> Option<Cookie<'static>> {
        self.is_new.then(|| make_cookie(site, "browser", self.cookie.clone()))
    }

    /// Adds the cookie to a response, if the browser does not have it yet.
    ///
    /// # Errors
    /// When the cookie cannot be written as a header, which ours always can.
    pub fn remember(&self, site: &Site, response: &mut HttpResponse) -> Result<(), Failure> {
        match self.cookie(site) {
            Some(cookie) => add_cookie(response, &cookie),
            None => Ok(()),
        }
    }

    /// What is stored of the browser: half a digest, 128 bits.
    pub fn digest(&self) -> String {
        secret::base64url(&secret::sha256(&self.cookie)[..16])
    }

    /// A token that proves that a form was ours and shown to this browser; another one each time, so that
    /// the length of a compressed page tells nothing of it.
    pub fn csrf(&self, site: &Site) -> String {
        self.csrf_with(site, &secret::base64url(&secret::random_bytes::<9>()))
    }

    fn csrf_with(&self, site: &Site, salt: &str) -> String {
        let proof = site.root.derive("csrf", &[salt.as_bytes(), self.cookie.as_bytes()]);
        format!("{salt}{}", secret::base64url(&proof[..16]))
    }

    /// Whether [`Browser::csrf`] made this token for this browser.
    fn made(&self, site: &Site, csrf: &str) -> bool {
        const SALT: usize = 12;
        csrf.get(..SALT).is_some_and(|salt| secret::equal(csrf, &self.csrf_with(site, salt)))
    }

    /// Lets a POST pass only if it came from one of our own pages in this browser.
    ///
    /// # Errors
    /// A page that says that nothing was done.
    pub fn check_post(
        &self,
        site: &Site,
        request: &HttpRequest,
        csrf: &str,
    ) -> Result<(), Failure> {
        let genuine = !self.is_new && is_same_origin(site, request) && self.made(site, csrf);
        if genuine { Ok(()) } else { Err(Failure::forbidden()) }
    }
}

/// What the browser itself says of where a request comes from. Under `no-referrer` some send
/// `Origin: null` for our own forms, so that alone says nothing.
fn is_same_origin(site: &Site, request: &HttpRequest) -> bool {
    let header =
        |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    match header(HeaderName::from_static("sec-fetch-site")) {
        Some(relation) => matches!(relation, "same-origin" | "none"),
        None => header(ORIGIN).is_none_or(|origin| origin == "null" || origin == &*site.origin),
    }
}

/// The value of one of our cookies. Over https its name has the `__Host-` prefix, so no other host or
/// path can have planted it.
pub fn read_cookie(site: &Site, request: &HttpRequest, name: &str) -> Option<String> {
    let cookie = request.cookie(&cookie_name(site, name))?;
    let value = cookie.value();
    let plausible = value.len() <= LONGEST_COOKIE
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plausible.then(|| value.to_owned())
}

/// One of our cookies, for this browser session.
pub fn make_cookie(site: &Site, name: &str, value: String) -> Cookie<'static> {
    Cookie::build(cookie_name(site, name), value)
        .path("/")
        .secure(site.secure)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

/// A cookie that goes along only to one path and what is below it, for so many seconds, under a name of
/// [`narrow_name`].
pub fn make_narrow_cookie(
    site: &Site,
    name: String,
    value: String,
    path: String,
    same_site: SameSite,
    seconds: i64,
) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .secure(site.secure)
        .http_only(true)
        .same_site(same_site)
        .max_age(Duration::seconds(seconds))
        .finish()
}

/// The name of a cookie with a path of its own. Over https it has the `__Secure-` prefix: a narrow path
/// forbids `__Host-`.
pub fn narrow_name(site: &Site, name: &str) -> String {
    format!("{}doorstep-{name}", if site.secure { "__Secure-" } else { "" })
}

/// Adds a cookie to a response.
///
/// # Errors
/// When it cannot be written as a header, which ours always can.
pub fn add_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Failure> {
    response.add_cookie(cookie).map_err(|error| Failure::Internal(Box::new(error)))
}

/// A cookie that removes the one of this name.
pub fn remove_cookie(site: &Site, name: &str) -> Cookie<'static> {
    let mut cookie = make_cookie(site, name, String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

fn cookie_name(site: &Site, name: &str) -> String {
    format!("{}doorstep-{name}", if site.secure { "__Host-" } else { "" })
}
