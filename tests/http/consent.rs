//! Consent: a web client is agreed to once for a set of scopes, by each person for themselves.

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server};

fn asks(page: &Page) -> bool {
    page.location.is_none() && page.forms().iter().any(|form| form.action.ends_with("/consent"))
}

async fn answer(person: &Person, page: &Page, answer: &str) -> Page {
    let page = person.submit(&page.form_to("/consent"), Some(("answer", answer)), &[]).await;
    person.follow(page).await
}

async fn open(server: &Server, person: &Person, scope: &str) -> Page {
    arrive(person, &authorize_url(server, "stranger", &[("scope", scope)])).await
}

#[actix_web::test]
async fn a_client_is_agreed_to_once() {
    let server = server::start().await;
    let person = Person::new();
    let page = open(&server, &person, "openid email groups").await;
    let text = text(&page);
    for words in
        ["Continue to stranger?", "alice", "your e-mail address", "the groups you belong to"]
    {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
    assert!(!text.contains("your phone number"), "{text}");
    assert!(response(&answer(&person, &page, "allow").await).contains_key("code"));
    for scope in ["openid email groups", "openid", "groups openid"] {
        assert!(response(&open(&server, &person, scope).await).contains_key("code"), "{scope}");
    }
}

#[actix_web::test]
async fn more_scopes_are_asked_about_and_less_is_not_forgotten() {
    let server = server::start().await;
    let person = Person::new();
    answer(&person, &open(&server, &person, "openid email").await, "allow").await;
    let page = open(&server, &person, "openid phone").await;
    assert!(asks(&page));
    answer(&person, &page, "allow").await;
    assert!(
        !asks(&open(&server, &person, "openid email").await),
        "what was agreed to stays agreed to"
    );
}

#[actix_web::test]
async fn who_does_not_agree_sends_access_denied_and_is_asked_again() {
    let server = server::start().await;
    let person = Person::new();
    for mode in ["query", "form_post"] {
        let url = authorize_url(&server, "stranger", &[("response_mode", mode)]);
        let page = answer(&person, &arrive(&person, &url).await, "deny").await;
        let response = response(&page);
        assert_eq!(
            (response["error"].as_str(), response["iss"].as_str()),
            ("access_denied", server.iss.as_str())
        );
        assert!(asks(&person.visit(&url).await));
    }
}

#[actix_web::test]
async fn consent_is_a_persons_own() {
    let server = server::start().await;
    let person = Person::new();
    answer(&person, &open(&server, &person, "openid").await, "allow").await;
    person.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    assert!(asks(&open(&server, &person, "openid").await));
}

#[actix_web::test]
async fn an_answer_counts_for_the_person_who_gave_it() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(&server, "web", &[("prompt", "consent")]);
    let page = arrive(&person, &url).await;
    let agreed = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    let answered = agreed.target().unwrap();
    assert!(response(&person.visit(&answered).await).contains_key("code"));
    person.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    assert!(asks(&person.visit(&answered).await), "bob has not been asked");
}

#[actix_web::test]
async fn an_answer_counts_in_its_browser_for_its_request_and_for_a_while() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(&server, "web", &[("prompt", "consent")]);
    let page = arrive(&person, &url).await;
    let agreed = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    let answered = agreed.target().unwrap();
    let other = Person::new();
    arrive(&other, &authorize_url(&server, "web", &[])).await;
    assert!(asks(&other.visit(&answered).await), "in another browser");
    assert!(
        asks(&person.visit(&answered.replace("scope=openid", "scope=openid+email")).await),
        "for another request"
    );
    server.clock.advance(901);
    assert!(asks(&person.visit(&answered).await), "a quarter of an hour later");
}

#[actix_web::test]
async fn the_consent_page_of_nothing_is_no_page() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for next in [
        "",
        "/account",
        "https://evil.example/authorize?x",
        "//evil.example/authorize?x",
        "/authorize?",
        "/authorize?client_id=nobody",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = person.get(&format!("{}/consent?next={encoded}", server.url)).await;
        assert!((400..=404).contains(&page.status), "{next} {page:?}");
        assert_eq!(page.location, None);
    }
}

#[actix_web::test]
async fn the_consent_page_sends_who_is_signed_out_back_by_a_clean_address() {
    let server = server::start().await;
    let request = authorize_url(&server, "stranger", &[("state", "x")]);
    let next =
        format!("{}\r\nset-cookie: a=b\u{2028}ü", request.strip_prefix(&server.url).unwrap());
    let encoded: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let page = Person::new().get(&format!("{}/consent?next={encoded}", server.url)).await;
    assert!((300..=404).contains(&page.status), "{page:?}");
    assert!(!header(&page, "set-cookie").contains("a=b"), "{page:?}");
}
