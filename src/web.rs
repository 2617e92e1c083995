//! Thin actix handlers: extract, call, render. No SQL, no HTML, no policy here.

pub mod authorize;
pub mod browser;
pub mod client_auth;
pub mod consent;
pub mod discovery;
pub mod envelope;
pub mod failure;
pub mod handoff;
pub mod home;
pub mod login;
pub mod logout;
pub mod par;
pub mod progress;
pub mod proxy;
pub mod revoke;
pub mod session;
pub mod site;
pub mod token;
pub mod userinfo;
