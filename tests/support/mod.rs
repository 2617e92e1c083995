//! What the test binaries share: processes that cannot outlive a test, a throw-away PostgreSQL, real
//! browsers, and the loopback listener of a command-line program in all its moods.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod app;
pub mod authenticator;
pub mod browser;
pub mod client_key;
pub mod cookies;
pub mod elsewhere;
pub mod forge;
pub mod ldap;
pub mod listener;
pub mod person;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod server;
pub mod tls;
pub mod webdriver;
