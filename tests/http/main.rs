//! The issuer as programs and browsers meet it: over HTTP, on port 0, with a clock that tests move.
//!
//! Every test has a store of its own: SQLite in memory, or with `DOORSTEP_TEST_ENGINE=postgres` a
//! database of a throw-away PostgreSQL. Tests are named after the promise that they hold us to.

#[path = "../support/mod.rs"]
mod support;
use support::{app, client_key, elsewhere, person, server, tls};

mod factor_kit;
mod kit;

mod acr;
mod addresses;
mod audit;
mod backchannel_logout;
mod brands;
mod claim_mapping;
mod claims_parameter;
mod client_credentials;
mod client_keys;
mod codes;
mod consent;
mod device;
mod discovery;
mod dpop;
mod escaping;
mod exchange;
mod factors;
mod forms;
mod gateway;
mod handoff;
mod headers;
mod introspection;
mod jarm;
mod keys;
mod languages;
mod ldap;
mod limits;
mod login;
mod logout;
mod metadata_documents;
mod mounting;
mod opaque;
mod outgoing;
mod pages;
mod pairwise;
mod passkeys;
mod password;
mod password_change;
mod prompts;
mod pushed;
mod recovery;
mod refresh;
mod registration;
mod request_objects;
mod requests;
mod required_factors;
mod resources;
mod responses;
mod revocation;
mod sessions;
mod siblings;
mod sign_in;
mod sign_ins;
mod tickets;
mod time_limits;
mod tokens;
mod totp;
mod upstream;
mod userinfo;
