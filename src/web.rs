//! Thin actix handlers: extract, call, render. No SQL, no HTML, no policy here.

pub(crate) mod account_password;
pub(crate) mod authorize;
pub(crate) mod browser;
pub(crate) mod client_auth;
pub(crate) mod consent;
pub(crate) mod discovery;
pub(crate) mod enrol;
pub(crate) mod envelope;
pub(crate) mod factors;
pub mod failure;
pub(crate) mod handoff;
pub(crate) mod hint;
pub(crate) mod home;
pub(crate) mod introspect;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod mount;
pub(crate) mod new_password;
pub(crate) mod par;
pub(crate) mod progress;
pub mod proxy;
pub(crate) mod revoke;
pub(crate) mod session;
pub mod site;
pub(crate) mod token;
pub(crate) mod userinfo;
