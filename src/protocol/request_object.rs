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
mod tests {
    use super::*;
    use crate::protocol::client::Profile;
    use serde_json::json;

    const ISSUER: &str = "https://id.example";

    fn read(change: &[(&str, Value)]) -> Result<Params, ProtocolError> {
        read_under(None, change)
    }

    fn read_under(
        profile: Option<Profile>,
        change: &[(&str, Value)],
    ) -> Result<Params, ProtocolError> {
        let mut claims = json!({
            "iss": "app", "aud": ISSUER, "exp": 1300, "nbf": 990, "iat": 990, "jti": "j",
            "client_id": "app", "response_type": "code", "max_age": 100, "state": "a+b",
        });
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        let claims = JwtClaims(claims.as_object().unwrap().clone());
        let client = Client { client_id: "app".into(), profile, ..Client::default() };
        params(&claims, &client, ISSUER, Timestamp(1000))
    }

    #[test]
    fn claims_become_parameters() {
        let params = read(&[
            ("claims", json!({ "userinfo": { "name": null } })),
            ("resource", json!(["https://a.example", "https://b.example"])),
            ("scope", json!("")),
            ("nonce", json!(null)),
        ])
        .unwrap();
        assert_eq!(params.get("state"), Some("a+b"));
        assert_eq!(params.get("max_age"), Some("100"));
        assert_eq!(params.get("claims"), Some(r#"{"userinfo":{"name":null}}"#));
        assert_eq!(params.all("resource").count(), 2);
        for absent in ["iss", "aud", "exp", "nbf", "iat", "jti", "scope", "nonce"] {
            assert_eq!(params.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn sound_objects_pass() {
        for change in [
            ("aud", json!(["https://else.example", ISSUER])),
            ("nbf", json!(1060)),
            ("exp", json!(1001)),
        ] {
            assert!(read(std::slice::from_ref(&change)).is_ok(), "{change:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_an_invalid_request_object() {
        for change in [
            ("client_id", json!("other")),
            ("client_id", json!(null)),
            ("iss", json!("other")),
            ("iss", json!(["app"])),
            ("aud", json!("https://else.example")),
            ("aud", json!([])),
            ("exp", json!(1000)),
            ("exp", json!("soon")),
            ("nbf", json!(1061)),
            ("iat", json!(1061)),
            ("request", json!("x")),
            ("request_uri", json!("urn:x")),
            ("state", json!("a\0b")),
            ("resource", json!([1])),
        ] {
            let error = read(std::slice::from_ref(&change)).unwrap_err();
            assert_eq!(error.code, "invalid_request_object", "{change:?}");
        }
    }

    #[test]
    fn under_fapi_it_is_good_for_an_hour_at_most() {
        let read = |change: &[(&str, Value)]| read_under(Some(Profile::Fapi2), change);
        assert!(read(&[]).is_ok());
        assert!(read(&[("nbf", json!(-2600)), ("exp", json!(1000 + 1))]).is_err());
        for change in [("nbf", json!(-2301)), ("exp", json!(990 + 3601)), ("aud", json!([]))] {
            assert!(read(std::slice::from_ref(&change)).is_err(), "{change:?}");
        }
        for absent in ["nbf", "exp", "aud"] {
            let claims = json!({
                "aud": ISSUER, "exp": 1300, "nbf": 990, "client_id": "app",
            });
            let mut claims = claims.as_object().unwrap().clone();
            claims.remove(absent);
            let client = Client {
                client_id: "app".into(),
                profile: Some(Profile::Fapi2),
                ..Client::default()
            };
            assert!(params(&JwtClaims(claims), &client, ISSUER, Timestamp(1000)).is_err());
        }
    }

    #[test]
    fn another_kind_of_jwt_is_no_request_object() {
        let object = |header: Value| {
            let part = |value: &Value| crate::secret::base64url(value.to_string().as_bytes());
            format!("{}.{}.AA", part(&header), part(&json!({})))
        };
        for typ in ["JWT", "jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"] {
            let text = object(json!({ "alg": "ES256", "typ": typ }));
            assert!(parse(&text, &Client::default()).is_ok(), "{typ}");
        }
        for header in [
            json!({ "alg": "ES256", "typ": "dpop+jwt" }),
            json!({ "alg": "none" }),
            json!({ "alg": "HS256" }),
        ] {
            let text = object(header);
            let error = parse(&text, &Client::default()).unwrap_err();
            assert_eq!(error.code, "invalid_request_object");
        }
    }

    #[test]
    fn an_error_is_answered_by_what_stands_outside_first() {
        let text = |claims: Value| {
            format!("x.{}.", crate::secret::base64url(claims.to_string().as_bytes()))
        };
        let inside = text(json!({ "state": "in", "response_mode": "form_post", "nonce": "n" }));
        let outside = Params::parse("state=out").unwrap();
        let params = answer_to(&outside, &inside);
        assert_eq!(params.get("state"), Some("out"));
        assert_eq!(params.get("response_mode"), Some("form_post"));
        assert_eq!(params.get("nonce"), None);
        assert_eq!(answer_to(&outside, "rubbish"), outside);
    }
}
