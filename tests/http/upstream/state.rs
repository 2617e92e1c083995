//! The cookie that holds a sign-in while the person is at the provider.

use doorstep::secret::RootKey;

use super::scene::*;
use crate::kit::*;
use crate::person::Person;
use crate::server::Setup;
use crate::support::provider::{Character, Issuer};

async fn good() -> Scene {
    Scene::of(Character::default()).await
}

/// Goes to the provider, and gives the name of the cookie too.
async fn leave(scene: &Scene, person: &Person) -> (OnTheWay, String) {
    let page = person.visit(&format!("{}/upstream/corp", scene.server.url)).await;
    (scene.consent(&page), state_cookie(&page).expect("a state"))
}

#[actix_web::test]
async fn t06_state_tampered_missing_or_empty() {
    let scene = good().await;
    for state in ["", "x", "st-1", "corp"] {
        let person = scene.server.browser();
        let (mut back, _) = leave(&scene, &person).await;
        back.set("state", state);
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, 400, "over");
    }
    let person = scene.server.browser();
    let (mut back, _) = leave(&scene, &person).await;
    let state = back.request["state"].clone();
    back.set("state", &format!("{}A", &state[..42]));
    back.response.push(("state".into(), state.clone()));
    let page = scene.arrive(&person, &back).await;
    assert_failed(&person, &page, 400, "over");
    // What is on the wire is a nonce and nothing else.
    assert!(
        !state.contains("corp") && doorstep::secret::from_base64url(&state).unwrap().len() == 32
    );
    assert_eq!(scene.provider.codes(), (0, 0));
}

#[actix_web::test]
async fn t06_a_state_serves_only_the_browser_it_began_in() {
    let scene = good().await;
    let victim = scene.server.browser();
    let (back, _) = leave(&scene, &scene.server.browser()).await;
    let page = scene.arrive(&victim, &back).await;
    assert_failed(&victim, &page, 400, "over");
    // Not even with the cookie, which a sibling domain might have planted.
    let attacker = scene.server.browser();
    let (back, name) = leave(&scene, &attacker).await;
    let (_, own) = leave(&scene, &victim).await;
    assert_ne!(name, own);
    victim.set_cookie(&name, &attacker.cookie(&name).unwrap());
    let page = scene.arrive(&victim, &back).await;
    assert_failed(&victim, &page, 400, "over");
    assert_eq!(scene.provider.codes(), (0, 0));
}

#[actix_web::test]
async fn t09_a_used_callback_url_cannot_be_replayed() {
    let scene = good().await;
    let person = scene.server.browser();
    let (back, name) = leave(&scene, &person).await;
    let page = person.get(&scene.callback(&back)).await;
    assert_eq!(page.status, 303);
    assert_eq!(person.cookie(&name), None, "cleared with the first response");
    person.drop_cookie("doorstep-session");
    let page = scene.arrive(&person, &back).await;
    assert_failed(&person, &page, 400, "over");
    assert_eq!(scene.provider.codes(), (1, 0), "the code is not tried again");
    // A response that fails clears it as well.
    let (mut back, name) = leave(&scene, &person).await;
    back.set("error", "access_denied");
    scene.arrive(&person, &back).await;
    assert_eq!(person.cookie(&name), None);
}

#[actix_web::test]
async fn t09_a_state_lives_ten_minutes() {
    for (seconds, good) in [(599, true), (600, false)] {
        let scene = self::good().await;
        let person = scene.server.browser();
        let (back, _) = leave(&scene, &person).await;
        scene.server.clock.advance(seconds);
        let page = scene.arrive(&person, &back).await;
        assert_eq!(
            page.status == 200 && !page.body.contains("data-state=\"over\""),
            good,
            "{page:?}"
        );
    }
}

#[actix_web::test]
async fn t11_t12_the_state_cookie_is_kept_narrow() {
    let set_cookie = async |https: bool| {
        let setup = Setup { https, ..Setup::default() };
        let scene = Scene::set_up(Character::default(), |_| {}, setup).await;
        let person = scene.server.browser();
        let page = person.visit(&format!("{}/upstream/corp", scene.server.url)).await;
        let all = page.headers.get_all("set-cookie").iter();
        let mut all = all.map(|value| value.to_str().unwrap().to_owned());
        all.find(|cookie| cookie.contains("doorstep-upstream-")).unwrap()
    };
    let (plain, secure) = (set_cookie(false).await, set_cookie(true).await);
    for cookie in [&plain, &secure] {
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/upstream/corp", "Max-Age=600"] {
            assert!(cookie.split("; ").any(|part| part == attribute), "{attribute}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert!(cookie.len() < 4096);
    }
    assert!(secure.starts_with("__Secure-doorstep-upstream-") && secure.contains("; Secure"));
    assert!(plain.starts_with("doorstep-upstream-") && !plain.contains("; Secure"));
}

#[actix_web::test]
async fn t18_a_state_for_one_provider_serves_no_other() {
    let (corp_issuer, forge) =
        (Issuer::start(Character::default()), Issuer::start(Character::default()));
    let mut settings = vec![corp(&corp_issuer), corp(&forge)];
    settings[1].id = "forge".into();
    let server = Setup { providers: settings, ..Setup::default() }.start().await;
    let scene = Scene { server, provider: corp_issuer };
    let person = scene.server.browser();
    let (mut back, name) = leave(&scene, &person).await;
    back.request
        .insert("redirect_uri".into(), format!("{}/upstream/forge/callback", scene.server.url));
    back.set("iss", &forge.url);
    // The path keeps the cookie away from there, and its seal would not open there either.
    for planted in [false, true] {
        if planted {
            person.set_cookie(&name, &person.cookie(&name).unwrap());
        }
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, 400, "over");
    }
    assert_eq!((scene.provider.codes(), forge.codes()), ((0, 0), (0, 0)));
}

#[actix_web::test]
async fn t19_a_state_is_no_session_nor_the_reverse() {
    let scene = good().await;
    let person = scene.server.browser();
    let (back, name) = leave(&scene, &person).await;
    let other = scene.server.browser();
    other.set_cookie("doorstep-session", &person.cookie(&name).unwrap());
    let page = other.visit(&format!("{}/account", scene.server.url)).await;
    assert!(text(&page).contains("Nobody is signed in"), "{page:?}");
    let (signed_in, _) = scene.sign_in().await;
    person.set_cookie(&name, &signed_in.cookie("doorstep-session").unwrap());
    let page = scene.arrive(&person, &back).await;
    assert_failed(&person, &page, 400, "over");
}

#[actix_web::test]
async fn t27_another_keys_signature() {
    let (ours, other) = (good().await, good().await);
    let person = ours.server.browser();
    let (back, name) = leave(&ours, &person).await;
    let foreign = {
        let person = other.server.browser();
        let (_, name) = leave(&other, &person).await;
        person.cookie(&name).unwrap()
    };
    person.set_cookie(&name, &foreign);
    let page = ours.arrive(&person, &back).await;
    assert_failed(&person, &page, 400, "over");
}

#[actix_web::test]
async fn t31_tampered_expired_and_foreign_states_look_the_same() {
    let root = RootKey::generate();
    let setup = Setup { root: root.clone(), ..Setup::default() };
    let scene = Scene::set_up(Character::default(), |_| {}, setup).await;
    let mut pages = Vec::new();
    for kind in ["tampered", "expired", "foreign audience", "missing", "another's"] {
        let person = scene.server.browser();
        let (mut back, name) = leave(&scene, &person).await;
        let sealed = person.cookie(&name).unwrap();
        let plain = root.open("login state for upstream corp", &sealed).unwrap();
        match kind {
            "tampered" => person.set_cookie(&name, &format!("A{sealed}")),
            "expired" => scene.server.clock.advance(601),
            "foreign audience" => {
                let other = root.seal("login state for upstream forge", &plain).unwrap();
                person.set_cookie(&name, &other);
            }
            "missing" => person.drop_cookie(&name),
            _ => back.set("state", &scene.leave(&scene.server.browser()).await.request["state"]),
        }
        let page = scene.arrive(&person, &back).await;
        assert_failed(&person, &page, 400, "over");
        let number = header(&page, "x-request-id").to_owned();
        pages.push(page.body.replace(&number, ""));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "one page for all of them");
}

#[actix_web::test]
async fn tabs_do_not_collide_and_cookies_do_not_pile_up() {
    let scene = good().await;
    let person = scene.server.browser();
    let (first, _) = leave(&scene, &person).await;
    let (second, _) = leave(&scene, &person).await;
    for back in [&first, &second] {
        let page = scene.arrive(&person, back).await;
        assert!(text(&page).contains("signed in as"), "both tabs arrive: {page:?}");
    }
    let mut names = Vec::new();
    for _ in 0..5 {
        scene.server.clock.advance(1);
        names.push(leave(&scene, &person).await.1);
    }
    let kept: Vec<bool> = names.iter().map(|name| person.cookie(name).is_some()).collect();
    assert_eq!(kept, [false, false, true, true, true]);
}
