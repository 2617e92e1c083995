//! Pairwise subjects (OpenID Connect Core §8): a name of its own for each sector, the same wherever it
//! turns up.

use std::collections::BTreeSet;

use doorstep::protocol::client::Client;
use doorstep::protocol::client::subject_type::SubjectType;
use reqwest::Method;
use serde_json::Value;

use crate::kit::*;
use crate::person::Person;
use crate::server::{PASSWORD, Server, Setup, clients};

/// Clients with pairwise subjects: `web` and `other` of one host, `stranger` of another, `cli`.
fn pairwise() -> Vec<Client> {
    let mut clients = clients();
    for client in &mut clients {
        client.subject_type = SubjectType::Pairwise;
        if client.client_id == "stranger" {
            client.sector_identifier_uri = Some("https://elsewhere.example/uris.json".into());
        }
        assert_eq!(client.check(), Ok(()));
    }
    clients
}

async fn start() -> Server {
    Setup { clients: pairwise(), ..Setup::default() }.start().await
}

fn sub(tokens: &Value) -> String {
    id_token(tokens)["sub"].as_str().unwrap().to_owned()
}

/// Signs in to a client that asks first, and gives the token response.
async fn agreed(server: &Server, person: &Person) -> Value {
    let page = arrive(person, &authorize_url(server, "stranger", &[])).await;
    let page = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    let response = response(&person.follow(page).await);
    redeem(server, "stranger", &response["code"]).await.json()
}

#[actix_web::test]
async fn a_sector_has_a_name_of_its_own_for_each_person() {
    let server = start().await;
    let (alice, bob) = (Person::new(), Person::new());
    let at_web = sub(&tokens(&server, &alice, "web", "openid").await);
    assert_eq!(sub(&tokens(&server, &alice, "other", "openid").await), at_web, "of the same host");
    let elsewhere = sub(&agreed(&server, &alice).await);
    let page = ready(&server, &alice, "cli", &[]).await;
    let at_cli = sub(&redeem_public(&server, "cli", &code_on(&page)).await.json());
    bob.sign_in(&authorize_url(&server, "other", &[]), "bob", PASSWORD).await;
    let bobs = sub(&tokens(&server, &bob, "web", "openid").await);
    let all = BTreeSet::from([&at_web, &elsewhere, &at_cli, &bobs]);
    assert_eq!(all.len(), 4);
    for sub in all {
        assert!(sub.len() <= 255 && sub.is_ascii() && !sub.contains("alice"), "{sub}");
    }
}

#[actix_web::test]
async fn it_is_the_same_in_every_token_and_at_userinfo_and_after_a_refresh() {
    let server = start().await;
    let person = Person::new();
    let first = tokens(&server, &person, "web", "openid offline_access").await;
    let second = refresh(&server, "web", &first["refresh_token"]).await.json();
    let third = tokens(&server, &Person::new(), "web", "openid").await;
    let expected = sub(&first);
    for tokens in [first, second, third] {
        assert_eq!(sub(&tokens), expected);
        assert_eq!(claims(tokens["access_token"].as_str().unwrap())["sub"], *expected);
        assert_eq!(userinfo(&server, &tokens).await.json()["sub"], *expected);
    }
}

#[actix_web::test]
async fn it_depends_on_the_root_key() {
    let (one, two) = (start().await, start().await);
    let of = async |server: &Server| sub(&tokens(server, &Person::new(), "web", "openid").await);
    assert_ne!(of(&one).await, of(&two).await);
}

#[actix_web::test]
async fn hints_and_wishes_for_it_name_the_person() {
    let server = start().await;
    let (alice, bob) = (Person::new(), Person::new());
    let tokens = tokens(&server, &alice, "web", "openid").await;
    bob.sign_in(&authorize_url(&server, "other", &[]), "bob", PASSWORD).await;
    let wish = format!(r#"{{"id_token": {{"sub": {{"value": "{}"}}}}}}"#, sub(&tokens));
    let hint = tokens["id_token"].as_str().unwrap();
    for asked in [("id_token_hint", hint), ("claims", wish.as_str())] {
        let more = [asked, ("prompt", "none")];
        let answer = web_response(&server, &alice, "web", &more).await;
        assert!(answer.contains_key("code"), "{} {answer:?}", asked.0);
        let answer = web_response(&server, &bob, "web", &more).await;
        assert_eq!(answer["error"], "login_required", "{}", asked.0);
    }
    let account_id = r#"{"id_token": {"sub": {"value": "alice-id"}}}"#;
    let more = [("claims", account_id), ("prompt", "none")];
    let answer = web_response(&server, &alice, "web", &more).await;
    assert_eq!(answer["error"], "login_required", "the client does not know that name");
}

#[actix_web::test]
async fn a_hint_of_another_client_names_the_person_too() {
    let server = start().await;
    let person = Person::new();
    let tokens = agreed(&server, &person).await;
    let more = [("id_token_hint", tokens["id_token"].as_str().unwrap()), ("prompt", "none")];
    let answer = web_response(&server, &person, "web", &more).await;
    assert!(answer.contains_key("code"), "{answer:?}");
}

#[actix_web::test]
async fn logout_knows_the_person_by_it() {
    let server = start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let url = format!(
        "{}/logout?id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye",
        server.url
    );
    let page = person.get(&url).await;
    assert_eq!(page.location.as_deref(), Some("https://app.example/bye"), "{page:?}");
    let silent = [("prompt", "none")];
    assert_eq!(web_response(&server, &person, "web", &silent).await["error"], "login_required");
}

#[actix_web::test]
async fn a_client_that_is_gone_is_told_nothing() {
    let server = start().await;
    let client = Client { client_id: "gone".into(), ..pairwise().remove(0) };
    server.db.insert_client(&client, server.clock.now()).await.unwrap();
    let tokens = tokens(&server, &Person::new(), "gone", "openid").await;
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
    server.db.delete_client("gone").await.unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    let request = Person::new().request(Method::GET, &format!("{}/userinfo", server.url));
    let page = Person::new().send(request.bearer_auth(token)).await;
    assert_error(&page, 401, "invalid_token");
}
