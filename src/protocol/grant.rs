//! What a person granted a client: the payload of a code, kept for as long as tokens come of it.

use serde::{Deserialize, Serialize};

use super::scope::Scope;
use crate::clock::Timestamp;

/// A grant, stored as JSON beside its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The subject: the account's id.
    pub sub: String,
    /// The granted scopes.
    pub scope: Scope,
    /// The request's `nonce`, for the ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person last proved who they are. It stays as it is through every refresh.
    pub auth_time: Timestamp,
    /// How they did (RFC 8176).
    pub amr: Vec<String>,
    /// The session's public id.
    pub sid: String,
}
