//! What the OpenID Foundation's conformance suite checks on a provider, plan by plan: a test for each
//! module, named after it. What is a failure there, and what is a warning, fails here.
//!
//! Clients are registered by the admin, as for a certification, but for those of [`third_party_init`]. Modules that need the provider to take part
//! in what it does not do (the implicit flow, request objects by reference) are not in the plans.

#[macro_use]
mod plan;

mod backchannel_logout;
mod basic;
mod basic_asking;
mod basic_codes;
mod basic_requests;
mod config;
mod rp_initiated_logout;
mod third_party_init;
