//! The certification plan for RP-initiated logout.

use url::Url;

use crate::kit::checks;
use crate::kit::jose::{self, object};
use crate::kit::provider::{Provider, encode};
use crate::kit::request::Request;
use crate::kit::tokens::Tokens;
use crate::place::Place;
use crate::support::person::{Page, Person};
use crate::support::server::CLIENT_SECRET;

everywhere!(
    oidcc_rp_initiated_logout_discovery_endpoint_verification,
    oidcc_rp_initiated_logout,
    oidcc_rp_initiated_logout_no_state,
    oidcc_rp_initiated_logout_bad_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_modified_id_token_hint,
    oidcc_rp_initiated_logout_bad_id_token_hint,
    oidcc_rp_initiated_logout_no_id_token_hint,
    oidcc_rp_initiated_logout_no_params,
    oidcc_rp_initiated_logout_no_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_only_state,
);

const BYE: &str = "https://app.example/bye";
/// Fifty printable characters and more, as the suite makes them.
const STATE: &str = "q\"'%&#<>+= ;:/?@[]{}|\\^`~!$()*,-._0aZ q\"'%&#<>+= ;:/?@[]";

/// A provider, a browser in which somebody has signed in, and their tokens.
async fn start(at: Place) -> (Provider, Person, Tokens) {
    let provider = at.start().await;
    let browser = provider.browser();
    let state: String = "aZ9-._~".chars().cycle().take(128).collect();
    let request = Request::of(&provider, "web").without_pkce().with("state", state);
    let tokens = provider.login(&request, &browser).await;
    (provider, browser, tokens)
}

async fn logout(provider: &Provider, browser: &Person, params: &[(&str, &str)]) -> Page {
    let endpoint = provider.endpoint("end_session_endpoint");
    browser.visit(&format!("{endpoint}?{}", encode(params))).await
}

/// Nobody is signed in any more.
async fn assert_signed_out(provider: &Provider, browser: &Person) {
    let request = Request::of(provider, "web").without_pkce().with("prompt", "none");
    let answer = request.answer_unasked(provider, browser).await;
    checks::error(provider, &request, &answer);
    assert_eq!(answer.error(), "login_required");
}

/// A page, and no redirect, even when the person confirms.
async fn assert_stays(provider: &Provider, browser: &Person, params: &[(&str, &str)]) {
    let mut page = logout(provider, browser, params).await;
    for _ in 0..2 {
        assert_eq!(page.location, None, "{page:?}");
        assert!(page.body.contains("<h1>"), "{page:?}");
        let confirm = page.forms().into_iter().find(|form| form.action.contains("/logout"));
        let Some(form) = confirm else { return };
        page = browser.submit(&form, None, &[]).await;
    }
    assert!(page.location.is_none(), "{page:?}");
}

async fn oidcc_rp_initiated_logout_discovery_endpoint_verification(at: Place) {
    let provider = at.start().await;
    assert!(provider.endpoint("end_session_endpoint").starts_with("https://"));
    for (name, value) in object(&provider.metadata) {
        if name.ends_with("_endpoint") {
            let url = Url::parse(value.as_str().expect("a text")).expect("a URL");
            assert_eq!(url.scheme(), "https", "{name}");
        }
    }
}

async fn oidcc_rp_initiated_logout(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let back = ("post_logout_redirect_uri", BYE);
    let params = [("id_token_hint", tokens.id_token()), back, ("state", STATE)];
    let page = logout(&provider, &browser, &params).await;
    assert!(page.location.as_deref().is_some_and(|url| url.starts_with(BYE)), "{page:?}");
    let query: Vec<_> = page.query().into_iter().collect();
    assert_eq!(query, [("state".to_owned(), STATE.to_owned())]);
    assert_signed_out(&provider, &browser).await;
}

async fn oidcc_rp_initiated_logout_no_state(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let params = [("id_token_hint", tokens.id_token()), ("post_logout_redirect_uri", BYE)];
    let page = logout(&provider, &browser, &params).await;
    assert_eq!(page.location.as_deref(), Some(BYE));
    assert_signed_out(&provider, &browser).await;
}

async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let back = ("post_logout_redirect_uri", "https://app.example/bye/x7Gk2");
    let params = [("id_token_hint", tokens.id_token()), back, ("state", STATE)];
    assert_stays(&provider, &browser, &params).await;
}

async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let back = ("post_logout_redirect_uri", "https://app.example/bye?foo=bar");
    let params = [("id_token_hint", tokens.id_token()), back, ("state", STATE)];
    assert_stays(&provider, &browser, &params).await;
}

async fn oidcc_rp_initiated_logout_modified_id_token_hint(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let hint = jose::unsigned(tokens.id_token());
    let params = [("id_token_hint", &*hint), ("post_logout_redirect_uri", BYE), ("state", STATE)];
    assert_stays(&provider, &browser, &params).await;
}

async fn oidcc_rp_initiated_logout_bad_id_token_hint(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let mut claims = tokens.claims();
    claims["iss"] = "web".into();
    claims["aud"] = provider.issuer.as_str().into();
    let hint = jose::signed_with_secret(&claims, CLIENT_SECRET);
    let params = [("id_token_hint", &*hint), ("post_logout_redirect_uri", BYE), ("state", STATE)];
    assert_stays(&provider, &browser, &params).await;
}

async fn oidcc_rp_initiated_logout_no_id_token_hint(at: Place) {
    let (provider, browser, _) = start(at).await;
    let params = [("post_logout_redirect_uri", BYE), ("state", STATE)];
    assert_stays(&provider, &browser, &params).await;
}

async fn oidcc_rp_initiated_logout_no_params(at: Place) {
    let (provider, browser, _) = start(at).await;
    assert_stays(&provider, &browser, &[]).await;
    assert_signed_out(&provider, &browser).await;
}

async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri(at: Place) {
    let (provider, browser, tokens) = start(at).await;
    let params = [("id_token_hint", tokens.id_token()), ("state", STATE)];
    assert_stays(&provider, &browser, &params).await;
    assert_signed_out(&provider, &browser).await;
}

async fn oidcc_rp_initiated_logout_only_state(at: Place) {
    let (provider, browser, _) = start(at).await;
    assert_stays(&provider, &browser, &[("state", STATE)]).await;
    assert_signed_out(&provider, &browser).await;
}
