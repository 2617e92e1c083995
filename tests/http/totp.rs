//! Codes of authenticator apps: added with care, asked for ever after, each good once.

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::Person;
use crate::server::{self, PASSWORD, START, Setup};

#[actix_web::test]
async fn an_app_is_asked_for_at_the_next_sign_in_and_the_tokens_say_so() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let person = Person::new();
    let url = authorize_url(&server, "web", &[]);
    let page = give_password(&person, &url, "alice").await;
    assert_eq!(person.cookie("doorstep-session"), None, "a password alone signs nobody in");
    let page = person.follow(page).await;
    assert!(text(&page).contains("authenticator app"), "{page:?}");
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    assert!(
        person.cookie("doorstep-session").is_some() && person.cookie("doorstep-sign-in").is_none()
    );
    let page = person.follow(page).await;
    let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
    let claims = id_token(&tokens);
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    let (event, detail) = audited(&server, "signed_in").await.pop().unwrap();
    assert_eq!((event.as_deref(), detail.as_str()), (Some("alice-id"), r#"{"amr":"pwd otp mfa"}"#));
}

#[actix_web::test]
async fn an_app_is_added_only_with_a_code_that_fits() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let page = person.visit(&format!("{}/account/factors/totp", server.url)).await;
    assert!(page.body.contains("<svg width=\"232\""), "there is a picture to scan");
    let secret = key_on(&page);
    for wrong in ["000000", "", "12345", "abcdef", &"1".repeat(5000)] {
        let again = send_code(&person, &page, "/totp", wrong).await;
        assert_eq!(again.status, 422, "{wrong}");
        assert_eq!(key_on(&again), secret, "nobody has to scan anew");
    }
    assert!(server.db.factors_of("alice-id").await.unwrap().is_empty());
    let page = send_code(&person, &page, "/totp", &code_of(&server, &secret)).await;
    assert_eq!((page.status, codes_on(&page).len()), (200, 10));
    assert_eq!(audited(&server, "factor_added").await.len(), 1);
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_adds_one_app() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let page = person.visit(&format!("{}/account/factors/totp", server.url)).await;
    let code = code_of(&server, &key_on(&page));
    for _ in 0..2 {
        assert!(send_code(&person, &page, "/totp", &code).await.status < 400);
    }
    assert_eq!(server.db.factors_of("alice-id").await.unwrap().len(), 1);
}

#[actix_web::test]
async fn a_code_works_once_and_no_earlier_one_after_it() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let now = server.clock.now();
    let at = |away| secret.code(now.plus(away)).expose().to_owned();
    for (code, status) in
        [(at(60), 401), (at(-60), 401), (at(30), 303), (at(30), 401), (at(0), 401), (at(-30), 401)]
    {
        let person = Person::new();
        let page = sign_in(&server, &person, "alice").await;
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        assert_eq!(
            send_code(&person, &page, "/login/code", &spaced).await.status,
            status,
            "{code}"
        );
    }
}

#[actix_web::test]
async fn the_code_that_added_an_app_is_used_up() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let page = person.visit(&format!("{}/account/factors/totp", server.url)).await;
    let secret = key_on(&page);
    send_code(&person, &page, "/totp", &code_of(&server, &secret)).await;
    let stranger = Person::new();
    let page = sign_in(&server, &stranger, "alice").await;
    let page = send_code(&stranger, &page, "/login/code", &code_of(&server, &secret)).await;
    assert_eq!(page.status, 401);
    assert_eq!(audited(&server, "second_factor_refused").await.len(), 1);
}

#[actix_web::test]
async fn codes_cannot_be_guessed_and_nobody_is_locked_out_for_good() {
    let server = Setup { proxies: &["127.0.0.0/8"], ..Setup::default() }.start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    server.clock.advance(40 * 86_400);
    let stranger = Person::new();
    let page = sign_in(&server, &stranger, "alice").await;
    for _ in 0..5 {
        assert_eq!(send_code(&stranger, &page, "/login/code", "000000").await.status, 401);
    }
    let refused = send_code(&stranger, &page, "/login/code", &code_of(&server, &secret)).await;
    assert_eq!(refused.status, 429, "even the right one");
    let wait: i64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=300).contains(&wait));
    let elsewhere = Person::new();
    let page = sign_in(&server, &elsewhere, "alice").await;
    assert_eq!(
        send_code(&elsewhere, &page, "/login/code", "000000").await.status,
        429,
        "giving the password anew does not help"
    );
    server.clock.advance(wait);
    let page = sign_in(&server, &elsewhere, "alice").await;
    let code = code_of(&server, &secret);
    assert_eq!(send_code(&elsewhere, &page, "/login/code", &code).await.status, 303);
}

#[actix_web::test]
async fn a_code_alone_is_nothing() {
    let server = server::start().await;
    let (secret, codes) = with_totp(&server, "alice").await;
    let person = Person::new();
    let page = person.visit(&format!("{}/login", server.url)).await;
    let csrf = page.form().fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    for code in [&code_of(&server, &secret), &codes[0]] {
        let fields = [("csrf".to_owned(), csrf.clone()), ("code".to_owned(), code.clone())];
        let page = person.post(&format!("{}/login/code", server.url), &fields).await;
        assert!(page.location.unwrap().starts_with("/login?"));
    }
    assert_eq!(person.cookie("doorstep-session"), None);
}

#[actix_web::test]
async fn what_waits_for_a_code_waits_in_one_browser_and_not_for_long() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let person = Person::new();
    let page = sign_in(&server, &person, "alice").await;
    let thief = Person::new();
    thief.visit(&format!("{}/login", server.url)).await;
    thief.set_cookie("doorstep-sign-in", &person.cookie("doorstep-sign-in").unwrap());
    let stolen = thief.get(&format!("{}/login/step", server.url)).await;
    assert!(stolen.location.unwrap().starts_with("/login?"), "a cookie works in its browser alone");
    server.clock.advance(900);
    let late = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    assert!(late.location.unwrap().starts_with("/login?"));
    person.set_cookie("doorstep-sign-in", "eyJhbGciOiJub25lIn0.e30.");
    let forged = person.get(&format!("{}/login/step", server.url)).await;
    assert!(forged.location.unwrap().starts_with("/login?"));
}

#[actix_web::test]
async fn no_secret_is_readable_in_the_store_and_none_opens_for_somebody_else() {
    let server = server::start().await;
    let (secret, codes) = with_totp(&server, "alice").await;
    let mut factor = server.db.factors_of("alice-id").await.unwrap().remove(0);
    let stored = format!("{factor:?}");
    let key = secret.key().expose().replace(' ', "");
    assert!(!stored.contains(&key) && !stored.contains(&codes[0]));
    // Whoever can write to the database moves alice's app to bob's account.
    (factor.id, factor.account_id) = ("stolen".into(), "bob-id".into());
    assert!(server.db.insert_factor(factor, 10).await.unwrap());
    let person = Person::new();
    let page = sign_in(&server, &person, "bob").await;
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    assert_eq!(page.status, 500, "a row that cannot be read is an error, not a way in");
}

#[actix_web::test]
async fn a_closed_account_gets_no_further_than_its_password() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let person = Person::new();
    let page = sign_in(&server, &person, "alice").await;
    server.db.set_account_disabled("alice-id", true, START).await.unwrap();
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    assert!(page.location.unwrap().starts_with("/login?"));
}

#[actix_web::test]
async fn a_password_that_was_changed_meanwhile_gets_no_further() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let person = Person::new();
    let page = sign_in(&server, &person, "alice").await;
    server.clock.advance(60);
    let now = server.clock.now();
    assert!(server.db.set_password_hash("alice-id", "$another".into(), now).await.unwrap());
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    assert!(page.location.unwrap().starts_with("/login?"));
    assert_eq!(person.cookie("doorstep-session"), None);
}

#[actix_web::test]
async fn where_apps_are_off_they_are_neither_offered_nor_asked_for() {
    let db = server::store().await;
    let root = doorstep::secret::RootKey::generate();
    let first =
        Setup { db: Some(db.clone()), root: root.clone(), ..Setup::default() }.start().await;
    with_totp(&first, "alice").await;
    let factors = doorstep::accounts::factors::FactorSettings {
        totp: false,
        ..doorstep::accounts::factors::FactorSettings::default()
    };
    let server = Setup { db: Some(db), root, factors, ..Setup::default() }.start().await;
    let person = Person::new();
    let page = person.sign_in(&format!("{}/login", server.url), "alice", PASSWORD).await;
    assert_eq!(page.url, format!("{}/account", server.url));
    assert_eq!(person.get(&format!("{}/account/factors/totp", server.url)).await.status, 404);
    let list = person.get(&format!("{}/account/factors", server.url)).await;
    assert!(!list.body.contains("/account/factors/totp"), "{list:?}");
}
