//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): every client that a session signed in
//! to is told when it ends, by a signed token and nothing else, until it has listened.

use std::time::{Duration, Instant};

use doorstep::clock::Clock;
use doorstep::protocol::client::{Client, SigningAlg};
use doorstep::secret::RootKey;
use doorstep::store::audit::AuditEvent;
use serde_json::{Value, json};

use crate::elsewhere::{Answer, Asked, Elsewhere, loopback_allowed};
use crate::kit::*;
use crate::person::Person;
use crate::server::{PASSWORD, START, Server, Setup, clients, store};
use crate::support::process::eventually;

/// The usual clients, `web` and `other` with an address to be told at.
fn told_clients(elsewhere: &Elsewhere) -> Vec<Client> {
    let mut clients = clients();
    for client in &mut clients {
        if ["web", "other"].contains(&client.client_id.as_str()) {
            let path = format!("/{}", client.client_id);
            client.backchannel_logout_uri = Some(elsewhere.answer(&path, Answer::status(200)));
        }
    }
    clients
}

fn setup(elsewhere: &Elsewhere) -> Setup {
    Setup { clients: told_clients(elsewhere), outgoing: loopback_allowed(), ..Setup::default() }
}

async fn start() -> (Server, Elsewhere) {
    let elsewhere = Elsewhere::start();
    (setup(&elsewhere).start().await, elsewhere)
}

/// Signs the browser out on the person's own page.
async fn sign_out(server: &Server, person: &Person) {
    let page = person.get(&format!("{}/account", server.url)).await;
    let page = person.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!(page.status, 200, "{page:?}");
}

/// Makes the issuer look for notices that are due: another browser signs out.
async fn wake(server: &Server) {
    let somebody = Person::new();
    somebody.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    sign_out(server, &somebody).await;
}

fn logout_token(asked: &Asked) -> String {
    let fields: Vec<_> = url::form_urlencoded::parse(asked.body.as_bytes()).collect();
    assert_eq!(fields.len(), 1, "{asked:?}");
    assert_eq!(fields[0].0, "logout_token");
    fields[0].1.clone().into_owned()
}

async fn events(server: &Server, name: &str) -> Vec<AuditEvent> {
    let events = server.db.audit_events(START, 1000).await.unwrap();
    events.into_iter().filter(|event| event.event == name).collect()
}

async fn await_events(server: &Server, name: &str, count: usize) -> Vec<AuditEvent> {
    let found = eventually(Duration::from_secs(10), async || {
        Some(events(server, name).await).filter(|events| events.len() >= count)
    });
    found.await.unwrap_or_else(|| panic!("no {count} {name} in the audit trail"))
}

async fn await_event(server: &Server, name: &str) -> AuditEvent {
    await_events(server, name, 1).await.pop().expect("an event")
}

#[actix_web::test]
async fn every_client_of_the_session_is_told_by_a_token_and_nothing_else() {
    let (server, elsewhere) = start().await;
    let person = Person::new();
    let first = tokens(&server, &person, "web", "openid").await;
    tokens(&server, &person, "web", "openid").await;
    tokens(&server, &person, "other", "openid").await;
    // This one has not said where to tell it.
    let silent = web_response(&server, &person, "trusted-cli", &[]).await;
    assert_eq!(redeem_public(&server, "trusted-cli", &silent["code"]).await.status, 200);
    let hint = first["id_token"].as_str().unwrap();
    let page = person.get(&format!("{}/logout?id_token_hint={hint}", server.url)).await;
    assert_eq!(page.status, 200);
    for client in ["web", "other"] {
        let asked = elsewhere.await_asked(&format!("/{client}"), 1).await.remove(0);
        assert_eq!(asked.method, "POST");
        assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
        let token = logout_token(&asked);
        let header = doorstep::secret::from_base64url(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
        let mut claims: Value =
            server.issuer.keys().verify("logout+jwt", &token).expect("our signature");
        assert!(!claims["jti"].as_str().unwrap().is_empty());
        claims["jti"] = Value::Null;
        let expected = json!({
            "iss": server.iss, "aud": client, "sub": "alice-id", "sid": id_token(&first)["sid"],
            "iat": START.0, "exp": START.0 + 120, "jti": null,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        assert_eq!(claims, expected);
    }
    await_events(&server, "logout_notice_sent", 2).await;
    wake(&server).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(elsewhere.asked("/web").len(), 1, "once, however many tokens there were");
    assert_eq!(events(&server, "logout_notice_sent").await.len(), 2);
}

#[actix_web::test]
async fn the_token_is_signed_as_the_client_expects() {
    let elsewhere = Elsewhere::start();
    let mut setup = setup(&elsewhere);
    setup.clients[0].id_token_signed_response_alg = SigningAlg::ES256;
    let server = setup.start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    sign_out(&server, &person).await;
    let token = logout_token(&elsewhere.await_asked("/web", 1).await[0]);
    let header = doorstep::secret::from_base64url(token.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap()["alg"], "ES256");
}

#[actix_web::test]
async fn a_logout_token_is_no_hint_and_no_other_token() {
    let (server, elsewhere) = start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    sign_out(&server, &person).await;
    let token = logout_token(&elsewhere.await_asked("/web", 1).await[0]);
    tokens(&server, &person, "web", "openid").await;
    let page = person.get(&format!("{}/logout?id_token_hint={token}", server.url)).await;
    assert!(page.body.contains("Sign out?"), "{page:?}");
    assert_eq!(get_with(&server, "/userinfo", &token).await.status, 401);
}

#[actix_web::test]
async fn a_session_that_ends_in_another_way_is_told_as_well() {
    let (server, elsewhere) = start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    person.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    elsewhere.await_asked("/web", 1).await;

    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    assert_eq!(server.db.end_sessions_of("alice-id", server.clock.now()).await.unwrap(), 1);
    wake(&server).await;
    elsewhere.await_asked("/web", 2).await;

    let (here, there) = (Person::new(), Person::new());
    tokens(&server, &there, "web", "openid").await;
    here.sign_in(&format!("{}/login", server.url), "alice", PASSWORD).await;
    let page = here.get(&format!("{}/account/sign-ins", server.url)).await;
    here.submit(&page.form_to("/sign-ins"), Some(("others", "1")), &[]).await;
    elsewhere.await_asked("/web", 3).await;
}

#[actix_web::test]
async fn who_proves_again_who_they_are_is_not_signed_out() {
    let (server, elsewhere) = start().await;
    let person = Person::new();
    let first = tokens(&server, &person, "web", "openid").await;
    server.clock.advance(10);
    let url = authorize_url(&server, "other", &[("prompt", "login")]);
    let answer = response(&person.sign_in(&url, "alice", PASSWORD).await);
    let second = redeem(&server, "other", &answer["code"]).await.json();
    assert_eq!(id_token(&second)["sid"], id_token(&first)["sid"]);
    assert!(id_token(&second)["auth_time"].as_i64() > id_token(&first)["auth_time"].as_i64());
    assert_eq!(userinfo(&server, &first).await.status, 200);
    wake(&server).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(elsewhere.asked("/web").is_empty());
    sign_out(&server, &person).await;
    elsewhere.await_asked("/web", 1).await;
    elsewhere.await_asked("/other", 1).await;
}

#[actix_web::test]
async fn a_client_that_signed_in_long_ago_is_told() {
    let (server, elsewhere) = start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    server.clock.advance(5 * 86_400);
    server.db.sweep_grants(server.clock.now(), 100).await.unwrap();
    sign_out(&server, &person).await;
    elsewhere.await_asked("/web", 1).await;
}

#[actix_web::test]
async fn the_person_does_not_wait_for_the_clients() {
    let (server, elsewhere) = start().await;
    let slow = Answer { delay: Duration::from_secs(4), ..Answer::status(200) };
    elsewhere.answer("/web", slow);
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    let began = Instant::now();
    sign_out(&server, &person).await;
    assert!(began.elapsed() < Duration::from_secs(2));
    elsewhere.await_asked("/web", 1).await;
}

#[actix_web::test]
async fn a_client_that_did_not_listen_is_told_again_later() {
    let (server, elsewhere) = start().await;
    elsewhere.answer("/web", Answer::status(503));
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    sign_out(&server, &person).await;
    let first = logout_token(&elsewhere.await_asked("/web", 1).await[0]);
    server.clock.advance(29);
    wake(&server).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(elsewhere.asked("/web").len(), 1, "not yet");
    elsewhere.answer("/web", Answer::status(204));
    server.clock.advance(1);
    wake(&server).await;
    let second = logout_token(&elsewhere.await_asked("/web", 2).await[1]);
    assert_ne!(claims(&first)["jti"], claims(&second)["jti"]);
    assert_eq!(claims(&second)["iat"], START.0 + 30, "signed anew");
    let event = await_event(&server, "logout_notice_sent").await;
    assert_eq!(event.client_id.as_deref(), Some("web"));
    assert_eq!(event.account_id.as_deref(), Some("alice-id"));
    assert_eq!(serde_json::from_str::<Value>(&event.detail).unwrap()["attempts"], 2);
}

#[actix_web::test]
async fn a_client_that_never_listens_is_given_up() {
    let (server, elsewhere) = start().await;
    elsewhere.answer("/web", Answer::status(400));
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    sign_out(&server, &person).await;
    for attempts in 1..=10 {
        elsewhere.await_asked("/web", attempts).await;
        server.clock.advance(30 * 100);
        wake(&server).await;
    }
    let event = await_event(&server, "logout_notice_given_up").await;
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(detail["attempts"], 10);
    assert!(detail["reason"].as_str().unwrap().contains("400"), "{detail}");
    assert_eq!(elsewhere.asked("/web").len(), 10);
    // It is recorded first, then forgotten.
    let mut late = server.clock.now();
    let forgotten = eventually(Duration::from_secs(10), async || {
        late = late.plus(365 * 86_400);
        let due = server.db.claim_logout_notices(late, 10).await.unwrap();
        due.is_empty().then_some(())
    });
    assert!(forgotten.await.is_some(), "there is still a notice");
}

#[actix_web::test]
async fn a_process_that_starts_takes_over_what_another_left() {
    let elsewhere = Elsewhere::start();
    let (db, root) = (store().await, RootKey::generate());
    let setup = || Setup { db: Some(db.clone()), root: root.clone(), ..setup(&elsewhere) };
    let server = setup().start().await;
    elsewhere.answer("/web", Answer::status(500));
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    sign_out(&server, &person).await;
    elsewhere.await_asked("/web", 1).await;
    // By this clock half a minute has passed, and nobody signs out here.
    let clock = Clock::fixed(START.plus(30));
    let _successor = Setup { clock, ..setup() }.start().await;
    elsewhere.await_asked("/web", 2).await;
}

#[actix_web::test]
async fn the_address_passes_the_guard() {
    let elsewhere = Elsewhere::start();
    let setup = Setup { outgoing: Default::default(), ..setup(&elsewhere) };
    let server = setup.start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    sign_out(&server, &person).await;
    while events(&server, "logout_notice_given_up").await.is_empty() {
        server.clock.advance(30 * 100);
        wake(&server).await;
    }
    let event = await_event(&server, "logout_notice_given_up").await;
    assert!(event.detail.contains("outgoing.allow_http"), "{event:?}");
    assert!(elsewhere.asked("/web").is_empty());
}

#[actix_web::test]
async fn tokens_end_with_the_session_unless_they_were_granted_beyond_it() {
    let (server, _elsewhere) = start().await;
    let person = Person::new();
    let bound = tokens(&server, &person, "web", "openid").await;
    let beyond = tokens(&server, &person, "other", "openid offline_access").await;
    let other = Person::new();
    let elsewhere = tokens(&server, &other, "web", "openid").await;
    let waiting = web_response(&server, &person, "web", &[]).await;
    assert_eq!(userinfo(&server, &bound).await.status, 200);
    sign_out(&server, &person).await;
    assert_error(&userinfo(&server, &bound).await, 401, "invalid_token");
    assert_error(&redeem(&server, "web", &waiting["code"]).await, 400, "invalid_grant");
    assert_eq!(userinfo(&server, &beyond).await.status, 200);
    assert_eq!(refresh(&server, "other", &beyond["refresh_token"]).await.status, 200);
    assert_eq!(userinfo(&server, &elsewhere).await.status, 200, "another session");
}

#[actix_web::test]
async fn a_code_that_outlives_the_session_is_told_at_once() {
    let (server, elsewhere) = start().await;
    let person = Person::new();
    let waiting =
        web_response(&server, &person, "web", &[("scope", "openid offline_access")]).await;
    sign_out(&server, &person).await;
    assert_eq!(redeem(&server, "web", &waiting["code"]).await.status, 200);
    wake(&server).await;
    elsewhere.await_asked("/web", 1).await;
}

#[actix_web::test]
async fn discovery_tells() {
    let (server, _elsewhere) = start().await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let document = Person::new().get(&url).await.json();
    assert_eq!(document["backchannel_logout_supported"], true);
    assert_eq!(document["backchannel_logout_session_supported"], true);
}
