//! Authorization requests that the client signed (RFC 9101). Only what is inside the object counts (§6.3),
//! so the merging of OpenID Connect Core §6.1 is not done: nobody between client and issuer can add to
//! what was signed.

use serde_json::Value;

use super::client::Client;
use super::error::ProtocolError;
use super::jws::{Jws, JwtClaims, NotAMoment};
use super::params::{self, Params};
use crate::clock::Timestamp;

/// Kinds of JWT that a request object may say it is (RFC 9101 §10.8). Many say only that they are one.
const TYPES: [&str; 3] = ["oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "JWT"];
/// Claims about the object itself, which are no parameters.
const ENVELOPE: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
/// Seconds that a request object is good for at most, where that is bounded.
const HOUR: i64 = 3600;
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 60;

/// `invalid_request_object` with this description.
pub const fn invalid(description: &'static str) -> ProtocolError {
    ProtocolError::new("invalid_request_object", description)
}

/// Reads a request object. Its signature is still to be looked at.
///
/// # Errors
/// `invalid_request_object` for one that this client cannot have signed as one.
pub fn parse<'a>(text: &'a str, client: &Client) -> Result<Jws<'a>, ProtocolError> {
    let object = Jws::parse(text).map_err(|reason| {
        let reason = reason.to_string();
        ProtocolError::naming("invalid_request_object", "the request object ", &reason, "")
    })?;
    if object.typ.is_some() && !TYPES.iter().any(|typ| object.is_typed(typ)) {
        return Err(invalid("typ says that the JWT is something else than a request object"));
    }
    let registered = client.request_object_signing_alg.is_none_or(|only| only == object.alg);
    if !registered || !client.may_sign_by(object.alg) {
        return Err(invalid(
            "the request object is signed by an algorithm that the client may not use",
        ));
    }
    Ok(object)
}

/// The parameters of a request object whose signature is good, as of the moment when it came in.
///
/// # Errors
/// `invalid_request_object` when it is somebody else's, for somebody else, or for another time.
pub fn params(
    claims: &JwtClaims,
    client: &Client,
    issuer: &str,
    now: Timestamp,
) -> Result<Params, ProtocolError> {
    let client_id = client.client_id.as_str();
    if claims.text("client_id") != Some(client_id) {
        return Err(invalid("client_id in the request object is not the client_id beside it"));
    }
    if claims.0.contains_key("iss") && claims.text("iss") != Some(client_id) {
        return Err(invalid("iss in the request object is not the client"));
    }
    if claims.0.contains_key("aud") && !claims.audience().contains(&issuer) {
        return Err(invalid("aud in the request object is not this issuer"));
    }
    let moment = |name| {
        claims
            .moment(name)
            .map_err(|NotAMoment| invalid("a time in the request object is no number"))
    };
    if moment("exp")?.is_some_and(|exp| exp <= now) {
        return Err(invalid("the request object has expired"));
    }
    for name in ["nbf", "iat"] {
        if moment(name)?.is_some_and(|moment| moment.since(now) > LEEWAY) {
            return Err(invalid("the request object is from the future"));
        }
    }
    if client.is_fapi2() {
        check_window(claims, moment("nbf")?, moment("exp")?)?;
    }
    if claims.0.contains_key("request") || claims.0.contains_key("request_uri") {
        return Err(invalid("a request object cannot refer to another"));
    }
    parameters(claims)
}

/// A signed request says whom it is for and when it is good, which is an hour at most (FAPI 2.0 Message
/// Signing §5.3.1).
fn check_window(
    claims: &JwtClaims,
    nbf: Option<Timestamp>,
    exp: Option<Timestamp>,
) -> Result<(), ProtocolError> {
    match (nbf, exp) {
        _ if claims.audience().is_empty() => Err(invalid("the request object lacks aud")),
        (Some(nbf), Some(exp)) if exp.since(nbf) <= HOUR => Ok(()),
        (Some(_), Some(_)) => Err(invalid("the request object is good for more than an hour")),
        _ => Err(invalid("the request object lacks nbf or exp")),
    }
}

fn parameters(claims: &JwtClaims) -> Result<Params, ProtocolError> {
    let mut params = Vec::new();
    for (name, value) in &claims.0 {
        if ENVELOPE.contains(&name.as_str()) {
            continue;
        }
        for value in texts(name, value)? {
            if value.contains('\0') {
                return Err(invalid("a parameter in the request object contains a NUL"));
            }
            if !value.is_empty() {
                params.push((name.clone(), value));
            }
        }
    }
    Ok(params.into_iter().collect())
}

/// A claim as the text of a parameter: what is structured is JSON (RFC 9101 §4), what may be repeated is
/// a list.
fn texts(name: &str, value: &Value) -> Result<Vec<String>, ProtocolError> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(several) if params::is_repeatable(name) => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let several = several.iter().map(text).collect::<Option<_>>();
            several
                .ok_or(invalid("a list in the request object holds something else than texts"))?
        }
        other => vec![other.to_string()],
    })
}

/// What an error about a request object is answered by: what stands beside the object or, where nothing
/// does, inside. It is no more believed than any unsigned request.
pub fn answer_to(outside: &Params, object: &str) -> Params {
    let inside = super::jws::peek(object).unwrap_or_default();
    let mut params = outside.clone();
    for name in ["redirect_uri", "response_mode", "state"] {
        if let (None, Some(value)) = (outside.get(name), inside.text(name))
            && !value.is_empty()
            && !value.contains('\0')
        {
            params.set(name, value);
        }
    }
    params
}

#[cfg(test)]
#[path = "request_object_tests.rs"]
mod tests;
