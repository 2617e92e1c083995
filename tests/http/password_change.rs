//! Choosing another password: by wish, or because it has to be.

use std::io::Write;

use doorstep::accounts::breached::BreachedList;
use doorstep::accounts::rules::PasswordRules;
use doorstep::secret::sha1;

use crate::factor_kit::*;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup};

const NEW: &str = "nine brave otters sing";

async fn change(server: &Server, person: &Person, [current, new, again]: [&str; 3]) -> Page {
    let page = person.visit(&format!("{}/account/password", server.url)).await;
    let values = [("current", current), ("new", new), ("again", again)];
    person.submit(&page.form_to("/password"), None, &values).await
}

async fn status_with(server: &Server, password: &str) -> u16 {
    let person = Person::new();
    let page = person.visit(&format!("{}/login", server.url)).await;
    let values = [("username", "alice"), ("password", password)];
    person.submit(&page.form_to("/login"), None, &values).await.status
}

/// An issuer that knows these passwords from breaches.
async fn start_with_list(passwords: &[&str]) -> (Server, tempfile::NamedTempFile) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let hex = |bytes: [u8; 20]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let mut hashes: Vec<String> = passwords.iter().map(|password| hex(sha1(password))).collect();
    hashes.sort();
    hashes.iter().for_each(|hash| write!(file, "{hash}:3\r\n").unwrap());
    let breached = Some(BreachedList::open(file.path()).unwrap());
    let password_rules = PasswordRules { minimum_length: 8, breached };
    (Setup { password_rules, ..Setup::default() }.start().await, file)
}

#[actix_web::test]
async fn a_password_is_changed_with_the_present_one_as_proof() {
    let server = server::start().await;
    let (here, elsewhere) = (Person::new(), Person::new());
    sign_in(&server, &here, "alice").await;
    sign_in(&server, &elsewhere, "alice").await;
    let before = here.cookie("doorstep-session");
    let page = change(&server, &here, [PASSWORD, NEW, NEW]).await;
    assert_eq!(page.location.as_deref(), Some("/account"));
    assert_ne!(here.cookie("doorstep-session"), before, "a session of before is of no use");
    let signed_in = async |person: &Person| {
        let page = person.get(&format!("{}/account", server.url)).await;
        text(&page).contains("You are signed in as alice")
    };
    assert!(signed_in(&here).await);
    assert!(!signed_in(&elsewhere).await, "everywhere else the person is signed out");
    assert_eq!((status_with(&server, PASSWORD).await, status_with(&server, NEW).await), (401, 303));
    assert_eq!(audited(&server, "password_changed").await.len(), 1);
}

#[actix_web::test]
async fn a_bad_password_is_refused_in_words_that_help() {
    let (server, _list) = start_with_list(&["correct horse battery", "letmein123"]).await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let long = "x1y2z".repeat(60);
    for (current, new, again, status, words) in [
        ("wrong", NEW, NEW, 401, "not your present password"),
        (PASSWORD, NEW, "nine brave otters sang", 422, "differ"),
        (PASSWORD, "seven77", "seven77", 422, "at least 8 characters"),
        (PASSWORD, &long, &long, 422, "too long"),
        (PASSWORD, "abababababab", "abababababab", 422, "more than four different"),
        (PASSWORD, "AliceAlice1", "AliceAlice1", 422, "more than your user name"),
        (PASSWORD, "tab\there\u{7}bell", "tab\there\u{7}bell", 422, "cannot be typed again"),
        (PASSWORD, "correct horse battery", "correct horse battery", 422, "known from a breach"),
        (PASSWORD, "letmein123", "letmein123", 422, "known from a breach"),
        (PASSWORD, PASSWORD, PASSWORD, 422, "another one than now"),
    ] {
        let page = change(&server, &person, [current, new, again]).await;
        assert_eq!(page.status, status, "{new}");
        assert!(text(&page).contains(words), "{new}: {}", text(&page));
        assert!(!page.body.contains(new), "a password does not come back");
    }
    assert_eq!(status_with(&server, PASSWORD).await, 303, "nothing was changed");
}

#[actix_web::test]
async fn the_present_password_cannot_be_guessed_from_an_open_session() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    for _ in 0..5 {
        assert_eq!(change(&server, &person, ["wrong", NEW, NEW]).await.status, 401);
    }
    assert_eq!(change(&server, &person, [PASSWORD, NEW, NEW]).await.status, 429);
}

#[actix_web::test]
async fn whoever_has_to_change_a_password_does_so_before_anything_else() {
    let server = server::start().await;
    assert!(server.db.require_password_change("alice-id").await.unwrap());
    let person = Person::new();
    let url = authorize_url(&server, "web", &[]);
    let page = give_password(&person, &url, "alice").await;
    let page = person.follow(page).await;
    assert!(text(&page).contains("Please choose a new password"), "{page:?}");
    assert_eq!(person.cookie("doorstep-session"), None);
    let values = [("new", PASSWORD), ("again", PASSWORD)];
    let refused = person.submit(&page.form_to("/login/password"), None, &values).await;
    assert_eq!(refused.status, 422, "the old one is not a new one");
    let values = [("new", NEW), ("again", NEW)];
    let page = person.submit(&page.form_to("/login/password"), None, &values).await;
    let page = person.follow(page).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
    assert_eq!((status_with(&server, PASSWORD).await, status_with(&server, NEW).await), (401, 303));
    let page = Person::new().sign_in(&url, "alice", NEW).await;
    assert!(response(&page).contains_key("code"), "it is asked for once");
}

#[actix_web::test]
async fn the_second_factor_comes_before_the_new_password() {
    let server = server::start().await;
    let (secret, _) = with_totp(&server, "alice").await;
    server.db.require_password_change("alice-id").await.unwrap();
    let person = Person::new();
    let page = sign_in(&server, &person, "alice").await;
    assert!(text(&page).contains("authenticator app"));
    let csrf = page.form().fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let fields = [("csrf", csrf.as_str()), ("new", NEW), ("again", NEW)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let skipped = person.post(&format!("{}/login/password", server.url), &fields).await;
    assert!(skipped.location.unwrap().starts_with("/login/step?"), "no step is skipped");
    assert_eq!(status_with(&server, NEW).await, 401);
    let page = send_code(&person, &page, "/login/code", &code_of(&server, &secret)).await;
    let page = person.follow(page).await;
    assert!(text(&page).contains("Please choose a new password"));
    assert_eq!(person.cookie("doorstep-session"), None);
}
