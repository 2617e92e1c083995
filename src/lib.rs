//! Doorstep, an OpenID Connect issuer for programs that run where there may be no browser.

pub mod cli;
pub mod clock;
pub mod protocol;
pub mod relying_party;
pub mod secret;
