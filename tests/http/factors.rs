//! What people can change of their own factors.

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::Person;
use crate::server::{self, PASSWORD};

#[actix_web::test]
async fn a_change_needs_a_recent_sign_in() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let (_, _) = add_totp(&server, &person).await;
    let id = server.db.factors_of("alice-id").await.unwrap().remove(0).id;
    let open = person.get(&format!("{}/account/factors/totp", server.url)).await;
    server.clock.advance(300);
    for path in ["totp", &id] {
        let page = person.visit(&format!("{}/account/factors/{path}", server.url)).await;
        assert!(text(&page).contains("please sign in once more"), "{path} {page:?}");
    }
    let list = person.get(&format!("{}/account/factors", server.url)).await;
    assert_eq!(list.status, 200, "looking is no change");
    server.clock.advance(1200);
    let page = send_code(&person, &open, "/totp", &code_of(&server, &key_on(&open))).await;
    assert!(page.location.unwrap().starts_with("/login?"));
    assert_eq!(server.db.factors_of("alice-id").await.unwrap().len(), 1);
    let url = format!("{}/account/factors", server.url);
    assert!(Person::new().get(&url).await.location.unwrap().starts_with("/login?"));
}

#[actix_web::test]
async fn a_page_that_was_open_for_too_long_begins_anew() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let open = person.get(&format!("{}/account/factors/totp", server.url)).await;
    server.clock.advance(900);
    let page = send_code(&person, &open, "/totp", &code_of(&server, &key_on(&open))).await;
    assert_eq!(page.status, 422);
    assert!(text(&page).contains("open for too long"));
    assert_ne!(key_on(&page), key_on(&open));
}

#[actix_web::test]
async fn a_secret_that_was_shown_to_one_person_is_not_added_for_another() {
    let server = server::start().await;
    let (alice, bob) = (Person::new(), Person::new());
    sign_in(&server, &alice, "alice").await;
    sign_in(&server, &bob, "bob").await;
    let alices = alice.get(&format!("{}/account/factors/totp", server.url)).await;
    let ticket = alices.form().fields.into_iter().find(|(name, _)| name == "ticket").unwrap().1;
    let bobs = bob.get(&format!("{}/account/factors/totp", server.url)).await;
    let code = code_of(&server, &key_on(&alices));
    let values = [("ticket", ticket.as_str()), ("code", &code)];
    assert_eq!(bob.submit(&bobs.form(), None, &values).await.status, 422);
    assert!(server.db.factors_of("bob-id").await.unwrap().is_empty());
}

#[actix_web::test]
async fn a_factor_is_renamed_and_removed_by_its_owner_alone() {
    let server = server::start().await;
    let alice = Person::new();
    sign_in(&server, &alice, "alice").await;
    add_totp(&server, &alice).await;
    let id = server.db.factors_of("alice-id").await.unwrap().remove(0).id;
    let url = format!("{}/account/factors/{id}", server.url);
    let page = alice.get(&url).await;
    assert!(text(&page).contains("This is your last one"));
    let bob = Person::new();
    sign_in(&server, &bob, "bob").await;
    assert_eq!(bob.get(&url).await.status, 404);
    let csrf = bob.get(&format!("{}/account", server.url)).await.form().fields.remove(0).1;
    for action in ["rename", "remove"] {
        let fields = [("csrf", csrf.as_str()), ("action", action), ("name", "bob's")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(bob.post(&url, &fields).await.status, 404, "{action}");
    }
    let form = page.forms().remove(0);
    let long = format!("My\nphone {}", "ü".repeat(100));
    alice.submit(&form, Some(("action", "rename")), &[("name", &long)]).await;
    let name = server.db.factors_of("alice-id").await.unwrap().remove(0).name;
    assert!(name.starts_with("My phone ü") && name.len() <= 60, "{name}");
    let form = page.forms().remove(1);
    alice.submit(&form, Some(("action", "remove")), &[]).await;
    assert!(server.db.factors_of("alice-id").await.unwrap().is_empty());
    assert_eq!(server.db.count_recovery_codes("alice-id").await.unwrap(), 0);
    let page = Person::new().sign_in(&format!("{}/login", server.url), "alice", PASSWORD).await;
    assert_eq!(page.url, format!("{}/account", server.url));
    assert_eq!(audited(&server, "factor_removed").await.len(), 1);
}

#[actix_web::test]
async fn forms_of_other_sites_change_nothing() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    add_totp(&server, &person).await;
    let id = server.db.factors_of("alice-id").await.unwrap().remove(0).id;
    for path in [
        format!("/account/factors/{id}"),
        "/account/factors/totp".into(),
        "/account/factors/new-passkey".into(),
        "/account/factors/recovery".into(),
        "/account/password".into(),
        "/login/code".into(),
        "/login/passkey".into(),
        "/login/password".into(),
        "/login/totp".into(),
        "/login/new-passkey".into(),
    ] {
        let fields = [
            "action=remove",
            "ticket=x",
            "code=x",
            "credential=x",
            "current=x",
            "new=x",
            "again=x",
        ];
        let mut fields: Vec<(String, String)> = fields
            .iter()
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        fields.push(("csrf".into(), "forged".into()));
        let page = person.post(&format!("{}{path}", server.url), &fields).await;
        assert_eq!(page.status, 403, "{path}");
    }
    assert_eq!(server.db.factors_of("alice-id").await.unwrap().len(), 1);
}

#[actix_web::test]
async fn an_account_has_so_many_factors_and_no_more() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    for added in 1..=11 {
        let page = person.get(&format!("{}/account/factors/totp", server.url)).await;
        let code = code_of(&server, &key_on(&page));
        let page = send_code(&person, &page, "/totp", &code).await;
        assert_eq!(page.status == 422, added == 11, "{added} {page:?}");
    }
    assert_eq!(server.db.factors_of("alice-id").await.unwrap().len(), 10);
}
