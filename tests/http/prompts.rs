//! `prompt`, `max_age` and `id_token_hint` (OpenID Connect Core §3.1.2.1): what a person is asked, and
//! what `auth_time` says of it.

use serde_json::Value;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, START, Server};

/// Opens the request and gives the ID token's claims of what comes of it without a question.
async fn silently(server: &Server, person: &Person, more: &[(&str, &str)]) -> Value {
    let page = person.visit(&authorize_url(server, "web", more)).await;
    id_token(&redeem(server, "web", &response(&page)["code"]).await.json())
}

fn asks_for_password(page: &Page) -> bool {
    page.location.is_none() && page.body.contains("type=\"password\"")
}

/// Submits the sign-in page as alice and goes on.
async fn give_password(person: &Person, page: &Page) -> Page {
    let values = [("username", "alice"), ("password", PASSWORD)];
    let page = person.submit(&page.form_to("/login"), None, &values).await;
    person.follow(page).await
}

#[actix_web::test]
async fn prompt_none_without_a_session_is_login_required() {
    let server = server::start().await;
    let state: String = "aZ9-._~".chars().cycle().take(128).collect();
    for mode in ["query", "fragment", "form_post"] {
        let more = [("prompt", "none"), ("state", &state), ("response_mode", mode)];
        let page = Person::new().get(&authorize_url(&server, "web", &more)).await;
        let answer = response(&page);
        assert_eq!((answer["error"].as_str(), &answer["state"]), ("login_required", &state));
        assert_description(&answer["error_description"]);
    }
}

#[actix_web::test]
async fn prompt_none_with_a_session_keeps_who_and_when() {
    let server = server::start().await;
    let person = Person::new();
    let first = id_token(&tokens(&server, &person, "web", "openid").await);
    assert_eq!(first["auth_time"], START.0);
    server.clock.advance(5000);
    let second = silently(&server, &person, &[("prompt", "none")]).await;
    assert_eq!(
        (&second["auth_time"], &second["sub"], &second["sid"]),
        (&first["auth_time"], &first["sub"], &first["sid"])
    );
    assert_eq!(second["iat"], START.0 + 5000);
}

#[actix_web::test]
async fn prompt_none_without_consent_is_consent_required() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for client in ["stranger", "cli"] {
        let page = person.get(&authorize_url(&server, client, &[("prompt", "none")])).await;
        assert_eq!(response(&page)["error"], "consent_required", "{client}");
    }
}

#[actix_web::test]
async fn prompt_none_shows_nothing_for_a_person_to_click() {
    let server = server::start().await;
    let person = Person::new();
    let more = [("prompt", "none"), ("response_mode", "form_post")];
    for client in ["web", "stranger", "cli", "trusted-cli"] {
        let page = person.get(&authorize_url(&server, client, &more)).await;
        assert_eq!(response(&page)["error"], "login_required", "{client}");
        assert!(page.body.contains("<script"), "the form submits itself: {page:?}");
        assert!(!page.body.contains("id=\"page\""), "{client} is not kept on a page of ours");
    }
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let page = person.get(&authorize_url(&server, "trusted-cli", &more)).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn prompt_login_asks_and_renews_auth_time_even_within_the_second() {
    for pause in [0, 1, 40] {
        let server = server::start().await;
        let person = Person::new();
        let first = id_token(&tokens(&server, &person, "web", "openid").await);
        server.clock.advance(pause);
        let page = person.visit(&authorize_url(&server, "web", &[("prompt", "login")])).await;
        assert!(asks_for_password(&page), "{page:?}");
        let page = give_password(&person, &page).await;
        let second = id_token(&redeem(&server, "web", &response(&page)["code"]).await.json());
        assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "after {pause} s");
        assert_eq!(second["sub"], first["sub"]);
        assert_eq!(second["sid"], first["sid"], "it is the same person's session that goes on");
    }
}

#[actix_web::test]
async fn prompt_login_without_a_session_asks_once() {
    let server = server::start().await;
    let person = Person::new();
    let page = person.visit(&authorize_url(&server, "web", &[("prompt", "login")])).await;
    let page = give_password(&person, &page).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn prompt_login_is_not_satisfied_by_an_address_from_elsewhere() {
    let server = server::start().await;
    let (alice, mallory) = (Person::new(), Person::new());
    for person in [&alice, &mallory] {
        arrive(person, &authorize_url(&server, "web", &[])).await;
    }
    let url = authorize_url(&server, "web", &[("prompt", "login")]);
    let page = mallory.visit(&url).await;
    let next =
        page.form_to("/login").fields.into_iter().find(|(name, _)| name == "next").unwrap().1;
    server.clock.advance(10);
    give_password(&mallory, &page).await;
    give_password(&alice, &alice.visit(&format!("{}/login", server.url)).await).await;
    let page = alice.visit(&format!("{}{next}", server.url)).await;
    assert!(asks_for_password(&page), "mallory's progress is not alice's: {page:?}");
}

#[actix_web::test]
async fn prompt_login_asks_again_when_it_is_asked_again() {
    let server = server::start().await;
    let person = Person::new();
    let url = authorize_url(&server, "web", &[("prompt", "login")]);
    let page = person.visit(&url).await;
    give_password(&person, &page).await;
    assert!(asks_for_password(&person.visit(&url).await));
}

#[actix_web::test]
async fn max_age_counts_from_the_sign_in() {
    let server = server::start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    server.clock.advance(100);
    let claims = silently(&server, &person, &[("max_age", "100")]).await;
    assert_eq!(claims["auth_time"], START.0, "a hundred seconds are not more than a hundred");
    let page = person.visit(&authorize_url(&server, "web", &[("max_age", "99")])).await;
    assert!(asks_for_password(&page));
    let page = give_password(&person, &page).await;
    let claims = id_token(&redeem(&server, "web", &response(&page)["code"]).await.json());
    assert!(claims["auth_time"].as_i64() >= Some(START.0 + 100), "{claims}");
    let claims = silently(&server, &person, &[("max_age", "10000")]).await;
    assert!(claims["auth_time"].is_i64());
}

#[actix_web::test]
async fn max_age_that_is_exceeded_is_login_required_under_prompt_none() {
    let server = server::start().await;
    let person = Person::new();
    tokens(&server, &person, "web", "openid").await;
    server.clock.advance(2);
    let more = [("max_age", "1"), ("prompt", "none")];
    assert_eq!(web_response(&server, &person, "web", &more).await["error"], "login_required");
}

#[actix_web::test]
async fn max_age_zero_asks_once_however_slow_the_network_is() {
    let server = server::start().await;
    let person = Person::new();
    let page = person.visit(&authorize_url(&server, "web", &[("max_age", "0")])).await;
    let values = [("username", "alice"), ("password", PASSWORD)];
    let page = person.submit(&page.form_to("/login"), None, &values).await;
    server.clock.advance(3);
    let page = person.follow(page).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn auth_time_lives_with_the_session() {
    let server = server::start().await;
    let person = Person::new();
    let first = tokens(&server, &person, "web", "openid offline_access").await;
    server.clock.advance(600);
    let second = tokens(&server, &person, "other", "openid").await;
    let third = refresh(&server, "web", &first["refresh_token"]).await.json();
    for tokens in [first, second, third] {
        assert_eq!(id_token(&tokens)["auth_time"], START.0);
    }
}

#[actix_web::test]
async fn prompt_consent_and_select_account_ask_even_for_trusted_clients() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for prompt in ["consent", "select_account", "login consent"] {
        let mut page = person.visit(&authorize_url(&server, "web", &[("prompt", prompt)])).await;
        if prompt.contains("login") {
            page = give_password(&person, &page).await;
        }
        let page = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
        assert!(response(&person.follow(page).await).contains_key("code"), "{prompt}");
    }
}

#[actix_web::test]
async fn prompt_consent_asks_for_a_trusted_program_too() {
    let server = server::start().await;
    let person = Person::new();
    for prompt in ["consent", "select_account"] {
        let more = [("prompt", prompt), ("response_mode", "form_post")];
        let page = arrive(&person, &authorize_url(&server, "trusted-cli", &more)).await;
        assert_eq!(page.state(), "confirm", "{prompt}");
    }
}

#[actix_web::test]
async fn an_id_token_hint_is_taken_expired_or_not() {
    let server = server::start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid").await;
    let hint = tokens["id_token"].as_str().unwrap();
    for pause in [0, 3600, 80_000] {
        server.clock.advance(pause);
        let claims =
            silently(&server, &person, &[("prompt", "none"), ("id_token_hint", hint)]).await;
        let first = id_token(&tokens);
        assert_eq!((&claims["sub"], &claims["auth_time"]), (&first["sub"], &first["auth_time"]));
    }
}

#[actix_web::test]
async fn an_id_token_hint_of_somebody_else_asks_for_them() {
    let server = server::start().await;
    let (alice, bob) = (Person::new(), Person::new());
    let tokens = tokens(&server, &alice, "web", "openid").await;
    let hint = ("id_token_hint", tokens["id_token"].as_str().unwrap());
    bob.sign_in(&authorize_url(&server, "web", &[]), "bob", PASSWORD).await;
    let answer = web_response(&server, &bob, "web", &[hint, ("prompt", "none")]).await;
    assert_eq!(answer["error"], "login_required");
    for prompt in ["", "login"] {
        let page = bob.visit(&authorize_url(&server, "web", &[hint, ("prompt", prompt)])).await;
        assert!(asks_for_password(&page), "{page:?}");
    }
}

#[actix_web::test]
async fn an_id_token_hint_that_is_not_ours_is_refused() {
    let server = server::start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid").await;
    let elsewhere = server::start().await;
    let foreign = crate::kit::tokens(&elsewhere, &Person::new(), "web", "openid").await;
    let own = tokens["id_token"].as_str().unwrap();
    let payload = own.split('.').nth(1).unwrap();
    for forged in [
        foreign["id_token"].as_str().unwrap(),
        tokens["access_token"].as_str().unwrap(),
        &format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."),
        &own[..own.len() - 4],
        "x",
        "..",
    ] {
        let answer = web_response(&server, &person, "web", &[("id_token_hint", forged)]).await;
        assert_eq!(answer["error"], "invalid_request", "{forged}");
    }
}

#[actix_web::test]
async fn max_age_zero_asks_even_within_the_second_of_the_sign_in() {
    let server = server::start().await;
    let person = Person::new();
    let first = id_token(&tokens(&server, &person, "web", "openid").await);
    let page = person.visit(&authorize_url(&server, "web", &[("max_age", "0")])).await;
    assert!(asks_for_password(&page), "{page:?}");
    let page = give_password(&person, &page).await;
    let second = id_token(&redeem(&server, "web", &response(&page)["code"]).await.json());
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64());
    let silent = [("max_age", "0"), ("prompt", "none")];
    assert_eq!(web_response(&server, &person, "web", &silent).await["error"], "login_required");
}

#[actix_web::test]
async fn prompt_none_excludes_every_other() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for prompt in ["none login", "consent none", "select_account none", "nobody", "NONE"] {
        let answer = web_response(&server, &person, "web", &[("prompt", prompt)]).await;
        assert_eq!(answer["error"], "invalid_request", "{prompt}");
    }
    for prompt in ["none", "none none", " none "] {
        let answer = web_response(&server, &person, "web", &[("prompt", prompt)]).await;
        assert!(answer.contains_key("code"), "{prompt} {answer:?}");
    }
}

/// Signs in as bob on the page that asks for a password.
async fn give_bobs_password(person: &Person, page: &Page) -> Page {
    let values = [("username", "bob"), ("password", PASSWORD)];
    let page = person.submit(&page.form_to("/login"), None, &values).await;
    person.follow(page).await
}

async fn switch(person: &Person, page: &Page) -> Page {
    let page = person.submit(&page.form_to("/consent"), Some(("answer", "switch")), &[]).await;
    person.follow(page).await
}

#[actix_web::test]
async fn prompt_select_account_lets_the_person_take_another() {
    let server = server::start().await;
    for (client, asked_again) in [("web", false), ("stranger", true)] {
        let person = Person::new();
        arrive(&person, &authorize_url(&server, "web", &[])).await;
        let url = authorize_url(&server, client, &[("prompt", "select_account")]);
        let page = person.visit(&url).await;
        assert!(text(&page).contains("alice"), "{page:?}");
        let page = switch(&person, &page).await;
        assert!(asks_for_password(&page), "{page:?}");
        let mut page = give_bobs_password(&person, &page).await;
        if asked_again {
            assert!(text(&page).contains("bob"), "bob has not agreed yet: {page:?}");
            let form = page.form_to("/consent");
            page = person.follow(person.submit(&form, Some(("answer", "allow")), &[]).await).await;
        }
        let tokens = redeem(&server, client, &response(&page)["code"]).await.json();
        assert_eq!(id_token(&tokens)["sub"], "bob-id", "{client}");
    }
}

#[actix_web::test]
async fn a_sign_in_for_the_request_is_a_choice_of_account() {
    let server = server::start().await;
    let more = [("prompt", "select_account")];
    let answer = web_response(&server, &Person::new(), "web", &more).await;
    assert!(answer.contains_key("code"), "nothing more to ask: {answer:?}");
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let page =
        person.visit(&authorize_url(&server, "web", &[("prompt", "login select_account")])).await;
    assert!(asks_for_password(&page), "{page:?}");
    let page = give_bobs_password(&person, &page).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn whoever_goes_to_switch_and_does_not_sign_in_has_chosen_nothing() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let url = authorize_url(&server, "web", &[("prompt", "select_account")]);
    let login = switch(&person, &person.visit(&url).await).await;
    let next =
        login.form_to("/login").fields.into_iter().find(|(name, _)| name == "next").unwrap().1;
    let page = person.visit(&format!("{}{next}", server.url)).await;
    assert!(asks_for_password(&page), "{page:?}");
}

#[actix_web::test]
async fn a_program_lets_the_person_take_another_account_too() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let page = confirmation(&server, &person, "trusted-cli", &[("prompt", "select_account")]).await;
    let page = click(&person, &page, "switch").await;
    let page = give_bobs_password(&person, &person.follow(page).await).await;
    assert!(text(&page).contains("bob"), "{page:?}");
}

#[actix_web::test]
async fn a_hint_whose_client_is_gone_is_refused() {
    let server = server::start().await;
    let client = doorstep::protocol::client::Client {
        client_id: "gone".into(),
        ..server::clients().remove(0)
    };
    server.db.insert_client(&client, START).await.unwrap();
    let person = Person::new();
    let tokens = tokens(&server, &person, "gone", "openid").await;
    server.db.delete_client("gone").await.unwrap();
    let hint = [("id_token_hint", tokens["id_token"].as_str().unwrap())];
    assert_eq!(web_response(&server, &person, "web", &hint).await["error"], "invalid_request");
}
