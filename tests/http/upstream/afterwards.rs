//! What follows a sign-in: the provider is asked again when tokens are refreshed, and told when the
//! person leaves.

use serde_json::json;
use url::Url;

use super::scene::*;
use crate::kit::*;
use crate::person::Page;
use crate::server::START;
use crate::support::provider::Character;

/// Tokens of somebody who signed in with a provider that is asked again after an hour.
async fn checked(
    change: impl FnOnce(&mut doorstep::upstream::ProviderSettings),
) -> (Scene, String) {
    let scene = Scene::with(Character::default(), |settings| {
        settings.recheck = 3600;
        change(settings);
    })
    .await;
    let person = scene.server.browser();
    let more = [("scope", "openid offline_access groups")];
    let back = scene.leave_for(&person, &authorize_url(&scene.server, "web", &more)).await;
    let code = response(&scene.arrive(&person, &back).await)["code"].clone();
    let tokens = redeem(&scene.server, "web", &code).await.json();
    (scene, tokens["refresh_token"].as_str().expect("a refresh token").to_owned())
}

async fn refresh(scene: &Scene, token: &mut String) -> Page {
    let page = crate::kit::refresh(&scene.server, "web", &json!(token)).await;
    if page.status == 200 {
        *token = page.json()["refresh_token"].as_str().unwrap().to_owned();
    }
    page
}

#[actix_web::test]
async fn the_provider_is_asked_again_when_it_is_due() {
    let (scene, mut token) = checked(|_| {}).await;
    assert_eq!(refresh(&scene, &mut token).await.status, 200);
    assert_eq!(scene.provider.ledger().refreshed, 0, "not yet");
    for times in 1..4 {
        scene.server.clock.advance(3600);
        assert_eq!(refresh(&scene, &mut token).await.status, 200);
        assert_eq!(refresh(&scene, &mut token).await.status, 200);
        assert_eq!(scene.provider.ledger().refreshed, times, "once, with the token of last time");
    }
}

#[actix_web::test]
async fn whoever_the_provider_no_longer_lets_in_is_out() {
    let (scene, mut token) = checked(|_| {}).await;
    scene.provider.change(|character| character.refuses_refresh = true);
    assert_eq!(refresh(&scene, &mut token).await.status, 200, "nobody was asked");
    scene.server.clock.advance(3600);
    assert_error(&refresh(&scene, &mut token).await, 400, "invalid_grant");
    // It stays so, without asking again.
    scene.provider.change(|character| character.refuses_refresh = false);
    assert_error(&refresh(&scene, &mut token).await, 400, "invalid_grant");
    let events = scene.server.db.audit_events(START, 100).await.unwrap();
    assert!(events.iter().any(|event| event.event == "provider_ended_sign_in"));
}

#[actix_web::test]
async fn whoever_left_the_group_or_is_closed_is_out_and_groups_follow() {
    let (scene, mut token) = checked(|settings| {
        settings.groups_claim = "groups".into();
    })
    .await;
    scene.provider.change(|character| character.claims = json!({"groups": ["new"]}));
    scene.server.clock.advance(3600);
    assert_eq!(refresh(&scene, &mut token).await.status, 200);
    let found = scene.server.db.find_account_by_username("ada").await.unwrap().unwrap().0;
    assert_eq!(found.claims.as_map()["groups"], json!(["new"]));
    scene.provider.change(|character| character.claims = json!({"groups": "new"}));
    scene.server.clock.advance(3600);
    assert_error(&refresh(&scene, &mut token).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn a_provider_that_does_not_answer_costs_nobody_a_token() {
    let (scene, mut token) = checked(|_| {}).await;
    scene.server.clock.advance(3600);
    scene.provider.change(|character| character.broken = true);
    for _ in 0..2 {
        assert_error(&refresh(&scene, &mut token).await, 503, "temporarily_unavailable");
    }
    scene.provider.change(|character| character.broken = false);
    assert_eq!(refresh(&scene, &mut token).await.status, 200);
}

#[actix_web::test]
async fn a_sign_in_that_cannot_be_checked_ends_when_it_is_due() {
    let character = Character { gives_none: true, ..Character::default() };
    let scene = Scene::with(character, |settings| settings.recheck = 3600).await;
    let person = scene.server.browser();
    let more = [("scope", "openid offline_access")];
    let back = scene.leave_for(&person, &authorize_url(&scene.server, "web", &more)).await;
    let code = response(&scene.arrive(&person, &back).await)["code"].clone();
    let tokens = redeem(&scene.server, "web", &code).await.json();
    let mut token = tokens["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(refresh(&scene, &mut token).await.status, 200);
    scene.server.clock.advance(3600);
    assert_error(&refresh(&scene, &mut token).await, 400, "invalid_grant");
}

#[actix_web::test]
async fn nobody_is_asked_where_the_admin_did_not_say_so() {
    let (scene, mut token) = checked(|settings| settings.recheck = 0).await;
    scene.provider.change(|character| character.refuses_refresh = true);
    scene.server.clock.advance(86_400);
    assert_eq!(refresh(&scene, &mut token).await.status, 200);
}

/// Signs in, and out again by the client's request; gives where the browser goes then.
async fn signs_out(logout: bool, end_session: bool) -> (Scene, crate::person::Person, Page) {
    let character = Character { signs_out: end_session, ..Character::default() };
    let scene = Scene::with(character, |settings| settings.logout = logout).await;
    let (person, page) = scene.sign_in().await;
    let tokens = redeem(&scene.server, "web", &response(&page)["code"]).await.json();
    let mut url = Url::parse(&format!("{}/logout", scene.server.url)).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", tokens["id_token"].as_str().unwrap())
        .append_pair("post_logout_redirect_uri", "https://app.example/bye")
        .append_pair("state", "s-9");
    let page = person.get(url.as_str()).await;
    assert_eq!(person.cookie("doorstep-session"), None, "signed out here in any case");
    (scene, person, page)
}

#[actix_web::test]
async fn signing_out_here_signs_out_there_and_goes_on() {
    let (scene, person, page) = signs_out(true, true).await;
    let there = Url::parse(&page.location.unwrap()).unwrap();
    assert!(there.as_str().starts_with(&format!("{}/logout?", scene.provider.url)), "{there}");
    let asked: std::collections::HashMap<_, _> = there.query_pairs().into_owned().collect();
    assert_eq!(asked["client_id"], "doorstep");
    assert_eq!(claims(&asked["id_token_hint"])["sub"], "7f3a");
    let back = format!("{}?state={}", asked["post_logout_redirect_uri"], asked["state"]);
    let page = person.get(&back).await;
    assert_eq!(page.location.as_deref(), Some("https://app.example/bye?state=s-9"));
    // What was not ours leads nowhere.
    for state in ["", "x", &format!("A{}", asked["state"])] {
        let back = format!("{}?state={state}", asked["post_logout_redirect_uri"]);
        let page = person.get(&back).await;
        assert!(page.location.is_none() && text(&page).contains("You are signed out"), "{page:?}");
    }
    scene.server.clock.advance(3600);
    assert_eq!(person.get(&back).await.location, None, "nor after an hour");
}

#[actix_web::test]
async fn signing_out_stays_here_where_there_is_no_way_there() {
    for (logout, end_session) in [(false, true), (true, false)] {
        let (_, _, page) = signs_out(logout, end_session).await;
        assert_eq!(page.location.as_deref(), Some("https://app.example/bye?state=s-9"));
    }
}
