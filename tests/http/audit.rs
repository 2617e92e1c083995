//! The audit trail: who did what, from where, and nothing secret.

use doorstep::store::audit::AuditEvent;
use serde_json::{Value, json};

use crate::factor_kit::sign_in;
use crate::kit::*;
use crate::person::Person;
use crate::server::{self, CLIENT_SECRET, PASSWORD, START, Server, Setup};

/// The events of this name. Those that a program does not wait for may come a moment later.
async fn events(server: &Server, name: &str) -> Vec<AuditEvent> {
    for _ in 0..100 {
        let events = server.db.audit_events(START, 1000).await.unwrap();
        let named: Vec<_> = events.into_iter().filter(|event| event.event == name).collect();
        if !named.is_empty() {
            return named;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Vec::new()
}

/// The one event of this name: account, client, whether it names a grant, detail.
async fn one(server: &Server, name: &str) -> (Option<String>, Option<String>, bool, Value) {
    let mut found = events(server, name).await;
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    let event = found.remove(0);
    assert_eq!(event.address, "127.0.0.1");
    let detail = serde_json::from_str(&event.detail).unwrap();
    (event.account_id, event.client_id, event.grant_id.is_some(), detail)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[actix_web::test]
async fn a_login_to_a_website_is_recorded() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid offline_access").await;
    let detail = json!({
        "channel": "redirect", "authorized_from": "127.0.0.1", "redeemed_from": "127.0.0.1",
        "differs": false,
    });
    let redeemed = one(&server, "code_redeemed").await;
    assert_eq!(redeemed, (some("alice-id"), some("web"), true, detail));
    let fields = [("token", tokens["refresh_token"].as_str().unwrap())];
    for _ in 0..2 {
        post(&server, "/revoke", Some(&basic("web")), &fields).await;
    }
    let revoked = one(&server, "grant_revoked").await;
    assert_eq!(revoked, (some("alice-id"), some("web"), true, json!({ "by": "client" })));
    let told = format!("{:?}", server.db.audit_events(START, 100).await.unwrap());
    for secret in [PASSWORD, CLIENT_SECRET, fields[0].1] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[actix_web::test]
async fn the_click_and_the_code_of_a_terminal_are_recorded() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    let page = person.follow(click(&person, &page, "paste").await).await;
    let issued = one(&server, "code_issued").await;
    assert_eq!(issued, (some("alice-id"), some("cli"), true, json!({ "channel": "pasted" })));
    redeem_public(&server, "cli", &code_on(&page)).await;
    let (account, _, _, detail) = one(&server, "code_redeemed").await;
    assert_eq!((account, &detail["channel"]), (some("alice-id"), &json!("pasted")));
    redeem_public(&server, "cli", &code_on(&page)).await;
    let detail = json!({
        "channel": "pasted", "authorized_from": "127.0.0.1", "redeemed_from": "127.0.0.1",
        "of_client": "cli", "differs": false,
    });
    let replayed = one(&server, "code_replayed").await;
    assert_eq!(replayed, (some("alice-id"), some("cli"), true, detail));
    let page = confirmation(&server, &person, "cli", &[("state", "2")]).await;
    click(&person, &page, "cancel").await;
    let cancelled = one(&server, "sign_in_cancelled").await;
    assert_eq!(cancelled, (some("alice-id"), some("cli"), false, json!({})));
}

#[actix_web::test]
async fn consent_is_recorded_either_way() {
    for (answer, name) in [("allow", "consent_given"), ("deny", "consent_refused")] {
        let server = server::start().await;
        let person = Person::new();
        let url = authorize_url(&server, "stranger", &[("scope", "openid email")]);
        let page = arrive(&person, &url).await;
        person.submit(&page.form_to("/consent"), Some(("answer", answer)), &[]).await;
        let given = one(&server, name).await;
        let detail = json!({ "scope": "email openid" });
        assert_eq!(given, (some("alice-id"), some("stranger"), false, detail));
    }
}

#[actix_web::test]
async fn a_refused_sign_in_says_whose_name_was_used_and_not_what_was_typed() {
    let server = server::start().await;
    let url = format!("{}/login", server.url);
    Person::new().sign_in(&url, "Alice", "my other password").await;
    let (account, _, _, detail) = one(&server, "sign_in_refused").await;
    assert_eq!(account, some("alice-id"));
    assert_eq!(detail, json!({ "by": "password", "reason": "wrong_password" }));
    Person::new().sign_in(&url, "my-password-by-mistake", PASSWORD).await;
    let refused = events(&server, "sign_in_refused").await;
    let unknown = refused.iter().find(|event| event.account_id.is_none()).expect("an event");
    assert!(unknown.detail.contains("unknown_user"), "{unknown:?}");
    let told = format!("{refused:?}");
    assert!(!told.contains("by-mistake") && !told.contains("my other password"), "{told}");

    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let page = person.get(&format!("{}/account/password", server.url)).await;
    let wrong =
        [("current", "wrong"), ("new", "twelve limes walk"), ("again", "twelve limes walk")];
    person.submit(&page.form(), None, &wrong).await;
    assert_eq!(one(&server, "password_refused").await.0, some("alice-id"));
}

#[actix_web::test]
async fn strangers_cannot_fill_the_trail() {
    let server = Setup { proxies: &["127.0.0.0/8"], ..Setup::default() }.start().await;
    let person = Person::new();
    let page = person.get(&format!("{}/login", server.url)).await;
    let csrf = page.form().fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("csrf", &*csrf), ("next", "/"), ("ticket", "x"), ("credential", "x")])
        .finish();
    let refused = async |from: &str| {
        let url = format!("{}/login/passkey", server.url);
        let request = person
            .request(reqwest::Method::POST, &url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", from)
            .body(body.clone());
        assert_eq!(person.send(request).await.status, 401);
    };
    for _ in 0..70 {
        refused("203.0.113.1").await;
    }
    assert_eq!(events(&server, "sign_in_refused").await.len(), 60);
    for i in 0..700 {
        refused(&format!("198.51.{}.{}", i / 250, i % 250)).await;
    }
    assert_eq!(events(&server, "sign_in_refused").await.len(), 600);
    server.clock.advance(60);
    refused("203.0.113.1").await;
    assert_eq!(events(&server, "sign_in_refused").await.len(), 601);
}
