//! A desktop app whose sign-in happens in the system's browser: the app has an HTTP client with cookies of
//! its own, the person a browser with others.

use doorstep::gateway::AppSettings;
use futures_util::future::join_all;
use serde_json::json;

use super::foreign::Foreign;
use super::program::{Program, agree, assert_pending, desktop, link};
use super::scene::{Scene, assert_trouble, set_cookies};
use crate::kit::text;

#[actix_web::test]
async fn the_app_waits_and_then_the_session_is_its_own() {
    let scene = Scene::set(desktop).await;
    let program = Program::of(&scene.app);
    let started = program.start().await;
    assert_eq!((&started["interval"], &started["expires_in"]), (&json!(2), &json!(300)));
    assert_pending(&program.poll(&started).await);
    let browser = scene.app.stranger();
    let page = browser.get(link(&started)).await;
    let phrase = started["match_phrase"].as_str().unwrap();
    assert!(text(&page).contains(phrase) && text(&page).contains("127.0.0.1"), "{page:?}");
    let page = agree(&browser, link(&started)).await;
    assert_pending(&program.poll(&started).await);
    let page = scene.through_issuer(&browser, page).await;
    let page = browser.follow(page).await;
    assert!(text(&page).contains("You are signed in."), "{page:?}");
    assert!(text(&page).contains("You can close this window."), "{page:?}");
    let page = program.poll(&started).await;
    assert_eq!((page.status, page.body.as_str()), (200, r#"{"status":"success"}"#));
    assert_eq!((set_cookies(&page, "app-dash").len(), set_cookies(&page, "refresh").len()), (1, 2));
    let profile = scene.app.profile(&program.http).await.json();
    assert_eq!(profile["preferred_username"], "alice");
    let tokens = scene.app.call(&program.http, "/refresh", json!({})).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(scene.app.profile(&browser).await.status, 401, "the browser has no session");
    assert_trouble(&program.poll(&started).await, 410, "expired_token");
}

#[actix_web::test]
async fn replicas_share_who_waits() {
    let scene = Scene::set(desktop).await;
    let replica = scene.replica();
    let (here, there) = (Program::of(&scene.app), Program::of(&replica));
    let started = here.start().await;
    assert_pending(&there.poll(&started).await);
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&started)).await;
    scene.through_issuer(&browser, page).await;
    let polls = join_all(
        (0..10).map(|turn| if turn % 2 == 0 { here.poll(&started) } else { there.poll(&started) }),
    );
    let answers: Vec<_> = polls.await.into_iter().map(|page| page.status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 410).count(), 9, "{answers:?}");
    let winners = [&here.http, &there.http];
    let mut signed_in = 0;
    for (app, http) in [(&scene.app, winners[0]), (&replica, winners[1])] {
        signed_in += usize::from(app.profile(http).await.status == 200);
    }
    assert_eq!(signed_in, 1);
}

#[actix_web::test]
async fn the_handle_is_the_starters_alone() {
    let scene = Scene::set(desktop).await;
    let program = Program::of(&scene.app);
    let (started, other) = (program.start().await, program.start().await);
    assert_ne!(started["handle"], other["handle"]);
    let handle = started["handle"].as_str().unwrap();
    assert_eq!(handle.len(), "dsd_".len() + 43, "256 bits");
    let name = link(&started).rsplit('/').next().unwrap().to_owned();
    assert!(!link(&started).contains(&handle[4..]));
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&started)).await;
    assert!(!page.location.clone().unwrap().contains(&handle[4..]), "not even the issuer sees it");
    let page = scene.through_issuer(&browser, page).await;
    assert!(!format!("{page:?}").contains(&handle[4..]));
    for guess in [name.as_str(), "", "dash", &handle[4..], &format!("dsd_{name}")] {
        let page = program.poll(&json!({ "handle": guess })).await;
        assert_trouble(&page, 410, "expired_token");
    }
    assert_pending(&program.poll(&other).await);
    assert_eq!(program.poll(&started).await.status, 200);
}

#[actix_web::test]
async fn nobody_waits_for_more_than_five_minutes() {
    let scene = Scene::set(desktop).await;
    let program = Program::of(&scene.app);
    let (early, late) = (program.start().await, program.start().await);
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&late)).await;
    scene.app.clock.advance(299);
    assert_pending(&program.poll(&early).await);
    scene.app.clock.advance(1);
    assert_trouble(&program.poll(&early).await, 410, "expired_token");
    assert_eq!(browser.get(link(&early)).await.state(), "over");
    let page = scene.through_issuer(&browser, page).await;
    assert_eq!((page.status, page.state().as_str()), (410, "over"), "{page:?}");
    assert_trouble(&program.poll(&late).await, 410, "expired_token");
}

#[actix_web::test]
async fn whoever_says_no_is_heard_at_once() {
    let scene = Scene::set(desktop).await;
    let program = Program::of(&scene.app);
    let started = program.start().await;
    let browser = scene.app.stranger();
    let page = browser.get(link(&started)).await;
    let page = browser.submit(&page.form(), Some(("answer", "cancel")), &[]).await;
    assert_eq!(page.state(), "denied", "{page:?}");
    assert_trouble(&program.poll(&started).await, 403, "access_denied");
    assert_trouble(&program.poll(&started).await, 410, "expired_token");
}

#[actix_web::test]
async fn whoever_is_not_let_in_leaves_the_app_outside() {
    let gate = |app: &mut AppSettings| {
        desktop(app);
        app.required_groups = vec!["ops".into()];
    };
    let scene = Foreign::set(|provider| provider.claims = json!({ "groups": [] }), gate).await;
    let program = Program::of(&scene.app);
    let started = program.start().await;
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&started)).await;
    let page = browser.get(&scene.consent_to(&page)).await;
    assert_eq!((page.status, page.state().as_str()), (403, "not_let_in"));
    assert_trouble(&program.poll(&started).await, 403, "not_let_in");
}

#[actix_web::test]
async fn a_passing_trouble_leaves_the_app_waiting() {
    let scene = Foreign::set(|_| {}, desktop).await;
    let program = Program::of(&scene.app);
    let started = program.start().await;
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&started)).await;
    scene.provider.change(|provider| provider.broken = true);
    let page = browser.get(&scene.consent_to(&page)).await;
    assert_eq!(page.state(), "down", "{page:?}");
    assert_pending(&program.poll(&started).await);
    scene.provider.change(|provider| provider.broken = false);
    let again = page.link_to("/desktop/").expect("a way to try again");
    let page = agree(&browser, &again).await;
    let page = browser.get(&scene.consent_to(&page)).await;
    assert_eq!(browser.follow(page).await.state(), "signed_in");
    assert_eq!(program.poll(&started).await.status, 200);
}

#[actix_web::test]
async fn nobody_skips_the_question() {
    let scene = Scene::set(desktop).await;
    let program = Program::of(&scene.app);
    let started = program.start().await;
    let name = link(&started).rsplit('/').next().unwrap().to_owned();
    let browser = scene.alice().await;
    // A link of an attacker's, which the victim only has to open.
    scene.come_back(&browser, &format!("?next=/auth/desktop/{name}")).await;
    assert_pending(&program.poll(&started).await);
    let page = browser.get(link(&started)).await;
    let mut form = page.form();
    form.fields.retain(|(name, _)| name != "csrf");
    form.fields.push(("csrf".into(), "guessed".into()));
    let page = browser.submit(&form, Some(("answer", "continue")), &[]).await;
    assert_eq!(page.status, 403, "{page:?}");
    assert_pending(&program.poll(&started).await);
    assert!(
        page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
}

#[actix_web::test]
async fn no_page_signs_a_browser_in_as_somebody_else() {
    let scene = Scene::set(desktop).await;
    let program = Program::of(&scene.app);
    let started = program.start().await;
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&started)).await;
    scene.through_issuer(&browser, page).await;
    let victim = scene.app.stranger();
    let request = victim
        .request(reqwest::Method::POST, &format!("{}/desktop/poll", scene.app.auth))
        .header("content-type", "application/json")
        .header("sec-fetch-site", "cross-site")
        .body(json!({ "handle": started["handle"] }).to_string());
    assert_trouble(&victim.send(request).await, 403, "cross_site");
    assert_eq!(program.poll(&started).await.status, 200);
}

#[actix_web::test]
async fn an_admin_can_want_both_in_one_network() {
    let near = |app: &mut AppSettings| {
        desktop(app);
        app.desktop_same_network = true;
    };
    for (from, state) in [("198.51.100.9", "confirm"), ("203.0.113.5", "elsewhere")] {
        let scene = Scene::set(near).await;
        let program = Program::of(&scene.app);
        let request = program
            .http
            .request(reqwest::Method::POST, &format!("{}/desktop/start", scene.app.auth))
            .header("content-type", "application/json")
            .header("x-forwarded-for", "198.51.100.7")
            .body("{}");
        let started = program.http.send(request).await.json();
        let browser = scene.app.stranger();
        let from_there = |request: reqwest::RequestBuilder| request.header("x-forwarded-for", from);
        let request = browser.request(reqwest::Method::GET, link(&started));
        let page = browser.send(from_there(request)).await;
        assert_eq!(page.state(), state, "{from}");
        // Whoever has seen the page at home cannot go on elsewhere.
        let request = browser.request(reqwest::Method::GET, link(&started));
        let form = browser.send(request.header("x-forwarded-for", "198.51.100.9")).await.form();
        let (_, csrf) = form.fields.iter().find(|(name, _)| name == "csrf").unwrap();
        let request = browser
            .request(reqwest::Method::POST, link(&started))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(format!("csrf={csrf}&answer=continue"));
        let page = browser.send(from_there(request)).await;
        assert_eq!(page.location.is_some(), state == "confirm", "{page:?}");
    }
}
