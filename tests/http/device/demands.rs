//! A device asks no less of a sign-in than a browser would: how old it may be, and what it is worth.

use super::*;
use crate::factor_kit::{clients_with_mfa_for, code_of, send_code, with_totp};

/// Somebody who signed in a while before any device asked.
async fn signed_in_long_ago(server: &Server) -> Person {
    let person = Person::new();
    arrive(&person, &authorize_url(server, "web", &[])).await;
    server.clock.advance(200);
    person
}

async fn visit(person: &Person, device: &Value) -> Page {
    person.visit(text_of(device, "verification_uri_complete")).await
}

fn is_sign_in(page: &Page) -> bool {
    page.body.contains("name=\"password\"")
}

#[actix_web::test]
async fn an_old_sign_in_lets_no_device_in_that_wants_a_new_one() {
    let mut clients = server::clients();
    let tv = clients.iter_mut().find(|client| client.client_id == "tv").unwrap();
    tv.default_max_age = Some(100);
    let strict = Setup { clients, ..Setup::default() }.start().await;
    for (server, more) in [
        (&server::start().await, &[("max_age", "100")][..]),
        (&server::start().await, &[("max_age", "0")]),
        (&strict, &[]),
    ] {
        let person = signed_in_long_ago(server).await;
        let device = begin(server, "tv", more).await;
        let page = visit(&person, &device).await;
        assert!(is_sign_in(&page), "{more:?} {page:?}");
        let page = open(&person, &device).await;
        assert_eq!(page.state(), "confirm");
        server.clock.advance(150);
        assert_eq!(visit(&person, &device).await.state(), "confirm", "it is the new one still");
        assert_eq!(answer(&person, &page, "approved").await.state(), "approved");
        let claims = id_token(&poll(server, "tv", &device).await.json());
        assert_eq!(claims["auth_time"], server.clock.now().0 - 150, "{more:?}");
    }
}

#[actix_web::test]
async fn a_page_that_was_left_open_decides_nothing_later() {
    let server = server::start().await;
    let person = signed_in_long_ago(&server).await;
    let device = begin(&server, "tv", &[("max_age", "250")]).await;
    let page = visit(&person, &device).await;
    assert_eq!(page.state(), "confirm");
    server.clock.advance(60);
    assert!(is_sign_in(&answer(&person, &page, "approved").await));
    assert_error(&poll(&server, "tv", &device).await, 400, "authorization_pending");
}

#[actix_web::test]
async fn an_age_that_is_none_is_refused() {
    let server = server::start().await;
    let fields = [("client_id", "tv"), ("max_age", "soon")];
    let page = post(&server, "/device_authorization", None, &fields).await;
    assert_error(&page, 400, "invalid_request");
}

#[actix_web::test]
async fn the_device_is_told_the_class_it_wished_for() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let digest = doorstep::secret::digest(person.cookie("doorstep-session").unwrap());
    let now = server.clock.now();
    let mut session = server.db.find_session(&digest, now).await.unwrap().unwrap();
    server.db.end_session(&session.id, now).await.unwrap();
    session.amr = "pwd otp".into();
    server.db.insert_session(session).await.unwrap();
    for (wish, told) in [("phr 1fa", "1fa"), ("mfa 1fa", "mfa"), ("gold", "mfa")] {
        let device = begin(&server, "tv", &[("acr_values", wish)]).await;
        approve(&person, &device).await;
        let claims = id_token(&poll(&server, "tv", &device).await.json());
        assert_eq!((&claims["acr"], &claims["amr"]), (&json!(told), &json!(["pwd", "otp"])));
    }
}

#[actix_web::test]
async fn a_client_that_needs_a_second_factor_gets_it_on_devices_too() {
    let clients = clients_with_mfa_for("tv");
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = signed_in_long_ago(&server).await;
    let device = begin(&server, "tv", &[]).await;
    assert!(is_sign_in(&visit(&person, &device).await), "a password is not enough");
    let page = open(&person, &device).await;
    assert!(page.url.contains("/login/step"), "one has to be added first: {page:?}");
    let (secret, _) = with_totp(&server, "alice").await;
    let page = open(&person, &device).await;
    assert!(page.body.contains("name=\"code\""), "{page:?}");
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    let page = person.follow(page).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    assert_eq!(answer(&person, &page, "approved").await.state(), "approved");
    let claims = id_token(&poll(&server, "tv", &device).await.json());
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!("mfa"), &json!(["pwd", "otp", "mfa"])));
}
