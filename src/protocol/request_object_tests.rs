use super::*;
use crate::protocol::client::Profile;
use serde_json::json;

const ISSUER: &str = "https://id.example";

fn read(change: &[(&str, Value)]) -> Result<Params, ProtocolError> {
    read_under(None, change)
}

fn read_under(profile: Option<Profile>, change: &[(&str, Value)]) -> Result<Params, ProtocolError> {
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
        let client =
            Client { client_id: "app".into(), profile: Some(Profile::Fapi2), ..Client::default() };
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
    let text =
        |claims: Value| format!("x.{}.", crate::secret::base64url(claims.to_string().as_bytes()));
    let inside = text(json!({ "state": "in", "response_mode": "form_post", "nonce": "n" }));
    let outside = Params::parse("state=out").unwrap();
    let params = answer_to(&outside, &inside);
    assert_eq!(params.get("state"), Some("out"));
    assert_eq!(params.get("response_mode"), Some("form_post"));
    assert_eq!(params.get("nonce"), None);
    assert_eq!(answer_to(&outside, "rubbish"), outside);
}
