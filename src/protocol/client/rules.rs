//! What a client's registration must and must not say, however it came in: by `doorstep.toml`, by
//! `doorstep client add`, or through the library (RFC 7591 §2, OpenID Connect Registration §2, RFC
//! 8252 §7, RFC 9700).

mod addresses;
mod authentication;
mod fapi2;

use std::fmt;

use url::Url;

use super::subject_type::SubjectType;
use super::{ApplicationType, Client, GrantType, claim_mapping};
use crate::protocol::acr::Acr;
use crate::protocol::bidi::is_bidi_control;

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
        let plain =
            |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
        if !self.token_exchange_audiences.iter().all(plain) {
            return refuse(
                "token_exchange_audiences",
                "should be names of ASCII characters without spaces",
            );
        }
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
        let steers = |character: char| character.is_control() || is_bidi_control(character);
        if self.client_name.len() > 200 || self.client_name.chars().any(steers) {
            return refuse(
                "client_name",
                "should be at most 200 bytes without control characters or marks of direction",
            );
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
                "has client_credentials, which is for clients that prove who they are",
            );
        }
        let exchanges = self.grant_types.contains(&GrantType::TokenExchange);
        if exchanges == self.token_exchange_audiences.is_empty() {
            return refuse(
                "token_exchange_audiences",
                "and the grant type urn:ietf:params:oauth:grant-type:token-exchange go together",
            );
        }
        if !self.serves.is_empty() && self.is_public() {
            return refuse("serves", "is for clients that prove who they are");
        }
        if self.response_modes.is_empty() {
            return refuse("response_modes", "should name at least one mode");
        }
        if self.match_phrase && self.application_type == ApplicationType::Web {
            return refuse("match_phrase", "is for clients with application_type = \"native\"");
        }
        Ok(())
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

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
