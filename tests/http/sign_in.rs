//! Signing in: equal words for whoever guesses, patience with whoever errs, and nobody is sent away from
//! here to another site.

use std::time::{Duration, Instant};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, START, Server, Setup};

/// Tries once, in a browser of its own unless given.
async fn attempt(server: &Server, person: &Person, username: &str, password: &str) -> Page {
    let page = person.visit(&format!("{}/login", server.url)).await;
    person
        .submit(&page.form_to("/login"), None, &[("username", username), ("password", password)])
        .await
}

fn words(page: &Page) -> String {
    page.body
        .split("role=\"alert\">")
        .nth(1)
        .and_then(|rest| rest.split('<').next())
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[actix_web::test]
async fn unknown_user_wrong_password_and_closed_account_sound_alike() {
    let server = server::start().await;
    server.db.set_account_disabled("bob-id", true, START).await.unwrap();
    let long = "x".repeat(2000);
    let attempts = [
        ("alice", "wrong"),
        ("nobody", "wrong"),
        ("bob", PASSWORD),
        ("../etc/passwd", PASSWORD),
        ("alice\u{0}", PASSWORD),
        ("ALICE ' --", PASSWORD),
        (&long, PASSWORD),
        ("alice", &long),
        ("", "x"),
    ];
    for (username, password) in attempts {
        let person = Person::new();
        let page = attempt(&server, &person, username, password).await;
        assert_eq!(page.status, 401, "{username:?}");
        assert_eq!(
            words(&page),
            "That user name and password do not go together. Please check both and try again."
        );
        assert_eq!(person.cookie("doorstep-session"), None);
        assert!(!page.body.contains("wrong\""), "the password does not come back");
    }
}

#[actix_web::test]
async fn a_user_name_may_be_typed_in_any_case_and_with_spaces_around() {
    let server = server::start().await;
    assert_eq!(attempt(&server, &Person::new(), " Alice ", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn an_unknown_user_costs_as_much_time_as_a_wrong_password() {
    let settings = doorstep::accounts::password::Settings {
        memory_kib: 19_456,
        iterations: 4,
        ..Default::default()
    };
    let server = Setup { passwords: Some(settings), ..Setup::default() }.start().await;
    let fastest = async |username: &str, rounds: usize| {
        let mut fastest = Duration::MAX;
        for _ in 0..rounds {
            // Time goes by, so that nobody is slowed down for guessing.
            server.clock.advance(3600);
            let person = Person::new();
            let page = person.visit(&format!("{}/login", server.url)).await;
            let values = [("username", username), ("password", "wrong")];
            let started = Instant::now();
            let page = person.submit(&page.form_to("/login"), None, &values).await;
            fastest = fastest.min(started.elapsed());
            assert_eq!(page.status, 401);
        }
        fastest
    };
    // Other work on the machine only ever makes a round slower.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..20 {
        known = known.min(fastest("alice", 2).await);
        unknown = unknown.min(fastest("nobody", 2).await);
        if (0.7..1.4).contains(&(known.as_secs_f64() / unknown.as_secs_f64())) {
            return;
        }
    }
    panic!("a wrong password takes {known:?}, an unknown user {unknown:?}");
}

#[actix_web::test]
async fn guesses_are_slowed_down_whether_or_not_the_user_exists() {
    for username in ["alice", "nobody"] {
        let server = server::start().await;
        let person = Person::new();
        for _ in 0..5 {
            assert_eq!(attempt(&server, &person, username, "wrong").await.status, 401);
        }
        let page = attempt(&server, &person, &username.to_uppercase(), PASSWORD).await;
        assert_eq!(page.status, 429, "other spellings are the same account");
        let wait: i64 = header(&page, "retry-after").parse().unwrap();
        assert!((1..=300).contains(&wait) && words(&page).contains("one try too many"));
        server.clock.advance(wait);
        let page = attempt(&server, &person, username, PASSWORD).await;
        assert_eq!(
            page.status,
            if username == "alice" { 303 } else { 401 },
            "nobody is locked out for good"
        );
    }
}

#[actix_web::test]
async fn however_a_name_is_spelled_guesses_at_it_are_counted_together() {
    let server = server::start().await;
    let person = server.browser();
    let url = format!("{}/login", server.url);
    let names = ["alice", "\u{ff41}lice", "\u{1d41a}lice", " ALICE", "alic\u{ff45}"];
    for name in names {
        assert_eq!(person.sign_in(&url, name, "wrong").await.status, 401, "{name:?}");
    }
    assert_eq!(person.sign_in(&url, "a\u{ff4c}ice", "wrong").await.status, 429);
}

#[actix_web::test]
async fn an_address_that_tries_many_people_is_slowed_down() {
    let server = server::start().await;
    let person = Person::new();
    for i in 0..20 {
        assert_eq!(attempt(&server, &person, &format!("user{i}"), "wrong").await.status, 401);
    }
    assert_eq!(attempt(&server, &person, "user20", "wrong").await.status, 429);
}

#[actix_web::test]
async fn strangers_who_guess_cannot_keep_the_owner_out() {
    let server = Setup { proxies: &["127.0.0.0/8"], ..Setup::default() }.start().await;
    let from = async |address: &str, password: &str| {
        let person = Person::new();
        let page = person.visit(&format!("{}/login", server.url)).await;
        let mut fields = page.form_to("/login").fields;
        fields.retain(|(name, _)| name == "csrf");
        fields.extend([("username".into(), "alice".into()), ("password".into(), password.into())]);
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let request = person
            .request(reqwest::Method::POST, &format!("{}/login", server.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", address)
            .body(body);
        person.send(request).await.status
    };
    assert_eq!(from("192.0.2.1", PASSWORD).await, 303);
    for i in 0..8 {
        from(&format!("198.51.100.{i}"), "wrong").await;
    }
    assert_eq!(from("198.51.100.9", PASSWORD).await, 429);
    assert_eq!(
        from("192.0.2.1", PASSWORD).await,
        303,
        "an address of the owner's has a slate of its own"
    );
}

#[actix_web::test]
async fn next_leads_to_our_own_paths_only() {
    for path in ["", "/oidc"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        for next in [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example/",
            "/\\evil.example/",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\u{a0}//evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "@evil.example",
            ".evil.example",
            ":80@evil.example",
            "",
            "account",
            "%2f%2fevil.example",
            "/oidcx/account",
            "/oidc//evil.example",
            "/oidc\\evil.example",
            &format!("{path}/authorize?x={}", "y".repeat(20_000)),
        ] {
            let person = Person::new();
            let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let page = person.get(&format!("{}/login?next={encoded}", server.url)).await;
            let values = [("username", "alice"), ("password", PASSWORD), ("next", next)];
            let answer = person.submit(&page.form_to("/login"), None, &values).await;
            let landed = answer.target().unwrap_or_else(|| panic!("{next:?} {answer:?}"));
            assert!(landed.starts_with(&format!("{}/", server.url)), "{next:?} leads to {landed}");
        }
    }
}

#[actix_web::test]
async fn next_leads_back_to_the_request() {
    let server = Setup { path: "/oidc", ..Setup::default() }.start().await;
    let page = Person::new().sign_in(&authorize_url(&server, "web", &[]), "alice", PASSWORD).await;
    assert_eq!(response(&page)["state"], "st-1");
}

#[actix_web::test]
async fn the_sign_in_page_names_the_program_and_takes_the_hint() {
    let server = server::start().await;
    let url = authorize_url(&server, "cli", &[("login_hint", "al\"ice<")]);
    let page = Person::new().visit(&url).await;
    assert!(text(&page).contains("Sign in to continue to Example CLI."));
    let username = page.form().fields.into_iter().find(|(name, _)| name == "username").unwrap().1;
    assert_eq!(username, "al\"ice<");
}

#[actix_web::test]
async fn a_login_hint_of_an_unknown_user_does_not_matter() {
    let server = server::start().await;
    let url = authorize_url(&server, "web", &[("login_hint", "buffy@issuer.example")]);
    let page = Person::new().sign_in(&url, "alice", PASSWORD).await;
    assert!(response(&page).contains_key("code"));
}

#[actix_web::test]
async fn signing_in_is_in_the_audit_trail() {
    let server = server::start().await;
    arrive(&Person::new(), &authorize_url(&server, "web", &[])).await;
    let events = server.db.audit_events(START, 10).await.unwrap();
    let event = events.iter().find(|event| event.event == "signed_in").expect("an event");
    assert_eq!(
        (event.account_id.as_deref(), event.address.as_str()),
        (Some("alice-id"), "127.0.0.1")
    );
}
