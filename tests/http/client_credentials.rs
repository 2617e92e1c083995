//! The client credentials grant (RFC 6749 §4.4): a program acts for itself.

use doorstep::issuer::GrantSettings;
use serde_json::json;

use crate::kit::*;
use crate::person::Page;
use crate::server::{self, API, Server, Setup};

async fn ask(server: &Server, client_id: &str, more: &[(&str, &str)]) -> Page {
    let fields: Vec<_> =
        [("grant_type", "client_credentials")].iter().chain(more).copied().collect();
    token(server, client_id, &fields).await
}

async fn robots_token(server: &Server, more: &[(&str, &str)]) -> String {
    let page = ask(server, "robot", more).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.json()["access_token"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_client_gets_a_token_of_its_own() {
    let server = server::start().await;
    let page = ask(&server, "robot", &[]).await;
    let response = page.json();
    assert_eq!(response.as_object().unwrap().len(), 4, "nothing of a person: {response}");
    assert_eq!((&response["token_type"], &response["expires_in"]), (&json!("Bearer"), &json!(600)));
    assert_eq!(response["scope"], "backup restore", "all that it has but what is about a person");
    assert_eq!(header(&page, "cache-control"), "no-store");
    let token = claims(response["access_token"].as_str().unwrap());
    assert_eq!((&token["sub"], &token["client_id"]), (&json!("robot"), &json!("robot")));
    for name in ["sid", "auth_time", "amr"] {
        assert!(token.get(name).is_none(), "{name} in {token}");
    }
}

#[actix_web::test]
async fn it_asks_for_less_or_for_a_resource() {
    let server = server::start().await;
    let token = claims(&robots_token(&server, &[("scope", "backup"), ("resource", API)]).await);
    assert_eq!((&token["scope"], &token["aud"]), (&json!("backup"), &json!(API)));
    let page = ask(&server, "robot", &[("resource", "https://other.example")]).await;
    assert_error(&page, 400, "invalid_target");
}

#[actix_web::test]
async fn scopes_about_a_person_are_refused() {
    let server = server::start().await;
    for scope in ["openid", "backup email", "groups", "unheard-of", "offline_access"] {
        let page = ask(&server, "robot", &[("scope", scope)]).await;
        assert_error(&page, 400, "invalid_scope");
    }
}

#[actix_web::test]
async fn only_a_client_that_may_and_that_proves_who_it_is() {
    let server = server::start().await;
    assert_error(&ask(&server, "web", &[]).await, 400, "unauthorized_client");
    let fields = [("grant_type", "client_credentials"), ("client_id", "robot")];
    assert_error(&post(&server, "/token", None, &fields).await, 401, "invalid_client");
    let fields = [("grant_type", "client_credentials"), ("client_id", "cli")];
    assert_error(&post(&server, "/token", None, &fields).await, 400, "unauthorized_client");
}

#[actix_web::test]
async fn a_robot_cannot_send_people_to_sign_in() {
    let server = server::start().await;
    let page = crate::person::Person::new().get(&authorize_url(&server, "robot", &[])).await;
    assert_eq!((page.status, &page.location), (400, &None), "it has no address: {page:?}");
}

#[actix_web::test]
async fn userinfo_has_nothing_to_tell_about_a_robot() {
    let server = server::start().await;
    let token = robots_token(&server, &[]).await;
    let page = get_with(&server, "/userinfo", &token).await;
    assert_eq!((page.status, &page.json()["error"]), (403, &json!("insufficient_scope")));
}

#[actix_web::test]
async fn its_token_can_be_revoked() {
    let server = server::start().await;
    let (token, other) = (robots_token(&server, &[]).await, robots_token(&server, &[]).await);
    let revoke = [("token", token.as_str())];
    assert_eq!(post(&server, "/revoke", Some(&basic("robot")), &revoke).await.status, 200);
    for (token, active) in [(&token, false), (&other, true)] {
        let page = introspect(&server, "robot", token).await;
        assert_eq!(page.json()["active"], active);
    }
}

#[actix_web::test]
async fn what_is_off_is_refused_and_not_published() {
    let server = Setup { grants: GrantSettings::default(), ..Setup::default() }.start().await;
    assert_error(&ask(&server, "robot", &[]).await, 400, "unsupported_grant_type");
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let listed = async |url: &str| {
        let document = crate::person::Person::new().get(url).await.json();
        document["grant_types_supported"].as_array().unwrap().contains(&json!("client_credentials"))
    };
    assert!(!listed(&url).await);
    let server = server::start().await;
    assert!(listed(&format!("{}/.well-known/openid-configuration", server.url)).await);
}
