//! The points, a test for each and for each of its details.

mod ages;
mod client_authentication;
mod codes;
mod delivery;
mod pkce;
mod prompts;
mod pushed;
mod refresh;
mod requests;
mod token_errors;
mod token_responses;
