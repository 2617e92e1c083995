//! Pages speak the language that the program asks for (`ui_locales`), else that of the person's own
//! setting, else of their browser, else the brand's.

use doorstep::pages::Brand;
use reqwest::ClientBuilder;
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Setup};

/// Somebody whose browser is set to these languages.
fn reader(accept_language: &'static str) -> Person {
    let languages = [(ACCEPT_LANGUAGE, HeaderValue::from_static(accept_language))];
    Person::with(ClientBuilder::new().default_headers(HeaderMap::from_iter(languages)))
}

/// Language and direction of a page.
fn spoken(page: &Page) -> String {
    let start = page.body.split_once("<html ").unwrap_or_else(|| panic!("no page: {page:?}")).1;
    start.split_once('>').unwrap().0.replace("lang=", "").replace("dir=", "").replace('"', "")
}

#[actix_web::test]
async fn a_browser_says_what_its_person_reads() {
    let brand = Brand { language: "de".into(), ..Brand::default() };
    let server = Setup { brand: brand.into(), ..Setup::default() }.start().await;
    for (accept_language, expected) in [
        ("ar-EG, en;q=0.5", "ar rtl"),
        ("sw, en-US;q=0.2, ar;q=0.3", "ar rtl"),
        ("sw", "de ltr"),
        ("", "de ltr"),
        ("en;q=0, *;q=0.1", "de ltr"),
    ] {
        let person = reader(accept_language);
        let page = person.get(&format!("{}/login", server.url)).await;
        assert_eq!(spoken(&page), expected, "{accept_language}");
        let nothing = person.get(&format!("{}/handoff/nowhere", server.url)).await;
        assert_eq!((nothing.status, spoken(&nothing).as_str()), (404, expected));
    }
    let page = reader("ar").get(&format!("{}/login", server.url)).await;
    assert!(page.body.contains("<title>تسجيل الدخول · Doorstep</title>"), "{page:?}");
}

#[actix_web::test]
async fn the_persons_own_setting_counts_more_than_the_browser() {
    let server = server::start().await;
    let person = reader("ar");
    let account = format!("{}/account", server.url);
    assert_eq!(spoken(&person.get(&account).await), "ar rtl");
    person.sign_in(&format!("{}/login?next=/account", server.url), "alice", PASSWORD).await;
    // Alice's locale is en-GB.
    assert_eq!(spoken(&person.get(&account).await), "en ltr");
}

#[actix_web::test]
async fn the_programs_wish_counts_most_and_to_the_end() {
    let server = server::start().await;
    let person = reader("ar");
    let url = authorize_url(
        &server,
        "cli",
        &[("ui_locales", "sw de-AT en"), ("response_mode", "form_post")],
    );
    let page = person.visit(&url).await;
    assert_eq!(spoken(&page), "de ltr", "the sign-in page");
    let wrong = [("username", "alice"), ("password", "another")];
    let page = person.submit(&page.form_to("/login"), None, &wrong).await;
    assert_eq!((page.status, spoken(&page).as_str()), (401, "de ltr"), "the page after a mistake");
    let page = person.sign_in(&url, "alice", PASSWORD).await;
    assert_eq!((page.state().as_str(), spoken(&page).as_str()), ("confirm", "de ltr"));
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", "paste")), &[]).await;
    let page = person.follow(page).await;
    assert_eq!((page.state().as_str(), spoken(&page).as_str()), ("ready", "de ltr"));
}

#[actix_web::test]
async fn the_wish_is_known_when_it_was_pushed_and_when_the_request_is_refused() {
    let server = server::start().await;
    let url = authorize_url(&server, "cli", &[("ui_locales", "de")]);
    let query = url.split_once('?').unwrap().1.as_bytes();
    let fields: Vec<_> = url::form_urlencoded::parse(query).into_owned().collect();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let pushed = post(&server, "/par", None, &fields).await.json();
    let request_uri = pushed["request_uri"].as_str().expect("a reference");
    let link = format!("{}/authorize?client_id=cli&request_uri={request_uri}", server.url);
    assert_eq!(spoken(&reader("ar").visit(&link).await), "de ltr");

    let bad = [("ui_locales", "de"), ("redirect_uri", "https://elsewhere.example/")];
    let page = reader("ar").get(&authorize_url(&server, "web", &bad)).await;
    assert_eq!((page.status, spoken(&page).as_str()), (400, "de ltr"));
    assert!(page.body.contains("<dd lang=\"en\" dir=\"ltr\"><bdi>The request wants"), "{page:?}");
}
