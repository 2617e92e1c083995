//! A client: a program that people sign in to, with what it may ask for and how.
//!
//! The same names serve `doorstep.toml`, the store and dynamic registration: RFC 7591 §2 where it has
//! a name, Doorstep's own where it has none.

mod authentication;
pub mod builtin;
mod response_mode;
pub mod rules;
mod signing_alg;

use serde::{Deserialize, Serialize};

pub use authentication::{ClientAuthMethod, ClientSecret};
pub use response_mode::ResponseMode;
pub use signing_alg::SigningAlg;

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
    /// Claims that go into the ID token besides the protocol's own, if the scope covers them.
    pub id_token_claims: Vec<String>,
    /// Claims that go into the access token besides the protocol's own, if the scope covers them.
    pub access_token_claims: Vec<String>,
    /// Skips the question whether to sign in to this client.
    pub trusted: bool,
    /// Whether people need a second factor to sign in to this client.
    pub require_mfa: bool,
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
            id_token_claims: Vec::new(),
            access_token_claims: Vec::new(),
            trusted: false,
            require_mfa: false,
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

/// Kind of application (OpenID Connect Registration §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Runs on a server or in a browser.
    Web,
    /// Runs on the person's machine, or on one they are logged in to.
    Native,
}

/// A grant of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
}

impl GrantType {
    /// Every grant there is, in the order of discovery.
    pub const ALL: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// The grant with this registered name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == name)
    }

    /// The grant's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}
