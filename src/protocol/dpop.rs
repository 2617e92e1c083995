//! Proof of possession of a key (RFC 9449): what a `DPoP` header has to say of the request that brings it.
//! Tokens are then bound to the key and useless without it.

use url::Url;

use super::error::ProtocolError;
use super::jwk::PublicJwk;
use super::jws::{Jws, JwtClaims, NotAMoment};
use crate::clock::Timestamp;
use crate::secret;

/// The `typ` of a proof.
const TYPE: &str = "dpop+jwt";
/// Seconds for which a proof is good: for as long its `jti` is remembered.
const LIFETIME: i64 = 300;
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 60;
/// The longest `jti`, in bytes.
const MAX_JTI: usize = 512;

/// `invalid_dpop_proof` with this description.
pub const fn invalid(description: &'static str) -> ProtocolError {
    ProtocolError::new("invalid_dpop_proof", description)
}

/// `use_dpop_nonce`: the answer brings the nonce along (RFC 9449 §8).
pub const fn use_nonce() -> ProtocolError {
    ProtocolError::new("use_dpop_nonce", "the DPoP proof has to contain the nonce of this answer")
}

/// What a proof must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The request's method.
    pub htm: &'a str,
    /// The request's URL, as the outside knows it.
    pub htu: &'a str,
    /// The access token that comes with it.
    pub access_token: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

/// A proof that says what it should. It counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of the key that was proven.
    pub jkt: String,
    /// The proof's id.
    pub jti: String,
    /// Until when it must not be accepted again.
    pub expires_at: Timestamp,
    /// The server's nonce in it, good or not.
    pub nonce: Option<String>,
}

/// Reads a proof and the key that it brings. Its signature is still to be looked at.
///
/// # Errors
/// `invalid_dpop_proof` when it is no proof.
pub fn parse(text: &str) -> Result<(Jws<'_>, PublicJwk), ProtocolError> {
    let proof = Jws::parse(text).map_err(|reason| {
        ProtocolError::naming("invalid_dpop_proof", "the proof ", &reason.to_string(), "")
    })?;
    if !proof.is_typed(TYPE) {
        return Err(invalid("typ of the proof is not dpop+jwt"));
    }
    let jwk = proof.jwk.as_ref().ok_or(invalid("the proof brings no key (jwk)"))?;
    let key = PublicJwk::parse(jwk).map_err(|reason| {
        ProtocolError::naming("invalid_dpop_proof", "the key (jwk) ", &reason.to_string(), "")
    })?;
    Ok((proof, key))
}

impl Proof {
    /// Checks the claims of a proof that `key` signed (RFC 9449 §4.3).
    ///
    /// # Errors
    /// `invalid_dpop_proof` that says which claim is wrong.
    pub fn check(
        claims: &JwtClaims,
        key: &PublicJwk,
        expected: Expected<'_>,
    ) -> Result<Self, ProtocolError> {
        if claims.text("htm") != Some(expected.htm) {
            return Err(invalid("htm is not the method of this request"));
        }
        if !claims.text("htu").is_some_and(|htu| is_same_place(htu, expected.htu)) {
            return Err(invalid("htu is not the URL of this request"));
        }
        let moment =
            |name| claims.moment(name).map_err(|NotAMoment| invalid("a time is no number"));
        let iat = moment("iat")?.ok_or(invalid("iat is missing"))?;
        if !(-LEEWAY..=LIFETIME).contains(&expected.now.since(iat)) {
            return Err(invalid("iat is not now"));
        }
        // Neither exp nor nbf is asked for; whoever sends them means them.
        if moment("exp")?.is_some_and(|exp| exp <= expected.now) {
            return Err(invalid("the proof has expired"));
        }
        if moment("nbf")?.is_some_and(|nbf| nbf.since(expected.now) > LEEWAY) {
            return Err(invalid("the proof is from the future"));
        }
        if let Some(token) = expected.access_token
            && claims.text("ath") != Some(secret::digest(token).as_str())
        {
            return Err(invalid("ath is not the digest of the access token"));
        }
        let jti = claims.text("jti").filter(|jti| (1..=MAX_JTI).contains(&jti.len()));
        Ok(Self {
            jkt: key.thumbprint(),
            jti: jti.ok_or(invalid("jti is missing or too long"))?.to_owned(),
            expires_at: iat.plus(LIFETIME + 1),
            nonce: claims.text("nonce").map(str::to_owned),
        })
    }
}

/// Whether two URLs are the same but for query and fragment, however they are spelled (RFC 3986 §6.2.2).
fn is_same_place(htu: &str, expected: &str) -> bool {
    let place = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    place(htu).is_some_and(|htu| Some(htu) == place(expected))
}

/// The thumbprint in a `dpop_jkt` parameter (RFC 9449 §10), or empty when there is none.
///
/// # Errors
/// `invalid_request` when it is no thumbprint.
pub fn jkt(parameter: Option<&str>) -> Result<String, ProtocolError> {
    match parameter {
        None => Ok(String::new()),
        Some(jkt) if secret::from_base64url(jkt).is_some_and(|digest| digest.len() == 32) => {
            Ok(jkt.to_owned())
        }
        Some(_) => Err(ProtocolError::invalid_request("dpop_jkt is not a thumbprint by SHA-256")),
    }
}

#[cfg(test)]
#[path = "dpop_tests.rs"]
mod tests;
