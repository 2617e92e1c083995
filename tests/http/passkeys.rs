//! Passkeys, with an authenticator of software that can also do what no honest one does.

use serde_json::json;

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, START, Server};
use crate::support::authenticator::{Authenticator, options_on};

fn origin(server: &Server) -> String {
    server.url.clone()
}

/// Adds a passkey to the account of whoever is signed in.
async fn add(server: &Server, person: &Person, device: &mut Authenticator) -> Page {
    let page = person.get(&format!("{}/account/factors/new-passkey", server.url)).await;
    let answer = device.create(&options_on(&page));
    person.submit(&page.form_to("/new-passkey"), None, &[("credential", &answer)]).await
}

/// A device with a passkey of this person.
async fn with_passkey(server: &Server, username: &str) -> Authenticator {
    let person = server.browser();
    sign_in(server, &person, username).await;
    let mut device = Authenticator::at(&origin(server));
    let page = add(server, &person, &mut device).await;
    assert_eq!(codes_on(&page).len(), 10, "{page:?}");
    device.counter += 1;
    server.clock.advance(1);
    device
}

/// Answers a page that asks for a passkey.
async fn answer(person: &Person, page: &Page, device: &Authenticator) -> Page {
    let signed = device.get(&options_on(page));
    person.submit(&page.form_to("/login/passkey"), None, &[("credential", &signed)]).await
}

/// Signs in with the passkey alone.
async fn alone(server: &Server, device: &Authenticator) -> (Person, Page) {
    let person = server.browser();
    let page = person.visit(&authorize_url(server, "web", &[])).await;
    let page = answer(&person, &page, device).await;
    (person, page)
}

#[actix_web::test]
async fn a_passkey_signs_in_alone_and_is_two_factors() {
    let server = start_with_passkeys().await;
    for (username, shared, kind) in [("alice", false, "hwk"), ("bob", true, "swk")] {
        let person = server.browser();
        sign_in(&server, &person, username).await;
        let mut device = Authenticator::at(&origin(&server));
        device.shared = shared;
        assert!(add(&server, &person, &mut device).await.status < 400);
        (device.counter, _) = (device.counter + 1, server.clock.advance(1));
        let (person, page) = alone(&server, &device).await;
        let page = person.follow(page).await;
        let code = response(&page)["code"].clone();
        let tokens = redeem(&server, "web", &code).await.json();
        let claims = id_token(&tokens);
        assert_eq!(
            (&claims["sub"], &claims["amr"]),
            (&json!(format!("{username}-id")), &json!([kind, "user", "mfa"]))
        );
    }
}

#[actix_web::test]
async fn a_passkey_is_a_second_factor_after_the_password() {
    let server = start_with_passkeys().await;
    let mut device = with_passkey(&server, "alice").await;
    let person = server.browser();
    let page = sign_in(&server, &person, "alice").await;
    let allowed = &options_on(&page)["allowCredentials"];
    assert_eq!(allowed.as_array().unwrap().len(), 1, "only the account's own keys are asked for");
    assert!(!page.body.contains("inputmode"), "there is no app to ask for");
    let page = answer(&person, &page, &device).await;
    assert_eq!(page.location.as_deref(), Some("/account"));
    let (_, detail) = audited(&server, "signed_in").await.pop().unwrap();
    assert_eq!(detail, r#"{"amr":"pwd hwk user mfa"}"#);
    // Somebody else's key is none, even if it is a good one.
    device.counter += 1;
    let bobs = with_passkey(&server, "bob").await;
    let person = server.browser();
    let page = sign_in(&server, &person, "alice").await;
    assert_eq!(answer(&person, &page, &bobs).await.status, 401);
    assert_eq!(answer(&person, &page, &device).await.status, 303);
}

#[actix_web::test]
async fn what_no_honest_device_does_is_refused() {
    let server = start_with_passkeys().await;
    let mut device = with_passkey(&server, "alice").await;
    let (honest_origin, honest_host) = (device.origin.clone(), device.host.clone());
    let refused = async |device: &Authenticator, why: &str| {
        let (person, page) = alone(&server, device).await;
        assert_eq!(page.status, 401, "{why}");
        assert!(text(&page).contains("That passkey could not be checked"), "{why}");
        assert_eq!(person.cookie("__Host-doorstep-session"), None, "{why}");
    };
    device.origin = "https://issuer.doorstep.test.evil.example".into();
    refused(&device, "a copy of our page asked for it").await;
    device.origin = honest_origin;
    device.host = "evil.example".into();
    refused(&device, "it is for another host").await;
    device.host = honest_host;
    device.verifies = false;
    refused(&device, "nobody was verified").await;
    device.verifies = true;
    device.counter -= 1;
    refused(&device, "its count did not rise: there may be a copy of it").await;
    device.counter += 1;
    let stranger = Authenticator::at(&origin(&server));
    refused(&stranger, "nobody knows it").await;
    let (_, page) = alone(&server, &device).await;
    assert_eq!(page.status, 303, "the honest one still works");
    assert_eq!(audited(&server, "sign_in_refused").await.len(), 5);
}

#[actix_web::test]
async fn an_answer_counts_once_in_one_browser_and_not_for_long() {
    let server = start_with_passkeys().await;
    // Keys that are shared among devices do not count, so the count does not tell a replay.
    let person = server.browser();
    sign_in(&server, &person, "alice").await;
    let mut device = Authenticator::at(&origin(&server));
    (device.counter, device.shared) = (0, true);
    add(&server, &person, &mut device).await;
    server.clock.advance(1);
    let person = server.browser();
    let page = person.visit(&format!("{}/login", server.url)).await;
    let form = page.form_to("/login/passkey");
    let signed = device.get(&options_on(&page));
    let values = [("credential", signed.as_str())];
    let thief = server.browser();
    let thiefs = thief.visit(&format!("{}/login", server.url)).await.form_to("/login/passkey");
    let ticket = &form.fields.iter().find(|(name, _)| name == "ticket").unwrap().1;
    let stolen = [("credential", signed.as_str()), ("ticket", ticket.as_str())];
    assert_eq!(thief.submit(&thiefs, None, &stolen).await.status, 401, "in another browser");
    assert_eq!(person.submit(&form, None, &values).await.status, 303);
    assert_eq!(person.submit(&form, None, &values).await.status, 401, "a second time");
    server.clock.advance(1);
    assert_eq!(person.submit(&form, None, &values).await.status, 401, "a second time, later");
    let page = person.visit(&format!("{}/login", server.url)).await;
    server.clock.advance(900);
    assert_eq!(answer(&person, &page, &device).await.status, 401, "too late");
    let page = person.visit(&format!("{}/login", server.url)).await;
    assert_eq!(answer(&person, &page, &device).await.status, 303, "with a fresh challenge");
}

#[actix_web::test]
async fn an_answer_to_the_sign_in_page_is_none_to_the_second_step() {
    let server = start_with_passkeys().await;
    let device = with_passkey(&server, "alice").await;
    let person = server.browser();
    let first = person.visit(&format!("{}/login", server.url)).await;
    let second = sign_in(&server, &person, "alice").await;
    let ticket = second.form_to("/login/passkey").fields;
    let ticket = ticket.into_iter().find(|(name, _)| name == "ticket").unwrap().1;
    let signed = device.get(&options_on(&first));
    let values = [("credential", signed.as_str()), ("ticket", &ticket)];
    let page = person.submit(&first.form_to("/login/passkey"), None, &values).await;
    assert_eq!(page.status, 401, "the challenge is another one");
}

#[actix_web::test]
async fn another_persons_passkey_is_no_second_factor() {
    let server = start_with_passkeys().await;
    with_passkey(&server, "alice").await;
    let bobs = with_passkey(&server, "bob").await;
    let person = server.browser();
    let page = sign_in(&server, &person, "alice").await;
    assert_eq!(answer(&person, &page, &bobs).await.status, 401);
    assert_eq!(person.cookie("__Host-doorstep-session"), None);
}

#[actix_web::test]
async fn a_passkey_is_added_once_and_only_by_an_honest_answer() {
    let server = start_with_passkeys().await;
    let person = server.browser();
    sign_in(&server, &person, "alice").await;
    let mut device = Authenticator::at(&origin(&server));
    device.verifies = false;
    assert_eq!(add(&server, &person, &mut device).await.status, 422, "nobody was verified");
    device.verifies = true;
    device.origin = "https://evil.example".into();
    assert_eq!(add(&server, &person, &mut device).await.status, 422, "from another page");
    device.origin = origin(&server);
    let page = add(&server, &person, &mut device).await;
    assert_eq!(page.status, 200);
    let page = person.get(&format!("{}/account/factors/new-passkey", server.url)).await;
    let options = options_on(&page);
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(options["rp"]["id"], "issuer.doorstep.test");
    assert!(!page.body.contains("alice-id"), "the handle says nothing of the account");
    assert_eq!(add(&server, &person, &mut device).await.status, 422, "it is there already");
    assert_eq!(server.db.factors_of("alice-id").await.unwrap().len(), 1);
    let bob = server.browser();
    sign_in(&server, &bob, "bob").await;
    assert_eq!(add(&server, &bob, &mut device).await.status, 422, "and it is alice's");
}

#[actix_web::test]
async fn a_passkey_of_a_closed_account_opens_nothing() {
    let server = start_with_passkeys().await;
    let device = with_passkey(&server, "alice").await;
    server.db.set_account_disabled("alice-id", true, START).await.unwrap();
    let (_, page) = alone(&server, &device).await;
    assert_eq!(page.status, 401);
}

#[actix_web::test]
async fn whoever_must_change_the_password_does_so_after_a_passkey_too() {
    let server = start_with_passkeys().await;
    let device = with_passkey(&server, "alice").await;
    server.db.require_password_change("alice-id").await.unwrap();
    let (person, page) = alone(&server, &device).await;
    assert!(person.cookie("__Host-doorstep-session").is_none());
    assert!(text(&person.follow(page).await).contains("Please choose a new password"));
}

#[actix_web::test]
async fn a_demand_for_a_passkey_leads_to_one() {
    let server = start_with_passkeys().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let person = server.browser();
    let demand = [("claims", r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#)];
    let page = give_password(&person, &authorize_url(&server, "web", &demand), "alice").await;
    let page = person.follow(page).await;
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    let page = person.follow(page).await;
    assert!(text(&page).contains("Please add a second way to sign in"), "{page:?}");
    assert!(!page.body.contains("/login/totp"), "another app would not do");
    let link = page.body.split("href=\"").find(|rest| rest.starts_with("/login/new-passkey"));
    let link = link.expect("a link").split('"').next().unwrap().replace("&#38;", "&");
    let page = person.get(&format!("{}{link}", server.url)).await;
    let mut device = Authenticator::at(&origin(&server));
    let signed = device.create(&options_on(&page));
    let form = page.form_to("/login/new-passkey");
    let page = person.submit(&form, None, &[("credential", &signed)]).await;
    let page = person.follow(page).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn an_issuer_without_a_host_name_offers_no_passkeys() {
    let server = server::start().await;
    let person = Person::new();
    let page = person.visit(&format!("{}/login", server.url)).await;
    assert!(!page.body.contains("passkey"));
    sign_in(&server, &person, "alice").await;
    let url = format!("{}/account/factors/new-passkey", server.url);
    assert_eq!(person.get(&url).await.status, 404);
}
