//! A provider's word is one factor unless it says that it saw two; the second is asked for here, and what
//! the provider gave is not lost on the way.

use doorstep::secret::digest;
use serde_json::{Value, json};

use super::scene::Scene;
use crate::factor_kit::*;
use crate::kit::*;
use crate::server::Setup;
use crate::support::provider::Character;

fn says(claims: Value) -> Character {
    Character { claims, ..Character::default() }
}

fn mfa_for_all() -> Setup {
    Setup { factors: required(), ..Setup::default() }
}

#[actix_web::test]
async fn a_second_factor_is_asked_for_after_the_provider_and_its_tokens_are_kept() {
    let logout = |settings: &mut doorstep::upstream::ProviderSettings| settings.logout = true;
    let scene = Scene::set_up(says(json!({"amr": ["pwd"]})), logout, mfa_for_all()).await;
    let (person, page) = scene.sign_in().await;
    assert!(text(&page).contains("Please add a second way to sign in"), "{page:?}");
    assert_eq!(person.cookie("doorstep-session"), None, "the provider alone signs nobody in");
    let link = page.body.split("href=\"").find(|rest| rest.starts_with("/login/totp"));
    let link = link.expect("a link").split('"').next().unwrap().replace("&#38;", "&");
    let page = person.get(&format!("{}{link}", scene.server.url)).await;
    let secret = key_on(&page);
    let code = code_of(&scene.server, &secret);
    let page = send_code(&person, &page, "/login/totp", &code).await;
    assert_eq!(codes_on(&page).len(), 10);
    let cookie = digest(person.cookie("doorstep-session").expect("a session"));
    let now = scene.server.clock.now();
    let session = scene.server.db.find_session(&cookie, now).await.unwrap().unwrap();
    assert_eq!(session.amr, "fed otp mfa pwd");
    let kept = scene.server.db.find_upstream_session(&session.id).await.unwrap();
    assert_eq!(kept.expect("the provider's tokens").account_id, session.account_id);
    let (_, detail) = audited(&scene.server, "signed_in").await.pop().unwrap();
    let detail: Value = serde_json::from_str(&detail).unwrap();
    assert_eq!((&detail["provider"], &detail["amr"]), (&json!("corp"), &json!("fed otp mfa pwd")));
    // The next time it is asked for, and a code is enough.
    scene.server.clock.advance(60);
    let (person, page) = scene.sign_in().await;
    let code = code_of(&scene.server, &secret);
    let page = send_code(&person, &page, "/login/code", &code).await;
    assert!(response(&person.follow(page).await).contains_key("code"));
}

#[actix_web::test]
async fn two_factors_that_the_provider_has_seen_are_enough() {
    let scene = Scene::set_up(says(json!({"amr": ["pwd", "mfa"]})), |_| {}, mfa_for_all()).await;
    let (_, page) = scene.sign_in().await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn where_people_come_from_providers_alone_no_passkey_goes_past_them() {
    let setup = Setup { https: true, local_passwords: false, ..Setup::default() };
    let provider =
        |settings: &mut doorstep::upstream::ProviderSettings| settings.name = "Corp".into();
    let scene = Scene::set_up(Character::default(), provider, setup).await;
    let page = scene.server.browser().get(&format!("{}/login?choose", scene.server.url)).await;
    assert!(page.body.contains("Corp") && !page.body.contains("passkey"), "{page:?}");
}
