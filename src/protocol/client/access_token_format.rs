//! How an access token is spelled.

use serde::{Deserialize, Serialize};

/// How an access token is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessTokenFormat {
    /// A signed JWT that resource servers read by themselves (RFC 9068).
    Jwt,
    /// Sealed: only the issuer can read it, and resource servers ask for introspection (RFC 7662).
    Opaque,
}
