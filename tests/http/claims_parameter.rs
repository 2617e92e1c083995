//! The `claims` request parameter (OpenID Connect Core §5.5): single claims go exactly where they were
//! asked for, for as long as the grant lives.

use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup, clients};

/// Signs alice in to `client` with this `claims` parameter and gives the token response.
async fn ask(server: &Server, client: &str, claims: &Value, more: &[(&str, &str)]) -> Value {
    let claims = claims.to_string();
    let more: Vec<_> = [("claims", claims.as_str())].iter().chain(more).copied().collect();
    let response = web_response(server, &Person::new(), client, &more).await;
    let code = response.get("code").unwrap_or_else(|| panic!("{response:?}"));
    redeem(server, client, code).await.json()
}

/// The names in ID token and userinfo besides those that are always there.
async fn told(server: &Server, tokens: &Value) -> (Vec<String>, Vec<String>) {
    const ALWAYS: [&str; 11] =
        ["iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"];
    let more = |claims: Value| {
        let claims = claims.as_object().unwrap().clone();
        claims.into_iter().map(|(name, _)| name).filter(|name| !ALWAYS.contains(&name.as_str()))
    };
    let userinfo = userinfo(server, tokens).await;
    assert_eq!(userinfo.status, 200, "{userinfo:?}");
    let (mut a, mut b): (Vec<_>, Vec<_>) =
        (more(id_token(tokens)).collect(), more(userinfo.json()).collect());
    a.sort();
    b.sort();
    (a, b)
}

#[actix_web::test]
async fn claims_go_where_they_were_asked_for_and_nowhere_else() {
    let server = server::start().await;
    let none: Vec<String> = Vec::new();
    for (claims, id_token, userinfo) in [
        (json!({"userinfo": {"name": {"essential": true}}}), vec![], vec!["name"]),
        (json!({"id_token": {"name": null}}), vec!["name"], vec![]),
        (
            json!({"userinfo": {"email": null}, "id_token": {"email": {"essential": true}, "groups": null}}),
            vec!["email", "groups"],
            vec!["email"],
        ),
        (json!({"userinfo": {"address": {"value": "elsewhere"}}}), vec![], vec!["address"]),
        (
            json!({"userinfo": {"shoe_size": {"essential": true}, "name#de": null}, "verified": 1}),
            vec![],
            vec![],
        ),
        (
            json!({"id_token": {"sub": null, "iss": null, "at_hash": {"value": "x"}}}),
            vec![],
            vec![],
        ),
        (json!({}), vec![], vec![]),
    ] {
        let tokens = ask(&server, "web", &claims, &[]).await;
        assert_eq!(
            told(&server, &tokens).await,
            (
                id_token.into_iter().map(str::to_owned).collect(),
                userinfo.into_iter().map(str::to_owned).collect(),
            ),
            "{claims}"
        );
    }
    let both =
        ask(&server, "web", &json!({"userinfo": {"name": null}}), &[("scope", "openid email")])
            .await;
    let expected = ["email", "email_verified", "name"].map(str::to_owned).to_vec();
    assert_eq!(told(&server, &both).await, (none, expected));
}

#[actix_web::test]
async fn they_are_kept_through_every_refresh() {
    let server = server::start().await;
    let claims = json!({"userinfo": {"name": null}, "id_token": {"email": null}});
    let scope = [("scope", "openid offline_access")];
    let mut tokens = ask(&server, "web", &claims, &scope).await;
    for _ in 0..2 {
        tokens = refresh(&server, "web", &tokens["refresh_token"]).await.json();
        assert_eq!(id_token(&tokens)["email"], "alice@example.org");
        assert_eq!(userinfo(&server, &tokens).await.json()["name"], "alice Example");
    }
}

#[actix_web::test]
async fn a_client_is_told_no_more_than_its_scopes_allow() {
    let mut clients = clients();
    clients[0].scope = "openid email".into();
    let server = Setup { clients, ..Setup::default() }.start().await;
    let claims = json!({"userinfo": {"name": {"essential": true}, "email": null, "groups": null}});
    let tokens = ask(&server, "web", &claims, &[]).await;
    assert_eq!(told(&server, &tokens).await.1, ["email"]);
}

#[actix_web::test]
async fn what_is_no_claims_request_is_invalid_request() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let long = format!("{{\"x\": \"{}\"}}", "x".repeat(9000));
    for claims in
        ["{", "[]", "name", "{\"userinfo\": [\"name\"]}", "{\"id_token\": {\"name\": 1}}", &long]
    {
        for mode in ["query", "form_post"] {
            let more = [("claims", claims), ("response_mode", mode)];
            let response = web_response(&server, &person, "web", &more).await;
            assert_eq!(response["error"], "invalid_request", "{claims:.40} {response:?}");
            assert_eq!(response["state"], "st-1");
            assert_description(&response["error_description"]);
        }
    }
}

fn asks_for_password(page: &Page) -> bool {
    page.location.is_none() && page.body.contains("type=\"password\"")
}

#[actix_web::test]
async fn another_person_than_the_one_asked_for_gets_no_code() {
    let server = server::start().await;
    for member in ["id_token", "userinfo"] {
        let person = Person::new();
        person.sign_in(&authorize_url(&server, "web", &[]), "bob", PASSWORD).await;
        let claims = json!({member: {"sub": {"essential": true, "value": "alice-id"}}}).to_string();
        let more = [("claims", claims.as_str())];
        let silent = [("claims", claims.as_str()), ("prompt", "none")];
        let answer = web_response(&server, &person, "web", &silent).await;
        assert_eq!(answer["error"], "login_required");
        let page = person.visit(&authorize_url(&server, "web", &more)).await;
        assert!(asks_for_password(&page), "{page:?}");
        let bob = [("username", "bob"), ("password", PASSWORD)];
        let page = person.submit(&page.form_to("/login"), None, &bob).await;
        let page = person.follow(page).await;
        assert!(asks_for_password(&page), "bob is still not alice: {page:?}");
        let alice = [("username", "alice"), ("password", PASSWORD)];
        let page = person.submit(&page.form_to("/login"), None, &alice).await;
        let answer = response(&person.follow(page).await);
        let tokens = redeem(&server, "web", &answer["code"]).await.json();
        assert_eq!(id_token(&tokens)["sub"], "alice-id");
    }
}

#[actix_web::test]
async fn one_of_several_people_will_do() {
    let server = server::start().await;
    let claims = json!({"id_token": {"sub": {"values": ["carol-id", "alice-id"]}}});
    assert_eq!(id_token(&ask(&server, "web", &claims, &[]).await)["sub"], "alice-id");
}

#[actix_web::test]
async fn the_time_of_the_sign_in_can_be_asked_for() {
    let mut clients = clients();
    clients[0].require_auth_time = false;
    let server = Setup { clients, ..Setup::default() }.start().await;
    assert_eq!(id_token(&ask(&server, "web", &json!({}), &[]).await).get("auth_time"), None);
    for wish in [json!(null), json!({"essential": true})] {
        let claims = json!({"id_token": {"auth_time": wish}});
        let scope = [("scope", "openid offline_access")];
        let tokens = ask(&server, "web", &claims, &scope).await;
        let again = refresh(&server, "web", &tokens["refresh_token"]).await.json();
        for tokens in [tokens, again] {
            assert_eq!(id_token(&tokens)["auth_time"], server::START.0);
        }
    }
    let tokens = ask(&server, "web", &json!({}), &[("max_age", "1000")]).await;
    assert_eq!(id_token(&tokens)["auth_time"], server::START.0, "max_age asks for it too");
}

#[actix_web::test]
async fn the_person_agrees_to_what_is_asked_for_by_name() {
    let server = server::start().await;
    let person = Person::new();
    let claims =
        json!({"userinfo": {"phone_number": null}, "id_token": {"birthdate": null}}).to_string();
    let more = [("claims", claims.as_str())];
    let page = arrive(&person, &authorize_url(&server, "stranger", &more)).await;
    let words = text(&page);
    assert!(
        words.contains("your phone number") && words.contains("your name and profile"),
        "{words}"
    );
    assert!(!words.contains("your e-mail address"), "{words}");
    let page = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    assert!(response(&person.follow(page).await).contains_key("code"));
    let silent = [("claims", claims.as_str()), ("prompt", "none")];
    let response = web_response(&server, &person, "stranger", &silent).await;
    assert!(response.contains_key("code"), "agreed to once: {response:?}");
    let other = json!({"userinfo": {"email": null}}).to_string();
    let silent = [("claims", other.as_str()), ("prompt", "none")];
    let response = web_response(&server, &person, "stranger", &silent).await;
    assert_eq!(response["error"], "consent_required");
}

#[actix_web::test]
async fn a_program_can_ask_too_and_push_its_wishes() {
    let server = server::start().await;
    let person = Person::new();
    let claims = json!({"id_token": {"email": null}}).to_string();
    let page = ready(&server, &person, "cli", &[("claims", &claims)]).await;
    let tokens = redeem_public(&server, "cli", &code_on(&page)).await.json();
    assert_eq!(id_token(&tokens)["email"], "alice@example.org");
    let fields = [
        ("client_id", "cli"),
        ("redirect_uri", CLI_URI),
        ("response_type", "code"),
        ("scope", "openid"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("claims", "{"),
    ];
    assert_error(&post(&server, "/par", None, &fields).await, 400, "invalid_request");
}
