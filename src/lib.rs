//! Doorstep, an OpenID Connect issuer for programs that run where there may be no browser.

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod codes;
pub mod config;
pub mod handoff;
pub mod issuer;
pub mod keys;
pub mod pages;
pub mod protocol;
pub mod relying_party;
pub mod secret;
pub mod store;
pub mod web;
