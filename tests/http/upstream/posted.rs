//! Responses by form_post come from another site: without our cookies, and without any in the address.

use super::scene::*;
use crate::kit::*;
use crate::server::Setup;
use crate::support::provider::Character;
use doorstep::protocol::client::ResponseMode;

async fn posting(https: bool) -> Scene {
    let change = |settings: &mut doorstep::upstream::ProviderSettings| {
        settings.response_mode = ResponseMode::FormPost;
    };
    let setup = Setup { https, ..Setup::default() };
    Scene::set_up(Character::default(), change, setup).await
}

#[actix_web::test]
async fn a_posted_response_signs_in_in_the_same_browser() {
    for https in [false, true] {
        let scene = posting(https).await;
        let person = scene.server.browser();
        let back = scene.leave(&person).await;
        assert_eq!(back.request["response_mode"], "form_post");
        let page = scene.arrive_posted(&person, &back).await;
        assert_eq!(page.status, 303, "{page:?}");
        let there = page.location.clone().unwrap();
        for (name, value) in &back.response {
            assert!(!there.contains(value), "{name} stands in an address");
        }
        let page = person.follow(page).await;
        assert_eq!(response(&page)["state"], "st-1");
    }
}

#[actix_web::test]
async fn a_posted_response_is_on_its_way_for_a_moment_only() {
    let scene = posting(false).await;
    let person = scene.server.browser();
    let back = scene.leave(&person).await;
    let page = scene.arrive_posted(&person, &back).await;
    scene.server.clock.advance(60);
    let page = person.follow(page).await;
    assert_failed(&person, &page, 400, "over");
    assert_eq!(scene.provider.codes(), (0, 0));
}

#[actix_web::test]
async fn a_posted_response_is_judged_like_any_other() {
    let scene = posting(false).await;
    let other = scene.server.browser();
    let back = scene.leave(&scene.server.browser()).await;
    let page = scene.arrive_posted(&other, &back).await;
    let page = other.follow(page).await;
    assert_failed(&other, &page, 400, "over");
    let person = scene.server.browser();
    let mut back = scene.leave(&person).await;
    back.set("error", "access_denied");
    let page = scene.arrive_posted(&person, &back).await;
    let page = person.follow(page).await;
    assert_failed(&person, &page, 403, "declined");
    for body in ["", "code=x&code=y", &"x".repeat(5000)] {
        let request = person
            .request(reqwest::Method::POST, &back.request["redirect_uri"])
            .header("sec-fetch-site", "cross-site")
            .body(body.to_owned());
        let page = person.send(request).await;
        let page = person.follow(page).await;
        assert_failed(&person, &page, 400, "over");
    }
    assert_eq!(scene.provider.codes(), (0, 0));
}
