//! The signature algorithms that tokens are signed with, and that clients may sign with.

use serde::{Deserialize, Serialize};

/// A signature algorithm (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SigningAlg {
    /// RSA 2048, understood by everything.
    RS256,
    /// ECDSA on P-256, fifteen times faster to sign.
    ES256,
    /// Ed25519 (RFC 8037).
    EdDSA,
    /// RSA 2048 with the padding that FAPI asks for.
    PS256,
}

impl SigningAlg {
    /// Every algorithm there is, in the order of discovery.
    pub const ALL: [Self; 4] = [Self::RS256, Self::ES256, Self::EdDSA, Self::PS256];

    /// The algorithm with this registered name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.as_str() == name)
    }

    /// The algorithm's registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::PS256 => "PS256",
        }
    }
}
