//! `doorstep login` from outside: the real binary on a real terminal, against an issuer that checks
//! what it is sent.
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;
use support::{person as browser, server, tls};

mod issuer;
mod issuers;
mod keeping;
mod kubernetes;
mod listening;
mod pasting;
mod person;
mod program;
mod real;
