//! Whether a logout token proves that somebody signed out at the issuer (OpenID Connect Back-Channel
//! Logout 1.0 §2.6): signed as ID tokens are, for us, of a moment ago, and no ID token. That it comes
//! only once is for its receiver to see to.

use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde_json::Value;

use super::id_token::{ACCEPTED, LEEWAY};
use super::{Error, IdTokenFault, OpenIdProvider, RelyingParty};
use crate::clock::Timestamp;
use crate::protocol::jws::Jws;
use crate::protocol::logout_token::LOGOUT_TOKEN_TYPE;

/// The member of `events` that makes it a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Seconds after which a logout token is too old, whatever it says itself.
const OLDEST: i64 = 600;

/// Somebody who signed out at the issuer: a session, or a person with all sessions, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedOut {
    /// What makes the token unique.
    pub jti: String,
    /// The session.
    pub sid: Option<String>,
    /// The person.
    pub subject: Option<String>,
    /// Until when the token would be believed again.
    pub until: Timestamp,
}

impl RelyingParty {
    /// Judges a logout token. A key that is not known makes the keys be read once more.
    ///
    /// # Errors
    /// [`Error::IdToken`] with what is wrong; or the keys cannot be read.
    pub async fn accept_logout(&self, token: &str, now: Timestamp) -> Result<LoggedOut, Error> {
        let jws = Jws::parse(token).map_err(|_| Error::IdToken(IdTokenFault::Malformed))?;
        let signed = match check_signature(&jws, &self.provider) {
            Err(IdTokenFault::UnknownKey) => {
                check_signature(&jws, &self.provider.with_new_keys(&self.http).await?)
            }
            signed => signed,
        };
        let judged =
            signed.and_then(|()| judge(&jws, self.provider.issuer(), &self.client.id, now));
        judged.map_err(Error::IdToken)
    }
}

fn check_signature(jws: &Jws<'_>, provider: &OpenIdProvider) -> Result<(), IdTokenFault> {
    let algorithm: CoreJwsSigningAlgorithm =
        serde_json::from_value(jws.alg.as_str().into()).map_err(|_| IdTokenFault::Algorithm)?;
    let listed = provider.metadata.id_token_signing_alg_values_supported();
    if !ACCEPTED.contains(&algorithm) || !listed.contains(&algorithm) {
        return Err(IdTokenFault::Algorithm);
    }
    let fits = |key: &&CoreJsonWebKey| match (&jws.kid, key.key_id()) {
        (Some(named), Some(id)) => named == &**id,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let mut keys = provider.metadata.jwks().keys().iter().filter(fits).peekable();
    if keys.peek().is_none() {
        return Err(IdTokenFault::UnknownKey);
    }
    let message = jws.message.as_bytes();
    let signs =
        |key: &CoreJsonWebKey| key.verify_signature(&algorithm, message, &jws.signature).is_ok();
    if keys.any(signs) { Ok(()) } else { Err(IdTokenFault::Signature) }
}

fn judge(
    jws: &Jws<'_>,
    issuer: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<LoggedOut, IdTokenFault> {
    let claims = &jws.unverified.0;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let moment = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp);
    if jws.typ.is_some() && !jws.is_typed(LOGOUT_TOKEN_TYPE) && !jws.is_typed("JWT") {
        return Err(IdTokenFault::Malformed);
    }
    if text("iss") != Some(issuer) {
        return Err(IdTokenFault::Issuer);
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(audience)) => audience == client_id,
        Some(Value::Array(audiences)) => audiences.iter().any(|one| one == client_id),
        _ => false,
    };
    if !for_us {
        return Err(IdTokenFault::Audience);
    }
    let issued_at = moment("iat").ok_or(IdTokenFault::Malformed)?;
    if issued_at > now.plus(LEEWAY) {
        return Err(IdTokenFault::NotYet);
    }
    let oldest = issued_at.plus(OLDEST);
    let until = moment("exp").unwrap_or(oldest).min(oldest);
    if until.plus(LEEWAY) <= now {
        return Err(IdTokenFault::Expired);
    }
    let is_logout =
        claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
    // With a nonce it would be an ID token that somebody passes off as this.
    if !is_logout || claims.contains_key("nonce") {
        return Err(IdTokenFault::Malformed);
    }
    let owned = |name: &str| text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let (sid, subject) = (owned("sid"), owned("sub"));
    if sid.is_none() && subject.is_none() {
        return Err(IdTokenFault::Malformed);
    }
    let jti = owned("jti").ok_or(IdTokenFault::Malformed)?;
    Ok(LoggedOut { jti, sid, subject, until: until.plus(LEEWAY) })
}
