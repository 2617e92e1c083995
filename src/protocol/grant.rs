//! What a person granted a client: the payload of a code, kept for as long as tokens come of it.

use serde::{Deserialize, Serialize};

use super::acr::Acr;
use super::claims_request::ClaimNames;
use super::scope::Scope;
use crate::clock::Timestamp;

/// A grant, stored as JSON beside its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The account's id. What a client knows the person by may be another name.
    pub sub: String,
    /// The granted scopes.
    pub scope: Scope,
    /// Claims that were asked for by name.
    #[serde(default, skip_serializing_if = "ClaimNames::is_empty")]
    pub claims: ClaimNames,
    /// The request's `nonce`, for the ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person last proved who they are. It stays as it is through every refresh.
    pub auth_time: Timestamp,
    /// How they did (RFC 8176).
    pub amr: Vec<String>,
    /// The class of sign-in that the client is told of; none where nobody signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// The session's public id.
    pub sid: String,
}
