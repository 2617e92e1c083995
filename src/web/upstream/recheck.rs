//! Whether the provider that somebody signed in with would still let them in: asked when tokens are
//! refreshed, and not more often than the settings say.

use super::tokens::{CHECKED_FOR, Tokens};
use crate::accounts::{Arrival, SignInFailure};
use crate::issuer::Core;
use crate::relying_party::{Error, ResolvedIdentity};
use crate::store::audit::AuditEvent;
use crate::store::upstream_sessions::UpstreamSession;
use crate::upstream::Upstream;
use crate::web::failure::Failure;

/// Whether the sign-in of this session still stands. Sign-ins without a provider, or with one that is
/// not asked again, do.
///
/// # Errors
/// When the provider, the store or the accounts cannot be reached: nothing is known then, and nothing
/// is given out.
pub async fn still_stands(issuer: &Core, sid: &str) -> Result<bool, Failure> {
    if !issuer.upstreams.iter().any(|upstream| upstream.settings.recheck > 0) {
        return Ok(true);
    }
    let Some(stored) = issuer.db.find_upstream_session(sid).await? else { return Ok(true) };
    let Some(upstream) = issuer.upstreams.find(&stored.provider) else { return Ok(true) };
    if upstream.settings.recheck == 0 {
        return Ok(true);
    }
    if stored.ended_at.is_some() {
        return Ok(false);
    }
    let due = stored.checked_at.plus(upstream.settings.recheck);
    if issuer.now() < due {
        return Ok(true);
    }
    // Whoever is second believes what the first is about to find out.
    if !issuer.db.claim_upstream_check(sid, stored.checked_at, issuer.now()).await? {
        return Ok(true);
    }
    check(issuer, upstream, &stored).await
}

async fn check(
    issuer: &Core,
    upstream: &Upstream,
    stored: &UpstreamSession,
) -> Result<bool, Failure> {
    let tokens = Tokens::open(issuer, &stored.sealed);
    let asked = match tokens.token() {
        Some(token) => upstream.ask_again(&stored.subject, &token, issuer.now()).await,
        None => Err(Error::Misconfigured("The provider gave no token to ask again with.".into())),
    };
    match asked {
        Ok(identity) => settle(issuer, upstream, stored, &tokens, identity).await,
        Err(error) if error.is_passing() => {
            let (sealed, before) = (stored.sealed.clone(), stored.checked_at);
            issuer
                .db
                .update_upstream_session(&stored.sid, sealed, before, stored.expires_at)
                .await?;
            tracing::warn!(provider = upstream.settings.id, %error, "a sign-in could not be checked");
            Err(Failure::unavailable("the sign-in could not be checked; retry later"))
        }
        Err(error) => {
            tracing::info!(provider = upstream.settings.id, %error, "a sign-in no longer stands");
            end(issuer, upstream, stored).await.map(|()| false)
        }
    }
}

/// Keeps what the provider gave this time, and lets the account follow it.
async fn settle(
    issuer: &Core,
    upstream: &Upstream,
    stored: &UpstreamSession,
    tokens: &Tokens,
    identity: ResolvedIdentity,
) -> Result<bool, Failure> {
    let now = issuer.now();
    let kept = Tokens::of(upstream, &identity).or(tokens);
    let sealed = kept.seal(issuer)?;
    issuer.db.update_upstream_session(&stored.sid, sealed, now, now.plus(CHECKED_FOR)).await?;
    let arrival = Arrival {
        provider: &upstream.settings.id,
        identity: &identity,
        admission: upstream.settings.accounts,
        match_email: upstream.settings.match_email,
    };
    match issuer.accounts.welcome(arrival, now).await {
        Ok(arrived) if arrived.account.id == stored.account_id => Ok(true),
        Ok(_) | Err(SignInFailure::Refused(_)) => {
            end(issuer, upstream, stored).await.map(|()| false)
        }
        Err(SignInFailure::Unavailable(cause)) => Err(Failure::Internal(Box::new(cause))),
        Err(SignInFailure::Busy | SignInFailure::TooManyAttempts { .. }) => {
            Err(Failure::unavailable("the sign-in could not be checked; retry later"))
        }
    }
}

/// The session ends with the sign-in it began with.
async fn end(issuer: &Core, upstream: &Upstream, stored: &UpstreamSession) -> Result<(), Failure> {
    issuer.db.end_upstream_session(&stored.sid, issuer.now()).await?;
    issuer.end_session(&stored.sid).await?;
    let detail = serde_json::json!({ "provider": upstream.settings.id });
    let event = AuditEvent::new(issuer.now(), "provider_ended_sign_in")
        .account(Some(&stored.account_id))
        .detail(&detail);
    issuer.audit(event).await;
    Ok(())
}
