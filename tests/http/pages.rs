//! What goes with the pages: their headers, and how they travel.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::header::HeaderMap;

use crate::kit::*;
use crate::person::{Form, Person};
use crate::server::{self, PASSWORD};

#[actix_web::test]
async fn a_window_keeps_its_opener_on_the_whole_way_of_a_sign_in() {
    let server = server::start().await;
    let opener_kept = |page: &crate::person::Page| {
        let policy = page.headers.get("cross-origin-opener-policy");
        assert!(policy.is_none_or(|policy| policy == "unsafe-none"), "{page:?}");
    };
    for client_id in ["cli", "web"] {
        let person = Person::new();
        let mut page = person.get(&authorize_url(&server, client_id, &[])).await;
        opener_kept(&page);
        while let Some(location) = page.target() {
            page = person.get(&location).await;
            opener_kept(&page);
        }
        let fields = [("username", "alice"), ("password", PASSWORD)];
        page = person.submit(&page.form_to("/login"), None, &fields).await;
        opener_kept(&page);
        opener_kept(&person.get(&page.target().expect("the way back")).await);
    }
    let result = format!("{}/handoff/result?outcome=signed_in", server.url);
    opener_kept(&Person::new().get(&result).await);
    let own = Person::new().get(&format!("{}/account", server.url)).await;
    assert_eq!(own.headers["cross-origin-opener-policy"], "same-origin");
}

/// The answer to whoever takes these encodings: headers, bytes as they came, and the page.
async fn encoded(person: &Person, url: &str, accepted: &str) -> (HeaderMap, Vec<u8>, String) {
    let request = reqwest::Client::new().get(url).header("accept-encoding", accepted);
    let cookies = ["doorstep-browser", "doorstep-session"]
        .map(|name| format!("{name}={}", person.cookie(name).unwrap_or_default()));
    let response = request.header("cookie", cookies.join("; ")).send().await.expect("an answer");
    let headers = response.headers().clone();
    let bytes = response.bytes().await.expect("a body").to_vec();
    let mut page = String::new();
    match headers.get("content-encoding") {
        Some(_) => GzDecoder::new(&*bytes).read_to_string(&mut page),
        None => bytes.as_slice().read_to_string(&mut page),
    }
    .expect("a page");
    (headers, bytes, page)
}

#[actix_web::test]
async fn pages_are_compressed_for_browsers_that_take_it() {
    let server = server::start().await;
    let (person, login) = (Person::new(), format!("{}/login", server.url));
    for accepted in ["gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8, *;q=0.1"] {
        let (headers, bytes, page) = encoded(&person, &login, accepted).await;
        assert_eq!(headers["content-encoding"], "gzip", "{accepted}");
        assert!(headers.get_all("vary").iter().any(|vary| vary == "accept-encoding"));
        assert!(page.contains("name=\"password\"") && bytes.len() * 3 < page.len() * 2);
    }
    for accepted in ["", "identity", "br", "gzip;q=0", "gzip;q=x"] {
        let (headers, _, page) = encoded(&person, &login, accepted).await;
        assert!(headers.get("content-encoding").is_none(), "{accepted}");
        assert!(page.contains("name=\"password\""), "{accepted}");
    }
    let (headers, ..) = encoded(&person, &format!("{}/jwks", server.url), "gzip").await;
    assert!(headers.get("content-encoding").is_none(), "programs get their documents at once");
}

/// Page, style and script are one answer, with all that a browser says on a first visit.
#[actix_web::test]
async fn a_first_visit_of_the_hand_off_page_takes_12_kb() {
    let server = server::start().await;
    let person = Person::new();
    let state = "s".repeat(256);
    let asked = [("state", &*state), ("scope", "openid profile email offline_access")];
    confirmation(&server, &person, "cli", &asked).await;
    let url =
        authorize_url(&server, "cli", &[&asked[..], &[("response_mode", "form_post")]].concat());
    let (headers, bytes, page) = encoded(&person, &url, "gzip").await;
    assert!(page.contains("<style") && page.contains("<script"), "{page}");
    assert!(!page.contains(" src=") && !page.contains("rel=\"stylesheet\""), "{page}");
    let names_and_values =
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    let size = bytes.len() + names_and_values.sum::<usize>();
    assert!(size <= 12_000, "{size} bytes");
}

#[actix_web::test]
async fn no_two_answers_have_the_same_form_token() {
    let server = server::start().await;
    let (person, url) = (Person::new(), format!("{}/login", server.url));
    let forms = [person.visit(&url).await.form(), person.visit(&url).await.form()];
    let token = |form: &Form| form.fields.iter().find(|(name, _)| name == "csrf").cloned();
    assert_ne!(token(&forms[0]).expect("a token"), token(&forms[1]).expect("a token"));
    for form in &forms {
        let page =
            person.submit(form, None, &[("username", "alice"), ("password", PASSWORD)]).await;
        assert_eq!(page.status, 303, "an older page still works: {page:?}");
    }
}
