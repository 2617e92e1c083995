//! Signing keys over time and over several replicas: rotation without a restart, and nobody left behind.

use doorstep::protocol::client::{Client, SigningAlg};
use doorstep::secret::{RootKey, from_base64url};
use serde_json::Value;

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, Server, Setup, clients};

/// The `kid` in the header of an ID token.
fn kid(tokens: &Value) -> String {
    let token = tokens["id_token"].as_str().expect("an ID token");
    let header = from_base64url(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

async fn jwks(server: &Server) -> Value {
    Person::new().get(&format!("{}/jwks", server.url)).await.json()
}

/// Two servers on one store with one key file and one clock.
async fn replicas(issuer: &str, clients: fn() -> Vec<Client>) -> (Server, Server) {
    let root = RootKey::generate();
    let issuer = || Some(issuer.to_owned());
    let one =
        Setup { root: root.clone(), issuer: issuer(), clients: clients(), ..Setup::default() };
    let one = one.start().await;
    let (db, clock) = (one.db.clone(), one.clock.clone());
    let two = Setup {
        root,
        issuer: issuer(),
        db: Some(db),
        clock,
        clients: clients(),
        ..Setup::default()
    };
    (one, two.start().await)
}

#[actix_web::test]
async fn replicas_sign_with_the_same_keys_and_take_each_others_tokens() {
    let (one, two) = replicas("https://id.example", clients).await;
    assert_eq!(jwks(&one).await, jwks(&two).await);
    let of_one = tokens(&one, &Person::new(), "web", "openid").await;
    let of_two = tokens(&two, &Person::new(), "web", "openid").await;
    assert_eq!(kid(&of_one), kid(&of_two));
    assert_eq!(userinfo(&two, &of_one).await.status, 200);
    assert_eq!(userinfo(&one, &of_two).await.status, 200);
}

#[actix_web::test]
async fn replicas_turn_to_the_next_key_at_the_same_second() {
    let (one, two) = replicas("https://id.example", clients).await;
    let old = kid(&tokens(&one, &Person::new(), "web", "openid").await);
    one.issuer.keys().rotate(SigningAlg::RS256, false).await.unwrap();
    two.issuer.keys().reload().await.unwrap();
    assert_eq!(jwks(&one).await, jwks(&two).await);
    one.clock.advance(599);
    for server in [&one, &two] {
        assert_eq!(kid(&tokens(server, &Person::new(), "web", "openid").await), old);
    }
    one.clock.advance(1);
    let new = kid(&tokens(&one, &Person::new(), "web", "openid").await);
    assert_ne!(new, old);
    assert_eq!(kid(&tokens(&two, &Person::new(), "web", "openid").await), new);
}

#[actix_web::test]
async fn two_replicas_that_rotate_at_once_agree_on_one_key() {
    let (one, two) = replicas("https://id.example", clients).await;
    let before = jwks(&one).await["keys"].as_array().unwrap().len();
    let (a, b) = (one.issuer.keys(), two.issuer.keys());
    let (a, b) =
        tokio::join!(a.rotate(SigningAlg::ES256, false), b.rotate(SigningAlg::ES256, false));
    a.and(b).unwrap();
    for server in [&one, &two] {
        server.issuer.keys().reload().await.unwrap();
    }
    assert_eq!(jwks(&one).await, jwks(&two).await);
    let after = jwks(&one).await["keys"].as_array().unwrap().len();
    assert!(after > before && after <= before + 2, "{before} {after}");
}

#[actix_web::test]
async fn a_replica_looks_for_a_key_that_another_has_just_made() {
    let (one, two) = replicas("https://id.example", clients).await;
    one.issuer.keys().rotate(SigningAlg::RS256, true).await.unwrap();
    let tokens = tokens(&one, &Person::new(), "web", "openid").await;
    assert_eq!(userinfo(&two, &tokens).await.status, 200);
    assert!(jwks(&two).await.to_string().contains(&kid(&tokens)));
}

#[actix_web::test]
async fn an_invented_key_is_looked_for_once_a_second_at_most() {
    let (one, two) = replicas("https://id.example", clients).await;
    let header = doorstep::secret::base64url(br#"{"alg":"RS256","typ":"at+jwt","kid":"invented"}"#);
    let invented = format!("{header}.e30.x");
    assert_eq!(get_with(&two, "/userinfo", &invented).await.status, 401);
    one.issuer.keys().rotate(SigningAlg::RS256, true).await.unwrap();
    let tokens = tokens(&one, &Person::new(), "web", "openid").await;
    assert_eq!(userinfo(&two, &tokens).await.status, 401, "it looked in this second already");
    one.clock.advance(1);
    assert_eq!(userinfo(&two, &tokens).await.status, 200);
}

/// Asks silently with a hint.
async fn hinted(server: &Server, person: &Person, hint: &str) -> String {
    let more = [("id_token_hint", hint), ("prompt", "none")];
    let answer = web_response(server, person, "web", &more).await;
    answer.get("error").cloned().unwrap_or_default()
}

#[actix_web::test]
async fn an_old_id_token_is_a_hint_long_after_its_key_was_retired() {
    let server = server::start().await;
    let person = Person::new();
    let first = tokens(&server, &person, "web", "openid").await;
    let hint = first["id_token"].as_str().unwrap();
    server.issuer.keys().rotate(SigningAlg::RS256, false).await.unwrap();
    for _ in 0..5 {
        // The session has to be used to last.
        server.clock.advance(5 * 86_400);
        server.issuer.keys().reload().await.unwrap();
        assert_eq!(hinted(&server, &person, hint).await, "");
    }
    assert!(
        !jwks(&server).await.to_string().contains(&kid(&first)),
        "yet nobody else needs the key"
    );
    assert!(server.issuer.keys().list().iter().all(|key| key.kid != kid(&first)));
    let back = "post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye";
    let page = person.get(&format!("{}/logout?id_token_hint={hint}&{back}", server.url)).await;
    assert_eq!(page.location.as_deref(), Some("https://app.example/bye"), "{page:?}");
}

#[actix_web::test]
async fn a_key_that_has_leaked_vouches_for_nothing_any_more() {
    let server = server::start().await;
    let person = Person::new();
    let first = tokens(&server, &person, "web", "openid").await;
    server.issuer.keys().rotate(SigningAlg::RS256, true).await.unwrap();
    assert!(!jwks(&server).await.to_string().contains(&kid(&first)));
    assert_eq!(userinfo(&server, &first).await.status, 401);
    let hint = first["id_token"].as_str().unwrap();
    assert_eq!(hinted(&server, &person, hint).await, "invalid_request");
    assert_ne!(kid(&tokens(&server, &person, "web", "openid").await), kid(&first));
}
