//! The issuer as programs and browsers meet it: over HTTP, on port 0, with a clock that tests move.

#[path = "../support/person.rs"]
mod person;
#[path = "../support/server.rs"]
mod server;

mod kit;
mod login;
mod pages;
