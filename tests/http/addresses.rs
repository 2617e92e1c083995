//! Where people and programs are: whose word about it counts, what policy makes of it, and what the audit
//! trail keeps.

use reqwest::Method;
use serde_json::Value;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, START, Server, Setup};

/// Redeems a code as a public client, said to be coming from elsewhere.
async fn redeem_from(server: &Server, client_id: &str, code: &str, forwarded: &[&str]) -> Page {
    let fields = [
        ("client_id", client_id),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CLI_URI),
        ("code_verifier", VERIFIER),
    ];
    let program = Person::new();
    let mut request = program
        .request(Method::POST, &format!("{}/token", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish());
    for value in forwarded {
        request = request.header("x-forwarded-for", *value);
    }
    program.send(request).await
}

/// The `code_redeemed` events, as their details.
async fn redemptions(server: &Server) -> Vec<Value> {
    let events = server.db.audit_events(START, 100).await.unwrap();
    let redeemed = events.iter().filter(|event| event.event == "code_redeemed");
    redeemed.map(|event| serde_json::from_str(&event.detail).unwrap()).collect()
}

async fn behind_proxy() -> Server {
    Setup { proxies: &["127.0.0.0/8", "10.0.0.0/8"], ..Setup::default() }.start().await
}

#[actix_web::test]
async fn the_trail_says_from_where_a_code_was_asked_for_and_redeemed() {
    let server = behind_proxy().await;
    for (from, differs) in [("127.0.0.1", false), ("203.0.113.9", true)] {
        let server = behind_proxy().await;
        let page = ready(&server, &Person::new(), "cli", &[]).await;
        assert_eq!(redeem_from(&server, "cli", &code_on(&page), &[from]).await.status, 200);
        let details = redemptions(&server).await;
        assert_eq!(details.len(), 1);
        assert_eq!(details[0]["authorized_from"], "127.0.0.1");
        assert_eq!(details[0]["redeemed_from"], from);
        assert_eq!(details[0]["differs"], differs);
    }
    assert!(redemptions(&server).await.is_empty());
}

#[actix_web::test]
async fn misuse_and_replay_are_in_the_trail() {
    let server = server::start().await;
    let person = Person::new();
    let misused = code_on(&ready(&server, &person, "cli", &[]).await);
    redeem_public(&server, "no-paste", &misused).await;
    let replayed = code_on(&ready(&server, &person, "cli", &[("state", "2")]).await);
    for _ in 0..2 {
        redeem_public(&server, "cli", &replayed).await;
    }
    let events = server.db.audit_events(START, 100).await.unwrap();
    for (name, client) in [("code_misused", "no-paste"), ("code_replayed", "cli")] {
        let event = events
            .iter()
            .find(|event| event.event == name)
            .unwrap_or_else(|| panic!("{name} {events:?}"));
        assert_eq!(event.client_id.as_deref(), Some(client));
        assert!(event.grant_id.is_some() && event.address == "127.0.0.1");
    }
    let told = format!("{events:?}");
    assert!(!told.contains(&misused) && !told.contains(&replayed), "no code is in the trail");
}

#[actix_web::test]
async fn forwarded_headers_count_only_from_configured_proxies() {
    let server = server::start().await;
    let page = ready(&server, &Person::new(), "cli", &[]).await;
    redeem_from(&server, "cli", &code_on(&page), &["203.0.113.9"]).await;
    assert_eq!(redemptions(&server).await[0]["redeemed_from"], "127.0.0.1");
}

#[actix_web::test]
async fn an_address_cannot_be_forged_through_a_proxy() {
    for (forwarded, believed) in [
        (&["203.0.113.9"][..], "203.0.113.9"),
        (&["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        (&["198.51.100.1, nonsense, 203.0.113.9"], "203.0.113.9"),
        (&["198.51.100.1, nonsense"], "127.0.0.1"),
        (&["198.51.100.1, , 10.1.2.3"], "10.1.2.3"),
        (&["unknown"], "127.0.0.1"),
        (&[""], "127.0.0.1"),
        (&["::ffff:203.0.113.9"], "203.0.113.9"),
        (&["2001:db8::1"], "2001:db8::1"),
    ] {
        let server = behind_proxy().await;
        let page = ready(&server, &Person::new(), "cli", &[]).await;
        redeem_from(&server, "cli", &code_on(&page), forwarded).await;
        assert_eq!(redemptions(&server).await[0]["redeemed_from"], believed, "{forwarded:?}");
    }
}

#[actix_web::test]
async fn a_client_may_require_both_ends_in_one_network() {
    for (from, works) in [
        ("127.0.0.200", true),
        ("127.0.1.1", false),
        ("203.0.113.9", false),
        ("2001:db8::1", false),
    ] {
        // The last network alone is trusted, so that addresses of the others are taken as they come.
        let server = Setup { proxies: &["127.0.0.1/32"], ..Setup::default() }.start().await;
        let person = Person::new();
        let page = ready(&server, &person, "same-network", &[]).await;
        let code = code_on(&page);
        let answer = redeem_from(&server, "same-network", &code, &[from]).await;
        if works {
            assert_eq!(answer.status, 200, "{from} {answer:?}");
        } else {
            assert_error(&answer, 400, "invalid_grant");
            assert_eq!(person.get(&page.url).await.state(), "misused");
            assert_error(
                &redeem_public(&server, "same-network", &code).await,
                400,
                "invalid_grant",
            );
        }
    }
}

#[actix_web::test]
async fn the_page_shows_the_address_of_the_browser_behind_the_proxy() {
    let server = behind_proxy().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let request = person
        .request(Method::GET, &authorize_url(&server, "cli", &[("response_mode", "form_post")]))
        .header("x-forwarded-for", "203.0.113.9");
    let page = person.send(request).await;
    assert!(text(&page).contains("203.0.113.9"), "{page:?}");
}
