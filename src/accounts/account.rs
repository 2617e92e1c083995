//! An account: one person, as tokens and pages know them.

use serde_json::{Map, Value};

use super::claims::{Claims, VERIFIED};
use crate::clock::Timestamp;

/// One person. The `id` is the `sub` of tokens: it never changes and is never given to anybody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// At most 255 ASCII characters (OpenID Connect Core §2, `sub`).
    pub id: String,
    /// What the person types to sign in; `preferred_username` in tokens.
    pub username: String,
    /// Closed by an admin: nobody signs in to it, and whoever is signed in no longer is.
    pub disabled: bool,
    /// What else is known about the person.
    pub claims: Claims,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// All claims about the person except `sub`: the stored ones, `preferred_username`, `updated_at`.
    /// Beside an address or number it always says whether that was verified: what nobody verified was
    /// not (§5.1). What a client may see of them depends on the scopes.
    pub fn all_claims(&self) -> Map<String, Value> {
        let mut claims = self.claims.as_map().clone();
        for (flag, subject) in VERIFIED {
            if claims.contains_key(subject) {
                claims.entry(flag).or_insert(false.into());
            }
        }
        claims.insert("preferred_username".into(), self.username.clone().into());
        claims.insert("updated_at".into(), self.updated_at.0.into());
        claims
    }

    /// How pages address the person: the name, else the user name.
    pub fn display_name(&self) -> &str {
        self.claims.as_map().get("name").and_then(Value::as_str).unwrap_or(&self.username)
    }
}
