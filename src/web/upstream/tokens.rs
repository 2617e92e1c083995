//! What a provider gave, kept sealed for as long as somebody may ask for it again.

use serde::{Deserialize, Serialize};

use crate::accounts::Account;
use crate::issuer::Core;
use crate::relying_party::ResolvedIdentity;
use crate::secret::Secret;
use crate::store::upstream_sessions::UpstreamSession;
use crate::upstream::Upstream;
use crate::web::failure::Failure;

const PURPOSE: &str = "tokens of a provider";
/// Seconds for which the tokens that a check needs are kept since the last one: no refresh token of
/// ours lives longer without being used.
pub const CHECKED_FOR: i64 = 366 * 86_400;

/// The tokens of one sign-in.
#[derive(Default, Serialize, Deserialize)]
pub struct Tokens {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl Tokens {
    /// Those that the provider's settings have a use for.
    pub fn of(upstream: &Upstream, identity: &ResolvedIdentity) -> Self {
        let exposed = |token: &Option<Secret>, used: bool| {
            token.as_ref().filter(|_| used).map(|token| token.expose().to_owned())
        };
        let settings = &upstream.settings;
        Self {
            id_token: exposed(&identity.id_token, settings.logout),
            token: exposed(&identity.token, settings.recheck > 0),
        }
    }

    /// The ID token.
    pub fn id_token(&self) -> Option<Secret> {
        self.id_token.clone().map(Secret::new)
    }

    /// What the provider can be asked again with.
    pub fn token(&self) -> Option<Secret> {
        self.token.clone().map(Secret::new)
    }

    /// These, and of the `others` those that are missing.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        Self {
            id_token: self.id_token.or_else(|| others.id_token.clone()),
            token: self.token.or_else(|| others.token.clone()),
        }
    }

    /// The tokens as a row holds them.
    ///
    /// # Errors
    /// When the JOSE library refuses, which no tokens make it do.
    pub fn seal(&self, issuer: &Core) -> Result<String, Failure> {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = issuer.site.root.seal(PURPOSE, &plain);
        sealed.map_err(|error| Failure::Internal(Box::new(error)))
    }

    /// The tokens of a row; none when they were sealed by another key.
    pub fn open(issuer: &Core, sealed: &str) -> Self {
        let plain = issuer.site.root.open(PURPOSE, sealed).ok();
        plain.and_then(|plain| serde_json::from_slice(&plain).ok()).unwrap_or_default()
    }
}

/// Keeps what the provider gave at a sign-in, if its settings have a use for it.
///
/// # Errors
/// When the store fails.
pub async fn keep(
    issuer: &Core,
    upstream: &Upstream,
    sid: &str,
    account: &Account,
    identity: &ResolvedIdentity,
) -> Result<(), Failure> {
    let settings = &upstream.settings;
    if !settings.logout && settings.recheck == 0 {
        return Ok(());
    }
    let tokens = Tokens::of(upstream, identity);
    if settings.recheck > 0 && tokens.token.is_none() {
        tracing::warn!(
            provider = settings.id,
            "the provider gave nothing to ask it again with, so this sign-in ends when it is due to be checked: \
             is offline_access in scope? does the provider want prompt = \"consent\" for it?"
        );
    }
    let now = issuer.now();
    let lifetime = match settings.recheck {
        0 => issuer.sessions.lifetime,
        _ => CHECKED_FOR.max(issuer.sessions.lifetime),
    };
    let session = UpstreamSession {
        sid: sid.to_owned(),
        provider: settings.id.clone(),
        account_id: account.id.clone(),
        subject: identity.subject.clone(),
        sealed: tokens.seal(issuer)?,
        checked_at: now,
        ended_at: None,
        expires_at: now.plus(lifetime),
    };
    Ok(issuer.db.save_upstream_session(session).await?)
}
