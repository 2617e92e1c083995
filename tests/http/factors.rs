//! Who needs a second factor and gets to add one, and what people can change of their own.

use doorstep::accounts::factors::FactorSettings;

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup};

/// Follows the link on a page to this path.
async fn go(person: &Person, server: &Server, page: &Page, path: &str) -> Page {
    let link = page.body.split("href=\"").find(|rest| rest.starts_with(path));
    let link = link.unwrap_or_else(|| panic!("no link to {path} on {page:?}"));
    let link = link.split('"').next().unwrap().replace("&#38;", "&");
    person.get(&format!("{}{link}", server.url)).await
}

/// Signs alice in to `url`, who has to add a factor on the way, and gives the page behind it.
async fn add_on_the_way(server: &Server, person: &Person, url: &str) -> Page {
    let before = person.cookie("doorstep-session");
    let page = give_password(person, url, "alice").await;
    let page = person.follow(page).await;
    assert!(text(&page).contains("Please add a second way to sign in"), "{page:?}");
    assert_eq!(person.cookie("doorstep-session"), before, "nobody is signed in by half");
    let page = go(person, server, &page, "/login/totp").await;
    let code = code_of(server, &key_on(&page));
    let page = send_code(person, &page, "/login/totp", &code).await;
    assert_eq!(codes_on(&page).len(), 10);
    let page = go(person, server, &page, "/authorize").await;
    person.follow(page).await
}

#[actix_web::test]
async fn whoever_needs_a_second_factor_adds_it_on_the_way() {
    let by_group = FactorSettings {
        require_mfa_groups: vec!["cooks".into(), "builders".into()],
        ..FactorSettings::default()
    };
    for setup in [
        Setup { factors: required(), ..Setup::default() },
        Setup { factors: by_group, ..Setup::default() },
        Setup { clients: clients_with_mfa_for("web"), ..Setup::default() },
    ] {
        let server = setup.start().await;
        let person = Person::new();
        let page = add_on_the_way(&server, &person, &authorize_url(&server, "web", &[])).await;
        let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
        assert_eq!(id_token(&tokens)["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
        assert_eq!(audited(&server, "factor_added").await.len(), 1);
    }
}

#[actix_web::test]
async fn who_does_not_need_one_is_left_alone() {
    let by_group =
        FactorSettings { require_mfa_groups: vec!["cooks".into()], ..FactorSettings::default() };
    let server = Setup { factors: by_group, ..Setup::default() }.start().await;
    let response = web_response(&server, &Person::new(), "web", &[]).await;
    assert!(response.contains_key("code"));
}

#[actix_web::test]
async fn a_session_of_one_factor_does_not_get_into_a_program_that_needs_two() {
    let clients = clients_with_mfa_for("other");
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = Person::new();
    assert!(web_response(&server, &person, "web", &[]).await.contains_key("code"));
    let silent = [("prompt", "none")];
    let page = person.visit(&authorize_url(&server, "other", &silent)).await;
    assert_eq!(page.query()["error"], "login_required");
    let page = add_on_the_way(&server, &person, &authorize_url(&server, "other", &[])).await;
    assert!(response(&page).contains_key("code"));
    let page = person.visit(&authorize_url(&server, "other", &silent)).await;
    assert!(page.query().contains_key("code"), "the session has two factors now");
}

#[actix_web::test]
async fn an_essential_acr_leads_to_a_second_factor_and_a_voluntary_one_does_not() {
    let server = server::start().await;
    let person = Person::new();
    let wish = [("acr_values", "mfa")];
    let got = web_response(&server, &person, "web", &wish).await;
    let tokens = redeem(&server, "web", &got["code"]).await.json();
    assert_eq!(id_token(&tokens)["acr"], "1fa");
    let demand = [("claims", r#"{"id_token":{"acr":{"essential":true,"value":"mfa"}}}"#)];
    let page = add_on_the_way(&server, &person, &authorize_url(&server, "web", &demand)).await;
    let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
    assert_eq!(id_token(&tokens)["acr"], "mfa");
    // Without a host name there are no passkeys, and nothing stronger to be had.
    let demand = [("claims", r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#)];
    let page = person.visit(&authorize_url(&server, "web", &demand)).await;
    assert_eq!(page.query()["error"], "unmet_authentication_requirements");
}

#[actix_web::test]
async fn discovery_names_the_classes_that_can_be_reached() {
    let off = FactorSettings { totp: false, passkeys: false, ..FactorSettings::default() };
    for (setup, acr) in [
        (Setup { factors: off, ..Setup::default() }, vec!["1fa"]),
        (Setup::default(), vec!["1fa", "mfa"]),
        (Setup { https: true, ..Setup::default() }, vec!["1fa", "mfa", "phr"]),
    ] {
        let server = setup.start().await;
        let url = format!("{}/.well-known/openid-configuration", server.url);
        let document = server.browser().get(&url).await.json();
        assert_eq!(document["acr_values_supported"], serde_json::json!(acr));
    }
}

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

#[actix_web::test]
async fn an_issuer_that_requires_what_nobody_can_add_does_not_start() {
    let factors = FactorSettings { totp: false, require_mfa: true, ..FactorSettings::default() };
    let db = server::store().await;
    let passwords = doorstep::accounts::password::Passwords::start(&Default::default());
    let rule = doorstep::accounts::rules::UsernameRule::Strict;
    let accounts = doorstep::accounts::StoredAccounts::new(db.clone(), passwords, rule);
    let build = doorstep::issuer::Issuer::builder("http://127.0.0.1:1")
        .db(db)
        .root_key(doorstep::secret::RootKey::generate())
        .accounts(std::sync::Arc::new(accounts))
        .factors(factors)
        .build()
        .await;
    let reason = build.map(drop).unwrap_err().to_string();
    assert!(reason.contains("factors.totp is off"), "{reason}");
}
