//! What a client's registration must and must not say, however it came in: by `doorstep.toml`, by
//! `doorstep client add`, or through the library (RFC 7591 §2, OpenID Connect Registration §2, RFC
//! 8252 §7, RFC 9700).

mod authentication;
mod fapi2;

use std::fmt;

use url::Url;

use super::subject_type::SubjectType;
use super::{ApplicationType, Client, GrantType, claim_mapping};
use crate::protocol::acr::Acr;
use crate::protocol::issuer_url::is_loopback;
use crate::protocol::redirect_uri::OUT_OF_BAND;

/// Seconds that a code may live at most (RFC 6749 §4.1.2 recommends ten minutes).
pub const MAX_CODE_LIFETIME: i64 = 600;

/// A registration that cannot be (RFC 7591 §3.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMetadata {
    /// The field that is wrong.
    pub field: &'static str,
    /// A sentence that goes on from the field's name.
    pub reason: String,
}

impl fmt::Display for BadMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.reason)
    }
}

impl std::error::Error for BadMetadata {}

pub(super) fn refuse<T>(field: &'static str, reason: impl Into<String>) -> Result<T, BadMetadata> {
    Err(BadMetadata { field, reason: reason.into() })
}

fn is_web(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

impl Client {
    /// Whether the registration makes sense as a whole.
    ///
    /// # Errors
    /// [`BadMetadata`] names the first field that does not fit.
    pub fn check(&self) -> Result<(), BadMetadata> {
        self.check_names()?;
        self.check_authentication()?;
        self.check_fapi2()?;
        self.check_grants()?;
        self.check_addresses()?;
        check_resources("resources", &self.resources)?;
        check_resources("serves", &self.serves)?;
        self.check_lifetimes()?;
        self.check_claims()
    }

    fn check_claims(&self) -> Result<(), BadMetadata> {
        if self.default_acr_values.iter().any(|name| Acr::parse(name).is_none()) {
            let known = Acr::ALL.map(Acr::as_str).join(", ");
            return refuse("default_acr_values", format!("should be some of {known}"));
        }
        self.check_sector()?;
        claim_mapping::check(&self.claim_mapping).or_else(|reason| refuse("claim_mapping", reason))
    }

    fn check_names(&self) -> Result<(), BadMetadata> {
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if self.client_id.is_empty() || self.client_id.len() > 200 || !visible(&self.client_id) {
            return refuse("client_id", "should be 1 to 200 ASCII characters without spaces");
        }
        if self.client_name.len() > 200 || self.client_name.chars().any(char::is_control) {
            return refuse("client_name", "should be at most 200 bytes without control characters");
        }
        if self.client_uri.as_deref().is_some_and(|uri| !is_web(uri)) {
            return refuse("client_uri", "should be a URL like https://app.example.org");
        }
        // RFC 6749 §3.3: scope tokens have neither spaces, quotes nor backslashes.
        let token = |scope: &str| visible(scope) && !scope.contains(['"', '\\']);
        if !self.scope.split(' ').all(|scope| !scope.is_empty() && token(scope)) {
            return refuse(
                "scope",
                "should be names with single spaces between them, as in \"openid profile\"",
            );
        }
        Ok(())
    }

    fn check_grants(&self) -> Result<(), BadMetadata> {
        let begins = |grant: &GrantType| *grant != GrantType::RefreshToken;
        if !self.grant_types.iter().any(begins) && self.serves.is_empty() {
            return refuse(
                "grant_types",
                "should name a grant that tokens begin with, such as authorization_code",
            );
        }
        if self.grant_types.contains(&GrantType::ClientCredentials) && self.is_public() {
            return refuse(
                "grant_types",
                "has client_credentials, which is for clients that have a secret",
            );
        }
        if !self.serves.is_empty() && self.is_public() {
            return refuse("serves", "is for clients that have a secret");
        }
        if self.response_modes.is_empty() {
            return refuse("response_modes", "should name at least one mode");
        }
        if self.match_phrase && self.application_type == ApplicationType::Web {
            return refuse("match_phrase", "is for clients with application_type = \"native\"");
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), BadMetadata> {
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

    fn check_sector(&self) -> Result<(), BadMetadata> {
        let is_https = |uri: &String| {
            Url::parse(uri).is_ok_and(|url| url.scheme() == "https" && url.fragment().is_none())
        };
        if self.sector_identifier_uri.as_ref().is_some_and(|uri| !is_https(uri)) {
            return refuse(
                "sector_identifier_uri",
                "should be an https URL like https://app.example.org/redirect-uris.json",
            );
        }
        match (self.subject_type, self.sector()) {
            (SubjectType::Pairwise, Err(hosts)) => refuse(
                "subject_type",
                format!(
                    "is pairwise, yet redirect_uris have several hosts ({}): name the one that counts with sector_identifier_uri",
                    hosts.into_iter().collect::<Vec<_>>().join(", ")
                ),
            ),
            _ => Ok(()),
        }
    }

    fn check_lifetimes(&self) -> Result<(), BadMetadata> {
        if self.code_lifetime.is_some_and(|seconds| !(1..=MAX_CODE_LIFETIME).contains(&seconds)) {
            return refuse(
                "code_lifetime",
                format!("should be from 1 to {MAX_CODE_LIFETIME} seconds"),
            );
        }
        for (field, seconds, longest) in [
            ("id_token_lifetime", self.id_token_lifetime, 86_400),
            ("access_token_lifetime", self.access_token_lifetime, 86_400),
            ("refresh_token_lifetime", self.refresh_token_lifetime, 366 * 86_400),
        ] {
            if !(1..=longest).contains(&seconds) {
                return refuse(field, format!("should be from 1 to {longest} seconds"));
            }
        }
        Ok(())
    }
}

/// RFC 8707 §2: an absolute URI without a fragment.
fn check_resources(field: &'static str, resources: &[String]) -> Result<(), BadMetadata> {
    let plain = |uri: &str| uri.bytes().all(|byte| byte.is_ascii_graphic()) && !uri.contains('#');
    match resources.iter().find(|uri| !plain(uri) || Url::parse(uri).is_err()) {
        Some(uri) => {
            refuse(field, format!("has {uri:?}, which is not a whole URI without a # in it"))
        }
        None => Ok(()),
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

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
