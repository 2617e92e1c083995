//! The points, a test for each and for each of its details.

mod ages;
mod client_authentication;
mod codes;
mod delivery;
mod keys;
mod pkce;
mod private_key_jwt;
mod prompts;
mod pushed;
mod refresh;
mod requests;
mod revocation;
mod token_errors;
mod token_responses;
mod userinfo;
