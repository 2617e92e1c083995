//! Sessions and their cookies: fresh at every sign-in, dead when they should be, and nobody's but ours.

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup};

const SESSION: &str = "doorstep-session";
const BROWSER: &str = "doorstep-browser";

async fn is_signed_in(server: &Server, person: &Person) -> bool {
    person.get(&format!("{}/account", server.url)).await.body.contains("You are signed in as")
}

/// Signs in as `username` on the sign-in page itself.
async fn sign_in(server: &Server, person: &Person, username: &str) -> Page {
    person.sign_in(&format!("{}/login", server.url), username, PASSWORD).await
}

#[actix_web::test]
async fn session_fixation_is_void() {
    let server = server::start().await;
    let person = Person::new();
    let planted = "a".repeat(43);
    person.set_cookie(SESSION, &planted);
    sign_in(&server, &person, "alice").await;
    assert_ne!(person.cookie(SESSION).unwrap(), planted);
    let attacker = Person::new();
    attacker.set_cookie(SESSION, &planted);
    assert!(!is_signed_in(&server, &attacker).await);
}

#[actix_web::test]
async fn every_sign_in_has_a_new_id_and_the_old_one_is_dead() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let first = person.cookie(SESSION).unwrap();
    for username in ["alice", "bob"] {
        sign_in(&server, &person, username).await;
        assert_ne!(person.cookie(SESSION).unwrap(), first);
        let thief = Person::new();
        thief.set_cookie(SESSION, &first);
        assert!(!is_signed_in(&server, &thief).await);
    }
}

#[actix_web::test]
async fn a_signed_out_cookie_is_dead() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let (session, browser) = (person.cookie(SESSION).unwrap(), person.cookie(BROWSER).unwrap());
    let page = person.get(&format!("{}/account", server.url)).await;
    person.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!(person.cookie(SESSION), None);
    assert_ne!(person.cookie(BROWSER).unwrap(), browser, "pages that were shown before are void");
    let thief = Person::new();
    thief.set_cookie(SESSION, &session);
    assert!(!is_signed_in(&server, &thief).await);
}

#[actix_web::test]
async fn a_session_ends_after_a_week_without_use() {
    let server = server::start().await;
    let (idle, busy) = (Person::new(), Person::new());
    for person in [&idle, &busy] {
        sign_in(&server, person, "alice").await;
    }
    server.clock.advance(6 * 86_400);
    assert!(is_signed_in(&server, &busy).await);
    server.clock.advance(86_400);
    assert!(is_signed_in(&server, &busy).await);
    assert!(!is_signed_in(&server, &idle).await);
}

#[actix_web::test]
async fn a_session_ends_after_thirty_days_however_much_it_is_used() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    for _ in 0..29 {
        server.clock.advance(86_400);
        assert!(is_signed_in(&server, &person).await);
    }
    server.clock.advance(86_400);
    assert!(!is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn a_closed_account_is_signed_out_everywhere() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    server.db.set_account_disabled("alice-id", true, server.clock.now()).await.unwrap();
    assert!(!is_signed_in(&server, &person).await);
    let answer = web_response(&server, &person, "web", &[("prompt", "none")]).await;
    assert_eq!(answer["error"], "login_required");
}

#[actix_web::test]
async fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let server =
        Setup { issuer: Some("https://id.example".into()), ..Setup::default() }.start().await;
    let page = Person::new().get(&format!("{}/login", server.url)).await;
    let cookie = header(&page, "set-cookie");
    assert!(cookie.starts_with("__Host-doorstep-browser="), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(
            cookie.split("; ").any(|part| part == attribute),
            "{attribute} is missing in {cookie}"
        );
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let person = Person::new();
    let answer = {
        let page = person.get(&format!("{}/login", server.url)).await;
        person.submit(&page.form(), None, &[("username", "alice"), ("password", PASSWORD)]).await
    };
    let cookie = header(&answer, "set-cookie");
    assert!(cookie.starts_with("__Host-doorstep-session="), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(
            cookie.split("; ").any(|part| part == attribute),
            "{attribute} is missing in {cookie}"
        );
    }
}

#[actix_web::test]
async fn cookie_tossing_does_not_work_over_https() {
    let server =
        Setup { issuer: Some("https://id.example".into()), ..Setup::default() }.start().await;
    let attacker = Person::new();
    sign_in(&server, &attacker, "bob").await;
    let session = attacker.cookie("__Host-doorstep-session").unwrap();
    let victim = Person::new();
    // All that a neighbour or a plain http page can plant is a cookie without the prefix.
    victim.set_cookie(SESSION, &session);
    victim.set_cookie(BROWSER, &attacker.cookie("__Host-doorstep-browser").unwrap());
    assert!(!is_signed_in(&server, &victim).await);
    let own = victim.cookie("__Host-doorstep-browser");
    assert!(own.is_some() && own != attacker.cookie("__Host-doorstep-browser"));
}

#[actix_web::test]
async fn nonsense_in_cookies_is_no_session() {
    let server = server::start().await;
    for nonsense in ["", "x", "%00", "' OR 1=1", &"A".repeat(8000), "=;=", "\"quoted\""] {
        let person = Person::new();
        person.set_cookie(SESSION, nonsense);
        person.set_cookie(BROWSER, nonsense);
        let page = person.get(&format!("{}/account", server.url)).await;
        assert_eq!(page.status, 200, "{nonsense:?}");
        assert!(page.body.contains("Nobody is signed in"), "{nonsense:?}");
    }
}

#[actix_web::test]
async fn a_browser_cookie_signs_nobody_in() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let thief = Person::new();
    thief.set_cookie(SESSION, &person.cookie(BROWSER).unwrap());
    thief.set_cookie(BROWSER, &person.cookie(SESSION).unwrap());
    assert!(!is_signed_in(&server, &thief).await);
}
