//! What becomes of codes and refresh tokens that do not work, or no longer do.

use std::fmt;

use crate::store;

/// Why a code or refresh token does not work. The outside hears `invalid_grant`, whichever it is.
#[derive(Debug)]
pub enum Refusal {
    /// No such code or token.
    Unknown,
    /// It has expired, or its grant was revoked.
    Over,
    /// Another link of the same login came first.
    Superseded,
    /// It was used before. Every token of the grant is dead now.
    Replayed {
        /// The grant that was killed.
        grant: String,
    },
    /// The key that the refresh token is bound to was not proven.
    Unproven,
    /// It was presented by another client, with another `redirect_uri`, verifier or key, or from another
    /// network. The code is burnt.
    Misused {
        /// The grant whose code was burnt.
        grant: String,
    },
    /// The store failed.
    Store(store::Error),
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::Over => "expired or revoked",
            Self::Superseded => "another link of this login was used first",
            Self::Unproven => "presented without its key",
            Self::Replayed { .. } => "used before; the grant is revoked",
            Self::Misused { .. } => {
                "presented with the wrong client, redirect_uri, verifier, key or network; burnt"
            }
            Self::Store(_) => "the store failed",
        })
    }
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeState {
    /// It waits to be redeemed.
    Ready,
    /// The program has its tokens, by this code or by another link of the same login.
    Redeemed,
    /// Too late.
    Expired,
    /// Somebody used it wrongly or twice.
    Misused,
}
