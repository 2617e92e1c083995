//! What people find who took their time (WCAG 2.2, 2.2.1). Nothing that they see ends a page that is open;
//! where an answer comes too late for security's sake, they go on from there: what they were asked for is
//! not forgotten, and what is no secret need not be typed again.

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server};

const NIGHT: i64 = 12 * 3600;

async fn device_code(server: &Server) -> String {
    let fields = [("client_id", "tv")];
    let answer = post(server, "/device_authorization", None, &fields).await.json();
    answer["user_code"].as_str().expect("a code").to_owned()
}

async fn gives_password(person: &Person, page: &Page) -> Page {
    let values = [("username", "alice"), ("password", PASSWORD)];
    let page = person.submit(&page.form_to("/login"), None, &values).await;
    person.follow(page).await
}

#[actix_web::test]
async fn the_sign_in_page_has_no_limit() {
    let server = server::start().await;
    let person = Person::new();
    let page = person.visit(&authorize_url(&server, "web", &[("state", "st-9")])).await;
    server.clock.advance(NIGHT);
    assert_eq!(response(&gives_password(&person, &page).await)["state"], "st-9");
}

#[actix_web::test]
async fn neither_has_the_question_about_a_website() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(&server, "stranger", &[("scope", "openid email")]);
    let page = arrive(&person, &url).await;
    server.clock.advance(NIGHT);
    let page = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    assert!(response(&person.follow(page).await).contains_key("code"));
}

#[actix_web::test]
async fn a_late_second_factor_begins_with_the_password_and_ends_where_it_was_to() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    let person = Person::new();
    let url = authorize_url(&server, "web", &[("state", "st-9")]);
    let page = give_password(&person, &url, "alice").await;
    let page = person.follow(page).await;
    server.clock.advance(900);
    let late = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    let page = person.follow(late).await;
    assert!(page.body.contains("name=\"password\""), "{page:?}");
    let page = gives_password(&person, &page).await;
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    assert_eq!(response(&person.follow(page).await)["state"], "st-9");
}

#[actix_web::test]
async fn a_late_code_of_a_device_stays_in_its_field_and_the_page_says_what_to_do() {
    let server = server::start().await;
    let person = Person::new();
    let code = device_code(&server).await;
    let page = arrive(&person, &format!("{}/device?user_code={code}", server.url)).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    server.clock.advance(600);
    let page = person.submit(&page.form_to("/device"), Some(("answer", "approved")), &[]).await;
    let page = person.follow(page).await;
    assert_eq!(page.state(), "enter");
    assert!(page.body.contains(&format!("value=\"{code}\"")), "{page:?}");
    assert!(text(&page).contains("start again on the device for a new one"), "{page:?}");
}

#[actix_web::test]
async fn whoever_is_signed_out_meanwhile_signs_in_and_is_back_at_the_same_page() {
    let server = server::start().await;
    let person = Person::new();
    for path in ["/account/password", "/account/factors", "/account/sign-ins"] {
        let url = format!("{}{path}", server.url);
        let page = arrive(&person, &url).await;
        assert!(page.url.ends_with(path), "{page:?}");
        server.clock.advance(31 * 24 * 3600);
        let form = page.forms().into_iter().next();
        let page = match form {
            Some(form) => {
                person.submit(&form, None, &[("current", "x"), ("new", "y"), ("again", "y")]).await
            }
            None => person.get(&url).await,
        };
        let page = person.follow(page).await;
        assert!(page.body.contains("name=\"password\""), "{path}: {page:?}");
        assert!(gives_password(&person, &page).await.url.ends_with(path), "{path}");
    }
}
