//! The sealed ticket between the hand-off page and its click: good for the browser and the person that it
//! was shown to, for an hour, and for nobody else.

use crate::kit::*;
use crate::person::{Form, Page, Person};
use crate::server::{self, PASSWORD, START, Server};

/// The form of a page that asks, with some fields replaced.
fn form_with(page: &Page, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let Form { mut fields, .. } = page.form_to("/handoff");
    fields.push(("finish".into(), "loopback".into()));
    for (name, value) in values {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

fn ticket(page: &Page) -> String {
    page.form_to("/handoff").fields.into_iter().find(|(name, _)| name == "request").unwrap().1
}

async fn send(server: &Server, person: &Person, fields: &[(String, String)]) -> [Page; 2] {
    let url = format!("{}/handoff", server.url);
    [person.post(&url, fields).await, person.fetch(&url, fields).await]
}

/// Refused for whoever asks: a page for a browser, JSON for the page's script.
#[track_caller]
fn assert_refused([page, scripted]: &[Page; 2]) {
    assert_eq!((page.status, scripted.status), (403, 403), "{page:?}");
    assert!(page.body.contains("This did not come from our page"), "{page:?}");
    let json = scripted.json();
    assert!(
        json["error"].as_str().is_some_and(|words| words.contains("nothing was done")),
        "{json}"
    );
    assert_eq!(json["location"], serde_json::Value::Null);
}

/// The way leads back to the request, for a browser and for the page's script.
#[track_caller]
fn assert_begins_again([page, scripted]: &[Page; 2]) {
    assert_eq!((page.status, scripted.status), (303, 401), "{page:?}");
    let location = page.location.as_deref().unwrap();
    assert!(location.starts_with("/authorize?client_id=cli&"), "{location}");
    assert_eq!(scripted.json()["location"], location);
}

#[actix_web::test]
async fn a_forged_or_altered_ticket_is_refused() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    let good = ticket(&page);
    let middle = good.len() / 2;
    let altered = format!(
        "{}{}{}",
        &good[..middle],
        if good[middle..].starts_with('A') { 'B' } else { 'A' },
        &good[middle + 1..]
    );
    let elsewhere = confirmation(&server::start().await, &Person::new(), "cli", &[]).await;
    for forged in
        ["", "x", "{}", &altered, &good[..good.len() - 1], &ticket(&elsewhere), "client_id=cli"]
    {
        assert_refused(&send(&server, &person, &form_with(&page, &[("request", forged)])).await);
    }
    assert_eq!(click(&person, &page, "loopback").await.status, 303, "the ticket itself is good");
}

#[actix_web::test]
async fn a_ticket_tells_nothing_to_who_reads_it() {
    let server = server::start().await;
    let page = confirmation(&server, &Person::new(), "cli", &[("state", "seen-in-a-ticket")]).await;
    let ticket = ticket(&page);
    let decoded: String = ticket
        .split('.')
        .filter_map(doorstep::secret::from_base64url)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    for secret in ["seen-in-a-ticket", "alice", "127.0.0.1"] {
        assert!(!decoded.contains(secret), "{decoded}");
    }
}

#[actix_web::test]
async fn another_browsers_ticket_is_refused() {
    let server = server::start().await;
    let (alice, mallory) = (Person::new(), Person::new());
    let page = confirmation(&server, &alice, "cli", &[]).await;
    let mallorys = confirmation(&server, &mallory, "cli", &[("state", "mallory")]).await;
    assert_refused(
        &send(&server, &alice, &form_with(&page, &[("request", &ticket(&mallorys))])).await,
    );
}

#[actix_web::test]
async fn after_signing_out_the_way_leads_to_the_sign_in_page() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    let account = person.get(&format!("{}/account", server.url)).await;
    person.submit(&account.form_to("/logout"), None, &[]).await;
    let answers = send(&server, &person, &form_with(&page, &[])).await;
    assert!(answers.iter().all(|answer| answer.status >= 300), "{answers:?}");
    assert!(answers[1].json().get("fields").is_none());
}

#[actix_web::test]
async fn after_the_session_ended_the_way_leads_back_to_the_request() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    person.drop_cookie("doorstep-session");
    let answers = send(&server, &person, &form_with(&page, &[])).await;
    assert_begins_again(&answers);
    assert!(person.follow(answers[0].clone()).await.body.contains("type=\"password\""));
}

#[actix_web::test]
async fn after_somebody_else_signed_in_it_is_they_who_are_asked() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    person.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    let answers = send(&server, &person, &form_with(&page, &[])).await;
    assert_begins_again(&answers);
    let page = person.follow(answers[0].clone()).await;
    assert_eq!(page.state(), "confirm");
    assert!(text(&page).contains("bob") && !text(&page).contains("alice"), "{page:?}");
}

#[actix_web::test]
async fn a_disabled_person_gets_no_code_for_an_old_ticket() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    server.db.set_account_disabled("alice-id", true, START).await.unwrap();
    assert_begins_again(&send(&server, &person, &form_with(&page, &[])).await);
}

#[actix_web::test]
async fn a_second_click_is_answered_like_the_first() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    let (first, second) =
        (click(&person, &page, "loopback").await, click(&person, &page, "paste").await);
    for click in [first, second] {
        assert_eq!(person.follow(click).await.state(), "ready");
    }
}

#[actix_web::test]
async fn what_is_no_form_of_ours_is_refused_in_the_language_that_was_asked_for() {
    let server = server::start().await;
    let person = Person::new();
    let page = confirmation(&server, &person, "cli", &[]).await;
    for fields in
        [form_with(&page, &[("finish", "explode")]), vec![], form_with(&page, &[("csrf", "")])]
    {
        let [page, scripted] = send(&server, &person, &fields).await;
        assert!((400..=403).contains(&page.status) && page.status == scripted.status, "{page:?}");
        assert!(page.body.contains("<h1>") && scripted.json()["error"].is_string(), "{scripted:?}");
    }
}
