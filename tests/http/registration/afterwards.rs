//! What becomes of a registration: it is changed, kept while it is used, and out of the reach of others.

use doorstep::issuer::InitialToken;
use doorstep::protocol::client::ClientSecret;
use doorstep::secret::RootKey;

use super::*;
use crate::elsewhere::{Answer, Elsewhere, trusting};
use crate::tls::Identity;

#[actix_web::test]
async fn a_client_becomes_public_or_confidential_by_a_change() {
    let server = open().await;
    let client = registered(&server, json!({"token_endpoint_auth_method": "none"})).await;
    assert_eq!(client.get("client_secret"), None);
    assert_eq!(client.get("client_secret_expires_at"), None);
    let mut said = json!({
        "client_id": client["client_id"], "redirect_uris": [WEB_URI], "client_name": "Invented Notes",
    });
    let confidential = manage(Method::PUT, &client, Some(&said)).await.json();
    let secret = confidential["client_secret"].as_str().unwrap().to_owned();
    let id = client["client_id"].as_str().unwrap();
    let stored = || async { server.db.find_client(id).await.unwrap().unwrap() };
    assert!(stored().await.client_secret.unwrap().matches(&secret));
    said["token_endpoint_auth_method"] = "none".into();
    assert_eq!(manage(Method::PUT, &client, Some(&said)).await.json(), client);
    assert!(stored().await.client_secret.is_none());
}

#[actix_web::test]
async fn a_secret_that_an_admin_replaced_is_not_told() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let id = client["client_id"].as_str().unwrap();
    let mut stored = server.db.find_client(id).await.unwrap().unwrap();
    stored.client_secret = Some(ClientSecret::new("another invented secret"));
    server.db.update_client(&stored, START).await.unwrap();
    assert_eq!(manage(Method::GET, &client, None).await.json().get("client_secret"), None);
}

#[actix_web::test]
async fn a_client_that_nobody_uses_is_forgotten_and_one_in_use_is_kept() {
    let root = RootKey::generate();
    let server = Setup { root: root.clone(), ..setup(RegistrationMode::Open) }.start().await;
    let public = json!({"token_endpoint_auth_method": "none"});
    let used = registered(&server, public.clone()).await;
    let unused = registered(&server, public).await;
    let token = InitialToken::new(START.plus(600)).text(&root);
    let url = format!("{}/register", server.url);
    let said = json!({"redirect_uris": [WEB_URI]});
    let invited = send(Method::POST, &url, Some(token.expose()), Some(&said)).await.json();
    server.clock.advance(20 * 86_400);
    assert_eq!(sign_in(&server, &Person::new(), &used).await.status, 200);
    server.clock.advance(20 * 86_400);
    assert_eq!(server.db.sweep_registrations(server.clock.now(), 10).await.unwrap(), 1);
    assert_eq!(manage(Method::GET, &unused, None).await.status, 401);
    assert_eq!(manage(Method::GET, &used, None).await.status, 200);
    assert_eq!(manage(Method::GET, &invited, None).await.status, 200);
}

#[actix_web::test]
async fn a_stolen_store_tells_no_token_and_no_secret() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let id = client["client_id"].as_str().unwrap();
    let stored = server.db.find_registration(id).await.unwrap().unwrap();
    let all = format!("{} {}", serde_json::to_string(&stored.client).unwrap(), stored.token_digest);
    for secret in ["client_secret", "registration_access_token"] {
        assert!(!all.contains(client[secret].as_str().unwrap()), "{all}");
    }
}

#[actix_web::test]
async fn a_sector_lists_the_addresses_of_its_clients() {
    let identity = Identity::generate();
    let elsewhere = Elsewhere::start_tls(&identity);
    let outgoing = trusting(&identity);
    let server = Setup { outgoing, ..setup(RegistrationMode::Open) }.start().await;
    for (listed, status) in [(WEB_URI, 201), ("https://other.example/cb", 400)] {
        let uri = elsewhere.answer(&format!("/{status}"), Answer::json(json!([listed])));
        let said = json!({"redirect_uris": [WEB_URI], "sector_identifier_uri": uri});
        let page = register(&server, said).await;
        assert_eq!(page.status, status, "{page:?}");
        if status == 400 {
            assert_error(&page, 400, "invalid_client_metadata");
            let sentence = page.json()["error_description"].as_str().unwrap().to_owned();
            assert!(sentence.contains("sector_identifier_uri"), "{sentence}");
        }
    }
}

#[actix_web::test]
async fn clients_that_did_not_register_themselves_are_out_of_reach() {
    let server = open().await;
    let mut own = server::clients().remove(0);
    own.client_id = doorstep::secret::random_id();
    server.db.insert_client(&own, START).await.unwrap();
    let registered = registered(&server, json!({})).await;
    let token = registered["registration_access_token"].as_str();
    let long = "x".repeat(500);
    for id in [own.client_id.as_str(), "web", "doorstep-cli", "a%00b", long.as_str()] {
        for method in [Method::GET, Method::DELETE] {
            let page = send(method, &format!("{}/register/{id}", server.url), token, None).await;
            assert_error(&page, 401, "invalid_token");
        }
    }
    assert_eq!(server.db.find_client(&own.client_id).await.unwrap(), Some(own));
}

#[actix_web::test]
async fn who_comes_with_a_token_is_recorded_with_it_and_has_room() {
    let mut setup = setup(RegistrationMode::Open);
    setup.registration.most_clients = 1;
    let root = setup.root.clone();
    let server = setup.start().await;
    registered(&server, json!({})).await;
    let said = json!({"redirect_uris": [WEB_URI]});
    assert_error(&register(&server, said.clone()).await, 503, "temporarily_unavailable");
    let token = InitialToken::new(START.plus(600));
    let text = token.text(&root);
    let url = format!("{}/register", server.url);
    let page = send(Method::POST, &url, Some(text.expose()), Some(&said)).await;
    assert_eq!(page.status, 201, "who was let in by an admin does not count: {page:?}");
    let events = server.db.audit_events(START, 10).await.unwrap();
    assert!(events.iter().all(|event| event.event == "client_registered"), "{events:?}");
    let told: Vec<_> = events
        .iter()
        .map(|event| serde_json::from_str::<Value>(&event.detail).unwrap()["token"].clone())
        .collect();
    assert!(told.contains(&json!(token.id)) && told.contains(&Value::Null), "{told:?}");
    assert!(!format!("{events:?}").contains(text.expose()));
}
