//! The pages in real browsers. The hand-off page in Chromium, Firefox and WebKit: the issuer on one host
//! name, the listener of a command-line program on another.

mod accessibility;
mod apps;
mod extension;
mod federation;
mod hostile;
mod keyboard;
mod login;
mod looks;
mod matrix;
mod media;
mod method;
mod passkeys;
mod person;
mod pictures;
mod sign_ins;
#[path = "../support/mod.rs"]
mod support;
mod table;
