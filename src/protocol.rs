//! The protocol core. Pure: no actix, no sqlx, no clock, no randomness; what it needs is passed in.
//! One small file a concept, named as the specifications name it.

pub mod acr;
pub mod bidi;
pub mod channel;
pub mod claims;
pub mod claims_request;
pub mod client;
pub mod client_assertion;
pub mod code;
pub mod decide;
pub mod device;
pub mod dpop;
pub mod error;
pub mod exchange;
pub mod grant;
pub mod issuer_url;
pub mod jwk;
pub mod jws;
pub mod logout_token;
pub mod match_phrase;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod request;
pub mod request_object;
pub mod resource;
pub mod response;
pub mod scope;
pub mod token;
pub mod user_code;
