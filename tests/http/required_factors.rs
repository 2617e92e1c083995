//! Who needs a second factor, and gets to add one on the way.

use doorstep::accounts::factors::FactorSettings;

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};

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
async fn a_password_adds_nothing_to_an_account_that_has_a_second_factor() {
    let server = Setup { factors: required(), ..Setup::default() }.start().await;
    let thief = Person::new();
    let page = sign_in(&server, &thief, "alice").await;
    let open = go(&thief, &server, &page, "/login/totp").await;
    add_on_the_way(&server, &Person::new(), &authorize_url(&server, "web", &[])).await;
    let code = code_of(&server, &key_on(&open));
    let late = send_code(&thief, &open, "/login/totp", &code).await;
    assert!(late.location.unwrap().starts_with("/login/step?"));
    let again = thief.get(&format!("{}/login/totp", server.url)).await;
    assert!(again.location.unwrap().starts_with("/login/step?"));
    assert_eq!(server.db.factors_of("alice-id").await.unwrap().len(), 1);
    assert_eq!(thief.cookie("doorstep-session"), None);
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
