//! What a client says of itself in a signed assertion (RFC 7521 §4.2, RFC 7523 §3): that it is itself, to
//! us, now, once.

use super::jws::{JwtClaims, NotAMoment};
use crate::clock::Timestamp;

/// The `client_assertion_type` of a JWT.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Kinds of JWT that an assertion may say it is.
pub const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];
/// Seconds that an assertion may live: for as long its `jti` is remembered.
const MAX_LIFETIME: i64 = 3600;
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 60;
/// The longest `jti`, in bytes.
const MAX_JTI: usize = 512;

/// What an assertion must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who has signed it.
    pub client_id: &'a str,
    /// Names that we go by; it is for one of them, and for nobody else.
    pub audiences: &'a [&'a str],
    /// Now.
    pub now: Timestamp,
}

/// An assertion that says what it should. It counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAssertion {
    /// Its id.
    pub jti: String,
    /// Until when.
    pub exp: Timestamp,
}

impl ClientAssertion {
    /// Checks the claims of an assertion whose signature is good.
    ///
    /// # Errors
    /// What is wrong, for the log: the outside hears `invalid_client`.
    pub fn check(claims: &JwtClaims, expected: Expected<'_>) -> Result<Self, &'static str> {
        let Expected { client_id, audiences, now } = expected;
        if claims.text("iss") != Some(client_id) || claims.text("sub") != Some(client_id) {
            return Err("iss and sub are not both the client_id");
        }
        match claims.audience()[..] {
            [one] if audiences.contains(&one) => {}
            _ => return Err("aud is not this issuer alone"),
        }
        let moment = |name| claims.moment(name).map_err(|NotAMoment| "a time is no number");
        let exp = moment("exp")?.ok_or("exp is missing")?;
        if exp <= now {
            return Err("it has expired");
        }
        if exp.since(now) > MAX_LIFETIME {
            return Err("exp is more than an hour away");
        }
        for name in ["nbf", "iat"] {
            if moment(name)?.is_some_and(|moment| moment.since(now) > LEEWAY) {
                return Err("it is from the future");
            }
        }
        match claims.text("jti") {
            Some(jti) if (1..=MAX_JTI).contains(&jti.len()) => Ok(Self { jti: jti.into(), exp }),
            _ => Err("jti is missing or too long"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(change: &[(&str, Value)]) -> Result<ClientAssertion, &'static str> {
        let mut claims = json!({
            "iss": "app", "sub": "app", "aud": "https://id.example", "exp": 1300, "jti": "j",
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| !value.is_null());
        let audiences = ["https://id.example", "https://id.example/token"];
        let expected = Expected { client_id: "app", audiences: &audiences, now: Timestamp(1000) };
        ClientAssertion::check(&JwtClaims(claims), expected)
    }

    #[test]
    fn sound_assertions_pass() {
        let sound = ClientAssertion { jti: "j".into(), exp: Timestamp(1300) };
        for change in [
            ("aud", json!("https://id.example/token")),
            ("aud", json!(["https://id.example"])),
            ("iat", json!(1060)),
            ("nbf", json!(12.5)),
        ] {
            assert_eq!(check(std::slice::from_ref(&change)), Ok(sound.clone()), "{change:?}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for change in [
            ("iss", json!("other")),
            ("iss", json!(null)),
            ("sub", json!("other")),
            ("aud", json!("https://id.example/")),
            ("aud", json!(null)),
            ("aud", json!([])),
            ("aud", json!(["https://id.example", "https://else.example"])),
            ("exp", json!(1000)),
            ("exp", json!(1000 + MAX_LIFETIME + 1)),
            ("exp", json!("1300")),
            ("exp", json!(null)),
            ("iat", json!(1061)),
            ("nbf", json!(1061)),
            ("nbf", json!("x")),
            ("jti", json!(null)),
            ("jti", json!("")),
            ("jti", json!(7)),
            ("jti", json!("j".repeat(513))),
        ] {
            assert!(check(std::slice::from_ref(&change)).is_err(), "{change:?}");
        }
    }
}
