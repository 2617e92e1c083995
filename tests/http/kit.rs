//! Short ways to do what most tests do.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use josekit::jwk::JwkSet;
use josekit::jws::{self, ES256, EdDSA, PS256, RS256};
use reqwest::Method;
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

/// Opens an authorization request, signs in as alice if asked, and gives what is at the end.
pub async fn arrive(person: &Person, url: &str) -> Page {
    let page = person.visit(url).await;
    match page.location.is_none() && page.body.contains("name=\"password\"") {
        true => person.sign_in(url, "alice", PASSWORD).await,
        false => page,
    }
}

/// The parameters of a response to the client as they travel, in whichever mode.
pub fn travelling(page: &Page) -> Vec<(String, String)> {
    let Some(location) = &page.location else { return page.form().fields };
    let url = url::Url::parse(location).unwrap_or_else(|_| panic!("not the client's: {page:?}"));
    let encoded = url.fragment().or(url.query()).unwrap_or_default().to_owned();
    form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}

/// The parameters of a response to the client, signed or not.
pub fn response(page: &Page) -> HashMap<String, String> {
    let params = travelling(page);
    match &params[..] {
        [(name, jwt)] if name == "response" => {
            let claims = claims(jwt).as_object().expect("an object").clone();
            let text = |value: Value| value.as_str().map_or(value.to_string(), str::to_owned);
            claims.into_iter().map(|(name, value)| (name, text(value))).collect()
        }
        _ => params.into_iter().collect(),
    }
}

/// Gets a response for alice, who signs in on the way if she has not.
pub async fn web_response(
    server: &Server,
    person: &Person,
    client_id: &str,
    more: &[(&str, &str)],
) -> HashMap<String, String> {
    response(&arrive(person, &authorize_url(server, client_id, more)).await)
}

/// Clicks \[Sign in\] on the confirmation and gives the page with the code.
pub async fn ready(
    server: &Server,
    person: &Person,
    client_id: &str,
    more: &[(&str, &str)],
) -> Page {
    let page = confirmation(server, person, client_id, more).await;
    let page = click(person, &page, "loopback").await;
    person.follow(page).await
}

/// The code in the form of a hand-off page.
pub fn code_on(page: &Page) -> String {
    let form = page.form_to("http://");
    form.fields.into_iter().find(|(name, _)| name == "code").expect("a code").1
}

/// Checks an error response of an endpoint for programs (RFC 6749 §5.2) down to its headers.
#[track_caller]
pub fn assert_error(page: &Page, status: u16, error: &str) {
    assert_eq!(page.status, status, "{page:?}");
    assert_eq!(header(page, "content-type"), "application/json", "{page:?}");
    assert_eq!(header(page, "cache-control"), "no-store", "{page:?}");
    assert_eq!(page.headers.contains_key("www-authenticate"), status == 401, "{page:?}");
    let body = page.json();
    assert_eq!(body["error"], error, "{page:?}");
    assert_description(body["error_description"].as_str().expect("a description"));
}

/// Checks the characters of an `error_description` (RFC 6749 §5.2).
#[track_caller]
pub fn assert_description(text: &str) {
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(!text.is_empty() && text.chars().all(allowed), "{text:?}");
}

/// The value of a header, empty when it is not there.
pub fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).map(|value| value.to_str().expect("ASCII")).unwrap_or_default()
}

/// The `Authorization` header of one of the confidential clients.
pub fn basic(client_id: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{CLIENT_SECRET}")))
}

/// POSTs to the token endpoint, authenticated as one of the confidential clients.
pub async fn token(server: &Server, client_id: &str, fields: &[(&str, &str)]) -> Page {
    post(server, "/token", Some(&basic(client_id)), fields).await
}

/// Asks about a token as one of the confidential clients.
pub async fn introspect(server: &Server, client_id: &str, token: &str) -> Page {
    post(server, "/introspect", Some(&basic(client_id)), &[("token", token)]).await
}

/// Refreshes as one of the confidential clients.
pub async fn refresh(server: &Server, client_id: &str, token: &Value) -> Page {
    let token = token.as_str().expect("a refresh token");
    self::token(server, client_id, &[("grant_type", "refresh_token"), ("refresh_token", token)])
        .await
}

/// POSTs a form to an endpoint as a program would.
pub async fn post(
    server: &Server,
    path: &str,
    authorization: Option<&str>,
    fields: &[(&str, &str)],
) -> Page {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let program = server.browser();
    let mut request = program
        .request(Method::POST, &format!("{}{path}", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    program.send(request).await
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
    serde_json::from_slice(&base64url(payload)).expect("JSON")
}

/// What a part of a JWT or JWE holds.
pub fn base64url(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// The `at_hash` of an access token.
pub fn at_hash(access_token: &str) -> String {
    doorstep::secret::base64url(&doorstep::secret::sha256(access_token)[..16])
}

/// Header and claims of a JWT that one of the published keys has signed.
pub async fn verified(server: &Server, jwt: &str) -> (Value, Value) {
    let header = jwt.split('.').next().expect("a header");
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON");
    let keys = Person::new().get(&format!("{}/jwks", server.url)).await.body;
    let keys = JwkSet::from_bytes(&keys).expect("a key set");
    let key = keys.get(header["kid"].as_str().expect("a kid")).remove(0);
    let verifier: Box<dyn jws::JwsVerifier> = match header["alg"].as_str().expect("an alg") {
        "RS256" => Box::new(RS256.verifier_from_jwk(key).expect("a key")),
        "PS256" => Box::new(PS256.verifier_from_jwk(key).expect("a key")),
        "ES256" => Box::new(ES256.verifier_from_jwk(key).expect("a key")),
        "EdDSA" => Box::new(EdDSA.verifier_from_jwk(key).expect("a key")),
        other => panic!("{other}"),
    };
    jws::deserialize_compact(jwt, &*verifier).expect("a good signature");
    (header, claims(jwt))
}

/// GETs an endpoint with a bearer token.
pub async fn get_with(server: &Server, path: &str, token: &str) -> Page {
    let program = server.browser();
    let request = program.request(Method::GET, &format!("{}{path}", server.url)).bearer_auth(token);
    program.send(request).await
}

/// The userinfo response to the access token in a token response.
pub async fn userinfo(server: &Server, tokens: &Value) -> Page {
    get_with(server, "/userinfo", tokens["access_token"].as_str().expect("an access token")).await
}

/// The claims of the ID token in a token response.
pub fn id_token(tokens: &Value) -> Value {
    claims(tokens["id_token"].as_str().expect("an ID token"))
}

/// Opens a program's form_post request as alice up to the page that asks for her confirmation.
pub async fn confirmation(
    server: &Server,
    person: &Person,
    client_id: &str,
    more: &[(&str, &str)],
) -> Page {
    let more: Vec<_> = [("response_mode", "form_post")].iter().chain(more).copied().collect();
    let page = arrive(person, &authorize_url(server, client_id, &more)).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    page
}

/// Chooses how to finish on a page that asks, as a browser without JavaScript does.
pub async fn click(person: &Person, page: &Page, finish: &str) -> Page {
    person.submit(&page.form_to("/handoff"), Some(("finish", finish)), &[]).await
}

/// Chooses how to finish, as the page's script does.
pub async fn click_scripted(person: &Person, page: &Page, finish: &str) -> Page {
    let form = page.form_to("/handoff");
    let mut fields = form.fields;
    fields.push(("finish".into(), finish.into()));
    person.fetch(&form.action, &fields).await
}

/// The page's text as a person reads it: without tags.
pub fn text(page: &Page) -> String {
    let body = page.body.split("<body>").nth(1).expect("a body");
    let body = body.split("<script").next().expect("a beginning");
    body.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect()
}
