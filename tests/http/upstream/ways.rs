//! Which way in a sign-in takes, what is passed on, and that it comes back to where it began.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};

use doorstep::issuer::LimitSettings;
use doorstep::protocol::client::Client;
use doorstep::upstream::ProviderSettings;
use serde_json::{Value, json};

use super::scene::*;
use crate::kit::*;
use crate::server::{self, START, Setup};
use crate::support::process::free_port;
use crate::support::provider::{Character, Issuer};

/// A Doorstep with two providers.
async fn two(setup: Setup) -> (Scene, Issuer) {
    let (first, second) =
        (Issuer::start(Character::default()), Issuer::start(Character::default()));
    let mut settings = vec![corp(&first), corp(&second)];
    settings[0].domains = vec!["corp.example".into()];
    settings[1].id = "club".into();
    settings[1].name = "Example <Club>".into();
    let server = Setup { providers: settings, ..setup }.start().await;
    (Scene { server, provider: first }, second)
}

fn without_passwords() -> Setup {
    Setup { local_passwords: false, ..Setup::default() }
}

#[actix_web::test]
async fn the_chooser_shows_every_way_in() {
    let (scene, club) = two(Setup::default()).await;
    let person = scene.server.browser();
    let page = person.visit(&authorize_url(&scene.server, "web", &[])).await;
    let words = text(&page);
    assert!(words.contains("Continue with Example Corp"), "{words}");
    assert!(words.contains("Continue with Example &#60;Club&#62;"), "{words}");
    assert!(page.body.contains("name=\"password\""));
    let page = person.get(&link_to(&page, "/upstream/club")).await;
    assert!(page.location.unwrap().starts_with(&club.url));
}

#[actix_web::test]
async fn passwords_can_be_switched_off() {
    let (scene, _) = two(without_passwords()).await;
    let person = scene.server.browser();
    let page = person.visit(&format!("{}/login", scene.server.url)).await;
    assert!(!page.body.contains("name=\"password\"") && !page.body.contains("<form"), "{page:?}");
    assert!(text(&page).contains("Continue with Example Corp"));
    let fields = [("username", "alice"), ("password", server::PASSWORD)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let page = person.post(&format!("{}/login", scene.server.url), &fields).await;
    assert_eq!(page.status, 404, "{page:?}");
}

#[actix_web::test]
async fn the_only_way_in_is_taken_and_a_failure_does_not_go_round_in_circles() {
    let scene = Scene::set_up(Character::default(), |_| {}, without_passwords()).await;
    let person = scene.server.browser();
    let url = authorize_url(&scene.server, "web", &[]);
    let page = person.visit(&url).await;
    let mut back = scene.consent(&page);
    back.set("error", "access_denied");
    let page = scene.arrive(&person, &back).await;
    assert_failed(&person, &page, 403, "declined");
    let page = person.visit(&link_to(&page, "/login")).await;
    assert!(text(&page).contains("Continue with Example Corp"), "a page, not the provider");
    // And the request it began with is still the one that goes on.
    let back = scene.consent(&choose(&person, &page).await);
    let page = scene.arrive(&person, &back).await;
    assert_eq!(response(&page)["state"], "st-1");
}

#[actix_web::test]
async fn the_domain_of_the_login_hint_chooses() {
    let (scene, club) = two(Setup::default()).await;
    let goes = async |hint: &str| {
        let url = authorize_url(&scene.server, "web", &[("login_hint", hint)]);
        scene.server.browser().visit(&url).await.location
    };
    let there = goes("mia@Corp.example").await.expect("straight to the provider");
    assert!(there.starts_with(&scene.provider.url), "{there}");
    assert!(there.contains("login_hint=mia%40Corp.example"), "{there}");
    assert_eq!(goes("mia@elsewhere.example").await, None);
    assert_eq!(goes("corp.example").await, None);
    let by_client: Vec<Client> = server::clients()
        .into_iter()
        .map(|client| Client { provider: Some("club".into()), ..client })
        .collect();
    let mut settings = corp(&club);
    settings.id = "club".into();
    let providers = vec![corp(&scene.provider), settings];
    let setup = Setup { providers, clients: by_client, ..Setup::default() };
    let server = setup.start().await;
    let page = server.browser().visit(&authorize_url(&server, "web", &[])).await;
    assert!(page.location.expect("straight to the club").starts_with(&club.url));
    let page = server.browser().visit(&format!("{}/login", server.url)).await;
    assert_eq!(page.location, None, "no client, no default");
}

/// What the provider is asked on behalf of a request with these parameters.
async fn asked(
    change: impl FnOnce(&mut ProviderSettings),
    more: &[(&str, &str)],
) -> HashMap<String, String> {
    let scene = Scene::with(Character::default(), change).await;
    let person = scene.server.browser();
    scene.leave_for(&person, &authorize_url(&scene.server, "web", more)).await.request
}

#[actix_web::test]
async fn hints_are_passed_on_as_far_as_the_admin_lets_them() {
    let more = [
        ("login_hint", "ada"),
        ("acr_values", "gold silver"),
        ("ui_locales", "fr de"),
        ("prompt", "select_account consent"),
    ];
    let passed = asked(|_| {}, &more).await;
    for (name, value) in &more[..3] {
        assert_eq!(passed[*name], *value);
    }
    assert_eq!(passed["prompt"], "select_account", "consent is asked for here");
    assert!(!passed.contains_key("max_age"));
    let nothing = asked(|settings| settings.pass_on.clear(), &more).await;
    for (name, _) in more {
        assert!(!nothing.contains_key(name), "{name}");
    }
    let fixed = |settings: &mut ProviderSettings| {
        settings.prompt = "consent".into();
        settings.acr_values = "phr".into();
    };
    let fixed = asked(fixed, &more).await;
    assert_eq!((&*fixed["prompt"], &*fixed["acr_values"]), ("consent select_account", "phr"));
}

#[actix_web::test]
async fn a_new_sign_in_is_asked_for_and_has_to_be_shown() {
    let now = START.0;
    for (auth_time, must_say, good) in [
        (json!(now), true, true),
        (json!(now - 3600), true, false),
        (json!(now - 3600), false, false),
        (Value::Null, true, false),
        (Value::Null, false, true),
    ] {
        let claims = json!({"auth_time": auth_time});
        let scene = Scene::with(Character { claims, ..Character::default() }, |settings| {
            settings.require_auth_time = must_say;
        })
        .await;
        let person = scene.server.browser();
        let url = authorize_url(&scene.server, "web", &[("prompt", "login")]);
        let back = scene.leave_for(&person, &url).await;
        assert_eq!((&*back.request["prompt"], &*back.request["max_age"]), ("login", "0"));
        let page = scene.arrive(&person, &back).await;
        match good {
            true => assert!(response(&page).contains_key("code"), "{auth_time} {page:?}"),
            false => assert_failed(&person, &page, 403, "not_anew"),
        }
    }
}

#[actix_web::test]
async fn auth_time_and_amr_are_true_to_what_was_done() {
    let told = async |claims: Value| {
        let scene = Scene::of(Character { claims, ..Character::default() }).await;
        let (_, page) = scene.sign_in().await;
        let tokens = redeem(&scene.server, "web", &response(&page)["code"]).await.json();
        let claims = id_token(&tokens);
        (claims["auth_time"].clone(), claims["amr"].clone())
    };
    let now = START.0;
    assert_eq!(told(json!({})).await, (json!(now), json!(["fed"])));
    let earlier = json!({"auth_time": now - 900, "amr": ["pwd", "otp", "fed", "a b", ""]});
    assert_eq!(told(earlier).await, (json!(now - 900), json!(["fed", "pwd", "otp"])));
    let later = json!({"auth_time": now + 900, "amr": []});
    assert_eq!(told(later).await, (json!(now), json!(["fed"])));
}

#[actix_web::test]
async fn a_long_request_comes_back_whole() {
    let scene = Scene::of(Character::default()).await;
    let state: String = (0..2500).map(|n| char::from(b'!' + (n * 7 % 90) as u8)).collect();
    let person = scene.server.browser();
    let url =
        authorize_url(&scene.server, "web", &[("state", &state), ("prompt", "select_account")]);
    let page = person.visit(&url).await;
    let page = choose(&person, &page).await;
    let cookie = person.cookie(&state_cookie(&page).unwrap()).unwrap();
    assert!(cookie.len() < 2000, "{}", cookie.len());
    let back = scene.consent(&page);
    let page = scene.arrive(&person, &back).await;
    assert_eq!(response(&page)["state"], state);
}

#[actix_web::test]
async fn nobody_is_sent_elsewhere_afterwards() {
    let scene = Scene::of(Character::default()).await;
    for next in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
    {
        let person = scene.server.browser();
        let query = url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
        let url = format!("{}/upstream/corp?next={query}", scene.server.url);
        let back = scene.leave_for(&person, &url).await;
        let page = person.get(&scene.callback(&back)).await;
        assert_eq!(page.location.as_deref(), Some("/account"), "{next}");
    }
}

#[actix_web::test]
async fn a_programs_sign_in_comes_back_to_its_page() {
    let scene = Scene::of(Character::default()).await;
    let person = scene.server.browser();
    let url = authorize_url(&scene.server, "cli", &[("response_mode", "form_post")]);
    let back = scene.leave_for(&person, &url).await;
    let page = scene.arrive(&person, &back).await;
    assert_eq!(page.state(), "confirm");
    assert!(text(&page).contains("ada"));
    let page = click(&person, &page, "loopback").await;
    let code = code_on(&person.follow(page).await);
    assert_eq!(redeem_public(&scene.server, "cli", &code).await.status, 200);
}

#[actix_web::test]
async fn a_provider_that_is_down_stops_no_other_and_is_tried_again() {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let good = Issuer::start(Character::default());
    let mut down = corp(&good);
    (down.id, down.issuer) = ("late".into(), format!("http://{address}"));
    let setup = Setup { clock: doorstep::clock::Clock::system(), ..Setup::default() };
    let server = Setup { providers: vec![down, corp(&good)], ..setup }.start().await;
    let scene = Scene { server, provider: good };
    let person = scene.server.browser();
    let late = format!("{}/upstream/late", scene.server.url);
    let page = person.visit(&late).await;
    assert_failed(&person, &page, 503, "down");
    let back = scene.leave_for(&person, &format!("{}/upstream/corp", scene.server.url)).await;
    let page = scene.arrive(&person, &back).await;
    assert!(text(&page).contains("signed in as"), "the other one works");
    Issuer::start_at(Character::default(), TcpListener::bind(address).unwrap());
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let page = person.visit(&late).await;
    assert_eq!(page.status, 303, "{page:?}");
}

#[actix_web::test]
async fn a_provider_that_is_down_at_the_start_is_asked_again_before_anybody_comes() {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let good = Issuer::start(Character::default());
    let settings =
        doorstep::upstream::ProviderSettings { issuer: format!("http://{address}"), ..corp(&good) };
    let server = Setup { providers: vec![settings], ..Setup::default() }.start().await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let late = Issuer::start_at(Character::default(), TcpListener::bind(address).unwrap());
    let asked =
        crate::support::process::eventually(std::time::Duration::from_secs(10), async || {
            (late.ledger().keys_read > 0).then_some(())
        });
    assert!(asked.await.is_some(), "nobody asked");
    drop(server);
}

#[actix_web::test]
async fn one_address_begins_only_so_many() {
    let limits = LimitSettings { upstream: 6, ..LimitSettings::default() };
    let setup = Setup { limits, ..Setup::default() };
    let scene = Scene::set_up(Character::default(), |_| {}, setup).await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let page = scene.server.browser().get(&format!("{}/upstream/corp", scene.server.url)).await;
        statuses.push(page.status);
    }
    assert_eq!(statuses, [303, 303, 303, 303, 303, 303, 429, 429]);
    let page = scene.server.browser().get(&format!("{}/upstream/nobody", scene.server.url)).await;
    assert_eq!(page.status, 404);
}
