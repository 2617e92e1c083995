//! Doorstep as a client of an issuer: the one way in which it signs people in elsewhere, whether for
//! an upstream provider, for the gateway or for its own command line.
//!
//! A sign-in is told in three steps. [`OpenIdProvider::discover`] reads what the issuer offers. An
//! [`Attempt`] makes the request, and judges the response that comes back. [`RelyingParty::redeem`]
//! spends the code and verifies the ID token. What decides is pure and apart from what speaks HTTP;
//! nothing here knows of terminals, pages or cookies.
//!
//! The chain, in its order: `state` → refusal → code → issuer → exchange → ID token (algorithm,
//! signature, issuer, audience, times, nonce, access token hash). RFC 9700 §4 says why each link is
//! there.

mod attempt;
mod callback;
mod error;
mod http;
mod id_token;
mod provider;
mod request;
mod tokens;

pub use attempt::{Asked, Attempt, Channel};
pub use callback::Callback;
pub use error::{Error, Refusal};
pub use http::{Http, HttpSettings};
pub use id_token::{Claims, IdTokenFault};
pub use provider::OpenIdProvider;
pub use request::Pushed;
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
