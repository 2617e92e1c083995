//! The token endpoint (RFC 6749 §3.2, §5): who may ask, what comes of it, and how it says no.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep::issuer::LimitSettings;
use doorstep::protocol::client::{ClientSecret, SigningAlg};
use reqwest::Method;
use serde_json::Value;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, CLIENT_SECRET, START, Server, Setup, clients};

/// A code of `client_id`, which has to be one of the trusted web clients.
async fn code(server: &Server, client_id: &str) -> String {
    web_response(server, &Person::new(), client_id, &[]).await["code"].clone()
}

fn grant(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_URI),
        ("code_verifier", VERIFIER),
    ]
}

async fn with_basic(server: &Server, code: &str, credentials: &str) -> Page {
    post(server, "/token", Some(&format!("Basic {}", STANDARD.encode(credentials))), &grant(code))
        .await
}

async fn in_body(server: &Server, code: &str, client_id: &str, secret: &str) -> Page {
    let mut fields = grant(code);
    fields.extend([("client_id", client_id), ("client_secret", secret)]);
    post(server, "/token", None, &fields).await
}

#[actix_web::test]
async fn a_response_is_what_clients_expect() {
    let server = server::start().await;
    let page = redeem(&server, "web", &code(&server, "web").await).await;
    assert_eq!((page.status, header(&page, "content-type")), (200, "application/json"));
    assert_eq!((header(&page, "cache-control"), header(&page, "pragma")), ("no-store", "no-cache"));
    let tokens = page.json();
    assert_eq!(
        (&tokens["token_type"], &tokens["scope"]),
        (&Value::from("Bearer"), &Value::from("openid"))
    );
    assert_eq!(tokens["expires_in"], 600);
    let claims = id_token(&tokens);
    assert_eq!(
        (claims["iat"].as_i64(), claims["exp"].as_i64()),
        (Some(START.0), Some(START.0 + 600))
    );
    assert_eq!(
        (&claims["iss"], &claims["aud"], &claims["nonce"]),
        (&server.iss.clone().into(), &"web".into(), &"no-1".into())
    );
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    let sub = claims["sub"].as_str().unwrap();
    assert!((1..=255).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_graphic()));
}

#[actix_web::test]
async fn a_nonce_is_echoed_to_the_letter() {
    let server = server::start().await;
    for nonce in ["x", "abc-._~XYZ019", "a b+c&d\"<'>%20", &"n".repeat(1024)] {
        let response = web_response(&server, &Person::new(), "web", &[("nonce", nonce)]).await;
        let tokens = redeem(&server, "web", &response["code"]).await.json();
        assert_eq!(id_token(&tokens)["nonce"], nonce);
    }
}

#[actix_web::test]
async fn access_tokens_are_what_rfc_9068_says() {
    let server = server::start().await;
    let tokens = redeem(&server, "web", &code(&server, "web").await).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let header: Value = serde_json::from_slice(
        &doorstep::secret::from_base64url(token.split('.').next().unwrap()).unwrap(),
    )
    .unwrap();
    assert_eq!(header["typ"], "at+jwt");
    let access = claims(token);
    for claim in ["iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope", "sid"] {
        assert!(access.get(claim).is_some(), "{claim} is missing in {access}");
    }
    assert_eq!(access["sid"], id_token(&tokens)["sid"]);
}

#[actix_web::test]
async fn signatures_verify_with_the_published_keys_in_every_algorithm() {
    for alg in SigningAlg::ALL {
        let mut clients = clients();
        clients[1].id_token_signed_response_alg = alg;
        clients[1].access_token_signed_response_alg = alg;
        let server = Setup { clients, ..Setup::default() }.start().await;
        let tokens = redeem(&server, "other", &code(&server, "other").await).await.json();
        for name in ["id_token", "access_token"] {
            let (header, _) = verified(&server, tokens[name].as_str().unwrap()).await;
            assert_eq!(header["alg"], alg.as_str());
        }
        let access_token = tokens["access_token"].as_str().unwrap();
        let half = match alg {
            SigningAlg::EdDSA => doorstep::secret::sha512(access_token)[..32].to_vec(),
            _ => doorstep::secret::sha256(access_token)[..16].to_vec(),
        };
        assert_eq!(id_token(&tokens)["at_hash"], doorstep::secret::base64url(&half));
        assert_eq!(userinfo(&server, &tokens).await.status, 200);
    }
}

#[actix_web::test]
async fn basic_credentials_are_urlencoded_or_not() {
    let server = server::start().await;
    let strict = format!("web:{}", CLIENT_SECRET.replace('-', "%2D"));
    for credentials in [format!("web:{CLIENT_SECRET}"), strict, format!("%77eb:{CLIENT_SECRET}")] {
        let page = with_basic(&server, &code(&server, "web").await, &credentials).await;
        assert_eq!(page.status, 200, "{credentials} {page:?}");
    }
}

#[actix_web::test]
async fn a_plus_in_basic_credentials_is_a_space() {
    let mut clients = clients();
    clients[0].client_secret = Some(ClientSecret::new("a b:c%d"));
    let server = Setup { clients, ..Setup::default() }.start().await;
    let page = with_basic(&server, &code(&server, "web").await, "web:a+b%3Ac%25d").await;
    assert_eq!(page.status, 200, "{page:?}");
}

#[actix_web::test]
async fn a_client_uses_the_method_that_it_registered() {
    let server = server::start().await;
    let web = code(&server, "web").await;
    assert_error(&in_body(&server, &web, "web", CLIENT_SECRET).await, 401, "invalid_client");
    assert_eq!(
        redeem(&server, "web", &web).await.status,
        200,
        "a failed authentication does not cost the code"
    );
    let posted = code(&server, "post").await;
    let basic = with_basic(&server, &posted, &format!("post:{CLIENT_SECRET}")).await;
    assert_error(&basic, 401, "invalid_client");
    assert_eq!(in_body(&server, &posted, "post", CLIENT_SECRET).await.status, 200);
}

#[actix_web::test]
async fn failed_authentication_sounds_alike_whatever_is_wrong() {
    let server = server::start().await;
    let code = code(&server, "web").await;
    let mut anonymous = grant(&code);
    anonymous.push(("client_id", "web"));
    let answers = [
        with_basic(&server, &code, "web:wrong").await,
        with_basic(&server, &code, "nobody:wrong").await,
        with_basic(&server, &code, "web:").await,
        with_basic(&server, &code, "no colon").await,
        with_basic(&server, &code, &format!("WEB:{CLIENT_SECRET}")).await,
        post(&server, "/token", None, &anonymous).await,
        post(&server, "/token", None, &grant(&code)).await,
        post(&server, "/token", Some("Bearer x"), &grant(&code)).await,
        post(&server, "/token", Some("Basic %%%"), &grant(&code)).await,
        in_body(&server, &code, "cli", "a-secret-it-does-not-have").await,
    ];
    for page in &answers {
        assert_error(page, 401, "invalid_client");
        assert!(header(page, "www-authenticate").starts_with("Basic "), "{page:?}");
        assert_eq!(page.body, answers[0].body);
    }
    assert_eq!(redeem(&server, "web", &code).await.status, 200);
}

#[actix_web::test]
async fn two_ways_of_authentication_at_once_are_refused() {
    let server = server::start().await;
    let code = code(&server, "web").await;
    for more in [("client_secret", CLIENT_SECRET), ("client_id", "other")] {
        let mut fields = grant(&code);
        fields.push(more);
        let page = post(&server, "/token", Some(&basic("web")), &fields).await;
        assert_error(&page, 400, "invalid_request");
    }
    let mut fields = grant(&code);
    fields.push(("client_id", "web"));
    let page = post(&server, "/token", Some(&basic("web")), &fields).await;
    assert_eq!(page.status, 200, "the id may stand in the body too: {page:?}");
}

#[actix_web::test]
async fn oidc_agent_may_send_basic_with_an_empty_secret() {
    let server = server::start().await;
    let code = code_on(&ready(&server, &Person::new(), "cli", &[]).await);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CLI_URI),
        ("code_verifier", VERIFIER),
        ("response_type", "token"),
    ];
    let page =
        post(&server, "/token", Some(&format!("Basic {}", STANDARD.encode("cli:"))), &fields).await;
    assert_eq!(page.status, 200, "{page:?}");
}

#[actix_web::test]
async fn errors_are_named() {
    let server = server::start().await;
    for (fields, error) in [
        (&[][..], "invalid_request"),
        (&[("grant_type", "")], "invalid_request"),
        (&[("grant_type", "implicit")], "unsupported_grant_type"),
        (&[("grant_type", "client_credentials")], "unauthorized_client"),
        (&[("grant_type", "\"\\\u{7f}ü")], "unsupported_grant_type"),
        (&[("grant_type", "authorization_code")], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_grant"),
        (&[("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
        (
            &[("grant_type", "authorization_code"), ("code\"\\\r\n", "1"), ("code\"\\\r\n", "2")],
            "invalid_request",
        ),
    ] {
        assert_error(&token(&server, "web", fields).await, 400, error);
    }
}

#[actix_web::test]
async fn only_a_form_is_read() {
    let server = server::start().await;
    for (content_type, body) in [
        ("application/json", "{\"grant_type\":\"refresh_token\"}"),
        ("text/plain", "grant_type=refresh_token"),
        ("", "grant_type=refresh_token"),
        ("multipart/form-data; boundary=x", "--x--"),
    ] {
        let person = Person::new();
        let request = person
            .request(Method::POST, &format!("{}/token", server.url))
            .header("authorization", basic("web"))
            .header("content-type", content_type)
            .body(body);
        assert_error(&person.send(request).await, 400, "invalid_request");
    }
    let person = Person::new();
    let request = person
        .request(Method::POST, &format!("{}/token", server.url))
        .header("authorization", basic("web"))
        .header("content-type", "application/x-www-form-urlencoded;charset=UTF-8")
        .body("grant_type=refresh_token&refresh_token=x");
    assert_error(&person.send(request).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn parameters_in_the_url_do_not_count() {
    let server = server::start().await;
    let code = code(&server, "web").await;
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(grant(&code)).finish();
    let page = post(&server, &format!("/token?{query}"), Some(&basic("web")), &[]).await;
    assert_error(&page, 400, "invalid_request");
}

#[actix_web::test]
async fn whoever_brings_a_code_again_and_again_hears_that_it_is_spent() {
    let limits = LimitSettings { token_failures: 10, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    let code = code(&server, "web").await;
    let redeem =
        async |code: &str| post(&server, "/token", Some(&basic("web")), &grant(code)).await;
    assert_eq!(redeem(&code).await.status, 200);
    for _ in 0..30 {
        assert_error(&redeem(&code).await, 400, "invalid_grant");
    }
    let recorded = server.db.audit_events(START, 1000).await.unwrap();
    let recorded = recorded.iter().filter(|event| event.event == "code_replayed").count();
    assert!((1..=10).contains(&recorded), "{recorded} of 30 are in the trail");
    assert_eq!(redeem("a-guess").await.status, 429, "who guesses has to wait");
}

#[actix_web::test]
async fn who_guesses_too_often_is_told_to_wait() {
    let limits = LimitSettings { token_failures: 60, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    let mut answers = Vec::new();
    for _ in 0..70 {
        answers.push(with_basic(&server, "x", "web:wrong").await);
    }
    let last = answers.last().unwrap();
    assert_eq!(answers[0].status, 401);
    assert_eq!(last.status, 429, "{last:?}");
    assert!(header(last, "retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
    server.clock.advance(60);
    assert_eq!(with_basic(&server, "x", "web:wrong").await.status, 401);
}
