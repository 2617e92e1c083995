//! Proof Key for Code Exchange (RFC 7636), S256 only: `plain` proves nothing.

use super::error::ProtocolError;
use super::params::Params;
use crate::secret;

/// The challenge of an authorization request, or an empty text when there is none and none is needed.
///
/// # Errors
/// `invalid_request` when it is missing though required, malformed, or not S256.
pub fn challenge(params: &Params, required: bool) -> Result<String, ProtocolError> {
    let method = params.get("code_challenge_method");
    match params.get("code_challenge") {
        None if method.is_some() => {
            Err(ProtocolError::invalid_request("code_challenge_method came without code_challenge"))
        }
        None if required => {
            Err(ProtocolError::invalid_request("code_challenge is required (PKCE with S256)"))
        }
        None => Ok(String::new()),
        Some(_) if method != Some("S256") => {
            Err(ProtocolError::invalid_request("code_challenge_method must be S256"))
        }
        Some(challenge) if challenge.len() == 43 && secret::from_base64url(challenge).is_some() => {
            Ok(challenge.to_owned())
        }
        Some(_) => Err(ProtocolError::invalid_request(
            "code_challenge must be the base64url of a SHA-256 digest",
        )),
    }
}

/// The challenge that belongs to the verifier of a token request; empty when there is no verifier.
///
/// # Errors
/// `invalid_request` when the verifier is not 43 to 128 unreserved characters (RFC 7636 §4.1).
pub fn challenge_of_verifier(verifier: Option<&str>) -> Result<String, ProtocolError> {
    let Some(verifier) = verifier else { return Ok(String::new()) };
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved) {
        Ok(secret::digest(verifier))
    } else {
        Err(ProtocolError::new(
            "invalid_grant",
            "code_verifier must be 43 to 128 unreserved characters",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn verifier_and_challenge_belong_together() {
        assert_eq!(challenge_of_verifier(Some(VERIFIER)).unwrap(), CHALLENGE);
        assert_eq!(challenge_of_verifier(None).unwrap(), "");
        assert!(challenge_of_verifier(Some("short")).is_err());
        assert!(challenge_of_verifier(Some(&"ü".repeat(43))).is_err());
    }

    #[test]
    fn only_s256_is_taken() {
        let parse = |query: String, required| challenge(&Params::parse(&query).unwrap(), required);
        let s256 = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        assert_eq!(parse(s256, true).unwrap(), CHALLENGE);
        assert_eq!(parse(String::new(), false).unwrap(), "");
        for refused in [
            format!("code_challenge={CHALLENGE}"),
            format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
            "code_challenge=short&code_challenge_method=S256".into(),
            "code_challenge_method=S256".into(),
        ] {
            assert!(parse(refused.clone(), false).is_err(), "{refused}");
        }
        assert!(parse(String::new(), true).is_err());
    }
}
