//! `doorstep login` from outside: the real binary on a real terminal, against an issuer that checks
//! what it is sent.
#![cfg(unix)]

mod issuer;
mod issuers;
mod keeping;
mod kubernetes;
mod listening;
mod pasting;
mod person;
mod program;
#[path = "../support/tls.rs"]
#[expect(dead_code, reason = "other tests use all of it")]
mod tls;
