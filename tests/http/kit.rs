//! Short ways to do what most tests do.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use url::form_urlencoded;

use crate::person::{Page, Person};
use crate::server::{CLIENT_SECRET, PASSWORD, Server};

/// A verifier and its challenge (RFC 7636, appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The return addresses of the clients in `server::clients`.
pub const WEB_URI: &str = "https://app.example/cb";
pub const CLI_URI: &str = "http://127.0.0.1:49152/";

/// The URL of an authorization request; later values of a name replace earlier ones, empty ones remove it.
pub fn authorize_url(server: &Server, client_id: &str, more: &[(&str, &str)]) -> String {
    let is_web =
        !client_id.contains("cli") && client_id != "no-paste" && client_id != "same-network";
    let mut params = vec![
        ("client_id", client_id),
        ("redirect_uri", if is_web { WEB_URI } else { CLI_URI }),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "st-1"),
        ("nonce", "no-1"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        params.retain(|(known, _)| known != name);
        if !value.is_empty() {
            params.push((name, value));
        }
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("{}/authorize?{query}", server.url)
}

/// Signs in as alice on the way through an authorization request of a trusted web client and gives the
/// response's parameters.
pub async fn web_response(
    server: &Server,
    person: &Person,
    client_id: &str,
    more: &[(&str, &str)],
) -> HashMap<String, String> {
    let url = authorize_url(server, client_id, more);
    let mut page = person.visit(&url).await;
    if page.location.is_none() && page.body.contains("name=\"password\"") {
        page = person.sign_in(&url, "alice", PASSWORD).await;
    }
    if page.location.is_some() { page.query() } else { page.form().fields.into_iter().collect() }
}

/// POSTs to the token endpoint, authenticated as one of the confidential clients.
pub async fn token(server: &Server, client_id: &str, fields: &[(&str, &str)]) -> Page {
    let basic = format!("Basic {}", STANDARD.encode(format!("{client_id}:{CLIENT_SECRET}")));
    post(server, "/token", Some(&basic), fields).await
}

/// POSTs a form to an endpoint as a program would.
pub async fn post(
    server: &Server,
    path: &str,
    authorization: Option<&str>,
    fields: &[(&str, &str)],
) -> Page {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = reqwest::Client::new()
        .post(format!("{}{path}", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    Person::new().send(request).await
}

/// Redeems a code as `client_id`.
pub async fn redeem(server: &Server, client_id: &str, code: &str) -> Page {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_URI),
        ("code_verifier", VERIFIER),
    ];
    token(server, client_id, &fields).await
}

/// Redeems a code as a public client at the loopback address.
pub async fn redeem_public(server: &Server, client_id: &str, code: &str) -> Page {
    let fields = [
        ("client_id", client_id),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CLI_URI),
        ("code_verifier", VERIFIER),
    ];
    post(server, "/token", None, &fields).await
}

/// Signs alice in to a web client with these scopes and gives the token response.
pub async fn tokens(server: &Server, person: &Person, client_id: &str, scope: &str) -> Value {
    let response = web_response(server, person, client_id, &[("scope", scope)]).await;
    let page = redeem(server, client_id, &response["code"]).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.json()
}

/// The claims of a JWT, unverified.
pub fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

/// GETs an endpoint with a bearer token.
pub async fn get_with(server: &Server, path: &str, token: &str) -> Page {
    let request = reqwest::Client::new().get(format!("{}{path}", server.url)).bearer_auth(token);
    Person::new().send(request).await
}
