//! What every handler shares: the issuer's place on the web, its pages' frame, its key and its clock.

use std::net::IpAddr;
use std::sync::Arc;

use super::proxy::TrustedProxies;
use crate::clock::Clock;
use crate::pages::{Brands, Looks};
use crate::protocol::issuer_url::IssuerUrl;
use crate::secret::RootKey;
use actix_web::HttpRequest;

/// The place that the pages and endpoints live at. Clones share it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The issuer, to the letter as in tokens and discovery.
    pub issuer: Arc<str>,
    /// Its origin, as browsers write it in the `Origin` header.
    pub origin: Arc<str>,
    /// Its path without a slash at the end: empty, or as in `/oidc`.
    pub base: Arc<str>,
    /// Whether browsers reach it by https.
    pub secure: bool,
    /// What every page looks like.
    pub looks: Looks,
    /// The key that derives cookies' companions and tickets.
    pub root: RootKey,
    /// The time.
    pub clock: Clock,
    proxies: Arc<TrustedProxies>,
}

/// Why a URL cannot be an issuer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadIssuer {
    issuer: String,
    reason: String,
}

impl std::fmt::Display for BadIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the issuer {:?} {}", self.issuer, self.reason)
    }
}

impl std::error::Error for BadIssuer {}

impl Site {
    /// The site of this issuer. Plain http is for loopback hosts unless `allow_insecure_http`.
    ///
    /// # Errors
    /// [`BadIssuer`] when the URL cannot be one.
    pub fn new(
        issuer: &str,
        allow_insecure_http: bool,
        brands: impl Into<Brands>,
        root: RootKey,
        clock: Clock,
        proxies: TrustedProxies,
    ) -> Result<Self, BadIssuer> {
        let url = IssuerUrl::parse(issuer, allow_insecure_http)
            .map_err(|reason| BadIssuer { issuer: issuer.to_owned(), reason })?;
        Ok(Self {
            issuer: url.as_str().into(),
            origin: url.origin().into(),
            base: url.path().into(),
            secure: url.is_https(),
            looks: Looks::new(brands, url.path()),
            root,
            clock,
            proxies: proxies.into(),
        })
    }

    /// The absolute URL of one of our paths, as in `url("/token")`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// The path of one of our pages on this host, as in `path("/login")`.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The client's address, through proxies only if they are trusted.
    pub fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.proxies.client_address(request)
    }

    /// The same as text, empty if it is not known: as it is stored and shown.
    pub fn address_text(&self, request: &HttpRequest) -> String {
        self.address(request).map(|address| address.to_string()).unwrap_or_default()
    }
}

/// Whether this is a path on the host that says it, which no browser reads as another host.
pub(crate) fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}
