//! A client: a program that people sign in to, with what it may ask for and how.
//!
//! The same names serve `doorstep.toml`, the store and dynamic registration: RFC 7591 §2 where it has
//! a name, Doorstep's own where it has none.

mod access_token_format;
mod allowed;
pub mod builtin;
mod grant_type;
pub mod rules;

use serde::{Deserialize, Serialize};

pub use access_token_format::AccessTokenFormat;
pub use grant_type::GrantType;

use crate::secret;

/// One client's registration. Missing keys take the defaults of [`Client::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Client {
    /// The identifier that requests carry.
    pub client_id: String,
    /// What people read on pages; the `client_id` when empty.
    pub client_name: String,
    /// Where a person can read about the client; shown on pages.
    pub client_uri: Option<String>,
    /// For confidential clients. In a file it is the secret itself, in the store only its digest.
    pub client_secret: Option<ClientSecret>,
    /// How the client authenticates at the token endpoint.
    pub token_endpoint_auth_method: ClientAuthMethod,
    /// `native` clients may use any loopback port (RFC 8252 §7.3) and get the hand-off page.
    pub application_type: ApplicationType,
    /// Where responses may go; matched exactly, the port of loopback addresses excepted.
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after RP-initiated logout; matched exactly.
    pub post_logout_redirect_uris: Vec<String>,
    /// The grants the client may use.
    pub grant_types: Vec<GrantType>,
    /// The response modes the client may ask for.
    pub response_modes: Vec<ResponseMode>,
    /// The scopes the client may ask for, separated by spaces.
    pub scope: String,
    /// Whether the authorization request must carry an S256 challenge; always so for public clients.
    pub require_pkce: bool,
    /// The algorithm of the ID token.
    pub id_token_signed_response_alg: SigningAlg,
    /// The algorithm of the access token.
    pub access_token_signed_response_alg: SigningAlg,
    /// The spelling of the access token.
    pub access_token_format: AccessTokenFormat,
    /// The resources that the client may name, so that its access tokens are for them (RFC 8707).
    pub resources: Vec<String>,
    /// The resources that the client serves: it may look at access tokens for them (RFC 7662).
    pub serves: Vec<String>,
    /// Claims that go into the ID token besides the protocol's own, if the scope covers them.
    pub id_token_claims: Vec<String>,
    /// Claims that go into the access token besides the protocol's own, if the scope covers them.
    pub access_token_claims: Vec<String>,
    /// Skips the question whether to sign in to this client.
    pub trusted: bool,
    /// Whether the hand-off page may show the code for pasting.
    pub paste: bool,
    /// Set for clients that show the match phrase themselves, so that people can compare.
    pub match_phrase: bool,
    /// Refuses redemption from a network other than the authorizing browser's (/24 of IPv4, /48 of IPv6).
    pub same_network: bool,
    /// Seconds a code lives; by default 300 where the hand-off page may show it, else 60; at most 600.
    pub code_lifetime: Option<i64>,
    /// Seconds an ID token lives.
    pub id_token_lifetime: i64,
    /// Seconds an access token lives.
    pub access_token_lifetime: i64,
    /// Seconds a refresh token lives since its last use.
    pub refresh_token_lifetime: i64,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_name: String::new(),
            client_uri: None,
            client_secret: None,
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            application_type: ApplicationType::Web,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_modes: ResponseMode::ALL.to_vec(),
            scope: "openid profile email address phone groups offline_access".into(),
            require_pkce: true,
            id_token_signed_response_alg: SigningAlg::RS256,
            access_token_signed_response_alg: SigningAlg::RS256,
            access_token_format: AccessTokenFormat::Jwt,
            resources: Vec::new(),
            serves: Vec::new(),
            id_token_claims: Vec::new(),
            access_token_claims: Vec::new(),
            trusted: false,
            paste: true,
            match_phrase: false,
            same_network: false,
            code_lifetime: None,
            id_token_lifetime: 600,
            access_token_lifetime: 600,
            refresh_token_lifetime: 30 * 86_400,
        }
    }
}

impl Client {
    /// A public client on people's own machines, with the usual settings.
    pub fn native(client_id: &str, redirect_uris: &[&str]) -> Self {
        Self {
            client_id: client_id.into(),
            token_endpoint_auth_method: ClientAuthMethod::None,
            application_type: ApplicationType::Native,
            redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// What people read on pages.
    pub fn name(&self) -> &str {
        if self.client_name.is_empty() { &self.client_id } else { &self.client_name }
    }

    /// Whether the client has no way to prove who it is (RFC 6749 §2.1).
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == ClientAuthMethod::None
    }
}

/// A client secret, known by its digest alone: secrets are long and random, so SHA-256 is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

const DIGEST_PREFIX: &str = "sha256:";

impl ClientSecret {
    /// The digest of a secret's text.
    pub fn new(secret: &str) -> Self {
        Self(format!("{DIGEST_PREFIX}{}", secret::digest(secret)))
    }

    /// Whether `presented` is the secret, in a time that does not depend on it.
    pub fn matches(&self, presented: &str) -> bool {
        secret::equal(&self.0, &Self::new(presented).0)
    }
}

impl<'de> Deserialize<'de> for ClientSecret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(serde::de::Error::custom("client_secret is empty"));
        }
        Ok(if text.starts_with(DIGEST_PREFIX) { Self(text) } else { Self::new(&text) })
    }
}

/// How a client authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// A public client: no authentication.
    None,
    /// `Authorization: Basic` with the form-urlencoded id and secret.
    ClientSecretBasic,
    /// `client_id` and `client_secret` in the body.
    ClientSecretPost,
}

impl ClientAuthMethod {
    /// Every method there is, in the order of discovery.
    pub const ALL: [Self; 3] = [Self::ClientSecretBasic, Self::ClientSecretPost, Self::None];

    /// The method's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
        }
    }
}

/// Kind of application (OpenID Connect Registration §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on the person's machine, or on one they are logged in to.
    Native,
}

/// The way a response travels back to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the `redirect_uri`.
    Query,
    /// In its fragment.
    Fragment,
    /// POSTed to it (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// Every mode there is, in the order of discovery.
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The mode with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// The mode's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }
}

/// A signature algorithm (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlg {
    /// RSA 2048, understood by everything.
    RS256,
    /// ECDSA on P-256, fifteen times faster to sign.
    ES256,
}

impl SigningAlg {
    /// Every algorithm there is, in the order of discovery.
    pub const ALL: [Self; 2] = [Self::RS256, Self::ES256];

    /// The algorithm with this registered name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    /// The algorithm's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
        }
    }
}
