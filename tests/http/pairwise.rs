//! Pairwise subjects (OpenID Connect Core §8): a name of its own for each sector, the same wherever it
//! turns up.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorstep::clock::Clock;
use doorstep::issuer::check_sector;
use doorstep::outgoing::{Outgoing, OutgoingSettings};
use doorstep::protocol::client::Client;
use doorstep::protocol::client::subject_type::SubjectType;
use reqwest::Method;
use serde_json::{Value, json};

use crate::elsewhere::{Answer, Elsewhere, loopback_allowed};
use crate::kit::*;
use crate::person::Person;
use crate::server::{PASSWORD, START, Server, Setup, clients};
use crate::tls::Identity;

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
async fn introspection_and_logout_tokens_tell_the_same_name() {
    let elsewhere = Elsewhere::start();
    let mut clients = pairwise();
    clients[0].backchannel_logout_uri = Some(elsewhere.answer("/out", Answer::status(200)));
    let server = Setup { clients, outgoing: loopback_allowed(), ..Setup::default() }.start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid offline_access").await;
    for name in ["access_token", "refresh_token"] {
        let fields = [("token", tokens[name].as_str().unwrap())];
        let page = post(&server, "/introspect", Some(&basic("web")), &fields).await.json();
        assert_eq!((&page["active"], &page["sub"]), (&json!(true), &json!(sub(&tokens))), "{name}");
    }
    let hint = tokens["id_token"].as_str().unwrap();
    person.get(&format!("{}/logout?id_token_hint={hint}", server.url)).await;
    let asked = elsewhere.await_asked("/out", 1).await.remove(0);
    let logout_token = asked.body.strip_prefix("logout_token=").unwrap();
    assert_eq!(claims(logout_token)["sub"], sub(&tokens));
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

#[actix_web::test]
async fn a_sector_document_has_to_list_every_return_address() {
    let identity = Identity::generate();
    let elsewhere = Elsewhere::start_tls(&identity);
    let pem = std::fs::read(&identity.certificate).unwrap();
    let settings = OutgoingSettings { extra_authorities: Some(pem), ..loopback_allowed() };
    let guard = Outgoing::new(settings, Clock::fixed(START)).unwrap();
    let check = async |document: Answer| {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let path = format!("/{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let client = Client {
            redirect_uris: ["https://a.example/cb", "https://b.example/cb"]
                .map(str::to_owned)
                .into(),
            sector_identifier_uri: Some(elsewhere.answer(&path, document)),
            ..pairwise().remove(0)
        };
        assert_eq!(client.check(), Ok(()));
        check_sector(&guard, &client).await.map_err(|bad| bad.to_string())
    };
    let both = json!(["https://b.example/cb", "https://c.example/cb", "https://a.example/cb"]);
    assert_eq!(check(Answer::json(both)).await, Ok(()));
    for (answer, words) in [
        (Answer::json(json!(["https://a.example/cb"])), "does not list \"https://b.example/cb\""),
        (
            Answer::json(json!(["https://a.example/cb/", 1, null])),
            "does not list \"https://a.example/cb\"",
        ),
        (Answer::json(json!({"redirect_uris": []})), "JSON array"),
        (Answer::json("not JSON"), "can be read from here"),
        (Answer::status(404), "can be read from here"),
    ] {
        let bad = check(answer).await.unwrap_err();
        assert!(bad.starts_with("sector_identifier_uri ") && bad.contains(words), "{bad}");
    }
    let without = pairwise().remove(0);
    assert_eq!(check_sector(&guard, &without).await, Ok(()));
    let inside = Outgoing::new(OutgoingSettings::default(), Clock::fixed(START)).unwrap();
    let client = Client { sector_identifier_uri: Some(elsewhere.url.clone()), ..without };
    let asked_before = elsewhere.asked("/").len();
    assert!(check_sector(&inside, &client).await.is_err(), "this machine is not the internet");
    assert_eq!(elsewhere.asked("/").len(), asked_before);
}
