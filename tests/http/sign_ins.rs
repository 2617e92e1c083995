//! "My sign-ins": people see what is signed in as them, and take it back.

use serde_json::Value;

use crate::factor_kit::sign_in;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async fn list(server: &Server, person: &Person) -> Page {
    person.get(&format!("{}/account/sign-ins", server.url)).await
}

/// The entries of a page, as a person reads them.
fn entries(page: &Page) -> Vec<String> {
    let items = page.body.split("<li>").skip(1);
    items.map(|item| plain(item.split("</li>").next().unwrap())).collect()
}

fn plain(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The button of the entry with these words.
fn button(page: &Page, words: &str) -> (String, String) {
    let items = page.body.split("<li>").skip(1);
    let item = items.into_iter().find(|item| plain(item).contains(words)).expect("an entry");
    let button = item.split("<button").nth(1).expect("a button");
    let value = |name: &str| {
        let rest = button.split(&format!(" {name}=\"")).nth(1).expect("an attribute");
        rest.split('"').next().unwrap().to_owned()
    };
    (value("name"), value("value"))
}

async fn press(person: &Person, page: &Page, (name, value): (String, String)) -> Page {
    let page = person.submit(&page.form_to("/sign-ins"), Some((&name, &value)), &[]).await;
    assert_eq!(page.status, 303, "{page:?}");
    person.follow(page).await
}

async fn works(server: &Server, tokens: &Value) -> bool {
    userinfo(server, tokens).await.status == 200
}

/// Lets a terminal sign in, with the code as it was pasted or brought.
async fn terminal(server: &Server, person: &Person, finish: &str, grouped: bool) -> Page {
    let page = confirmation(server, person, "cli", &[("scope", "openid offline_access")]).await;
    let page = person.follow(click(person, &page, finish).await).await;
    let code = code_on(&page);
    let code = if grouped { code.to_lowercase() } else { code };
    let page = redeem_public(server, "cli", &code).await;
    assert_eq!(page.status, 200, "{page:?}");
    page
}

#[actix_web::test]
async fn a_person_sees_browsers_terminals_and_apps() {
    let server = server::start().await;
    let person = Person::new();
    sign_in(&server, &person, "alice").await;
    let page = list(&server, &person).await;
    assert_eq!(entries(&page).len(), 1, "{page:?}");
    assert!(entries(&page)[0].contains("This browser Since 2027-01-15 08:00 UTC , from 127.0.0.1"));
    assert!(text(&page).contains("No terminal or device is signed in as you."));
    assert!(text(&page).contains("No app or website is signed in as you."));
    assert!(!page.body.contains("name=\"others\""), "there is nothing else to sign out");

    terminal(&server, &person, "loopback", false).await;
    server.clock.advance(60);
    terminal(&server, &person, "loopback", true).await;
    server.clock.advance(60);
    terminal(&server, &person, "paste", false).await;
    server.clock.advance(60);
    let app = tokens(&server, &person, "web", "openid offline_access").await;
    server.clock.advance(60);
    refresh(&server, "web", &app["refresh_token"]).await;
    let page = list(&server, &person).await;
    let found = entries(&page);
    let has = |i: usize, words: &str| assert!(found[i].contains(words), "{i} {words}: {found:#?}");
    has(1, "You carried the code");
    has(2, "You carried the code");
    has(3, "Program on the machine of your browser Since 2027-01-15 08:00 UTC , from 127.0.0.1");
    has(4, "Through your browser Since 2027-01-15 08:03 UTC , from 127.0.0.1");
    has(4, "Last used 2027-01-15 08:04 UTC");
    let home = person.get(&format!("{}/account", server.url)).await;
    assert!(home.link_to("/account/sign-ins").is_some());
}

#[actix_web::test]
async fn the_browser_is_named_and_only_ones_own_are_shown() {
    let server = server::start().await;
    let (alice, bob) = (Person::new(), Person::new());
    sign_in(&server, &bob, "bob").await;
    let url = format!("{}/login", server.url);
    let page = alice.get(&url).await;
    let mut fields = page.form().fields;
    fields.retain(|(name, _)| name != "username" && name != "password");
    fields.extend([
        ("username".into(), "alice".into()),
        ("password".into(), server::PASSWORD.into()),
    ]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = alice
        .request(reqwest::Method::POST, &url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("user-agent", FIREFOX)
        .body(body);
    assert_eq!(alice.send(request).await.status, 303);
    let found = entries(&list(&server, &alice).await);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("Firefox on Linux"), "{found:?}");
    let stranger = list(&server, &Person::new()).await;
    assert!(stranger.location.unwrap().starts_with("/login?next=%2Faccount%2Fsign-ins"));
}

#[actix_web::test]
async fn a_program_that_is_signed_out_has_nothing_left() {
    let server = server::start().await;
    let person = Person::new();
    let app = tokens(&server, &person, "web", "openid offline_access").await;
    let other = tokens(&server, &person, "other", "openid").await;
    assert!(works(&server, &app).await);
    let page = list(&server, &person).await;
    let after = press(&person, &page, button(&page, "web Through")).await;
    assert!(text(&after).contains("Signed out."), "{after:?}");
    assert_eq!(entries(&after).len(), 2, "{after:?}");
    assert!(!works(&server, &app).await);
    assert_error(&refresh(&server, "web", &app["refresh_token"]).await, 400, "invalid_grant");
    assert!(works(&server, &other).await);
    let again = press(&person, &page, button(&page, "web Through")).await;
    assert!(text(&again).contains("Signed out."), "a second click does no harm");
    let events = server.db.audit_events(server::START, 100).await.unwrap();
    let revoked: Vec<_> = events.iter().filter(|event| event.event == "grant_revoked").collect();
    assert_eq!(revoked.len(), 1);
    assert_eq!(revoked[0].account_id.as_deref(), Some("alice-id"));
}

#[actix_web::test]
async fn a_browser_that_is_signed_out_takes_its_tokens_with_it() {
    let server = server::start().await;
    let (here, there) = (Person::new(), Person::new());
    sign_in(&server, &here, "alice").await;
    let app = tokens(&server, &there, "web", "openid").await;
    let page = list(&server, &here).await;
    let of_other = page.body.split("<li>").skip(1).find(|item| item.contains("name=\"session\""));
    let id = of_other.unwrap().split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    press(&here, &page, ("session".into(), id.into())).await;
    assert!(!works(&server, &app).await);
    assert!(list(&server, &there).await.location.is_some());
    assert!(list(&server, &here).await.location.is_none());
}

#[actix_web::test]
async fn everything_else_is_signed_out_at_once() {
    let server = server::start().await;
    let (here, there, bob) = (Person::new(), Person::new(), Person::new());
    sign_in(&server, &here, "alice").await;
    let bobs = {
        sign_in(&server, &bob, "bob").await;
        tokens(&server, &bob, "web", "openid offline_access").await
    };
    let cli = terminal(&server, &there, "loopback", false).await.json();
    let own = tokens(&server, &here, "web", "openid").await;
    let waiting = ready(&server, &there, "cli", &[]).await;
    let page = list(&server, &here).await;
    let after = press(&here, &page, ("others".into(), "1".into())).await;
    assert_eq!(entries(&after).len(), 1, "{after:?}");
    assert!(!works(&server, &cli).await && !works(&server, &own).await);
    let late = redeem_public(&server, "cli", &code_on(&waiting)).await;
    assert_error(&late, 400, "invalid_grant");
    assert!(list(&server, &there).await.location.is_some());
    assert!(works(&server, &bobs).await);
}

#[actix_web::test]
async fn nobody_takes_back_what_is_anothers() {
    let server = server::start().await;
    let (alice, bob) = (Person::new(), Person::new());
    let app = tokens(&server, &alice, "web", "openid").await;
    sign_in(&server, &bob, "bob").await;
    let (hers, his) = (list(&server, &alice).await, list(&server, &bob).await);
    press(&bob, &his, button(&hers, "web Through")).await;
    let session = server.db.sessions_of("alice-id", server.clock.now(), 9).await.unwrap().remove(0);
    press(&bob, &his, ("session".into(), session.id)).await;
    assert!(works(&server, &app).await);
    assert!(list(&server, &alice).await.location.is_none());
}

#[actix_web::test]
async fn a_forged_form_takes_nothing_back() {
    let server = server::start().await;
    let person = Person::new();
    let app = tokens(&server, &person, "web", "openid").await;
    let page = list(&server, &person).await;
    let form = page.form_to("/sign-ins");
    let forged = person.submit(&form, Some(("others", "1")), &[("csrf", "wrong")]).await;
    assert_eq!(forged.status, 403);
    let nothing = person.submit(&form, None, &[]).await;
    assert_eq!(nothing.status, 404);
    let malformed = person.submit(&form, Some(("grant", "no id\0")), &[]).await;
    assert_eq!(malformed.status, 404);
    assert!(works(&server, &app).await);
}

#[actix_web::test]
async fn what_is_over_is_not_listed_and_many_are_cut() {
    let server = Setup::default().start().await;
    let person = Person::new();
    let app = tokens(&server, &person, "web", "openid").await;
    let lives = app["expires_in"].as_i64().unwrap();
    server.clock.advance(lives + 61);
    assert_eq!(entries(&list(&server, &person).await).len(), 1);
    for _ in 0..101 {
        tokens(&server, &person, "web", "openid").await;
    }
    let page = list(&server, &person).await;
    assert_eq!(entries(&page).len(), 101);
    assert!(text(&page).contains("There are more. These are the 100 that were used last."));
}
