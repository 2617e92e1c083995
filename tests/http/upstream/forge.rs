//! A provider without OpenID Connect.

use serde_json::{Value, json};
use url::Url;

use super::scene::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{Server, Setup};
use crate::support::forge::Forge;

async fn server(
    forge: &Forge,
    change: impl FnOnce(&mut doorstep::upstream::ProviderSettings),
) -> Server {
    let mut settings = forge.settings();
    change(&mut settings);
    Setup { providers: vec![settings], ..Setup::default() }.start().await
}

/// Signs in with it; `change` changes the response on its way.
async fn sign_in(
    server: &Server,
    forge: &Forge,
    change: impl FnOnce(&mut Vec<(&'static str, String)>),
) -> (Person, Page) {
    let person = server.browser();
    let more = [("scope", "openid email groups offline_access")];
    let page = person.visit(&authorize_url(server, "web", &more)).await;
    let page = choose(&person, &page).await;
    let link = Url::parse(page.location.as_deref().expect("a redirect")).unwrap();
    let (request, code) = forge.authorize(&link);
    let mut response = vec![("code", code), ("state", request["state"].clone())];
    change(&mut response);
    let url = Url::parse_with_params(&request["redirect_uri"], response).unwrap();
    let page = person.get(url.as_str()).await;
    let page = person.follow(page).await;
    (person, page)
}

async fn account(server: &Server) -> doorstep::accounts::Account {
    server.db.find_account_by_username("octavia").await.unwrap().expect("an account").0
}

#[actix_web::test]
async fn a_person_is_who_the_api_says() {
    let forge = Forge::start();
    let server = server(&forge, |_| {}).await;
    let (_, page) = sign_in(&server, &forge, |_| {}).await;
    let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
    assert_eq!(id_token(&tokens)["amr"], json!(["fed"]));
    let account = account(&server).await;
    let claims = account.claims.as_map();
    assert_eq!(
        claims["email"], "octavia@example.org",
        "the primary one, not the one that is shown"
    );
    assert_eq!(claims["email_verified"], true);
    let link = server.db.find_link(&forge.url, "583231").await.unwrap().expect("a link");
    assert_eq!(link.account_id, account.id);
    // Another name is the same person; another number is not.
    forge.change_user(|user| user["login"] = "renamed".into());
    sign_in(&server, &forge, |_| {}).await;
    assert_eq!(server.db.links_of(&account.id).await.unwrap().len(), 1);
    forge.change_user(|user| user["id"] = 7.into());
    sign_in(&server, &forge, |_| {}).await;
    assert!(server.db.find_link(&forge.url, "7").await.unwrap().is_some());
}

#[actix_web::test]
async fn t24_an_address_that_was_not_verified_is_left_out() {
    let forge = Forge::start();
    forge.set_emails(json!([{"email": "alice@example.org", "primary": true, "verified": false}]));
    let server = server(&forge, |settings| settings.match_email = true).await;
    sign_in(&server, &forge, |_| {}).await;
    assert_eq!(account(&server).await.claims.as_map().get("email"), None);
}

#[actix_web::test]
async fn t17_organisations_are_groups() {
    let forge = Forge::start();
    let server = server(&forge, |settings| {
        settings.groups_endpoint = format!("{}/user/orgs", forge.url);
        settings.groups_claim = "orgs".into();
        settings.required_groups = vec!["makers".into()];
    })
    .await;
    sign_in(&server, &forge, |_| {}).await;
    assert_eq!(account(&server).await.claims.as_map()["groups"], json!(["makers", "bakers"]));
    for orgs in
        [json!([]), json!([{"login": "bakers"}]), json!([{"id": 1}]), json!({"login": "makers"})]
    {
        forge.set_orgs(orgs.clone());
        let (person, page) = sign_in(&server, &forge, |_| {}).await;
        assert_failed(&person, &page, 403, "not_let_in");
        assert!(!page.body.contains("makers"), "{orgs}");
    }
}

#[actix_web::test]
async fn the_chain_holds_here_too() {
    let forge = Forge::start();
    let server = server(&forge, |_| {}).await;
    for (name, value, status, problem) in [
        ("state", "other", 400, "over"),
        ("code", "forged", 400, "failed"),
        ("iss", "https://evil.example", 400, "failed"),
        ("error", "access_denied", 403, "declined"),
    ] {
        let (person, page) = sign_in(&server, &forge, |response| {
            response.retain(|(known, _)| *known != name);
            response.push((name, value.to_owned()));
        })
        .await;
        assert_failed(&person, &page, status, problem);
    }
    for id in [Value::Null, json!(""), json!(1.5), json!({"n": 1}), json!([1])] {
        forge.change_user(|user| user["id"] = id.clone());
        let (person, page) = sign_in(&server, &forge, |_| {}).await;
        assert_failed(&person, &page, 403, "not_let_in");
    }
}

#[actix_web::test]
async fn t23_username_injection_by_the_api() {
    let forge = Forge::start();
    let server = server(&forge, |_| {}).await;
    for name in ["a'b", "../a", "a\nb", " "] {
        forge.change_user(|user| user["login"] = name.into());
        let (person, page) = sign_in(&server, &forge, |_| {}).await;
        assert_failed(&person, &page, 403, "not_let_in");
    }
}

#[actix_web::test]
async fn whoever_takes_back_what_they_allowed_is_out() {
    let forge = Forge::start();
    let server = server(&forge, |settings| settings.recheck = 3600).await;
    let (_, page) = sign_in(&server, &forge, |_| {}).await;
    let tokens = redeem(&server, "web", &response(&page)["code"]).await.json();
    server.clock.advance(3600);
    let page = refresh(&server, "web", &tokens["refresh_token"]).await;
    assert_eq!(page.status, 200, "{page:?}");
    forge.revoke_all();
    server.clock.advance(3600);
    let page = refresh(&server, "web", &page.json()["refresh_token"]).await;
    assert_error(&page, 400, "invalid_grant");
}

#[actix_web::test]
async fn a_new_sign_in_cannot_be_shown_without_openid_connect() {
    let forge = Forge::start();
    for (must_say, good) in [(true, false), (false, true)] {
        let server = server(&forge, |settings| settings.require_auth_time = must_say).await;
        let person = server.browser();
        let page = person.visit(&authorize_url(&server, "web", &[("prompt", "login")])).await;
        let page = choose(&person, &page).await;
        let (request, code) = forge.authorize(&Url::parse(&page.location.unwrap()).unwrap());
        let parameters = [("code", &code), ("state", &request["state"])];
        let url = Url::parse_with_params(&request["redirect_uri"], parameters).unwrap();
        let page = person.visit(url.as_str()).await;
        let there = page.location.clone().unwrap_or_default();
        assert_eq!(there.starts_with("https://app.example/"), good, "{page:?}");
    }
}
