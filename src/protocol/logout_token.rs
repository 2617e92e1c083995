//! The logout token: what a client is told when a session ends (OpenID Connect Back-Channel Logout 1.0
//! §2.4).

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;

/// The `typ` of a logout token.
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";

/// Seconds that a logout token lives: it is used at once, and signed anew for each attempt.
const LIFETIME: i64 = 120;

/// The claims of a logout token. There is no nonce, so that it cannot pass for an ID token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogoutToken<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// The client that is told.
    pub aud: &'a str,
    /// Who was signed in, as this client knows them.
    pub sub: &'a str,
    /// The session's public id, as in the ID token.
    pub sid: &'a str,
    /// When.
    pub iat: Timestamp,
    /// Until when.
    pub exp: Timestamp,
    /// What makes the token unique.
    pub jti: String,
    /// What makes it a logout token.
    pub events: Value,
}

impl<'a> LogoutToken<'a> {
    /// Tells `aud` that the session `sid` of `sub` has ended.
    pub fn new(
        iss: &'a str,
        aud: &'a str,
        sub: &'a str,
        sid: &'a str,
        jti: String,
        now: Timestamp,
    ) -> Self {
        let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        Self { iss, aud, sub, sid, iat: now, exp: now.plus(LIFETIME), jti, events }
    }
}
