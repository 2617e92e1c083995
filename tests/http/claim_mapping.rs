//! Claims where and how a client looks for them, and the contract with applications that are set up for
//! any OpenID provider.

use doorstep::protocol::client::Client;
use doorstep::protocol::client::claim_mapping::ClaimRule;
use serde_json::{Value, json};

use crate::kit::*;
use crate::person::Person;
use crate::server::{Server, Setup, clients};

/// A server whose client `web` has these rules.
async fn with(rules: Value) -> Server {
    let rules: Vec<ClaimRule> = serde_json::from_value(rules).expect("rules");
    let mut clients = clients();
    clients[0].claim_mapping = rules;
    assert_eq!(clients[0].check(), Ok(()));
    Setup { clients, ..Setup::default() }.start().await
}

fn access_token(tokens: &Value) -> Value {
    claims(tokens["access_token"].as_str().unwrap())
}

#[actix_web::test]
async fn groups_go_where_the_clients_settings_say() {
    let server = with(json!([
        {"claim": "groups", "in": ["id_token", "access_token"]},
        {"claim": "email", "in": ["id_token"]},
    ]))
    .await;
    let person = Person::new();
    let groups = json!(["staff", "builders"]);
    let tokens = crate::kit::tokens(&server, &person, "web", "openid groups offline_access").await;
    let again = refresh(&server, "web", &tokens["refresh_token"]).await.json();
    for tokens in [tokens, again] {
        assert_eq!(
            (&id_token(&tokens)["groups"], &access_token(&tokens)["groups"]),
            (&groups, &groups)
        );
        assert_eq!(id_token(&tokens).get("email"), None, "the scope email was not granted");
    }
    let without = crate::kit::tokens(&server, &person, "web", "openid").await;
    assert_eq!(id_token(&without).get("groups"), None);
    assert_eq!(access_token(&without).get("groups"), None);
}

#[actix_web::test]
async fn claims_are_renamed_nested_filtered_and_fixed() {
    let server = with(json!([
        {"claim": "preferred_username", "as": "upn", "in": ["id_token", "userinfo"]},
        {"claim": "groups", "as": ["realm_access", "roles"], "in": ["access_token"]},
        {"claim": "groups", "as": ["resource_access", "web", "roles"], "in": ["access_token"],
         "prefix": "build", "strip_prefix": true},
        {"claim": "groups", "as": "https://example.org/roles", "in": ["userinfo"]},
        {"value": "gold", "as": "tier", "in": ["access_token", "userinfo"]},
    ]))
    .await;
    let tokens = tokens(&server, &Person::new(), "web", "openid profile groups").await;
    assert_eq!(id_token(&tokens)["upn"], "alice");
    let access = access_token(&tokens);
    assert_eq!(access["realm_access"], json!({"roles": ["staff", "builders"]}));
    assert_eq!(access["resource_access"], json!({"web": {"roles": ["ers"]}}));
    assert_eq!(access["tier"], "gold");
    let told = userinfo(&server, &tokens).await.json();
    assert_eq!((&told["upn"], &told["tier"]), (&json!("alice"), &json!("gold")));
    assert_eq!(told["https://example.org/roles"], json!(["staff", "builders"]));
    for renamed in ["preferred_username", "groups"] {
        assert_eq!(told.get(renamed), None, "{told}");
    }
    assert_eq!((&told["name"], &told["sub"]), (&json!("alice Example"), &json!("alice-id")));
}

#[actix_web::test]
async fn what_the_person_does_not_have_is_left_out() {
    let server = with(json!([
        {"claim": "groups", "as": ["resource_access", "web", "roles"], "in": ["access_token"], "prefix": "web-"},
    ]))
    .await;
    let tokens = tokens(&server, &Person::new(), "web", "openid groups").await;
    assert_eq!(access_token(&tokens).get("resource_access"), None);
}

#[actix_web::test]
async fn rules_hold_for_claims_asked_for_by_name() {
    let server = with(json!([{"claim": "email", "as": "mail", "in": ["userinfo"]}])).await;
    let more =
        [("claims", r#"{"userinfo": {"email": null, "name": null}}"#), ("scope", "openid email")];
    let response = web_response(&server, &Person::new(), "web", &more).await;
    let tokens = redeem(&server, "web", &response["code"]).await.json();
    let told = userinfo(&server, &tokens).await.json();
    assert_eq!((&told["mail"], told.get("email")), (&json!("alice@example.org"), None));
    assert_eq!(told["name"], "alice Example");
}

#[actix_web::test]
async fn stored_clients_have_rules_too() {
    let server = Setup::default().start().await;
    let client = Client {
        client_id: "stored".into(),
        claim_mapping: serde_json::from_value(json!([
            {"claim": "groups", "as": ["a", "b"], "in": ["id_token"]},
            {"value": [" "], "as": "c", "in": ["id_token"]},
        ]))
        .unwrap(),
        ..clients().remove(0)
    };
    server.db.insert_client(&client, server.clock.now()).await.unwrap();
    let tokens = tokens(&server, &Person::new(), "stored", "openid groups").await;
    assert_eq!(id_token(&tokens)["a"], json!({"b": ["staff", "builders"]}));
    assert_eq!(id_token(&tokens)["c"], json!([" "]));
}

#[actix_web::test]
async fn an_application_for_any_openid_provider_finds_what_it_expects() {
    let server = with(json!([
        {"claim": "preferred_username", "in": ["access_token"]},
        {"claim": "groups", "in": ["access_token"]},
        {"claim": "groups", "as": ["resource_access", "web", "roles"], "in": ["access_token"]},
    ]))
    .await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let document = Person::new().get(&url).await.json();
    let scope = "openid profile email groups offline_access";
    for name in scope.split(' ') {
        assert!(document["scopes_supported"].as_array().unwrap().contains(&json!(name)), "{name}");
    }
    let person = Person::new();
    let mut subs = Vec::new();
    for _ in 0..2 {
        let tokens = tokens(&server, &person, "web", scope).await;
        assert!(tokens["refresh_token"].is_string(), "in the same response: {tokens}");
        let access = access_token(&tokens);
        assert_eq!(access["groups"], json!(["staff", "builders"]));
        assert_eq!(access["resource_access"]["web"]["roles"], json!(["staff", "builders"]));
        let told = userinfo(&server, &tokens).await.json();
        assert_eq!(told["groups"], json!(["staff", "builders"]));
        assert_eq!(
            (&told["preferred_username"], &told["email"]),
            (&json!("alice"), &json!("alice@example.org"))
        );
        assert_eq!((&told["sub"], &told["sub"]), (&access["sub"], &id_token(&tokens)["sub"]));
        subs.push(told["sub"].clone());
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        let page = post(&server, "/revoke", Some(&basic("web")), &[("token", refresh_token)]).await;
        assert_eq!(page.status, 200);
        assert_error(
            &refresh(&server, "web", &tokens["refresh_token"]).await,
            400,
            "invalid_grant",
        );
        assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    }
    assert_eq!(subs[0], subs[1]);
}

#[actix_web::test]
async fn a_scope_that_is_not_assigned_is_named() {
    let mut clients = clients();
    clients[0].scope = "openid profile email".into();
    let server = Setup { clients, ..Setup::default() }.start().await;
    let more = [("scope", "openid profile email groups offline_access")];
    let response = web_response(&server, &Person::new(), "web", &more).await;
    assert_eq!(response["error"], "invalid_scope");
    assert!(response["error_description"].contains("groups"), "{response:?}");
}
