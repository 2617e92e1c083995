//! `acr` and `amr` (OpenID Connect Core §2): what a sign-in was worth, and what a request may demand of
//! it.

use serde_json::{Value, json};

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, START, Server, Setup, clients};

async fn supported(server: &Server) -> Vec<Value> {
    let url = format!("{}/.well-known/openid-configuration", server.url);
    Person::new().get(&url).await.json()["acr_values_supported"].as_array().unwrap().clone()
}

/// The ID token's claims for a request with these parameters.
async fn told(server: &Server, person: &Person, more: &[(&str, &str)]) -> Value {
    let response = web_response(server, person, "web", more).await;
    let code = response.get("code").unwrap_or_else(|| panic!("{more:?} {response:?}"));
    id_token(&redeem(server, "web", code).await.json())
}

fn essential(values: Value) -> String {
    json!({"id_token": {"acr": {"essential": true, "values": values}}}).to_string()
}

#[actix_web::test]
async fn the_id_token_always_tells_a_published_class_and_the_methods() {
    let server = server::start().await;
    let person = Person::new();
    let published = supported(&server).await;
    assert!(!published.is_empty());
    let all: Vec<_> = published.iter().map(|value| value.as_str().unwrap()).collect();
    for acr_values in ["", &all.join(" "), "1 2", "mfa phr", "\u{fc} \"x\"", "  "] {
        let claims = told(&server, &person, &[("acr_values", acr_values)]).await;
        assert!(published.contains(&claims["acr"]), "{acr_values:?}: {claims}");
        assert_eq!(claims["amr"], json!(["pwd"]));
    }
}

#[actix_web::test]
async fn it_stays_through_every_refresh() {
    let server = server::start().await;
    let first = tokens(&server, &Person::new(), "web", "openid offline_access").await;
    server.clock.advance(60);
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    for tokens in [first, second] {
        assert_eq!(
            (&id_token(&tokens)["acr"], &id_token(&tokens)["amr"]),
            (&json!("1fa"), &json!(["pwd"]))
        );
    }
}

#[actix_web::test]
async fn an_essential_class_that_can_be_had_is_told() {
    let server = server::start().await;
    let person = Person::new();
    for values in [json!(["1fa"]), json!(["phr", "1fa"])] {
        let claims = essential(values);
        assert_eq!(told(&server, &person, &[("claims", &claims)]).await["acr"], "1fa");
    }
    let any = r#"{"id_token": {"acr": {"essential": true}}}"#;
    assert_eq!(told(&server, &person, &[("claims", any)]).await["acr"], "1fa");
}

#[actix_web::test]
async fn an_essential_class_that_cannot_be_had_is_refused_before_anybody_signs_in() {
    let server = server::start().await;
    for values in [json!(["phr"]), json!(["gold"]), json!([]), json!([1])] {
        let claims = essential(values);
        for mode in ["query", "form_post"] {
            let more = [("claims", claims.as_str()), ("response_mode", mode)];
            let page = Person::new().visit(&authorize_url(&server, "web", &more)).await;
            let answer = response(&page);
            assert_eq!(answer["error"], "unmet_authentication_requirements", "{claims} {answer:?}");
            assert_eq!(answer["state"], "st-1");
            assert_description(&answer["error_description"]);
        }
    }
}

#[actix_web::test]
async fn voluntary_classes_never_keep_anybody_from_signing_in() {
    let mut clients = clients();
    clients[0].default_acr_values = vec!["phr".into(), "mfa".into()];
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = Person::new();
    let voluntary = r#"{"id_token": {"acr": {"values": ["phr"]}}}"#;
    for more in [
        &[][..],
        &[("acr_values", "phr")],
        &[("claims", voluntary)],
        &[("acr_values", "phr"), ("prompt", "none")],
    ] {
        assert_eq!(told(&server, &person, more).await["acr"], "1fa", "{more:?}");
    }
}

#[actix_web::test]
async fn a_session_of_another_kind_tells_its_own_class() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let digest = doorstep::secret::digest(person.cookie("doorstep-session").unwrap());
    let mut session = server.db.find_session(&digest, START).await.unwrap().unwrap();
    server.db.end_session(&session.id, START).await.unwrap();
    session.amr = "pwd otp".into();
    server.db.insert_session(session).await.unwrap();
    let claims = told(&server, &person, &[]).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["pwd", "otp"])));
    let claims = told(&server, &person, &[("acr_values", "phr 1fa")]).await;
    assert_eq!(claims["acr"], "1fa", "the first of the client's choice that was met");
}

#[actix_web::test]
async fn a_client_has_a_max_age_of_its_own() {
    let mut clients = clients();
    clients[0].default_max_age = Some(100);
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = Person::new();
    told(&server, &person, &[]).await;
    server.clock.advance(101);
    let silent = [("prompt", "none")];
    assert_eq!(web_response(&server, &person, "web", &silent).await["error"], "login_required");
    let claims = told(&server, &person, &[("prompt", "none"), ("max_age", "500")]).await;
    assert_eq!(claims["auth_time"], START.0, "the request's own max_age counts");
    let claims = told(&server, &person, &[]).await;
    assert_eq!(claims["auth_time"], START.0 + 101);
}
