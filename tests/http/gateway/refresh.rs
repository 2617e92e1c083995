//! New tokens: for a page that starts, for tabs and replicas at once, and for nobody who is out.

use std::time::Duration;

use doorstep::store::error::Error;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::foreign::Foreign;
use super::scene::{Scene, assert_trouble, set_cookies};
use crate::kit::claims;
use crate::server::START;

fn token(tokens: &Value) -> String {
    tokens["id_token"].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned()
}

#[actix_web::test]
async fn a_page_gets_its_tokens_when_it_starts_and_again_before_they_expire() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let first = scene.app.refresh(&browser).await;
    assert_eq!(
        (first.status, &first.headers["cache-control"]),
        (200, &"no-store".parse().unwrap())
    );
    let first = first.json();
    assert_eq!((first["expires_in"].as_i64(), &first["token_type"]), (Some(600), &json!("Bearer")));
    assert_eq!(first["profile"]["preferred_username"], "alice");
    scene.app.clock.advance(500);
    let second = scene.app.refresh(&browser).await.json();
    assert_ne!(token(&first), token(&second));
    assert_eq!(claims(&token(&second))["exp"], START.0 + 500 + 600);
    scene.app.clock.advance(29 * 86_400);
    assert_eq!(
        scene.app.refresh(&browser).await.status,
        200,
        "each refresh renews the thirty days"
    );
    scene.app.clock.advance(30 * 86_400);
    assert_trouble(&scene.app.refresh(&browser).await, 401, "login_required");
}

#[actix_web::test]
async fn both_cookies_live_for_as_long_again() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let before = browser.cookie("__Host-doorstep-app-dash");
    let page = scene.app.refresh(&browser).await;
    assert_eq!(page.status, 200, "{page:?}");
    let cookies = [set_cookies(&page, "app-dash"), set_cookies(&page, "refresh")].concat();
    assert_eq!(cookies.len(), 3);
    assert!(cookies.iter().all(|cookie| cookie.contains("Max-Age=2592000")), "{cookies:?}");
    assert_eq!(browser.cookie("__Host-doorstep-app-dash"), before);
}

#[actix_web::test]
async fn tabs_and_replicas_that_refresh_at_once_get_the_same_tokens() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let replica = scene.replica();
    // The second gateway is reached by another port: behind a proxy both would have one address.
    let other = replica.stranger();
    for name in ["__Secure-doorstep-app-dash-refresh", "__Host-doorstep-app-dash"] {
        other.set_cookie(name, &browser.cookie(name).unwrap());
    }
    scene.app.clock.advance(400);
    let here = join_all((0..8).map(|_| scene.app.refresh(&browser)));
    let there = join_all((0..8).map(|_| replica.call(&other, "/refresh", json!({}))));
    let (here, there) = futures_util::future::join(here, there).await;
    let pages: Vec<_> = here.into_iter().chain(there).collect();
    let tokens: Vec<_> = pages.iter().map(|page| token(&page.json())).collect();
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "one of them asked");
    scene.app.clock.advance(400);
    assert_eq!(scene.app.refresh(&browser).await.status, 200, "nobody used a token twice");
}

#[actix_web::test]
async fn whoever_is_closed_at_the_issuer_is_out_of_the_app() -> Result<(), Error> {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    scene.issuer.db.set_account_disabled("alice-id", true, START).await?;
    scene.app.clock.advance(60);
    let page = scene.app.refresh(&browser).await;
    assert_trouble(&page, 401, "login_required");
    assert_eq!(set_cookies(&page, "refresh").len(), 2, "{page:?}");
    assert!(set_cookies(&page, "refresh").iter().all(|cookie| cookie.contains("Max-Age=0")));
    assert_eq!(browser.cookie("__Host-doorstep-app-dash"), None);
    Ok(())
}

#[actix_web::test]
async fn whoever_leaves_the_groups_is_out_of_the_app() {
    let scene = Foreign::set(
        |provider| provider.claims = json!({ "groups": ["ops"] }),
        |app| app.required_groups = vec!["ops".into()],
    );
    let scene = scene.await;
    let browser = scene.signed_in().await;
    scene.provider.change(|provider| provider.claims = json!({ "groups": [] }));
    scene.app.clock.advance(60);
    assert_trouble(&scene.app.refresh(&browser).await, 403, "not_let_in");
    assert_trouble(&scene.app.profile(&browser).await, 401, "login_required");
}

#[actix_web::test]
async fn an_issuer_that_is_out_of_order_signs_nobody_out() {
    let scene = Foreign::start().await;
    let browser = scene.signed_in().await;
    scene.app.clock.advance(60);
    scene.provider.change(|provider| provider.broken = true);
    let page = scene.app.refresh(&browser).await;
    assert_trouble(&page, 503, "temporarily_unavailable");
    assert_eq!(page.headers["retry-after"], "5");
    scene.provider.change(|provider| provider.token_delay = Duration::from_secs(10));
    scene.provider.change(|provider| provider.broken = false);
    let begun = std::time::Instant::now();
    assert_trouble(&scene.app.refresh(&browser).await, 503, "temporarily_unavailable");
    assert!(begun.elapsed() < Duration::from_secs(6), "a slow issuer holds nobody up");
    assert_eq!(scene.app.profile(&browser).await.status, 200);
    scene.provider.change(|provider| provider.token_delay = Duration::ZERO);
    assert_eq!(scene.app.refresh(&browser).await.status, 200);
}

#[actix_web::test]
async fn an_issuer_without_a_new_id_token_says_nothing_new_about_the_person() {
    let scene = Foreign::set(|_| {}, |app| app.userinfo = false).await;
    let browser = scene.signed_in().await;
    scene
        .provider
        .change(|provider| provider.id_token = crate::support::provider::IdTokens::Missing);
    scene.app.clock.advance(60);
    let tokens = scene.app.refresh(&browser).await.json();
    assert_eq!(tokens["id_token"], Value::Null);
    assert_eq!(tokens["profile"]["preferred_username"], "ada");
}
