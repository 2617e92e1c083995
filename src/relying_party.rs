//! Doorstep as a client of an issuer: the one way in which it signs people in elsewhere, whether for
//! an upstream provider, for the gateway or for its own command line.
//!
//! A sign-in is told in three steps. [`OpenIdProvider::discover`] reads what the issuer offers. An
//! [`Attempt`] makes the request, and judges the response that comes back. [`RelyingParty::redeem`]
//! spends the code and verifies the ID token. What decides is pure and apart from what speaks HTTP;
//! nothing here knows of terminals, pages or cookies.
//!
//! The chain, in its order: `state` → refusal → code → issuer → exchange → ID token (algorithm,
//! signature, issuer, audience, times, nonce, access token hash) → claims → groups → identity.
//! RFC 9700 §4 says why each link is there.
//!
//! A server that signs people in elsewhere does it through a [`Provider`], of which there are two kinds:
//! [`OpenId`] issuers, and [`OAuth`] servers that tell who somebody is by an API of their own. In
//! between, a [`LoginState`] travels with the browser.

mod attempt;
mod bounds;
mod callback;
mod device;
mod error;
mod guard;
mod http;
mod id_token;
mod identity;
mod kind;
mod logout_token;
mod oauth;
mod openid;
mod password;
mod prepare;
mod provider;
mod request;
mod resource;
mod revoke;
mod state;
mod tokens;

pub use attempt::{Asked, Attempt, Channel};
pub use bounds::Bounds;
pub use callback::Callback;
pub use device::{DeviceAnswer, DeviceAttempt};
pub use error::{Error, Refusal};
pub use guard::Guard;
pub use http::{Http, HttpSettings};
pub use id_token::{Claims, IdTokenFault};
pub use identity::{ClaimRules, IdentityFault, ResolvedIdentity, issuer_key};
pub use kind::{Ask, Provider, SignedOut};
pub use logout_token::LoggedOut;
pub use oauth::{OAuth, OAuthSettings};
pub use openid::{OpenId, OpenIdSettings, SignedIn};
pub use password::Credentials;
pub use prepare::prepare;
pub use provider::OpenIdProvider;
pub use request::Pushed;
pub(crate) use request::basic;
pub use state::{LIFETIME, LoginState};
pub use tokens::Tokens;

use crate::secret::Secret;

/// What a client is to an issuer: an identifier, and a secret unless it is public.
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The `client_secret` of a confidential client.
    pub secret: Option<Secret>,
}

/// A client of one issuer.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    /// How requests are made.
    pub http: Http,
    /// The issuer, as it describes itself.
    pub provider: OpenIdProvider,
    /// Who asks.
    pub client: Client,
}
