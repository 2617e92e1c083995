//! Word from the issuer that somebody signed out there (OpenID Connect Back-Channel Logout 1.0 §2.6).

use doorstep::gateway::AppSettings;
use doorstep::store::Db;
use serde_json::{Value, json};

use super::foreign::Foreign;
use super::scene::{Scene, assert_trouble};
use crate::app::{Parts, Place};
use crate::person::Page;
use crate::support::provider::IdTokens;

async fn tell(scene: &Foreign, token: &str) -> Page {
    let issuer = scene.app.stranger();
    let fields = [("logout_token".to_owned(), token.to_owned())];
    issuer.post(&format!("{}/backchannel-logout", scene.app.auth), &fields).await
}

#[actix_web::test]
async fn signing_out_at_a_doorstep_signs_out_of_the_app() {
    let scene = Scene::start().await;
    let browser = scene.alice().await;
    let elsewhere = scene.alice().await;
    scene.sign_out_there(&browser).await;
    assert_trouble(&scene.app.profile(&browser).await, 401, "login_required");
    assert_trouble(&scene.app.refresh(&browser).await, 401, "login_required");
    assert_eq!(scene.app.profile(&elsewhere).await.status, 200, "another session goes on");
}

#[actix_web::test]
async fn a_token_ends_a_session_or_all_of_a_person() {
    let scene = Foreign::start().await;
    let mut browsers = Vec::new();
    for sid in ["one", "two", "three"] {
        scene.provider.change(|provider| provider.claims = json!({ "sid": sid }));
        browsers.push(scene.signed_in().await);
    }
    let token = scene.provider.logout_token(&json!({ "sid": "two" }), true);
    assert_eq!(tell(&scene, &token).await.status, 200);
    let mut lives = Vec::new();
    for browser in &browsers {
        lives.push(scene.app.profile(browser).await.status == 200);
    }
    assert_eq!(lives, [true, false, true]);
    assert_trouble(&tell(&scene, &token).await, 400, "invalid_request");
    let somebody = scene.provider.logout_token(&json!({ "sub": "somebody" }), true);
    assert_eq!(tell(&scene, &somebody).await.status, 200);
    assert_eq!(scene.app.profile(&browsers[0]).await.status, 200);
    let token = scene.provider.logout_token(&json!({ "sub": "7f3a", "aud": ["x", "dash"] }), true);
    assert_eq!(tell(&scene, &token).await.status, 200);
    for browser in &browsers {
        assert_eq!(scene.app.profile(browser).await.status, 401);
    }
}

#[actix_web::test]
async fn what_is_no_logout_token_ends_nothing() {
    let scene = Foreign::start().await;
    scene.provider.change(|provider| provider.claims = json!({ "sid": "one" }));
    let browser = scene.signed_in().await;
    let now = scene.app.clock.now().0;
    let changes: [(&str, Value); 13] = [
        ("another issuer", json!({ "iss": "https://evil.example" })),
        ("another audience", json!({ "aud": "other" })),
        ("no audience", json!({ "aud": null })),
        ("expired", json!({ "exp": now - 61 })),
        ("old", json!({ "iat": now - 700, "exp": now + 9999 })),
        ("from the future", json!({ "iat": now + 61 })),
        ("without a time", json!({ "iat": null })),
        ("no event", json!({ "events": {} })),
        ("another event", json!({ "events": { "x": {} } })),
        (
            "an event that is no object",
            json!({ "events": {
            "http://schemas.openid.net/event/backchannel-logout": true } }),
        ),
        ("a nonce", json!({ "nonce": "n" })),
        ("nobody", json!({ "sid": null })),
        ("no id of its own", json!({ "jti": null })),
    ];
    for (what, change) in changes {
        let mut claims = json!({ "sid": "one" });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let token = scene.provider.logout_token(&claims, true);
        let page = tell(&scene, &token).await;
        assert_eq!(page.status, 400, "{what}");
        assert_eq!(scene.app.profile(&browser).await.status, 200, "{what}");
    }
    let forged = scene.provider.logout_token(&json!({ "sid": "one" }), false);
    let unsigned = {
        let good = scene.provider.logout_token(&json!({ "sid": "one" }), true);
        let payload = good.split('.').nth(1).unwrap().to_owned();
        format!("eyJhbGciOiJub25lIn0.{payload}.")
    };
    for token in [forged.as_str(), &unsigned, "", "x.y.z", "...."] {
        let page = tell(&scene, token).await;
        assert_eq!(page.status, 400, "{token}");
    }
    scene.provider.change(|provider| provider.id_token = IdTokens::Good);
    assert_eq!(scene.app.profile(&browser).await.status, 200);
    let good = scene.provider.logout_token(&json!({ "sid": "one", "exp": null }), true);
    assert_eq!(tell(&scene, &good).await.status, 200);
}

#[actix_web::test]
async fn strangers_cannot_make_the_issuer_be_asked_for_its_keys_again_and_again() {
    let scene = Foreign::start().await;
    scene.signed_in().await;
    let before = scene.provider.ledger().keys_read;
    let good = scene.provider.logout_token(&json!({ "sid": "one" }), true);
    let (_, signed) = good.split_once('.').unwrap();
    for _ in 0..5 {
        let header = doorstep::secret::base64url(br#"{"alg":"ES256","kid":"of nobody"}"#);
        let page = tell(&scene, &format!("{header}.{signed}")).await;
        assert_trouble(&page, 400, "invalid_request");
    }
    assert_eq!(scene.provider.ledger().keys_read, before + 1);
}

#[actix_web::test]
async fn a_token_that_the_store_could_not_act_on_is_heard_when_it_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let scene = Foreign::start().await;
    let place = Place::reserve();
    let settings = AppSettings { url: place.app("").url, ..scene.settings.clone() };
    let db = Db::connect(&format!("sqlite:{}", file.display()), 2).await.unwrap();
    let parts = Parts { db, ..scene.parts.clone() };
    let app = place.start(vec![settings.clone()], parts.clone());
    let scene = Foreign { provider: scene.provider, app, settings, parts };
    let browser = scene.signed_in().await;
    let disk = rusqlite::Connection::open(&file).unwrap();
    disk.execute_batch(
        "CREATE TRIGGER full BEFORE DELETE ON doorstep_gateway_sessions \
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    )
    .unwrap();
    let token = scene.provider.logout_token(&json!({ "sub": "7f3a" }), true);
    assert_eq!(tell(&scene, &token).await.status, 500);
    assert_eq!(scene.app.profile(&browser).await.status, 200);
    disk.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(tell(&scene, &token).await.status, 200);
    assert_trouble(&scene.app.profile(&browser).await, 401, "login_required");
}
