//! The authorization request (OpenID Connect Core §3.1.2): what is ignored, what is refused, and where
//! the refusal goes.

use doorstep::protocol::client::{ApplicationType, Client, ClientAuthMethod};
use url::form_urlencoded;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup, clients};

/// A page that says what is wrong, and no redirect anywhere.
#[track_caller]
fn assert_page(page: &Page, words: &str) {
    assert_eq!((page.status, &page.location), (400, &None), "{page:?}");
    assert!(page.body.contains("This sign-in link does not work"), "{page:?}");
    assert!(page.body.contains(words), "{words:?} is not on {page:?}");
    assert!(!page.body.contains("<form"), "{page:?}");
}

#[actix_web::test]
async fn unknown_parameters_and_values_of_hints_never_fail() {
    let server = server::start().await;
    let person = Person::new();
    for more in [
        ("extra", "foobar"),
        ("display", "page"),
        ("display", "popup"),
        ("display", "hologram"),
        ("ui_locales", "se"),
        ("claims_locales", "se de-CH-1996"),
        ("login_hint", "buffy@issuer.example"),
        ("acr_values", "1 2"),
        ("state", ""),
        ("nonce", ""),
        ("progress", "1800000000.0.y.AAAA"),
    ] {
        let response = web_response(&server, &person, "web", &[more]).await;
        assert!(response.contains_key("code"), "{more:?} {response:?}");
    }
}

#[actix_web::test]
async fn the_order_of_parameters_and_scopes_does_not_matter() {
    let server = server::start().await;
    let url = authorize_url(&server, "web", &[("scope", "email openid")]);
    let (endpoint, query) = url.split_once('?').unwrap();
    let reversed: Vec<_> = query.split('&').rev().collect();
    let page = arrive(&Person::new(), &format!("{endpoint}?{}", reversed.join("&"))).await;
    assert!(response(&page).contains_key("code"), "{page:?}");
}

#[actix_web::test]
async fn a_duplicated_parameter_is_refused() {
    let server = server::start().await;
    for again in [
        "response_type=code",
        "scope=openid",
        "state=other",
        "nonce=x",
        "prompt=none&prompt=login",
        "foo=1&foo=1",
    ] {
        let url = format!("{}&{again}", authorize_url(&server, "web", &[]));
        let answer = response(&Person::new().get(&url).await);
        assert_eq!(
            (answer["error"].as_str(), answer["state"].as_str()),
            ("invalid_request", "st-1"),
            "{again}"
        );
        assert_description(&answer["error_description"]);
    }
}

#[actix_web::test]
async fn a_duplicated_address_never_yields_a_code() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for again in
        ["redirect_uri=https%3A%2F%2Fevil.example%2F", "client_id=other", "response_mode=form_post"]
    {
        let url = authorize_url(&server, "web", &[("response_mode", "query")]);
        let page = person.get(&format!("{url}&{again}")).await;
        assert_eq!(response(&page)["error"], "invalid_request", "{again} {page:?}");
        assert!(page.location.unwrap().starts_with(WEB_URI));
    }
}

#[actix_web::test]
async fn a_duplicated_parameter_of_a_post_is_refused_the_same_way() {
    let server = server::start().await;
    let url = format!("{}&scope=openid", authorize_url(&server, "web", &[]));
    let page = Person::new().follow(post_request(&url).await).await;
    assert_eq!(response(&page)["error"], "invalid_request", "{page:?}");
}

#[actix_web::test]
async fn an_unknown_client_is_told_to_the_person_alone() {
    let server = server::start().await;
    let person = Person::new();
    assert_page(&person.get(&authorize_url(&server, "<b>nobody", &[])).await, "client_id");
    assert_page(&person.get(&format!("{}/authorize", server.url)).await, "client_id");
    assert_page(
        &person.get(&authorize_url(&server, "web", &[("redirect_uri", "")])).await,
        "redirect_uri",
    );
}

#[actix_web::test]
async fn redirect_uri_matches_exactly_or_nothing_is_sent_anywhere() {
    let server = server::start().await;
    let person = Person::new();
    for uri in [
        "https://app.example/cb/",
        "https://app.example/cb/x7Gk",
        "https://app.example/cb_invalid",
        "https://app.example/cb?foo=bar",
        "https://app.example/cb#",
        "https://app.example/CB",
        "https://app.example/./cb",
        "https://app.example:443/cb",
        "https://APP.example/cb",
        "https://app.example/cb%2f",
        "http://app.example/cb",
        "https://app.example.evil.example/cb",
        "https://evil.example/https://app.example/cb",
        "https://app.example@evil.example/cb",
        "javascript:alert(1)",
        "http://127.0.0.1:49152/",
        " https://app.example/cb",
    ] {
        for more in [&[("redirect_uri", uri)][..], &[("redirect_uri", uri), ("response_type", "")]]
        {
            assert_page(&person.get(&authorize_url(&server, "web", more)).await, "redirect_uri");
        }
    }
}

fn with_uris(uris: &[&str], application_type: ApplicationType) -> Vec<Client> {
    let redirect_uris = uris.iter().map(|&uri| uri.into()).collect();
    let method = ClientAuthMethod::None;
    vec![Client {
        redirect_uris,
        application_type,
        token_endpoint_auth_method: method,
        trusted: true,
        ..clients().remove(4)
    }]
}

async fn is_accepted(server: &Server, person: &Person, uri: &str) -> bool {
    let page = person
        .get(&authorize_url(server, "cli", &[("redirect_uri", uri), ("prompt", "none")]))
        .await;
    match page.location {
        Some(location) => {
            assert!(location.starts_with(uri), "{location}");
            true
        }
        None => false,
    }
}

#[actix_web::test]
async fn loopback_ports_are_free_for_native_clients() {
    let registered = ["http://127.0.0.1/", "http://[::1]:8000/cb", "http://localhost"];
    let clients = with_uris(&registered, ApplicationType::Native);
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = Person::new();
    for uri in [
        "http://127.0.0.1:1/",
        "http://127.0.0.1:65535/",
        "http://[::1]:7/cb",
        "http://[::1]/cb",
        "http://localhost:7",
    ] {
        assert!(is_accepted(&server, &person, uri).await, "{uri}");
    }
    for uri in [
        "http://127.0.0.2:1/",
        "http://localhost:7/cb",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:1@evil.example/",
        "http://127.0.0.1.evil.example/",
        "https://127.0.0.1:1/",
    ] {
        assert!(!is_accepted(&server, &person, uri).await, "{uri}");
    }
}

#[actix_web::test]
async fn localhost_must_be_registered_to_be_used() {
    let clients = with_uris(&["http://127.0.0.1/"], ApplicationType::Native);
    let server = Setup { clients, ..Setup::default() }.start().await;
    assert!(!is_accepted(&server, &Person::new(), "http://localhost:7/").await);
}

#[actix_web::test]
async fn a_registered_query_is_kept() {
    let mut clients = clients();
    clients[0].redirect_uris = vec!["https://app.example/cb?tenant=a%20b&x=".into()];
    let server = Setup { clients, ..Setup::default() }.start().await;
    let uri = [("redirect_uri", "https://app.example/cb?tenant=a%20b&x=")];
    let page = arrive(&Person::new(), &authorize_url(&server, "web", &uri)).await;
    assert!(
        page.location.as_ref().unwrap().starts_with("https://app.example/cb?tenant=a%20b&x=&code="),
        "{page:?}"
    );
}

/// Sends an authorization request as another site's form would: POST, no cookies.
async fn post_request(url: &str) -> Page {
    let (endpoint, query) = url.split_once('?').unwrap();
    let browser = Person::new();
    let request = browser
        .request(reqwest::Method::POST, endpoint)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://app.example")
        .body(query.to_owned());
    browser.send(request).await
}

#[actix_web::test]
async fn a_post_from_another_site_goes_on_as_a_get() {
    let server = server::start().await;
    let person = Person::new();
    let page = post_request(&authorize_url(&server, "web", &[("state", "a b+c&d")])).await;
    assert_eq!(page.status, 303, "{page:?}");
    assert!(
        !page.headers.contains_key("set-cookie"),
        "a request without cookies must not replace any"
    );
    let page = person.sign_in(&page.target().unwrap(), "alice", PASSWORD).await;
    assert_eq!(response(&page)["state"], "a b+c&d");
}

#[actix_web::test]
async fn a_long_post_goes_on_by_reference() {
    let server = server::start().await;
    let state = "<&\"".repeat(5000);
    let page = post_request(&authorize_url(&server, "web", &[("state", &state)])).await;
    assert_eq!(page.status, 303, "{page:?}");
    assert!(page.location.as_ref().unwrap().len() < 200, "{page:?}");
    let page = Person::new().sign_in(&page.target().unwrap(), "alice", PASSWORD).await;
    assert_eq!(response(&page)["state"], state);
}

#[actix_web::test]
async fn errors_are_named() {
    let server = server::start().await;
    let person = Person::new();
    for (more, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "id_token")], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "none")], "unsupported_response_type"),
        (&[("scope", "")], "invalid_request"),
        (&[("scope", "email")], "invalid_scope"),
        (&[("scope", "openid launch/patient")], "invalid_scope"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("prompt", "maybe")], "invalid_request"),
        (&[("max_age", "-1")], "invalid_request"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("response_mode", "carrier_pigeon")], "invalid_request"),
        (&[("request", "eyJhbGciOiJub25lIn0.e30.")], "invalid_request_object"),
        (&[("request_uri", "https://app.example/request.jwt")], "request_uri_not_supported"),
        (&[("registration", "{}")], "registration_not_supported"),
    ] {
        let page = person.get(&authorize_url(&server, "web", more)).await;
        let answer = response(&page);
        assert_eq!(answer["error"], error, "{more:?}");
        assert_eq!(
            (answer["state"].as_str(), answer["iss"].as_str()),
            ("st-1", server.iss.as_str())
        );
        assert_description(&answer["error_description"]);
        assert!(!answer.contains_key("code"));
    }
}

#[actix_web::test]
async fn a_scope_that_is_not_assigned_is_named() {
    let mut clients = clients();
    clients[0].scope = "openid profile".into();
    let server = Setup { clients, ..Setup::default() }.start().await;
    let answer =
        web_response(&server, &Person::new(), "web", &[("scope", "openid groups profile")]).await;
    assert_eq!(answer["error"], "invalid_scope");
    assert_eq!(answer["error_description"], "the scope groups is not assigned to this client");
}

#[actix_web::test]
async fn a_request_object_is_refused_by_the_mode_outside_of_it() {
    let server = server::start().await;
    let header_and_claims = "eyJhbGciOiJub25lIn0.eyJyZXNwb25zZV9tb2RlIjoiZm9ybV9wb3N0In0.";
    let only_oauth = [
        ("request", header_and_claims),
        ("state", ""),
        ("nonce", ""),
        ("response_mode", "form_post"),
    ];
    let page = Person::new().get(&authorize_url(&server, "web", &only_oauth)).await;
    assert_eq!((page.status, page.form().action.as_str()), (200, WEB_URI));
    assert_eq!(response(&page)["error"], "invalid_request_object");
}

#[actix_web::test]
async fn a_request_object_does_not_lend_its_redirect_uri() {
    let server = server::start().await;
    let bad = [
        ("request", "eyJhbGciOiJub25lIn0.e30."),
        ("redirect_uri", "https://app.example/cb_invalid"),
    ];
    assert_page(&Person::new().get(&authorize_url(&server, "web", &bad)).await, "redirect_uri");
}

#[actix_web::test]
async fn a_query_that_is_no_text_is_survived() {
    let server = server::start().await;
    let url = authorize_url(&server, "web", &[]);
    for rubbish in ["%ff%fe=%00", "&&&&", "=", "%", "a=%e2%80%a8", "scope[]=openid", "__proto__=1"]
    {
        let page = Person::new().get(&format!("{url}&{rubbish}")).await;
        assert_eq!(page.status, 303, "{rubbish} {page:?}");
    }
    let encoded: String = form_urlencoded::byte_serialize(&[0xff; 100]).collect();
    let page = Person::new().get(&format!("{}/authorize?client_id={encoded}", server.url)).await;
    assert_page(&page, "client_id");
}

#[actix_web::test]
async fn a_state_that_is_not_utf_8_is_refused_and_not_sent_back_otherwise() {
    let server = server::start().await;
    let person = Person::new();
    let url = format!("{}&state=%ff%fe", authorize_url(&server, "web", &[("state", "")]));
    let posted = post_request(&url).await;
    assert!(posted.location.as_ref().unwrap().contains("state=%ff%fe"), "{posted:?}");
    let onward = url::Url::parse(&url).unwrap().join(posted.location.as_ref().unwrap()).unwrap();
    for url in [url.as_str(), onward.as_str()] {
        let answer = person.get(url).await.query();
        assert_eq!(answer["error"], "invalid_request");
        assert_eq!(answer["error_description"], "a parameter is not UTF-8 text");
        assert_eq!(answer.get("state"), None);
    }
}

#[actix_web::test]
async fn a_nul_byte_is_nobodys_name() {
    let server = server::start().await;
    let person = Person::new();
    for query in
        ["client_id=%00", "client_id=cli&request_uri=%00", "client_id=cli%00x&redirect_uri=%00"]
    {
        let page = person.get(&format!("{}/authorize?{query}", server.url)).await;
        assert_eq!(page.status, 400, "{query} {page:?}");
    }
    let fields = [("grant_type", "refresh_token"), ("client_id", "\0"), ("refresh_token", "\0")];
    assert_error(&post(&server, "/token", None, &fields).await, 400, "invalid_request");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let nul = "Basic JTAwOng="; // %00:x
    assert_error(&post(&server, "/token", Some(nul), &fields).await, 401, "invalid_client");
}
