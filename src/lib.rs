//! Doorstep, an OpenID Connect issuer for programs that run where there may be no browser.
//!
//! # A tour, told as one login
//!
//! A command-line program sends a person to `/authorize`. [`protocol::params`] reads the request and
//! [`protocol::response::ReturnAddress`] finds out where to answer: before it exists a failure can only be a
//! page, afterwards every error goes back to the program by the mode it asked for. The rest becomes a
//! [`protocol::request::AuthorizationRequest`], and [`protocol::decide`] says what happens next: sign in,
//! confirm, issue or refuse. The request's URL is all the state there is; each step changes something and
//! comes back to it.
//!
//! The person signs in ([`accounts`]) and is shown the hand-off page ([`handoff`], [`pages`]). Their click
//! mints a code ([`codes`]), which the page brings to the program's loopback address or shows for pasting.
//! The program redeems it at `/token`, where one guarded statement of the [`store`] lets exactly one caller
//! win, and gets tokens that [`keys`] signed.
//!
//! # Mounting it
//!
//! [`issuer::Issuer`] is the whole issuer, [`handoff::HandOff`] the form_post response mode alone, for servers
//! with accounts and tokens of their own. Both mount into an actix-web application and leave its other routes
//! alone; the binary does nothing that a host application could not do. See the `examples` directory.
//!
//! [`relying_party`] is the other side: Doorstep as a client of an issuer. `doorstep login` is built on it, and
//! sign-in through providers ([`upstream`]), and the [`gateway`], which signs people in to web and desktop apps.

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod codes;
pub mod config;
pub mod gateway;
pub mod handoff;
pub mod issuer;
pub mod keys;
pub mod outgoing;
pub mod pages;
pub mod protocol;
pub mod published;
pub mod relying_party;
pub mod secret;
pub mod store;
pub mod upstream;
pub mod web;
