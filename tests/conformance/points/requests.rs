//! Points 1 to 3: what a request may look like, and where it may be answered (OpenID Connect Core
//! §3.1.2, RFC 8252 §7.3, RFC 9700 §4.1).

use doorstep::protocol::client::{ApplicationType, Client};
use reqwest::Method;
use url::Url;

use crate::kit::answer::Answer;
use crate::kit::checks;
use crate::kit::provider::{FORM, Provider};
use crate::kit::request::{Request, WEB_URI, asks_for_password, obey};
use crate::place::Place;
use crate::support::person::{Page, Person};
use crate::support::server::clients;

everywhere!(
    p01_unknown_parameters_and_values_of_hints_never_fail,
    p01_the_order_of_parameters_and_scopes_is_irrelevant,
    p01_a_duplicated_parameter_is_invalid_request,
    p01_a_duplicated_address_never_yields_a_code,
    p02_redirect_uri_matches_exactly_or_a_page_says_so,
    p02_loopback_ports_are_free_for_native_clients,
    p02_localhost_is_for_clients_that_registered_it,
    p02_a_registered_query_is_kept,
    p03_get_and_post_mean_the_same,
    p03_a_post_without_cookies_answers_303_to_a_get,
    p03_a_long_post_goes_on_by_reference,
);

async fn p01_unknown_parameters_and_values_of_hints_never_fail(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for (name, value) in [
        ("extra", "foobar"),
        ("display", "page"),
        ("display", "popup"),
        ("display", "hologram"),
        ("ui_locales", "se"),
        ("claims_locales", "se de-CH-1996"),
        ("login_hint", "buffy@issuer.example"),
        ("acr_values", "1 2"),
        ("scope[]", "openid"),
        ("__proto__", "1"),
    ] {
        let request = Request::of(&provider, "web").with(name, value);
        checks::success(&provider, &request, &request.answer(&provider, &browser).await);
    }
    for empty in ["state", "nonce", "prompt", "max_age", "display"] {
        let request = Request::of(&provider, "web").with(empty, "");
        let answer = request.answer_unasked(&provider, &browser).await;
        assert!(!answer.code().is_empty(), "{empty}");
    }
}

async fn p01_the_order_of_parameters_and_scopes_is_irrelevant(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web").with("scope", "email openid");
    let (endpoint, encoded) = (provider.endpoint("authorization_endpoint"), request.encoded());
    let forwards: Vec<_> = encoded.split('&').collect();
    let backwards: Vec<_> = encoded.split('&').rev().collect();
    let mut sorted = forwards.clone();
    sorted.sort_unstable();
    let browser = provider.browser();
    for order in [forwards, backwards, sorted] {
        let page = browser.visit(&format!("{endpoint}?{}", order.join("&"))).await;
        let answer = obey("alice", &browser, page).await;
        let tokens = provider.tokens(&provider.redeem(&request, &answer).await);
        let info = provider.userinfo(tokens.access()).await.json();
        assert_eq!(info["email"], "alice@example.org");
    }
}

async fn p01_a_duplicated_parameter_is_invalid_request(at: Place) {
    let provider = at.start().await;
    for again in [
        "response_type=code",
        "scope=openid",
        "state=other",
        "nonce=x",
        "extra=1&extra=1",
        "prompt=none&prompt=none",
    ] {
        for mode in ["query", "form_post"] {
            let request = Request::of(&provider, "web").with("response_mode", mode);
            let page = provider.browser().get(&format!("{}&{again}", request.url(&provider))).await;
            let answer = Answer::on(&page).expect("an answer");
            checks::error(&provider, &request, &answer);
            assert_eq!(answer.error(), "invalid_request", "{again}");
        }
    }
}

async fn p01_a_duplicated_address_never_yields_a_code(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    provider.login(&Request::of(&provider, "web"), &browser).await;
    for again in
        ["redirect_uri=https%3A%2F%2Fevil.example%2F", "client_id=other", "response_mode=fragment"]
    {
        let request = Request::of(&provider, "web").with("response_mode", "query");
        let page = browser.get(&format!("{}&{again}", request.url(&provider))).await;
        let answer = Answer::on(&page).expect("an answer");
        assert_eq!((answer.error(), answer.to.as_str()), ("invalid_request", WEB_URI), "{again}");
    }
}

async fn p02_redirect_uri_matches_exactly_or_a_page_says_so(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
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
        "",
    ] {
        for more in [("extra", "1"), ("response_type", ""), ("response_mode", "form_post")] {
            let request = Request::of(&provider, "web").but(&[("redirect_uri", uri), more]);
            let page = request.open(&provider, &browser).await;
            checks::told_to_the_person(&page, "redirect_uri");
        }
    }
}

/// A provider where `cli` has registered these addresses.
async fn with_addresses(at: Place, uris: &[&str], application_type: ApplicationType) -> Provider {
    let client = Client {
        redirect_uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
        application_type,
        trusted: true,
        ..Client::native("cli", &[])
    };
    at.start_with(|setup| setup.clients = vec![client]).await
}

/// Whether an answer would go to this address.
async fn is_taken(provider: &Provider, browser: &Person, uri: &str) -> bool {
    let request = Request::of(provider, "cli").but(&[("redirect_uri", uri), ("prompt", "none")]);
    let page = request.open(provider, browser).await;
    match &page.location {
        // An address without a path has the path `/` (RFC 3986 §6.2.3).
        Some(location) => {
            location.starts_with(&format!("{}?error=login_required", Url::parse(uri).unwrap()))
        }
        None => {
            checks::told_to_the_person(&page, "redirect_uri");
            false
        }
    }
}

async fn p02_loopback_ports_are_free_for_native_clients(at: Place) {
    let registered = ["http://127.0.0.1/", "http://[::1]:8000/cb"];
    let provider = with_addresses(at, &registered, ApplicationType::Native).await;
    let browser = provider.browser();
    for uri in [
        "http://127.0.0.1:1/",
        "http://127.0.0.1:65535/",
        "http://127.0.0.1/",
        "http://[::1]:7/cb",
        "http://[::1]/cb",
    ] {
        assert!(is_taken(&provider, &browser, uri).await, "{uri}");
    }
    for uri in [
        "http://127.0.0.2:1/",
        "http://127.0.0.1:1/cb",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:1@evil.example/",
        "http://127.0.0.1.evil.example/",
        "https://127.0.0.1:1/",
        "http://localhost:1/",
    ] {
        assert!(!is_taken(&provider, &browser, uri).await, "{uri}");
    }
    let web =
        Client { redirect_uris: vec!["http://127.0.0.1:8000/".into()], ..clients().remove(0) };
    let provider = at.start_with(|setup| setup.clients = vec![web]).await;
    for (uri, taken) in [("http://127.0.0.1:8000/", true), ("http://127.0.0.1:8001/", false)] {
        let request = Request::of(&provider, "web").with("redirect_uri", uri);
        let page = request.open(&provider, &provider.browser()).await;
        assert_eq!(asks_for_password(&page), taken, "a web client keeps its port: {page:?}");
    }
}

async fn p02_localhost_is_for_clients_that_registered_it(at: Place) {
    let provider = with_addresses(at, &["http://127.0.0.1/"], ApplicationType::Native).await;
    assert!(!is_taken(&provider, &provider.browser(), "http://localhost:7/").await);
    // As MSAL registers it: no port, no path.
    let provider = with_addresses(at, &["http://localhost"], ApplicationType::Native).await;
    assert!(is_taken(&provider, &provider.browser(), "http://localhost:7").await);
    assert!(!is_taken(&provider, &provider.browser(), "http://localhost:7/cb").await);
}

async fn p02_a_registered_query_is_kept(at: Place) {
    const URI: &str = "https://app.example/cb?tenant=a%20b&x=";
    let provider = at.start_with(|setup| setup.clients[0].redirect_uris = vec![URI.into()]).await;
    let browser = provider.browser();
    let request = Request::of(&provider, "web");
    request.answer(&provider, &browser).await;
    let page = request.open(&provider, &browser).await;
    let location = page.location.as_deref().expect("a redirect");
    assert!(location.starts_with(&format!("{URI}&code=")), "{location}");
    let page = request.with("response_mode", "form_post").open(&provider, &browser).await;
    assert_eq!(page.form().action, URI);
}

/// Sends a request as another site's form does: by POST, and without our cookies.
async fn post(provider: &Provider, browser: &Person, body: &str) -> Page {
    let request = browser
        .request(Method::POST, provider.endpoint("authorization_endpoint"))
        .header("content-type", FORM)
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://app.example")
        .body(body.to_owned());
    browser.send(request).await
}

async fn p03_get_and_post_mean_the_same(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for mode in ["query", "fragment", "form_post"] {
        for (name, value) in [("extra", "1"), ("response_type", ""), ("scope", "openid nonsense")] {
            let request = Request::of(&provider, "web").but(&[
                ("response_mode", mode),
                ("state", "a b+c&d%20\"<"),
                (name, value),
            ]);
            let page = browser.follow(post(&provider, &browser, &request.encoded()).await).await;
            let posted = obey("alice", &browser, page).await;
            let got = request.answer_unasked(&provider, &browser).await;
            assert_eq!((posted.way, &posted.to), (got.way, &got.to));
            assert_eq!(posted.get("state"), request.get("state"));
            assert_eq!(posted.names(), got.names());
            assert_eq!(posted.get("error"), got.get("error"));
        }
    }
    let request = Request::of(&provider, "web");
    let twice = format!("{}&scope=openid", request.encoded());
    let page = browser.follow(post(&provider, &browser, &twice).await).await;
    assert_eq!(Answer::on(&page).expect("an answer").error(), "invalid_request");
}

async fn p03_a_post_without_cookies_answers_303_to_a_get(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    provider.login(&Request::of(&provider, "web"), &browser).await;
    let request = Request::of(&provider, "web").with("prompt", "none");
    let page = post(&provider, &browser, &request.encoded()).await;
    assert_eq!(page.status, 303, "{page:?}");
    assert!(!page.headers.contains_key("set-cookie"), "cookies that were not sent stay");
    let target = page.target().expect("a redirect");
    assert!(target.starts_with(provider.endpoint("authorization_endpoint")), "{target}");
    // The GET that follows is a top-level navigation, which the cookies go with.
    let answer = Answer::on(&browser.follow(page).await).expect("an answer");
    checks::success(&provider, &request, &answer);
}

async fn p03_a_long_post_goes_on_by_reference(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web").with("state", "<&\"".repeat(5000));
    let browser = provider.browser();
    let page = post(&provider, &browser, &request.encoded()).await;
    assert!(page.location.as_ref().is_some_and(|url| url.len() < 300), "{page:?}");
    let answer = obey("alice", &browser, browser.follow(page).await).await;
    assert_eq!(answer.get("state"), request.get("state"));
}
