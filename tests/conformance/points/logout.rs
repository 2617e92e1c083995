//! Point 25: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), beyond what the modules of the
//! conformance suite look at.

use crate::kit::checks;
use crate::kit::jose;
use crate::kit::provider::{FORM, Provider, encode};
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::person::{Page, Person};
use crate::support::server::CLIENT_SECRET;

everywhere!(
    p25_state_comes_back_byte_exact_and_nothing_else_is_added,
    p25_a_registered_uri_matches_exactly_and_its_query_is_kept,
    p25_every_wrong_hint_is_no_hint,
    p25_client_id_alone_never_redirects,
    p25_an_expired_hint_is_as_good,
    p25_somebody_elses_hint_signs_nobody_out_unasked,
    p25_get_and_post_mean_the_same,
    p25_logout_without_a_session_redirects_all_the_same,
);

const BYE: &str = "https://app.example/bye";

/// A provider, a browser that alice has signed in with, and the tokens of `web`.
async fn start(at: Place) -> (Provider, Person, Tokens) {
    let provider = at.start().await;
    let browser = provider.browser();
    let tokens = provider.login(&Request::of(&provider, "web"), &browser).await;
    (provider, browser, tokens)
}

async fn logout(provider: &Provider, browser: &Person, params: &[(&str, &str)]) -> Page {
    browser.get(&format!("{}?{}", provider.endpoint("end_session_endpoint"), encode(params))).await
}

async fn is_signed_in(provider: &Provider, browser: &Person) -> bool {
    let request = Request::of(provider, "web").with("prompt", "none");
    let answer = request.answer_unasked(provider, browser).await;
    if answer.get("error").is_some() {
        checks::error(provider, &request, &answer);
        assert_eq!(answer.error(), "login_required");
    }
    answer.get("error").is_none()
}

/// Nothing was done yet: a page asks, and when the person says yes, ends here.
async fn assert_asks_and_stays(provider: &Provider, browser: &Person, page: &Page) {
    assert_eq!((page.status, &page.location), (200, &None), "{page:?}");
    assert!(is_signed_in(provider, browser).await);
    let page = browser.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!((page.status, &page.location), (200, &None), "{page:?}");
    assert!(!is_signed_in(provider, browser).await);
    provider.login(&Request::of(provider, "web"), browser).await;
}

async fn p25_state_comes_back_byte_exact_and_nothing_else_is_added(at: Place) {
    let (provider, browser, _) = start(at).await;
    let printable: String = (' '..='~').collect();
    let repeated = printable.repeat(11);
    for state in
        ["x", &printable, &repeated, "%41%20+%", "\"'<>&#?=;\\`{|}^[]", "ü☃", " at both ends "]
    {
        let tokens = provider.login(&Request::of(&provider, "web"), &browser).await;
        let hint = ("id_token_hint", tokens.id_token());
        let back = [hint, ("post_logout_redirect_uri", BYE), ("state", state)];
        let page = logout(&provider, &browser, &back).await;
        assert_eq!(page.status, 303, "{page:?}");
        assert!(page.location.as_deref().is_some_and(|url| url.starts_with(&format!("{BYE}?"))));
        let query: Vec<_> = page.query().into_iter().collect();
        assert_eq!(query, [("state".to_owned(), state.to_owned())]);
        assert!(!is_signed_in(&provider, &browser).await);
    }
}

async fn p25_a_registered_uri_matches_exactly_and_its_query_is_kept(at: Place) {
    const WITH_QUERY: &str = "https://app.example/bye?to=a%20b";
    let set = |setup: &mut crate::support::server::Setup| {
        setup.clients[0].post_logout_redirect_uris = vec![WITH_QUERY.into()];
    };
    let provider = at.start_with(set).await;
    let browser = provider.browser();
    let tokens = provider.login(&Request::of(&provider, "web"), &browser).await;
    let hint = ("id_token_hint", tokens.id_token());
    for uri in [
        BYE,
        "https://app.example/bye?to=a+b",
        "https://app.example/bye?to=a%20b&x",
        "https://app.example/bye/?to=a%20b",
        "https://app.example/cb",
        "https://evil.example/bye",
        "javascript:alert(1)",
        "//evil.example",
    ] {
        let params = [hint, ("post_logout_redirect_uri", uri), ("state", "x")];
        let page = logout(&provider, &browser, &params).await;
        checks::told_to_the_person(&page, "post_logout_redirect_uri");
        assert!(is_signed_in(&provider, &browser).await, "{uri}");
    }
    let params = [hint, ("post_logout_redirect_uri", WITH_QUERY), ("state", "x")];
    let page = logout(&provider, &browser, &params).await;
    assert_eq!(page.location, Some(format!("{WITH_QUERY}&state=x")));
}

async fn p25_every_wrong_hint_is_no_hint(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let elsewhere = at.start().await;
    let request = Request::of(&elsewhere, "web");
    let foreign = elsewhere.login(&request, &elsewhere.browser()).await;
    let good = tokens.id_token();
    for hint in [
        &jose::unsigned(good),
        &jose::signed_with_secret(&tokens.claims(), CLIENT_SECRET),
        good.rsplit_once('.').expect("a signature").0,
        &good[..good.len() - 4],
        foreign.id_token(),
        tokens.access(),
        "x",
        "..",
    ] {
        let params = [("id_token_hint", hint), ("post_logout_redirect_uri", BYE), ("state", "x")];
        let page = logout(&provider, &browser, &params).await;
        assert_asks_and_stays(&provider, &browser, &page).await;
    }
    let others =
        [("id_token_hint", good), ("client_id", "other"), ("post_logout_redirect_uri", BYE)];
    let page = logout(&provider, &browser, &others).await;
    assert_asks_and_stays(&provider, &browser, &page).await;
}

async fn p25_client_id_alone_never_redirects(at: Place) {
    let (provider, browser, _) = start(at).await;
    let params = [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "x")];
    let page = logout(&provider, &browser, &params).await;
    assert_asks_and_stays(&provider, &browser, &page).await;
    let page = logout(&provider, &provider.browser(), &params).await;
    assert_eq!((page.status, &page.location), (200, &None), "nor without a session");
}

async fn p25_an_expired_hint_is_as_good(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    provider.clock.advance(5 * 86_400);
    let params = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
    let page = logout(&provider, &browser, &params).await;
    assert_eq!(page.location.as_deref(), Some(BYE));
    assert!(!is_signed_in(&provider, &browser).await);
}

async fn p25_somebody_elses_hint_signs_nobody_out_unasked(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let request = Request::of(&provider, "web").with("prompt", "login");
    request.answer_as("bob", &provider, &browser).await;
    let params = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
    let page = logout(&provider, &browser, &params).await;
    assert_eq!((page.status, &page.location), (200, &None), "{page:?}");
    assert!(page.body.contains("bob"), "the page says who would be signed out: {page:?}");
    assert!(is_signed_in(&provider, &browser).await);
    let page = browser.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!(page.location.as_deref(), Some(BYE), "the client is known all the same");
}

async fn p25_get_and_post_mean_the_same(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let body = encode(&[
        ("id_token_hint", tokens.id_token()),
        ("post_logout_redirect_uri", BYE),
        ("state", "a b&c+\"<"),
    ]);
    // It comes from the client's site, without our cookies.
    let request = browser
        .request(reqwest::Method::POST, provider.endpoint("end_session_endpoint"))
        .header("content-type", FORM)
        .header("sec-fetch-site", "cross-site")
        .body(body);
    let page = browser.send(request).await;
    assert_eq!(page.status, 303, "{page:?}");
    let page = browser.follow(page).await;
    assert_eq!(page.query()["state"], "a b&c+\"<");
    assert!(!is_signed_in(&provider, &browser).await);
}

async fn p25_logout_without_a_session_redirects_all_the_same(at: Place) {
    let (provider, _, tokens) = start(at).await;
    let params = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
    let page = logout(&provider, &provider.browser(), &params).await;
    assert_eq!(page.location.as_deref(), Some(BYE));
}
