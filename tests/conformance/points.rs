//! The points, a test for each and for each of its details.

mod ages;
mod claims;
mod client_authentication;
mod codes;
mod delivery;
mod grants;
mod introspection;
mod keys;
mod pkce;
mod private_key_jwt;
mod prompts;
mod pushed;
mod refresh;
mod requests;
mod resources;
mod revocation;
mod subjects;
mod token_errors;
mod token_responses;
mod userinfo;
