//! Addresses that a registration may name: where responses go, where people are sent, and whom we ask.

use url::Url;

use super::{BadMetadata, refuse};
use crate::protocol::client::{ApplicationType, Client, GrantType};
use crate::protocol::issuer_url::is_loopback;
use crate::protocol::redirect_uri::OUT_OF_BAND;

impl Client {
    pub(super) fn check_addresses(&self) -> Result<(), BadMetadata> {
        let needs_address = self.grant_types.contains(&GrantType::AuthorizationCode);
        if self.redirect_uris.is_empty() && needs_address {
            return refuse(
                "redirect_uris",
                "should name at least one address that responses may go to",
            );
        }
        for uri in &self.redirect_uris {
            let out_of_band =
                uri == OUT_OF_BAND && self.application_type == ApplicationType::Native;
            if !out_of_band {
                self.check_address("redirect_uris", uri)?;
            }
        }
        for uri in &self.post_logout_redirect_uris {
            self.check_address("post_logout_redirect_uris", uri)?;
        }
        let is_https = |uri: &str| uri.starts_with("https://") && is_endpoint(uri);
        if self.initiate_login_uri.as_deref().is_some_and(|uri| !is_https(uri)) {
            return refuse(
                "initiate_login_uri",
                "should be an https URL like https://app.example.org/sign-in, without a #",
            );
        }
        check_endpoint("backchannel_logout_uri", self.backchannel_logout_uri.as_deref())
    }

    fn check_address(&self, field: &'static str, uri: &str) -> Result<(), BadMetadata> {
        let Ok(url) = Url::parse(uri) else {
            return refuse(field, format!("has {uri:?}, which is not a whole URL"));
        };
        if url.fragment().is_some() {
            return refuse(field, format!("has {uri:?}, which should not have a # in it"));
        }
        if uri.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return refuse(field, format!("has {uri:?}, with a character that no URL has"));
        }
        // Addresses are compared letter by letter (RFC 9700 §2.1), so a wildcard would match nothing.
        if url.host_str().is_some_and(|host| host.contains('*')) {
            return refuse(
                field,
                format!("has {uri:?}, which should not have a * in its host: name every address"),
            );
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&url) => Ok(()),
            "http" => refuse(
                field,
                format!("has {uri:?}, which should be https: plain http is for loopback addresses"),
            ),
            // A private-use scheme is a domain name in reverse (RFC 8252 §7.1), which rules out
            // javascript: and its kin.
            scheme if scheme.contains('.') && self.application_type == ApplicationType::Native => {
                Ok(())
            }
            scheme if scheme.contains('.') => refuse(
                field,
                format!("has {uri:?}: a scheme of one's own needs application_type = \"native\""),
            ),
            _ => refuse(
                field,
                format!(
                    "has {uri:?}: it should be https, http on a loopback address, or a scheme like org.example.app"
                ),
            ),
        }
    }
}

fn is_endpoint(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| {
        ["http", "https"].contains(&url.scheme())
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    })
}

/// Checks an address that Doorstep itself asks. Whether plain http may be asked, and which networks, is
/// decided when it does (`[outgoing]`).
fn check_endpoint(field: &'static str, uri: Option<&str>) -> Result<(), BadMetadata> {
    match uri {
        Some(uri) if !is_endpoint(uri) => {
            refuse(field, "should be a URL like https://app.example.org/path, without a #")
        }
        _ => Ok(()),
    }
}
