//! The pages in real browsers. The hand-off page in Chromium, Firefox and WebKit: the issuer on one host
//! name, the listener of a command-line program on another.

mod apps;
mod extension;
mod federation;
mod login;
mod looks;
mod matrix;
mod method;
mod passkeys;
mod person;
#[path = "../support/mod.rs"]
mod support;
mod table;
