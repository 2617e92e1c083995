//! A browser's cookies (RFC 6265, with the name prefixes of its successor): which it takes, and which
//! go with a request.

use actix_web::cookie::{Cookie, SameSite};
use url::{Host, Url};

/// The cookies of one browser.
#[derive(Debug, Default)]
pub struct Jar(Vec<Kept>);

/// A cookie, and whose it is. Hosts get back what they set; ports make no difference.
#[derive(Debug)]
struct Kept {
    /// Nobody's in particular, if an attacker planted it.
    host: Option<String>,
    cookie: Cookie<'static>,
}

impl Jar {
    /// Takes what a `Set-Cookie` header says, if a browser would.
    ///
    /// # Panics
    /// When the cookie goes to a whole domain: ours never do.
    pub fn keep(&mut self, from: &Url, header: &str) {
        let cookie = Cookie::parse(header.to_owned()).expect("a cookie");
        assert_eq!(cookie.domain(), None, "{header}");
        if !is_acceptable(from, &cookie) {
            return;
        }
        let host = from.host_str().map(str::to_owned);
        self.0.retain(|kept| {
            let same_host = kept.host.is_none() || kept.host == host;
            !(same_host && kept.cookie.name() == cookie.name() && path(kept) == cookie.path())
        });
        if cookie.max_age().is_none_or(|age| age.is_positive()) {
            self.0.push(Kept { host, cookie });
        }
    }

    /// The `Cookie` header of a request; `cross_site` if it is a POST from somebody else's page.
    pub fn header(&self, to: &Url, cross_site: bool) -> Option<String> {
        let sent = self.0.iter().filter(|kept| {
            let lax = kept.cookie.same_site() != Some(SameSite::None);
            let ours = kept.host.as_deref().is_none_or(|host| Some(host) == to.host_str());
            let secure = kept.cookie.secure() != Some(true) || is_trustworthy(to);
            ours && secure && matches(path(kept).unwrap_or("/"), to.path()) && !(cross_site && lax)
        });
        let pairs: Vec<_> = sent.map(|kept| kept.cookie.stripped().to_string()).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The value of a cookie.
    pub fn get(&self, name: &str) -> Option<String> {
        let kept = self.0.iter().find(|kept| kept.cookie.name() == name)?;
        Some(kept.cookie.value().to_owned())
    }

    /// Plants a cookie, as an attacker might.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.remove(name);
        let cookie = Cookie::build(name.to_owned(), value.to_owned()).path("/").finish();
        self.0.push(Kept { host: None, cookie });
    }

    /// Forgets a cookie.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|kept| kept.cookie.name() != name);
    }
}

fn path(kept: &Kept) -> Option<&str> {
    kept.cookie.path()
}

/// Whether a browser takes the cookie: what is for safe connections only comes by one, and the prefixes
/// of its name are kept to.
fn is_acceptable(from: &Url, cookie: &Cookie<'_>) -> bool {
    let secure = cookie.secure() == Some(true);
    let host_only = !cookie.name().starts_with("__Host-") || cookie.path() == Some("/");
    let prefixed = cookie.name().starts_with("__");
    (!secure || is_trustworthy(from)) && (!prefixed || secure) && host_only
}

/// https, or this machine.
fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || matches!(url.host(), Some(Host::Ipv4(ip)) if ip.is_loopback())
}

/// RFC 6265 §5.1.4.
fn matches(cookie: &str, request: &str) -> bool {
    request == cookie
        || request
            .strip_prefix(cookie)
            .is_some_and(|rest| cookie.ends_with('/') || rest.starts_with('/'))
}
