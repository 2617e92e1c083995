//! What has to be true of every answer, whatever was asked.

use std::collections::HashMap;

use serde_json::Value;

use super::answer::{Answer, Way};
use super::jose::object;
use super::provider::Provider;
use super::request::Request;
use crate::support::person::Page;

const MINUTES: i64 = 60;
const YEARS: i64 = 366 * 86_400;

/// The value of a header, empty when it is not there.
pub fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).map(|value| value.to_str().expect("ASCII")).unwrap_or_default()
}

/// The way that a request asks for.
fn way(request: &Request) -> Way {
    match request.get("response_mode") {
        None | Some("query" | "jwt" | "query.jwt") => Way::Query,
        Some("fragment" | "fragment.jwt") => Way::Fragment,
        Some("form_post" | "form_post.jwt") => Way::FormPost,
        Some(other) => panic!("nobody knows how {other} travels"),
    }
}

/// An answer goes where and how it was asked to, with `state` and issuer.
#[track_caller]
fn answer(provider: &Provider, request: &Request, answer: &Answer) {
    assert_eq!(answer.way, way(request), "{answer:?}");
    assert_eq!(Some(answer.to.as_str()), request.get("redirect_uri"), "{answer:?}");
    assert_eq!(answer.get("state"), request.get("state"), "{answer:?}");
    assert_eq!(answer.get("iss"), Some(provider.issuer.as_str()), "{answer:?}");
}

/// A code came.
#[track_caller]
pub fn success(provider: &Provider, request: &Request, answer: &Answer) {
    self::answer(provider, request, answer);
    assert_eq!(answer.get("error"), None, "{answer:?}");
    assert!(answer.code().len() >= 16, "128 bits");
    assert!(entropy(answer.code()) > 96.0, "{answer:?}");
}

/// An error came, and nothing else.
#[track_caller]
pub fn error(provider: &Provider, request: &Request, answer: &Answer) {
    self::answer(provider, request, answer);
    assert!(!answer.error().is_empty());
    description(answer.get("error_description").unwrap_or_default());
    let known = ["error", "error_description", "error_uri", "iss", "state"];
    assert!(answer.names().iter().all(|name| known.contains(name)), "{answer:?}");
}

/// The characters of an `error_description` (RFC 6749 §5.2); there has to be one.
#[track_caller]
pub fn description(text: &str) {
    let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(!text.is_empty() && text.bytes().all(allowed), "error_description is {text:?}");
}

/// An error of an endpoint for programs (RFC 6749 §5.2), down to its headers.
#[track_caller]
pub fn refused(page: &Page, status: u16, error: &str) {
    assert_eq!((page.status, page.json()["error"].as_str()), (status, Some(error)), "{page:?}");
    assert_eq!(header(page, "content-type"), "application/json", "{page:?}");
    assert_eq!(header(page, "cache-control"), "no-store", "{page:?}");
    assert_eq!(page.headers.contains_key("www-authenticate"), status == 401, "{page:?}");
    description(page.json()["error_description"].as_str().expect("a description"));
}

/// A failure of which only the person can be told.
#[track_caller]
pub fn told_to_the_person(page: &Page, words: &str) {
    assert_eq!((page.status, &page.location), (400, &None), "{page:?}");
    assert!(header(page, "content-type").starts_with("text/html"), "{page:?}");
    assert!(page.body.contains(words), "{words:?} is not on {page:?}");
    assert!(page.forms().is_empty(), "{page:?}");
}

/// A successful token response (RFC 6749 §5.1).
#[track_caller]
pub fn token_response(page: &Page) {
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(header(page, "content-type"), "application/json", "{page:?}");
    assert_eq!((header(page, "cache-control"), header(page, "pragma")), ("no-store", "no-cache"));
    let json = page.json();
    assert_eq!(json["token_type"], "Bearer");
    assert!(json["expires_in"].as_i64().is_some_and(|seconds| (1..=YEARS).contains(&seconds)));
    for name in ["access_token", "refresh_token"] {
        if let Some(token) = json.get(name) {
            let token = token.as_str().expect("a text");
            assert!(token.len() >= 16 && entropy(token) > 96.0, "{token}");
        }
    }
}

/// The claims of an ID token (OpenID Connect Core §3.1.3.7).
#[track_caller]
pub fn id_token(provider: &Provider, request: &Request, claims: &Value) {
    let now = provider.clock.now().0;
    let number = |name: &str| claims[name].as_i64();
    assert_eq!(claims["iss"], provider.issuer, "{claims}");
    assert_eq!(claims["aud"], request.client_id(), "{claims}");
    assert_eq!(claims.get("nonce").and_then(Value::as_str), request.get("nonce"), "{claims}");
    let exp = number("exp").expect("exp");
    assert!(exp > now - 5 * MINUTES && exp < now + 50 * YEARS, "{claims}");
    assert!(number("iat").is_some_and(|iat| (iat - now).abs() <= 5 * MINUTES), "{claims}");
    if let Some(auth_time) = claims.get("auth_time") {
        let age = now - auth_time.as_i64().expect("a number");
        assert!((-5 * MINUTES..YEARS).contains(&age), "{claims}");
    }
    let sub = claims["sub"].as_str().expect("sub");
    assert!((1..=255).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_graphic()), "{sub}");
    if let Some(acr) = claims.get("acr") {
        assert!(acr.as_str().is_some_and(|acr| !acr.is_empty()), "{claims}");
    }
    standard_claims(claims);
}

/// The types of the standard claims (OpenID Connect Core §5.1), wherever they are.
#[track_caller]
pub fn standard_claims(claims: &Value) {
    for (name, value) in object(claims) {
        let fits = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => {
                value.as_i64().is_some_and(|at| (631_152_000..2_000_000_000).contains(&at))
            }
            "birthdate" => value.as_str().is_some_and(is_birthdate),
            "address" => object(value).values().all(says_something) && !object(value).is_empty(),
            _ => says_something(value),
        };
        assert!(fits, "{name} is {value}");
    }
}

fn says_something(value: &Value) -> bool {
    let text = |text: &str| !text.trim().is_empty() && !["null", "true", "false"].contains(&text);
    !value.is_null() && value.as_str().is_none_or(text)
}

/// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
fn is_birthdate(text: &str) -> bool {
    let numbers: Option<Vec<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    match (numbers.as_deref(), text.len()) {
        (Some([year]), 4) => (1850..2100).contains(year),
        (Some([year, month, day]), 10) => {
            (*year == 0 || (1850..2100).contains(year))
                && (1..=12).contains(month)
                && (1..=31).contains(day)
        }
        _ => false,
    }
}

/// Shannon's measure of the whole text, in bits.
fn entropy(text: &str) -> f64 {
    let mut counts = HashMap::new();
    text.bytes().for_each(|byte| *counts.entry(byte).or_insert(0.0) += 1.0);
    let length = text.len() as f64;
    counts.values().map(|count: &f64| -count * (count / length).log2()).sum()
}
