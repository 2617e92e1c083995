//! A client: a program that people sign in to, with what it may ask for and how.
//!
//! The same names serve `doorstep.toml`, the store and dynamic registration: RFC 7591 §2 where it has
//! a name, Doorstep's own where it has none.

mod access_token_format;
mod allowed;
mod authentication;
pub mod builtin;
pub mod claim_mapping;
pub mod document;
mod grant_type;
mod metadata;
pub mod profile;
mod response_mode;
pub mod rules;
mod signing_alg;
mod stranger;
pub mod subject_type;

use serde::{Deserialize, Serialize};

use super::jwk::JwkSet;

pub use access_token_format::AccessTokenFormat;
pub use authentication::{ClientAuthMethod, ClientSecret};
pub use grant_type::GrantType;
pub use profile::Profile;
pub use response_mode::{Carrier, ResponseMode};
pub use signing_alg::SigningAlg;
pub use stranger::Stranger;

use self::claim_mapping::ClaimRule;
use self::subject_type::SubjectType;

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
    /// The one algorithm of its assertions, where it authenticates by `private_key_jwt`.
    pub token_endpoint_auth_signing_alg: Option<SigningAlg>,
    /// The client's public keys.
    pub jwks: Option<JwkSet>,
    /// Where they are, for a client that changes them by itself.
    pub jwks_uri: Option<String>,
    /// `native` clients may use any loopback port (RFC 8252 §7.3) and get the hand-off page.
    pub application_type: ApplicationType,
    /// A set of rules that the client keeps as a whole.
    pub profile: Option<Profile>,
    /// Where responses may go; matched exactly, the port of loopback addresses excepted.
    pub redirect_uris: Vec<String>,
    /// Where a browser may go after RP-initiated logout; matched exactly.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where somebody else may send people to sign in to the client (OpenID Connect Core §4).
    pub initiate_login_uri: Option<String>,
    /// Where the client is told that somebody signed out (OpenID Connect Back-Channel Logout 1.0).
    pub backchannel_logout_uri: Option<String>,
    /// Whether it needs to hear which session that was; it always does.
    pub backchannel_logout_session_required: bool,
    /// The grants the client may use.
    pub grant_types: Vec<GrantType>,
    /// The response modes the client may ask for.
    pub response_modes: Vec<ResponseMode>,
    /// Whether authorization requests count only if the client has pushed them (RFC 9126 §6).
    pub require_pushed_authorization_requests: bool,
    /// Whether they count only if the client has signed them (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// The one algorithm of its signed requests.
    pub request_object_signing_alg: Option<SigningAlg>,
    /// Whether tokens are only for a key that the client proves (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// Whether the proofs must contain a nonce of the server's (RFC 9449 §8).
    pub require_dpop_nonce: bool,
    /// The algorithm of responses in a mode that is signed.
    pub authorization_signed_response_alg: SigningAlg,
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
    /// The algorithm of the userinfo response; plain JSON without.
    pub userinfo_signed_response_alg: Option<SigningAlg>,
    /// Whether the client knows people by the same `sub` as others.
    pub subject_type: SubjectType,
    /// A document that lists the `redirect_uris` of all clients that know people by the same pairwise
    /// `sub`; its host names the sector.
    pub sector_identifier_uri: Option<String>,
    /// Claims in tokens besides the protocol's own, and claims under other names.
    pub claim_mapping: Vec<ClaimRule>,
    /// Seconds since the person last signed in, at most, where the request does not say.
    pub default_max_age: Option<u32>,
    /// Whether the ID token says when the person signed in even if the request does not ask.
    pub require_auth_time: bool,
    /// The classes of sign-in that are wanted where the request does not say, the preferred one first.
    pub default_acr_values: Vec<String>,
    /// The provider that people sign in with for this client, by its id.
    pub provider: Option<String>,
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
    /// How the client came to be known, if no admin entered it. Nobody can say so of themselves.
    #[serde(skip)]
    pub stranger: Option<Stranger>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_name: String::new(),
            client_uri: None,
            client_secret: None,
            token_endpoint_auth_method: ClientAuthMethod::ClientSecretBasic,
            token_endpoint_auth_signing_alg: None,
            jwks: None,
            jwks_uri: None,
            application_type: ApplicationType::Web,
            profile: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            initiate_login_uri: None,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            response_modes: ResponseMode::ALL.to_vec(),
            require_pushed_authorization_requests: false,
            require_signed_request_object: false,
            request_object_signing_alg: None,
            dpop_bound_access_tokens: false,
            require_dpop_nonce: false,
            authorization_signed_response_alg: SigningAlg::RS256,
            scope: "openid profile email address phone groups offline_access".into(),
            require_pkce: true,
            id_token_signed_response_alg: SigningAlg::RS256,
            access_token_signed_response_alg: SigningAlg::RS256,
            access_token_format: AccessTokenFormat::Jwt,
            resources: Vec::new(),
            serves: Vec::new(),
            userinfo_signed_response_alg: None,
            subject_type: SubjectType::Public,
            sector_identifier_uri: None,
            claim_mapping: Vec::new(),
            default_max_age: None,
            require_auth_time: true,
            default_acr_values: Vec::new(),
            provider: None,
            trusted: false,
            require_mfa: false,
            paste: true,
            match_phrase: false,
            same_network: false,
            code_lifetime: None,
            id_token_lifetime: 600,
            access_token_lifetime: 600,
            refresh_token_lifetime: 30 * 86_400,
            stranger: None,
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

    /// Whether the client has registered keys of its own.
    pub fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }

    /// Whether the client's assertions may be signed by this algorithm.
    pub fn may_authenticate_by(&self, alg: SigningAlg) -> bool {
        self.may_sign_by(alg) && self.token_endpoint_auth_signing_alg.is_none_or(|only| only == alg)
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
