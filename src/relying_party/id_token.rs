//! Whether an ID token proves what it says: OpenID Connect Core §3.1.3.7, with the algorithm pinned
//! (RFC 8725 §3.1). Pure: keys, expectations and the moment are passed in.

use std::fmt;

use chrono::DateTime;
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce,
    SignatureVerificationError,
};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::secret;

/// Clocks of two machines may differ by this many seconds.
pub(super) const LEEWAY: i64 = 60;

/// The algorithms that Doorstep accepts of those an issuer lists: asymmetric ones only, so that nobody
/// but the issuer can sign, and never `none`.
pub(super) const ACCEPTED: [CoreJwsSigningAlgorithm; 3] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What is wrong with an ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenFault {
    /// There is none, or it is not a signed token with the claims that every ID token has.
    Malformed,
    /// It is not signed, or by an algorithm that the issuer does not list or Doorstep does not accept.
    Algorithm,
    /// The issuer publishes no key that could have signed it.
    UnknownKey,
    /// The signature is not the issuer's.
    Signature,
    /// Another issuer's.
    Issuer,
    /// Made for another client.
    Audience,
    /// It has expired.
    Expired,
    /// It is from the future.
    NotYet,
    /// It answers another request.
    Nonce,
    /// It belongs to another access token.
    AccessToken,
    /// A refresh changed the person.
    Subject,
}

impl fmt::Display for IdTokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is missing or malformed",
            Self::Algorithm => {
                "it is not signed in a way that the issuer lists and Doorstep accepts"
            }
            Self::UnknownKey => "it was signed by a key that the issuer does not publish",
            Self::Signature => "its signature is wrong",
            Self::Issuer => "it was made by another issuer",
            Self::Audience => "it was made for another client",
            Self::Expired => "it has expired; please check this machine's clock",
            Self::NotYet => "it is from the future; please check this machine's clock",
            Self::Nonce => "it answers another sign-in",
            Self::AccessToken => "it belongs to another access token",
            Self::Subject => "it is about another person than before",
        })
    }
}

impl std::error::Error for IdTokenFault {}

/// What an ID token must agree with.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a IssuerUrl,
    pub(super) client_id: &'a str,
    /// The algorithms that discovery lists.
    pub(super) listed: &'a [CoreJwsSigningAlgorithm],
    pub(super) keys: &'a CoreJsonWebKeySet,
    /// The nonce of the request; refreshed tokens answer none (OpenID Connect Core §12.2).
    pub(super) nonce: Option<&'a str>,
    pub(super) access_token: &'a AccessToken,
    pub(super) now: Timestamp,
}

/// The claims of a verified ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// All claims, as the issuer wrote them.
    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Who signed in: unique at the issuer and never given to another.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// When the token expires.
    pub fn expires_at(&self) -> Timestamp {
        moment(&self.0, "exp").unwrap_or_default()
    }

    /// What is known of somebody of whom nothing but the subject is.
    pub(super) fn about(subject: &str) -> Self {
        Self(Map::from_iter([("sub".to_owned(), subject.into())]))
    }

    /// The claims of a token that was verified before, read again from where it was kept.
    pub fn of_kept(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        serde_json::from_slice(&secret::from_base64url(payload)?).ok().map(Self)
    }
}

/// Verifies `token` and hands out its claims.
pub(super) fn verify(token: &CoreIdToken, expected: &Expected<'_>) -> Result<Claims, IdTokenFault> {
    let claims = Claims::of_kept(&token.to_string()).ok_or(IdTokenFault::Malformed)?;
    let algorithm = token.signing_alg().map_err(|_| IdTokenFault::Algorithm)?;
    if !ACCEPTED.contains(algorithm) || !expected.listed.contains(algorithm) {
        return Err(IdTokenFault::Algorithm);
    }
    let verifier = verifier(&claims, expected);
    token
        .claims(&verifier, |nonce: Option<&Nonce>| same_nonce(nonce, expected.nonce))
        .map_err(|error| fault(&error))?;
    if claims.text("iss") != Some(expected.issuer.as_str()) {
        return Err(IdTokenFault::Issuer);
    }
    if claims.text("azp").is_some_and(|party| party != expected.client_id) {
        return Err(IdTokenFault::Audience);
    }
    if claims.subject().is_empty() {
        return Err(IdTokenFault::Malformed);
    }
    check_times(&claims.0, expected.now)?;
    if let Some(stated) = claims.text("at_hash") {
        let key = token.signing_key(&verifier).map_err(|_| IdTokenFault::UnknownKey)?;
        let hash = AccessTokenHash::from_token(expected.access_token, algorithm, key);
        let actual = hash.map_err(|_| IdTokenFault::AccessToken)?;
        if !secret::equal(stated, actual.as_str()) {
            return Err(IdTokenFault::AccessToken);
        }
    }
    Ok(claims)
}

/// The library's verifier, told to accept further audiences only in a token that names this client as
/// the party it was issued to.
fn verifier<'a>(claims: &Claims, expected: &Expected<'a>) -> CoreIdTokenVerifier<'a> {
    let issued_to_us = claims.text("azp") == Some(expected.client_id);
    let now = DateTime::from_timestamp(expected.now.plus(-LEEWAY).0, 0).unwrap_or_default();
    CoreIdTokenVerifier::new_public_client(
        ClientId::new(expected.client_id.to_owned()),
        expected.issuer.clone(),
        expected.keys.clone(),
    )
    .set_allowed_algs(ACCEPTED)
    .set_other_audience_verifier_fn(move |_| issued_to_us)
    .set_time_fn(move || now)
}

fn same_nonce(nonce: Option<&Nonce>, expected: Option<&str>) -> Result<(), String> {
    match (nonce, expected) {
        (_, None) => Ok(()),
        (Some(nonce), Some(expected)) if secret::equal(nonce.secret(), expected) => Ok(()),
        _ => Err("the nonce differs".to_owned()),
    }
}

/// The library has compared `exp`; here the token must not be from the future.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), IdTokenFault> {
    let latest = now.plus(LEEWAY);
    let begins = [moment(claims, "nbf"), moment(claims, "iat")];
    if begins.into_iter().flatten().any(|begin| begin > latest) {
        Err(IdTokenFault::NotYet)
    } else {
        Ok(())
    }
}

/// A claim that is a moment; fractions of seconds are allowed (RFC 7519 §2) and dropped.
fn moment(claims: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)).map(Timestamp)
}

fn fault(error: &ClaimsVerificationError) -> IdTokenFault {
    match error {
        ClaimsVerificationError::Expired(_) => IdTokenFault::Expired,
        ClaimsVerificationError::InvalidAudience(_) => IdTokenFault::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => IdTokenFault::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => IdTokenFault::Nonce,
        ClaimsVerificationError::SignatureVerification(error) => match error {
            SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::AmbiguousKeyId(_) => IdTokenFault::UnknownKey,
            SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::NoSignature => IdTokenFault::Algorithm,
            _ => IdTokenFault::Signature,
        },
        _ => IdTokenFault::Malformed,
    }
}

#[cfg(test)]
mod tests;
