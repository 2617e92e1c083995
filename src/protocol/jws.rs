//! Signed statements of clients: a compact JWS (RFC 7515 §7.1) taken apart, not believed yet.
//!
//! Whoever has verified the signature reads the claims (RFC 7519 §4).

use std::fmt;

use serde_json::{Map, Value};

use super::client::SigningAlg;
use crate::clock::Timestamp;
use crate::secret;

/// A JWS whose signature nobody has looked at.
#[derive(Clone, Debug)]
pub struct Jws<'a> {
    /// The algorithm it names, one of ours.
    pub alg: SigningAlg,
    /// The kind of statement it says it is.
    pub typ: Option<String>,
    /// The id of the key that it says it was signed with.
    pub kid: Option<String>,
    /// The key that it brings along.
    pub jwk: Option<Value>,
    /// What is signed.
    pub message: &'a str,
    /// The signature.
    pub signature: Vec<u8>,
    /// What it says, true or not.
    pub unverified: JwtClaims,
}

/// Why a text is no JWS that could be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAJws {
    /// It does not have the form.
    Malformed,
    /// Nothing is signed (`alg` is none).
    Unsigned,
    /// It names an algorithm that is not among ours.
    Algorithm,
    /// It demands that an extension be understood (RFC 7515 §4.1.11).
    Critical,
}

impl fmt::Display for NotAJws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is not a signed JWT",
            Self::Unsigned => "is not signed",
            Self::Algorithm => "is signed by an algorithm that is not supported",
            Self::Critical => "has a critical header that is not supported",
        })
    }
}

impl std::error::Error for NotAJws {}

impl<'a> Jws<'a> {
    /// Takes a JWT apart.
    ///
    /// # Errors
    /// [`NotAJws`] says why there is nothing to verify.
    pub fn parse(token: &'a str) -> Result<Self, NotAJws> {
        let (message, signature) = token.rsplit_once('.').ok_or(NotAJws::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(NotAJws::Malformed)?;
        let header = object(header)?;
        let text = |name| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(NotAJws::Malformed),
        };
        let alg = match text("alg")?.ok_or(NotAJws::Malformed)?.as_str() {
            "none" => return Err(NotAJws::Unsigned),
            name => SigningAlg::parse(name).ok_or(NotAJws::Algorithm)?,
        };
        if header.contains_key("crit") {
            return Err(NotAJws::Critical);
        }
        Ok(Self {
            alg,
            typ: text("typ")?,
            kid: text("kid")?,
            jwk: header.get("jwk").cloned(),
            message,
            signature: secret::from_base64url(signature).ok_or(NotAJws::Malformed)?,
            unverified: JwtClaims(object(payload)?),
        })
    }

    /// Whether it says that it is of this kind.
    pub fn is_typed(&self, typ: &str) -> bool {
        self.typ.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(typ))
    }
}

/// What the payload of a JWT says, whether or not anybody signed it: for saying where it is wrong.
pub fn peek(token: &str) -> Option<JwtClaims> {
    object(token.split('.').nth(1)?).ok().map(JwtClaims)
}

fn object(part: &str) -> Result<Map<String, Value>, NotAJws> {
    let bytes = secret::from_base64url(part).ok_or(NotAJws::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| NotAJws::Malformed)
}

/// The claims of a JWT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwtClaims(pub Map<String, Value>);

impl JwtClaims {
    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a moment (NumericDate, which may have a fraction).
    ///
    /// # Errors
    /// When the claim is there and is no number.
    pub fn moment(&self, name: &str) -> Result<Option<Timestamp>, NotAMoment> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
        seconds.map(|seconds| Some(Timestamp(seconds))).ok_or(NotAMoment)
    }

    /// Whom it is for: one or several.
    pub fn audience(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => {
                several.iter().map(Value::as_str).collect::<Option<_>>().unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

/// A claim should be a moment, and is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMoment;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(header: &Value, payload: &str) -> String {
        let part = |text: &str| secret::base64url(text.as_bytes());
        format!("{}.{}.{}", part(&header.to_string()), part(payload), part("signature"))
    }

    #[test]
    fn a_token_is_taken_apart() {
        let text = token(&json!({"alg": "ES256", "typ": "DPoP+jwt", "kid": "k"}), r#"{"n":1}"#);
        let jws = Jws::parse(&text).unwrap();
        assert_eq!((jws.alg, jws.kid.as_deref()), (SigningAlg::ES256, Some("k")));
        assert!(jws.is_typed("dpop+jwt") && !jws.is_typed("JWT"));
        assert_eq!(text.strip_prefix(jws.message), Some(".c2lnbmF0dXJl"));
        assert_eq!(jws.unverified.0["n"], 1);
    }

    #[test]
    fn what_cannot_be_verified_is_said() {
        for (header, payload, reason) in [
            (json!({"alg": "none"}), "{}", NotAJws::Unsigned),
            (json!({"alg": "None"}), "{}", NotAJws::Algorithm),
            (json!({"alg": "HS256"}), "{}", NotAJws::Algorithm),
            (json!({"alg": "ES256", "crit": ["b64"], "b64": false}), "{}", NotAJws::Critical),
            (json!({"alg": ["ES256"]}), "{}", NotAJws::Malformed),
            (json!({"alg": "ES256", "kid": 1}), "{}", NotAJws::Malformed),
            (json!({}), "{}", NotAJws::Malformed),
            (json!({"alg": "ES256"}), "[]", NotAJws::Malformed),
            (json!({"alg": "ES256"}), "{", NotAJws::Malformed),
        ] {
            assert_eq!(Jws::parse(&token(&header, payload)).unwrap_err(), reason, "{header}");
        }
        for text in ["", ".", "..", "a.b.c", "e30.e30", "e30.e30.e30.e30", "e30.e30.e30.e30.e30"] {
            assert_eq!(Jws::parse(text).unwrap_err(), NotAJws::Malformed, "{text}");
        }
    }

    #[test]
    fn moments_are_numbers_and_audiences_one_or_several() {
        let claims = |value: Value| JwtClaims(value.as_object().unwrap().clone());
        let moment = |value: Value| claims(json!({ "exp": value })).moment("exp");
        assert_eq!(moment(json!(12)), Ok(Some(Timestamp(12))));
        assert_eq!(moment(json!(12.9)), Ok(Some(Timestamp(12))));
        assert_eq!(moment(json!(1e300)), Ok(Some(Timestamp(i64::MAX))));
        assert_eq!(moment(json!("12")), Err(NotAMoment));
        assert_eq!(moment(json!(null)), Err(NotAMoment));
        assert_eq!(claims(json!({})).moment("exp"), Ok(None));
        assert_eq!(claims(json!({"aud": "a"})).audience(), ["a"]);
        assert_eq!(claims(json!({"aud": ["a", "b"]})).audience(), ["a", "b"]);
        assert!(claims(json!({"aud": 1})).audience().is_empty());
        assert!(claims(json!({"aud": ["a", 1]})).audience().is_empty());
    }
}
