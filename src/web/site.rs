//! What every handler shares: the issuer's place on the web, its pages' frame, its key and its clock.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use url::Url;

use super::proxy::TrustedProxies;
use crate::clock::Clock;
use crate::pages::{Brand, Frame, Messages};
use crate::secret::RootKey;

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
    /// What every page has.
    pub frame: Frame,
    /// The key that derives cookies' companions and tickets.
    pub root: RootKey,
    /// The time.
    pub clock: Clock,
    proxies: Arc<TrustedProxies>,
}

/// Why a URL cannot be an issuer's (OpenID Connect Discovery §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadIssuer(pub String);

impl std::fmt::Display for BadIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} cannot be an issuer: it must be an http or https URL without query, fragment, user or a slash at its end, as in https://id.example.org",
            self.0
        )
    }
}

impl std::error::Error for BadIssuer {}

impl Site {
    /// The site of this issuer.
    ///
    /// # Errors
    /// [`BadIssuer`] when the URL cannot be one.
    pub fn new(
        issuer: &str,
        brand: Brand,
        root: RootKey,
        clock: Clock,
        proxies: TrustedProxies,
    ) -> Result<Self, BadIssuer> {
        let bad = || BadIssuer(issuer.to_owned());
        let url = Url::parse(issuer).map_err(|_| bad())?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && !issuer.ends_with('/');
        if !plain {
            return Err(bad());
        }
        let base = url.path().trim_end_matches('/');
        Ok(Self {
            issuer: issuer.into(),
            origin: url.origin().ascii_serialization().into(),
            base: base.into(),
            secure: url.scheme() == "https",
            frame: Frame::new(brand, Messages::english(), base),
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
}
