//! `doorstep login` from outside: the real binary on a real terminal, against an issuer that checks
//! what it is sent.
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;
use support::{person as browser, provider as issuer, server, tls};

mod command_line;
mod demo;
mod device;
mod docs;
mod doctor;
mod issuers;
mod keeping;
mod kubernetes;
mod listening;
mod pasting;
mod person;
mod program;
mod real;
