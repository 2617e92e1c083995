//! How a response travels to the client (OAuth 2.0 Multiple Response Type Encoding §2.1, OAuth 2.0 Form
//! Post Response Mode, RFC 9207): success and error alike, each parameter once and to the letter.

use doorstep::protocol::client::ResponseMode;

use crate::kit::*;
use crate::person::Person;
use crate::server::{self, Setup, clients};

/// States that clients send, and that attackers would.
fn states() -> Vec<String> {
    let cycle = |text: &str| text.chars().cycle().take(1024).collect::<String>();
    let printable: String = (' '..='~').collect();
    vec![
        "x".into(),
        cycle("abcXYZ019-._~"),
        cycle(&printable),
        cycle("\"'<>&+%20 ;=#?/\\"),
        "%2B%20+ %".into(),
        " leading and trailing ".into(),
        "\"><script>alert(1)</script>".into(),
        "&amp;&#34;&quot;".into(),
        "\u{2028}\u{202e}evil\u{2069}".into(),
        "ünïcode ☃ 🂡".into(),
    ]
}

#[actix_web::test]
async fn state_comes_back_intact_in_every_mode() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for mode in ResponseMode::ALL.map(ResponseMode::as_str) {
        for state in states() {
            for outcome in [("extra", "1"), ("response_type", "")] {
                let more = [("response_mode", mode), ("state", &state), outcome];
                let page = person.get(&authorize_url(&server, "web", &more)).await;
                assert_eq!(response(&page)["state"], state, "{mode} {outcome:?}");
            }
        }
    }
}

#[actix_web::test]
async fn state_survives_signing_in_and_consenting() {
    let server = server::start().await;
    for state in states() {
        let person = Person::new();
        let more =
            [("state", state.as_str()), ("response_mode", "form_post"), ("prompt", "consent")];
        let page = arrive(&person, &authorize_url(&server, "web", &more)).await;
        let page = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
        let page = person.follow(page).await;
        let fields = page.form().fields;
        assert_eq!(fields.iter().filter(|(name, _)| name == "state").count(), 1);
        assert_eq!(response(&page)["state"], state);
    }
}

#[actix_web::test]
async fn every_response_names_its_issuer() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for mode in ResponseMode::ALL.map(ResponseMode::as_str) {
        for outcome in
            [("extra", "1"), ("response_type", ""), ("prompt", "none login"), ("foo", "1&foo=2")]
        {
            let page = person
                .get(&authorize_url(&server, "web", &[("response_mode", mode), outcome]))
                .await;
            assert_eq!(response(&page)["iss"], server.iss, "{mode} {outcome:?}");
        }
    }
}

#[actix_web::test]
async fn a_response_has_its_parameters_once_and_no_others() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    let names = |page: &crate::person::Page| {
        let mut names: Vec<_> = match &page.location {
            Some(location) => {
                let url = url::Url::parse(location).unwrap();
                let encoded = url.fragment().or(url.query()).unwrap();
                url::form_urlencoded::parse(encoded.as_bytes())
                    .map(|(name, _)| name.into_owned())
                    .collect()
            }
            None => page.form().fields.into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
        };
        names.sort();
        names.join(" ")
    };
    for mode in ["query", "fragment", "form_post"] {
        let page = person.get(&authorize_url(&server, "web", &[("response_mode", mode)])).await;
        assert_eq!(names(&page), "code iss state");
        let without = [("response_mode", mode), ("state", "")];
        assert_eq!(names(&person.get(&authorize_url(&server, "web", &without)).await), "code iss");
        let wrong = [("response_mode", mode), ("response_type", "")];
        let page = person.get(&authorize_url(&server, "web", &wrong)).await;
        assert_eq!(names(&page), "error error_description iss state");
    }
}

#[actix_web::test]
async fn form_post_puts_nothing_into_the_url() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for outcome in [
        ("extra", "1"),
        ("response_type", ""),
        ("scope", "openid nonsense"),
        ("prompt", "none login"),
    ] {
        let more = [("response_mode", "form_post"), outcome];
        let page = person.get(&authorize_url(&server, "web", &more)).await;
        assert_eq!((page.status, &page.location), (200, &None), "{outcome:?}");
        let form = page.form();
        assert_eq!((form.action.as_str(), form.method.as_str()), (WEB_URI, "post"));
        assert!(!page.body.contains("enctype"), "the default is what clients expect to the letter");
        assert!(page.body.contains("<button"), "without JavaScript a person sends it");
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    }
}

#[actix_web::test]
async fn a_mode_that_the_client_may_not_use_is_refused_by_one_that_it_may() {
    let mut clients = clients();
    clients[0].response_modes = vec![ResponseMode::FormPost];
    let server = Setup { clients, ..Setup::default() }.start().await;
    for mode in ["query", "fragment"] {
        let page =
            Person::new().get(&authorize_url(&server, "web", &[("response_mode", mode)])).await;
        assert_eq!(page.location, None);
        assert_eq!(response(&page)["error"], "invalid_request");
    }
    let page = arrive(&Person::new(), &authorize_url(&server, "web", &[])).await;
    assert_eq!(page.form().action, WEB_URI, "without response_mode it is the only one there is");
}

#[actix_web::test]
async fn a_fragment_response_leaves_the_query_alone() {
    let server = server::start().await;
    let page =
        arrive(&Person::new(), &authorize_url(&server, "web", &[("response_mode", "fragment")]))
            .await;
    let location = page.location.unwrap();
    assert!(location.starts_with("https://app.example/cb#code="), "{location}");
    assert!(!location.contains('?'));
}
