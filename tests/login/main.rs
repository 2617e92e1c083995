//! `doorstep login` from outside: the real binary on a real terminal, against an issuer that checks
//! what it is sent.
#![cfg(unix)]

mod issuer;
mod listening;
mod pasting;
mod person;
mod program;
