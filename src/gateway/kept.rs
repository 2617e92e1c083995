//! What the issuer gave at a sign-in, as a row holds it: sealed, for one app.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::App;
use crate::clock::Timestamp;
use crate::relying_party::{ResolvedIdentity, SignedIn};
use crate::secret::Secret;
use crate::web::failure::Failure;

/// Claims about a token, not about a person.
const PROTOCOL: [&str; 12] =
    ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "jti", "nonce", "at_hash", "c_hash", "sid"];

/// A person, and their tokens.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    profile: Map<String, Value>,
    subject: String,
    sid: Option<String>,
    access_token: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
    expires_at: Option<Timestamp>,
}

impl Kept {
    /// What a sign-in gave.
    pub fn of(signed_in: SignedIn) -> Self {
        let SignedIn { identity, tokens } = signed_in;
        let exposed = |secret: &Secret| secret.expose().to_owned();
        let id_token = identity.id_token.as_ref();
        let id_token_expires = id_token.map(|_| tokens.claims.expires_at());
        Self {
            subject: identity.subject.clone(),
            sid: tokens.claims.text("sid").map(str::to_owned),
            access_token: exposed(&tokens.access_token),
            id_token: id_token.map(exposed),
            refresh_token: identity.token.as_ref().map(exposed),
            expires_at: [tokens.expires_at, id_token_expires].into_iter().flatten().min(),
            profile: profile(identity),
        }
    }

    /// What a refresh gave, and of what there was before, the rest. An issuer that sends no new ID token
    /// and is not asked for more says nothing new about the person.
    #[must_use]
    pub fn after(self, before: Self, asked_who: bool) -> Self {
        let silent = self.id_token.is_none();
        Self {
            profile: if silent && !asked_who { before.profile } else { self.profile },
            sid: if silent { before.sid } else { self.sid },
            refresh_token: self.refresh_token.or(before.refresh_token),
            ..self
        }
    }

    /// Who it is at the issuer.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer's session.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// The person, as the app is told.
    pub fn profile(&self) -> &Map<String, Value> {
        &self.profile
    }

    /// What the issuer gives new tokens for.
    pub fn refresh_token(&self) -> Option<Secret> {
        self.refresh_token.clone().map(Secret::new)
    }

    /// The ID token.
    pub fn id_token(&self) -> Option<Secret> {
        self.id_token.clone().map(Secret::new)
    }

    /// Seconds for which its tokens still serve, where the issuer says.
    pub fn expires_in(&self, now: Timestamp) -> Option<i64> {
        self.expires_at.map(|expires_at| expires_at.since(now).max(0))
    }

    /// What a page is given to hold in memory.
    pub fn tokens(&self, now: Timestamp) -> Value {
        json!({
            "id_token": self.id_token,
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in(now),
            "profile": self.profile,
        })
    }

    /// The form for a row.
    ///
    /// # Errors
    /// When the JOSE library refuses, which nothing makes it do.
    pub fn seal(&self, app: &App) -> Result<String, Failure> {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = app.site.root.seal(&purpose(app), &plain);
        sealed.map_err(|error| Failure::Internal(Box::new(error)))
    }

    /// Reads a row's; nothing when another key or app sealed it.
    pub fn open(app: &App, sealed: &str) -> Option<Self> {
        let plain = app.site.root.open(&purpose(app), sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

fn purpose(app: &App) -> String {
    format!("sign-in to the app {}", app.id())
}

/// Everything that was said about the person, and under fixed names what was checked.
fn profile(identity: ResolvedIdentity) -> Map<String, Value> {
    let mut profile = identity.raw;
    profile.retain(|name, _| !PROTOCOL.contains(&name.as_str()));
    let checked = [
        ("iss", identity.issuer.into()),
        ("sub", identity.subject.into()),
        ("preferred_username", identity.preferred_username.into()),
        ("email", json!(identity.email)),
        ("email_verified", identity.email_verified.into()),
        ("groups", json!(identity.groups.unwrap_or_default())),
    ];
    profile.extend(checked.map(|(name, value)| (name.to_owned(), value)));
    profile
}
