//! The password grant (RFC 6749 §4.3), for programs that an admin named: as careful as the sign-in page.

use doorstep::accounts::password::Settings;
use doorstep::issuer::GrantSettings;
use serde_json::json;

use crate::factor_kit::{clients_with_mfa_for, code_of, with_totp};
use crate::kit::*;
use crate::person::Page;
use crate::server::{self, API, PASSWORD, Server, Setup};

async fn sign_in(server: &Server, username: &str, password: &str, more: &[(&str, &str)]) -> Page {
    let fields = [("grant_type", "password"), ("username", username), ("password", password)];
    let fields: Vec<_> = fields.iter().chain(more).copied().collect();
    token(server, "legacy", &fields).await
}

#[actix_web::test]
async fn a_person_signs_in_by_user_name_and_password() {
    let server = server::start().await;
    let scope = ("scope", "openid email offline_access");
    let page = sign_in(&server, "alice", PASSWORD, &[scope, ("resource", API)]).await;
    assert_eq!((page.status, header(&page, "cache-control")), (200, "no-store"), "{page:?}");
    let tokens = page.json();
    let id = id_token(&tokens);
    assert_eq!(
        (&id["sub"], &id["aud"], &id["amr"]),
        (&json!("alice-id"), &json!("legacy"), &json!(["pwd"]))
    );
    assert_eq!(id["auth_time"], server.clock.now().0);
    assert!(id.get("sid").is_none(), "there is no session in any browser: {id}");
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["aud"], API);
    let next = refresh(&server, "legacy", &tokens["refresh_token"]).await;
    assert_eq!(id_token(&next.json())["auth_time"], id["auth_time"]);
}

#[actix_web::test]
async fn without_a_scope_it_is_openid() {
    let server = server::start().await;
    let tokens = sign_in(&server, "bob", PASSWORD, &[]).await.json();
    assert_eq!(tokens["scope"], "openid");
    assert!(tokens.get("refresh_token").is_none());
    assert_eq!(userinfo(&server, &tokens).await.json()["sub"], "bob-id");
    let page = sign_in(&server, "bob", PASSWORD, &[("scope", "openid admin")]).await;
    assert_error(&page, 400, "invalid_scope");
    let page = sign_in(&server, "bob", PASSWORD, &[("resource", "urn:x")]).await;
    assert_error(&page, 400, "invalid_target");
}

#[actix_web::test]
async fn wrong_passwords_and_unknown_people_sound_alike() {
    let server = server::start().await;
    let pages = [
        sign_in(&server, "alice", "wrong", &[]).await,
        sign_in(&server, "nobody", PASSWORD, &[]).await,
        sign_in(&server, &"a".repeat(2000), PASSWORD, &[]).await,
        sign_in(&server, "alice", &"a".repeat(2000), &[]).await,
    ];
    for page in &pages {
        assert_error(page, 400, "invalid_grant");
        assert_eq!(page.body, pages[0].body);
    }
    server.db.set_account_disabled("alice-id", true, server.clock.now()).await.unwrap();
    let page = sign_in(&server, "alice", PASSWORD, &[]).await;
    assert_eq!((page.status, &page.body), (400, &pages[0].body), "a closed account too");
}

#[actix_web::test]
async fn who_guesses_waits() {
    let server = server::start().await;
    for _ in 0..5 {
        assert_error(&sign_in(&server, "alice", "wrong", &[]).await, 400, "invalid_grant");
    }
    let page = sign_in(&server, "alice", PASSWORD, &[]).await;
    assert_eq!(page.status, 429, "{page:?}");
    server.clock.advance(header(&page, "retry-after").parse().unwrap());
    assert_eq!(sign_in(&server, "alice", PASSWORD, &[]).await.status, 200);
}

#[actix_web::test]
async fn a_busy_issuer_says_so() {
    let slow =
        Settings { memory_kib: 65_536, iterations: 3, parallelism: 1, concurrency: 1, queue: 1 };
    let server = Setup { passwords: Some(slow), ..Setup::default() }.start().await;
    let many = (0..8).map(|i| {
        let (server, name) = (&server, format!("person{i}"));
        async move { sign_in(server, &name, PASSWORD, &[]).await }
    });
    let pages = futures_util::future::join_all(many).await;
    let busy = pages.iter().find(|page| page.status == 503).expect("one is turned away");
    assert_eq!(busy.json()["error"], "temporarily_unavailable");
    assert!(!header(busy, "retry-after").is_empty());
}

#[actix_web::test]
async fn only_clients_that_an_admin_named() {
    let server = server::start().await;
    let fields = [("grant_type", "password"), ("username", "alice"), ("password", PASSWORD)];
    assert_error(&token(&server, "web", &fields).await, 400, "unauthorized_client");
    let openly = [&fields[..], &[("client_id", "legacy")]].concat();
    assert_error(&post(&server, "/token", None, &openly).await, 401, "invalid_client");
    for missing in ["username", "password"] {
        let fields: Vec<_> = fields.into_iter().filter(|(name, _)| *name != missing).collect();
        assert_error(&token(&server, "legacy", &fields).await, 400, "invalid_request");
    }
    let off = Setup { grants: GrantSettings::default(), ..Setup::default() }.start().await;
    assert_error(&token(&off, "legacy", &fields).await, 400, "unsupported_grant_type");
    let listed = |document: serde_json::Value| {
        document["grant_types_supported"].as_array().unwrap().contains(&json!("password"))
    };
    assert!(listed(configuration(&server).await) && !listed(configuration(&off).await));
}

#[actix_web::test]
async fn the_audit_trail_names_the_program_and_no_password() {
    let server = server::start().await;
    sign_in(&server, "alice", PASSWORD, &[]).await;
    let events = server.db.audit_events(server::START, 10).await.unwrap();
    let event = events.iter().find(|event| event.event == "signed_in").expect("an event");
    assert_eq!(
        (event.account_id.as_deref(), event.client_id.as_deref()),
        (Some("alice-id"), Some("legacy"))
    );
    assert!(!format!("{events:?}").contains(PASSWORD));
}

#[actix_web::test]
async fn who_has_a_second_factor_gives_a_code_of_it() {
    let server = server::start().await;
    let page = sign_in(&server, "alice", PASSWORD, &[("totp", "000000")]).await;
    assert_eq!(id_token(&page.json())["amr"], json!(["pwd"]), "nobody asked for a code");
    let (secret, _) = with_totp(&server, "alice").await;
    let page = sign_in(&server, "alice", PASSWORD, &[]).await;
    assert_error(&page, 400, "invalid_grant");
    assert!(page.json()["error_description"].as_str().unwrap().contains("totp"), "{page:?}");
    assert_error(
        &sign_in(&server, "alice", PASSWORD, &[("totp", "1")]).await,
        400,
        "invalid_grant",
    );
    let code = code_of(&server, &secret);
    let page = sign_in(&server, "alice", "wrong", &[("totp", &code)]).await;
    assert_error(&page, 400, "invalid_grant");
    let page = sign_in(&server, "alice", PASSWORD, &[("totp", &code)]).await;
    assert_eq!(page.status, 200, "{page:?}");
    let id = id_token(&page.json());
    assert_eq!((&id["acr"], &id["amr"]), (&json!("mfa"), &json!(["pwd", "otp", "mfa"])));
    let page = sign_in(&server, "alice", PASSWORD, &[("totp", &code)]).await;
    assert_error(&page, 400, "invalid_grant");
    server.db.require_password_change("alice-id").await.unwrap();
    server.clock.advance(30);
    let code = code_of(&server, &secret);
    let page = sign_in(&server, "alice", PASSWORD, &[("totp", &code)]).await;
    assert_error(&page, 400, "invalid_grant");
    let description = page.json()["error_description"].as_str().unwrap().to_owned();
    assert!(description.contains("sign-in page"), "{description}");
}

#[actix_web::test]
async fn who_needs_a_second_factor_and_has_none_goes_to_the_sign_in_page() {
    let clients = clients_with_mfa_for("legacy");
    let server = Setup { clients, ..Setup::default() }.start().await;
    let page = sign_in(&server, "bob", PASSWORD, &[]).await;
    assert_error(&page, 400, "invalid_grant");
    assert!(page.json()["error_description"].as_str().unwrap().contains("second factor"));
}
