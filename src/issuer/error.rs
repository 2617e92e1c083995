//! Why an issuer cannot be built.

use crate::web::site::BadIssuer;
use crate::{keys, outgoing};

/// Why an issuer cannot be built.
#[derive(Debug)]
pub enum BuildError {
    /// The issuer URL.
    Issuer(BadIssuer),
    /// A part that has to be given is missing; the text names it.
    Missing(&'static str),
    /// The signing keys.
    Keys(keys::Error),
    /// A second factor is required and nobody could add one.
    NoFactor,
    /// A provider; the text names it and what is wrong with it.
    Provider(String),
    /// The certificate authorities for requests to others.
    Authorities(outgoing::Error),
}

impl std::fmt::Display for BuildError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Issuer(source) => source.fmt(f),
            Self::Missing(part) => write!(f, "the issuer needs {part}"),
            Self::Keys(source) => source.fmt(f),
            Self::NoFactor => f.write_str(
                "a second factor is required (require_mfa), but factors.totp is off, and factors.passkeys \
                 is off too or the issuer has no host name",
            ),
            Self::Provider(reason) => f.write_str(reason),
            Self::Authorities(source) => write!(f, "the file of outgoing.ca_file {source}"),
        }
    }
}

impl std::error::Error for BuildError {}
