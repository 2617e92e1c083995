//! The userinfo endpoint (OpenID Connect Core §5.3, RFC 6750) and the claims that scopes cover.

use doorstep::protocol::client::SigningAlg;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, START, Server, Setup, clients};

const PROFILE: [&str; 14] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "preferred_username",
];

async fn send(
    server: &Server,
    method: Method,
    bearer: Option<&str>,
    body: Option<(&str, &str)>,
) -> Page {
    let person = Person::new();
    let mut request = person.request(method, &format!("{}/userinfo", server.url));
    if let Some(bearer) = bearer {
        request = request.header("authorization", bearer);
    }
    if let Some((content_type, body)) = body {
        request = request.header("content-type", content_type).body(body.to_owned());
    }
    person.send(request).await
}

const FORM: &str = "application/x-www-form-urlencoded";

#[actix_web::test]
async fn the_token_comes_by_get_by_post_and_in_a_form() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid email").await;
    let token = tokens["access_token"].as_str().unwrap();
    let (bearer, body) = (format!("Bearer {token}"), format!("access_token={token}"));
    for page in [
        send(&server, Method::GET, Some(&bearer), None).await,
        send(&server, Method::GET, Some(&format!("bearer {token}")), None).await,
        send(&server, Method::POST, Some(&bearer), None).await,
        send(&server, Method::POST, Some(&bearer), Some((FORM, ""))).await,
        send(&server, Method::POST, None, Some((FORM, &body))).await,
    ] {
        assert_eq!(
            (page.status, header(&page, "content-type")),
            (200, "application/json"),
            "{page:?}"
        );
        assert_eq!(page.json()["sub"], id_token(&tokens)["sub"]);
        assert_eq!(header(&page, "cache-control"), "no-store");
    }
}

#[actix_web::test]
async fn a_token_in_the_url_is_not_taken() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid").await;
    let token = tokens["access_token"].as_str().unwrap();
    let page = Person::new().get(&format!("{}/userinfo?access_token={token}", server.url)).await;
    assert_error(&page, 401, "invalid_request");
}

#[actix_web::test]
async fn without_a_token_the_challenge_has_no_error() {
    let server = server::start().await;
    for page in [
        send(&server, Method::GET, None, None).await,
        send(&server, Method::POST, None, None).await,
        send(&server, Method::POST, None, Some((FORM, "a=b"))).await,
        send(&server, Method::GET, Some("Basic YTpi"), None).await,
    ] {
        assert_eq!(page.status, 401);
        let challenge = header(&page, "www-authenticate");
        assert!(challenge.starts_with("Bearer") && !challenge.contains("error"), "{challenge}");
    }
}

#[actix_web::test]
async fn a_token_that_is_none_of_ours_is_refused() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid offline_access").await;
    let elsewhere = server::start().await;
    let foreign = crate::kit::tokens(&elsewhere, &Person::new(), "web", "openid").await;
    let good = tokens["access_token"].as_str().unwrap();
    let payload = good.split('.').nth(1).unwrap();
    for token in [
        tokens["id_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
        foreign["access_token"].as_str().unwrap(),
        &format!("{}.{payload}.", doorstep::secret::base64url(br#"{"alg":"none","typ":"at+jwt"}"#)),
        &good[..good.len() - 2],
        "x",
        "x.y.z",
    ] {
        let page = get_with(&server, "/userinfo", token).await;
        assert_error(&page, 401, "invalid_token");
        assert!(header(&page, "www-authenticate").contains("error=\"invalid_token\""), "{page:?}");
    }
}

#[actix_web::test]
async fn a_token_expires_after_ten_minutes() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid").await;
    assert_eq!(tokens["expires_in"], 600);
    server.clock.advance(599);
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
    server.clock.advance(1);
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
}

#[actix_web::test]
async fn scopes_cover_their_claims_and_no_others() {
    let server = server::start().await;
    let person = Person::new();
    for (scope, claims) in [
        ("openid", &[][..]),
        ("openid profile", &PROFILE),
        ("openid email", &["email", "email_verified"]),
        ("openid address", &["address"]),
        ("openid phone", &["phone_number", "phone_number_verified"]),
        ("openid groups", &["groups"]),
    ] {
        let tokens = tokens(&server, &person, "web", scope).await;
        let told = userinfo(&server, &tokens).await.json();
        let mut names: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected: Vec<_> = claims.iter().copied().chain(["sub"]).collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{scope}");
    }
}

#[actix_web::test]
async fn claims_have_the_types_of_the_standard() {
    let server = server::start().await;
    let scope = "openid profile email address phone groups";
    let tokens = tokens(&server, &Person::new(), "web", scope).await;
    let told = userinfo(&server, &tokens).await.json();
    assert_eq!(told["email_verified"], json!(true));
    assert_eq!(told["phone_number_verified"], json!(false));
    assert_eq!(told["updated_at"], json!(START.0));
    assert_eq!(told["address"], json!({"locality": "Exampleton"}));
    assert_eq!(told["groups"], json!(["staff", "builders"]));
    assert_eq!(told["preferred_username"], "alice");
    for (name, value) in told.as_object().unwrap() {
        assert!(!value.is_null() && value != "" && value != "null", "{name}: {value}");
    }
}

#[actix_web::test]
async fn nothing_goes_into_the_id_token_that_nobody_asked_for() {
    let server = server::start().await;
    let scope = "openid profile email address phone groups offline_access";
    let tokens = tokens(&server, &Person::new(), "web", scope).await;
    let claims = id_token(&tokens);
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["acr", "amr", "at_hash", "aud", "auth_time", "exp", "iat", "iss", "nonce", "sid", "sub"]
    );
}

#[actix_web::test]
async fn a_token_without_openid_tells_nothing() {
    let server = server::start().await;
    let first = tokens(&server, &Person::new(), "web", "openid email offline_access").await;
    let refresh_token = first["refresh_token"].as_str().unwrap();
    let fields =
        [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", "email")];
    let narrow = token(&server, "web", &fields).await.json();
    let page = userinfo(&server, &narrow).await;
    assert_eq!(
        (page.status, &page.json()["error"]),
        (403, &Value::from("insufficient_scope")),
        "{page:?}"
    );
}

#[actix_web::test]
async fn the_answer_follows_the_account() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid email").await;
    let claims = json!({"email": "new@example.org"}).as_object().unwrap().clone();
    let claims = doorstep::accounts::claims::Claims::new(claims).unwrap();
    server.db.update_claims("alice-id", &claims, START).await.unwrap();
    assert_eq!(userinfo(&server, &tokens).await.json()["email"], "new@example.org");
}

#[actix_web::test]
async fn an_address_that_nobody_verified_is_told_as_such() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid email phone").await;
    for (stored, told) in [
        (
            json!({"email": "a@example.org"}),
            json!({"email": "a@example.org", "email_verified": false}),
        ),
        (
            json!({"email": "a@example.org", "email_verified": true, "phone_number": "+1 555 0100"}),
            json!({
                "email": "a@example.org", "email_verified": true,
                "phone_number": "+1 555 0100", "phone_number_verified": false,
            }),
        ),
        (json!({"name": "Alice"}), json!({})),
    ] {
        let claims = doorstep::accounts::claims::Claims::new(stored.as_object().unwrap().clone());
        server.db.update_claims("alice-id", &claims.unwrap(), START).await.unwrap();
        let mut expected = told;
        expected["sub"] = "alice-id".into();
        assert_eq!(userinfo(&server, &tokens).await.json(), expected, "{stored}");
    }
}

#[actix_web::test]
async fn a_client_that_wants_it_gets_a_signed_answer() {
    for alg in [SigningAlg::RS256, SigningAlg::ES256, SigningAlg::EdDSA] {
        let mut clients = clients();
        clients[0].userinfo_signed_response_alg = Some(alg);
        let server = Setup { clients, ..Setup::default() }.start().await;
        let person = Person::new();
        let tokens = tokens(&server, &person, "web", "openid email").await;
        let token = tokens["access_token"].as_str().unwrap();
        for page in [
            userinfo(&server, &tokens).await,
            send(&server, Method::POST, Some(&format!("Bearer {token}")), None).await,
            send(&server, Method::POST, None, Some((FORM, &format!("access_token={token}")))).await,
        ] {
            assert_eq!((page.status, header(&page, "content-type")), (200, "application/jwt"));
            assert_eq!(header(&page, "cache-control"), "no-store");
            let (head, told) = verified(&server, &page.body).await;
            assert_eq!(head["alg"], alg.as_str());
            assert_eq!(
                told,
                json!({
                    "iss": server.iss, "aud": "web", "sub": "alice-id",
                    "email": "alice@example.org", "email_verified": true,
                })
            );
            let more = [("id_token_hint", page.body.as_str()), ("prompt", "none")];
            let answer = web_response(&server, &person, "web", &more).await;
            assert_eq!(answer["error"], "invalid_request", "it is no ID token");
        }
        assert_error(&get_with(&server, "/userinfo", "x").await, 401, "invalid_token");
    }
}
