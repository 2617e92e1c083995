//! `doorstep login` from outside: the real binary on a real terminal, against an issuer that checks
//! what it is sent.
#![cfg(unix)]

#[path = "../support/person.rs"]
#[allow(dead_code, reason = "other tests use all of it")]
mod browser;
mod issuer;
mod issuers;
mod keeping;
mod kubernetes;
mod listening;
mod pasting;
mod person;
#[path = "../support/postgres.rs"]
#[allow(dead_code, reason = "other tests use all of it")]
mod postgres;
#[path = "../support/process.rs"]
#[allow(dead_code, reason = "other tests use all of it")]
mod process;
mod program;
mod real;
#[path = "../support/server.rs"]
#[allow(dead_code, reason = "other tests use all of it")]
mod server;
#[path = "../support/tls.rs"]
#[allow(dead_code, reason = "other tests use all of it")]
mod tls;
