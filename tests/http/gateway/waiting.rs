//! A desktop app's sign-in that is done and not yet fetched: whoever signs out ends it like any other session,
//! whichever replica hears of it and whichever is asked.

use serde_json::json;

use super::foreign::Foreign;
use super::program::{Program, agree, desktop, link};
use super::scene::{Scene, assert_trouble};
use crate::person::Person;

/// Has the issuer's person sign in for the program, which does not ask yet.
async fn done(scene: &Foreign, program: &Program<'_>, sid: &str) -> serde_json::Value {
    scene.provider.change(|provider| provider.claims = json!({ "sid": sid }));
    let started = program.start().await;
    let browser = scene.app.stranger();
    let page = agree(&browser, link(&started)).await;
    let page = browser.get(&scene.consent_to(&page)).await;
    assert_eq!(browser.follow(page).await.state(), "signed_in");
    started
}

/// The same through a Doorstep.
async fn done_by(scene: &Scene, program: &Program<'_>, browser: &Person) -> serde_json::Value {
    let started = program.start().await;
    let page = agree(browser, link(&started)).await;
    let page = scene.through_issuer(browser, page).await;
    assert_eq!(browser.follow(page).await.state(), "signed_in");
    started
}

#[actix_web::test]
async fn signing_out_at_a_doorstep_ends_what_waits() {
    let scene = Scene::set(desktop).await;
    let replica = scene.replica();
    let (here, there) = (Program::of(&scene.app), Program::of(&replica));
    let (browser, elsewhere) = (scene.alice().await, scene.app.stranger());
    let mut waiting = Vec::new();
    for program in [&here, &there] {
        waiting.push(done_by(&scene, program, &browser).await);
    }
    let other = done_by(&scene, &there, &elsewhere).await;
    scene.sign_out_there(&browser).await;
    assert_trouble(&there.poll(&waiting[0]).await, 410, "expired_token");
    assert_trouble(&here.poll(&waiting[1]).await, 410, "expired_token");
    assert_eq!(here.poll(&other).await.status, 200, "another session at the issuer goes on");
}

#[actix_web::test]
async fn a_logout_token_ends_what_waits_of_a_session_or_of_a_person() {
    let scene = Foreign::set(|_| {}, desktop).await;
    let replica = scene.replica();
    let (here, there) = (Program::of(&scene.app), Program::of(&replica));
    let (one, two) = (done(&scene, &here, "one").await, done(&scene, &here, "two").await);
    let tell = async |app: &crate::app::Dashboard, claims: serde_json::Value| {
        let token = scene.provider.logout_token(&claims, true);
        let fields = [("logout_token".to_owned(), token)];
        let page = app.stranger().post(&format!("{}/backchannel-logout", app.auth), &fields).await;
        assert_eq!(page.status, 200, "{page:?}");
    };
    tell(&replica, json!({ "sid": "one" })).await;
    assert_trouble(&there.poll(&one).await, 410, "expired_token");
    assert_eq!(there.poll(&two).await.status, 200);
    let (three, four) = (done(&scene, &here, "three").await, done(&scene, &there, "four").await);
    tell(&replica, json!({ "sub": "7f3a" })).await;
    assert_trouble(&here.poll(&three).await, 410, "expired_token");
    assert_trouble(&here.poll(&four).await, 410, "expired_token");
    assert_trouble(&replica.profile(&there.http).await, 401, "login_required");
}

#[actix_web::test]
async fn signing_out_of_the_app_ends_what_waits() {
    let scene = Foreign::set(|_| {}, desktop).await;
    let program = Program::of(&scene.app);
    scene.provider.change(|provider| provider.claims = json!({ "sid": "one" }));
    let browser = scene.signed_in().await;
    let (one, two) = (done(&scene, &program, "one").await, done(&scene, &program, "two").await);
    assert_eq!(scene.app.post(&browser, "/logout", json!({})).await.status, 200);
    assert_trouble(&program.poll(&one).await, 410, "expired_token");
    assert_eq!(program.poll(&two).await.status, 200, "another session at the issuer goes on");
    // Where the issuer names no session, the person's name has to do.
    scene.provider.change(|provider| provider.claims = json!({}));
    let browser = scene.signed_in().await;
    let other = Program::of(&scene.app);
    let three = done(&scene, &other, "three").await;
    assert_eq!(scene.app.post(&browser, "/logout", json!({})).await.status, 200);
    assert_trouble(&other.poll(&three).await, 410, "expired_token");
    assert_eq!(scene.app.profile(&program.http).await.status, 200, "what was fetched goes on");
}

#[actix_web::test]
async fn what_waits_opens_nothing_and_is_swept_when_nobody_fetches_it() {
    let scene = Foreign::set(|_| {}, desktop).await;
    let program = Program::of(&scene.app);
    done(&scene, &program, "one").await;
    let (db, now) = (&scene.app.db, scene.app.clock.now());
    assert_eq!(db.sweep_gateway_sessions(now.plus(300), 10).await.unwrap(), 0);
    assert_eq!(db.sweep_gateway_sessions(now.plus(301), 10).await.unwrap(), 1);
}
