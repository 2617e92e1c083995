//! Recovery codes: shown once, used once.

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::Person;
use crate::server;

#[actix_web::test]
async fn each_recovery_code_works_once_however_it_is_typed() {
    let server = server::start().await;
    let (_, codes) = with_totp(&server, "alice").await;
    let sloppy = codes[1].to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    for (code, status) in [
        (codes[0].as_str(), 303),
        (codes[0].as_str(), 401),
        (&sloppy, 303),
        (&codes[1], 401),
        ("AAAA-AAAA-AAAA", 401),
        ("", 401),
    ] {
        let person = Person::new();
        sign_in(&server, &person, "alice").await;
        let url = format!("{}/login/step?recovery=true", server.url);
        let page = person.get(&url).await;
        assert_eq!(send_code(&person, &page, "/login/code", code).await.status, status, "{code}");
    }
    assert_eq!(server.db.count_recovery_codes("alice-id").await.unwrap(), 8);
    assert_eq!(audited(&server, "recovery_code_used").await.len(), 2);
}

#[actix_web::test]
async fn a_recovery_code_counts_as_a_second_factor() {
    let server = server::start().await;
    let (_, codes) = with_totp(&server, "alice").await;
    let person = Person::new();
    let page = give_password(&person, &authorize_url(&server, "web", &[]), "alice").await;
    let page = person.follow(page).await;
    let link =
        page.body.split("href=\"").find(|rest| rest.starts_with("/login/step?recovery=true"));
    let link = link.expect("a link").split('"').next().unwrap().replace("&#38;", "&");
    let page = person.get(&format!("{}{link}", server.url)).await;
    let page = send_code(&person, &page, "/login/code", &codes[9]).await;
    let page = person.follow(page).await;
    let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
    assert_eq!(id_token(&tokens)["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
}

#[actix_web::test]
async fn another_persons_codes_are_nothing() {
    let server = server::start().await;
    let (_, alices) = with_totp(&server, "alice").await;
    with_totp(&server, "bob").await;
    let person = Person::new();
    let page = sign_in(&server, &person, "bob").await;
    assert_eq!(send_code(&person, &page, "/login/code", &alices[0]).await.status, 401);
    assert_eq!(server.db.count_recovery_codes("alice-id").await.unwrap(), 10);
}

#[actix_web::test]
async fn new_codes_take_the_place_of_the_old_ones() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let (_, page) = add_totp(&server, &person).await;
    let old = codes_on(&page);
    let list = person.get(&format!("{}/account/factors", server.url)).await;
    assert!(text(&list).contains("10 left"), "{list:?}");
    let page = person.submit(&list.form_to("/recovery"), None, &[]).await;
    let new = codes_on(&page);
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert!(new.iter().all(|code| !old.contains(code)));
    let stranger = Person::new();
    let page = sign_in(&server, &stranger, "alice").await;
    assert_eq!(send_code(&stranger, &page, "/login/code", &old[0]).await.status, 401);
    assert_eq!(send_code(&stranger, &page, "/login/code", &new[0]).await.status, 303);
}

#[actix_web::test]
async fn without_a_second_factor_there_are_no_codes_and_without_a_recent_sign_in_no_new_ones() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let list = person.get(&format!("{}/account/factors", server.url)).await;
    let csrf = header_csrf(&person, &server).await;
    let fields = [("csrf".to_owned(), csrf)];
    let url = format!("{}/account/factors/recovery", server.url);
    assert_eq!(person.post(&url, &fields).await.location.as_deref(), Some("/account/factors"));
    assert!(!list.body.contains("/recovery"));
    add_totp(&server, &person).await;
    server.clock.advance(300);
    let page = person.post(&url, &fields).await;
    assert!(page.location.unwrap().starts_with("/login?"));
    assert_eq!(audited(&server, "recovery_codes_made").await.len(), 1);
}

/// The token of this browser's forms.
async fn header_csrf(person: &Person, server: &server::Server) -> String {
    let page = person.get(&format!("{}/login", server.url)).await;
    page.form().fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1
}
