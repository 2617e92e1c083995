//! Authentication by `private_key_jwt` (RFC 7523): with the client's own key, to us, now, once.

use doorstep::protocol::client::{Client, ClientAuthMethod, SigningAlg};
use doorstep::secret::RootKey;
use serde_json::{Value, json};

use crate::client_key::{ClientKey, JWT_BEARER, assertion_claims, key_client};
use crate::elsewhere::{Answer, Elsewhere, loopback_allowed};
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, CLIENT_SECRET, Server, Setup};

const ID: &str = "signer";

/// An issuer with one client that has this key.
async fn with_key(key: &ClientKey) -> Server {
    with_client(key_client(ID, key)).await
}

async fn with_client(client: Client) -> Server {
    let clients = [server::clients(), vec![client]].concat();
    Setup { clients, outgoing: loopback_allowed(), ..Setup::default() }.start().await
}

async fn code(server: &Server) -> String {
    web_response(server, &Person::new(), ID, &[]).await.remove("code").expect("a code")
}

async fn redeem_with(server: &Server, code: &str, assertion: &str) -> Page {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_URI),
        ("code_verifier", VERIFIER),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    post(server, "/token", None, &fields).await
}

#[actix_web::test]
async fn a_client_authenticates_by_a_key_of_any_algorithm() {
    for alg in SigningAlg::ALL {
        let key = ClientKey::new(alg, "one");
        let server = with_key(&key).await;
        let assertion = key.fresh_assertion(&server, ID);
        let page = redeem_with(&server, &code(&server).await, &assertion).await;
        assert_eq!(page.status, 200, "{alg:?} {page:?}");
    }
}

#[actix_web::test]
async fn an_assertion_is_for_the_issuer_or_the_endpoint_called() {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let server = with_key(&key).await;
    let url = |path: &str| format!("{}{path}", server.url);
    for (path, aud, status) in [
        ("/token", json!(url("/token")), 400),
        ("/token", json!([server.iss]), 400),
        ("/revoke", json!(url("/token")), 400),
        ("/revoke", json!(url("/revoke")), 400),
        ("/par", json!(url("/par")), 400),
        ("/par", json!(url("/revoke")), 401),
        ("/token", json!(url("/")), 401),
        ("/token", json!("https://else.example"), 401),
        ("/token", json!([server.iss, "https://else.example"]), 401),
        ("/token", Value::Null, 401),
    ] {
        let mut claims = assertion_claims(&server, ID);
        claims["aud"] = aud;
        let assertion = key.assertion(&claims);
        let fields = [("client_assertion_type", JWT_BEARER), ("client_assertion", &assertion)];
        // Whoever gets in is told what the request lacks.
        let page = post(&server, path, None, &fields).await;
        assert_eq!(page.status, status, "{path} {claims} {page:?}");
    }
}

#[actix_web::test]
async fn what_does_not_prove_the_client_is_refused_and_costs_nothing() {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let stranger = ClientKey::new(SigningAlg::ES256, "one");
    let server = with_key(&key).await;
    let claims = assertion_claims(&server, ID);
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        key.assertion(&claims)
    };
    let now = server.clock.now().0;
    let sound = key.assertion(&claims);
    let (message, signature) = sound.rsplit_once('.').unwrap();
    let (_, payload) = message.split_once('.').unwrap();
    let part = |value: Value| doorstep::secret::base64url(value.to_string().as_bytes());
    let code = code(&server).await;
    for assertion in [
        stranger.assertion(&claims),
        key.sign(&json!({ "kid": "unknown" }), &claims),
        format!("{}.{payload}.", part(json!({ "alg": "none" }))),
        format!("{}.{payload}.{signature}", part(json!({ "alg": "HS256", "kid": "one" }))),
        format!("{message}.{}", &signature[4..]),
        with("exp", json!(now)),
        with("exp", json!(now + 4000)),
        with("exp", Value::Null),
        with("nbf", json!(now + 100)),
        with("jti", Value::Null),
        with("iss", json!("web")),
        with("sub", json!("web")),
        with("sub", json!("nobody")),
        with("sub", json!("a\0b")),
        "a.b.c".into(),
        "x".into(),
    ] {
        let page = redeem_with(&server, &code, &assertion).await;
        assert_error(&page, 401, "invalid_client");
    }
    assert_eq!(redeem_with(&server, &code, &sound).await.status, 200);
}

#[actix_web::test]
async fn an_assertion_counts_once_at_every_replica() {
    let key = ClientKey::new(SigningAlg::EdDSA, "one");
    let (db, root) = (server::store().await, RootKey::generate());
    let clients = vec![key_client(ID, &key), key_client("second", &key)];
    let replica = || Setup {
        db: Some(db.clone()),
        root: root.clone(),
        clients: clients.clone(),
        issuer: Some("http://127.0.0.1:9999".into()),
        ..Setup::default()
    };
    let one = replica().start().await;
    db.delete_account("alice-id").await.unwrap();
    db.delete_account("bob-id").await.unwrap();
    let two = replica().start().await;
    let claims = assertion_claims(&one, ID);
    let ask = async |server: &Server, assertion: &str| {
        let fields = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
        post(server, "/token", None, &fields).await.status
    };
    let assertion = key.assertion(&claims);
    assert_eq!(ask(&one, &assertion).await, 400, "it is in, and lacks a grant_type");
    assert_eq!(ask(&one, &assertion).await, 401);
    assert_eq!(ask(&two, &assertion).await, 401);
    let mut other = assertion_claims(&one, "second");
    other["jti"] = claims["jti"].clone();
    assert_eq!(ask(&two, &key.assertion(&other)).await, 400, "another client's ids are its own");
}

#[actix_web::test]
async fn a_client_uses_the_method_and_the_algorithm_that_it_registered() {
    let key = ClientKey::new(SigningAlg::RS256, "one");
    let only_ps256 =
        Client { token_endpoint_auth_signing_alg: Some(SigningAlg::PS256), ..key_client(ID, &key) };
    let server = with_client(only_ps256).await;
    let with = |assertion: &str, more: &[(&'static str, &'static str)]| {
        let mut fields = vec![("client_assertion_type".to_owned(), JWT_BEARER.to_owned())];
        fields.push(("client_assertion".into(), assertion.into()));
        fields.extend(more.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        fields
    };
    for (fields, authorization, status) in [
        (with(&key.fresh_assertion(&server, ID), &[]), None, 401),
        (with(&key.fresh_assertion(&server, "web"), &[]), None, 401),
        (with(&key.fresh_assertion(&server, ID), &[("client_secret", CLIENT_SECRET)]), None, 400),
        (
            with(
                &key.fresh_assertion(&server, ID),
                &[("client_secret", CLIENT_SECRET), ("client_id", ID)],
            ),
            None,
            400,
        ),
        (with(&key.fresh_assertion(&server, ID), &[]), Some(basic("web")), 400),
        (with(&key.fresh_assertion(&server, ID), &[("client_id", "web")]), None, 400),
        (vec![("client_id".into(), ID.into())], None, 401),
        (
            vec![("client_id".into(), ID.into()), ("client_secret".into(), CLIENT_SECRET.into())],
            None,
            401,
        ),
    ] {
        let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let page = post(&server, "/token", authorization.as_deref(), &fields).await;
        let error = if status == 401 { "invalid_client" } else { "invalid_request" };
        assert_error(&page, status, error);
    }
    let untyped = [("client_assertion", key.fresh_assertion(&server, ID))];
    let untyped: Vec<_> = untyped.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_error(&post(&server, "/token", None, &untyped).await, 400, "invalid_request");
}

#[actix_web::test]
async fn published_keys_are_fetched_kept_and_fetched_again_for_an_unknown_one() {
    let elsewhere = Elsewhere::start();
    let (old, new) =
        (ClientKey::new(SigningAlg::ES256, "old"), ClientKey::new(SigningAlg::ES256, "new"));
    let uri = elsewhere.answer("/jwks.json", Answer::json(old.set()));
    let client = Client { jwks: None, jwks_uri: Some(uri), ..key_client(ID, &old) };
    let server = with_client(client).await;
    let ask = async |key: &ClientKey| {
        let assertion = key.fresh_assertion(&server, ID);
        let fields =
            [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
        post(&server, "/token", None, &fields).await.status
    };
    for _ in 0..3 {
        assert_eq!(ask(&old).await, 400);
    }
    assert_eq!(elsewhere.asked("/jwks.json").len(), 1, "it is kept");
    elsewhere.answer("/jwks.json", Answer::json(new.set()));
    for _ in 0..3 {
        assert_eq!(ask(&new).await, 401, "it was asked a moment ago");
    }
    assert_eq!(elsewhere.asked("/jwks.json").len(), 1);
    server.clock.advance(31);
    assert_eq!(ask(&new).await, 400);
    assert_eq!(ask(&old).await, 401);
    assert_eq!(elsewhere.asked("/jwks.json").len(), 2, "strangers cannot have it asked often");
}

#[actix_web::test]
async fn a_document_without_proper_keys_lets_nobody_in() {
    let key = ClientKey::new(SigningAlg::ES256, "one");
    let elsewhere = Elsewhere::start();
    for (path, answer) in [
        ("/404", Answer::status(404)),
        ("/list", Answer::json(json!([key.public()]))),
        ("/private", Answer::json(json!({ "keys": [key.private()] }))),
        ("/large", Answer::json(json!({ "keys": [], "x": "x".repeat(70_000) }))),
        ("/none", Answer::json(json!({ "keys": [] }))),
    ] {
        let uri = elsewhere.answer(path, answer);
        let client = Client { jwks: None, jwks_uri: Some(uri), ..key_client(ID, &key) };
        let server = with_client(client).await;
        let page = redeem_with(&server, "x", &key.fresh_assertion(&server, ID)).await;
        assert_error(&page, 401, "invalid_client");
    }
}

#[actix_web::test]
async fn discovery_lists_the_method_with_its_algorithms() {
    let server = server::start().await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let document = Person::new().get(&url).await.json();
    for endpoint in ["token", "revocation"] {
        let methods = &document[format!("{endpoint}_endpoint_auth_methods_supported")];
        assert!(methods.as_array().unwrap().contains(&json!("private_key_jwt")));
        let algs = &document[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
        assert_eq!(algs, &json!(["RS256", "ES256", "EdDSA", "PS256"]));
    }
    assert_eq!(ClientAuthMethod::ALL.len(), 4);
}
