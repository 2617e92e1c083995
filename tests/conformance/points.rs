//! The points, a test for each and for each of its details.

mod ages;
mod backchannel_logout;
mod claims;
mod client_authentication;
mod codes;
mod contract;
mod delivery;
mod dpop;
mod grants;
mod introspection;
mod keys;
mod logout;
mod pkce;
mod private_key_jwt;
mod prompts;
mod pushed;
mod refresh;
mod request_objects;
mod requests;
mod resources;
mod revocation;
mod subjects;
mod token_errors;
mod token_responses;
mod userinfo;
