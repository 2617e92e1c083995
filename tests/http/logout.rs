//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): back only with a valid hint and to a
//! registered address, `state` to the letter; else the person is asked.

use serde_json::Value;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, CLIENT_SECRET, PASSWORD, Server, Setup};

const BYE: &str = "https://app.example/bye";

/// A browser in which alice is signed in, and the token response of `web`.
async fn start() -> (Server, Person, Value) {
    let server = server::start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid").await;
    (server, person, tokens)
}

async fn logout(server: &Server, person: &Person, params: &[(&str, &str)]) -> Page {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    person.get(&format!("{}/logout?{query}", server.url)).await
}

fn hint(tokens: &Value) -> (&'static str, &str) {
    ("id_token_hint", tokens["id_token"].as_str().unwrap())
}

async fn is_signed_in(server: &Server, person: &Person) -> bool {
    let answer = web_response(server, person, "web", &[("prompt", "none")]).await;
    match answer.get("error") {
        Some(error) => {
            assert_eq!(error, "login_required");
            false
        }
        None => true,
    }
}

/// The page that asks, and nothing done yet.
async fn assert_asks(server: &Server, person: &Person, page: &Page) {
    assert_eq!((page.status, &page.location), (200, &None), "{page:?}");
    assert!(page.body.contains("Sign out?"), "{page:?}");
    assert!(is_signed_in(server, person).await);
}

#[actix_web::test]
async fn with_a_hint_the_browser_goes_back_with_state_and_nothing_else() {
    let (server, person, tokens) = start().await;
    let page = logout(
        &server,
        &person,
        &[hint(&tokens), ("post_logout_redirect_uri", BYE), ("state", "x y")],
    )
    .await;
    assert_eq!(page.status, 303);
    assert!(page.location.as_ref().unwrap().starts_with(&format!("{BYE}?")));
    assert_eq!(
        page.query().into_iter().collect::<Vec<_>>(),
        [("state".to_owned(), "x y".to_owned())]
    );
    assert!(!is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn without_state_nothing_is_added() {
    let (server, person, tokens) = start().await;
    let page = logout(&server, &person, &[hint(&tokens), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!(page.location.as_deref(), Some(BYE));
    assert!(!is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn state_comes_back_byte_for_byte() {
    let printable: String = (' '..='~').collect();
    for state in [printable.as_str(), "%41%20+%", "\"'<>&#?=;\\`{|}^[]", "ü☃", &"-._~".repeat(256)]
    {
        let (server, person, tokens) = start().await;
        let page = logout(
            &server,
            &person,
            &[hint(&tokens), ("post_logout_redirect_uri", BYE), ("state", state)],
        )
        .await;
        assert_eq!(page.query()["state"], state);
    }
}

#[actix_web::test]
async fn a_parameter_that_occurs_twice_signs_nobody_out() {
    let (server, person, tokens) = start().await;
    let good = [hint(&tokens), ("post_logout_redirect_uri", BYE), ("state", "a")];
    for twice in [("state", "b"), ("post_logout_redirect_uri", BYE), hint(&tokens)] {
        let params: Vec<_> = good.into_iter().chain([twice]).collect();
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&params).finish();
        let request = person
            .request(reqwest::Method::POST, &format!("{}/logout", server.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        for page in [logout(&server, &person, &params).await, person.send(request).await] {
            assert_eq!((page.status, &page.location), (400, &None), "{twice:?}");
            assert!(page.body.contains(&format!("{} occurs twice", twice.0)), "{page:?}");
        }
    }
    assert!(is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn an_unregistered_address_is_never_gone_to() {
    let (server, person, tokens) = start().await;
    for uri in [
        "https://app.example/bye?foo=bar",
        "https://app.example/bye/",
        "https://app.example/",
        "https://evil.example/bye",
        "javascript:alert(1)",
        "//evil.example",
        WEB_URI,
    ] {
        let page = logout(
            &server,
            &person,
            &[hint(&tokens), ("post_logout_redirect_uri", uri), ("state", "x")],
        )
        .await;
        assert_eq!((page.status, &page.location), (400, &None), "{uri}");
        assert!(page.body.contains("post_logout_redirect_uri"), "{page:?}");
        assert!(is_signed_in(&server, &person).await);
    }
}

#[actix_web::test]
async fn a_forged_hint_redirects_nowhere() {
    let (server, person, tokens) = start().await;
    let good = tokens["id_token"].as_str().unwrap();
    let mut parts = good.split('.');
    let (header, payload) = (parts.next().unwrap(), parts.next().unwrap());
    let elsewhere = server::start().await;
    let foreign = crate::kit::tokens(&elsewhere, &Person::new(), "web", "openid").await;
    for forged in [
        unsigned(header, payload, "none"),
        signed_with_the_secret(header, payload),
        format!("{header}.{payload}."),
        foreign["id_token"].as_str().unwrap().to_owned(),
        tokens["access_token"].as_str().unwrap().to_owned(),
        "x".into(),
    ] {
        let params =
            [("id_token_hint", forged.as_str()), ("post_logout_redirect_uri", BYE), ("state", "x")];
        let page = logout(&server, &person, &params).await;
        assert_asks(&server, &person, &page).await;
        let page = person.submit(&page.form_to("/logout"), None, &[]).await;
        assert_eq!(
            (page.status, &page.location),
            (200, &None),
            "asked or not, not there: {page:?}"
        );
        arrive(&person, &authorize_url(&server, "web", &[])).await;
    }
}

/// The token's header with another algorithm.
fn header_with(header: &str, alg: &str) -> String {
    let header = String::from_utf8(doorstep::secret::from_base64url(header).unwrap()).unwrap();
    let header = header.replace("RS256", alg);
    assert!(header.contains(alg), "{header}");
    doorstep::secret::base64url(header.as_bytes())
}

fn unsigned(header: &str, payload: &str, alg: &str) -> String {
    format!("{}.{payload}.", header_with(header, alg))
}

/// HS256 with the client's secret: confusion of algorithms.
fn signed_with_the_secret(header: &str, payload: &str) -> String {
    use hmac::{KeyInit, Mac};
    let input = format!("{}.{payload}", header_with(header, "HS256"));
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(CLIENT_SECRET.as_bytes()).unwrap();
    mac.update(input.as_bytes());
    format!("{input}.{}", doorstep::secret::base64url(&mac.finalize().into_bytes()))
}

#[actix_web::test]
async fn client_id_alone_never_redirects() {
    let (server, person, _) = start().await;
    let params = [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("state", "x")];
    let page = logout(&server, &person, &params).await;
    assert_asks(&server, &person, &page).await;
    let page = person.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!((page.status, &page.location), (200, &None));
    assert!(!is_signed_in(&server, &person).await);
    let page = logout(&server, &Person::new(), &params).await;
    assert_eq!((page.status, &page.location), (200, &None), "nor without a session");
}

#[actix_web::test]
async fn a_hint_of_another_client_than_client_id_is_none() {
    let (server, person, tokens) = start().await;
    let params = [hint(&tokens), ("client_id", "other"), ("post_logout_redirect_uri", BYE)];
    assert_asks(&server, &person, &logout(&server, &person, &params).await).await;
}

#[actix_web::test]
async fn without_a_hint_the_person_is_asked_and_then_told() {
    let (server, person, _) = start().await;
    for params in [&[][..], &[("state", "x")], &[("post_logout_redirect_uri", BYE), ("state", "x")]]
    {
        let page = logout(&server, &person, params).await;
        assert_asks(&server, &person, &page).await;
    }
    let page = logout(&server, &person, &[]).await;
    let page = person.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You are signed out"), "{page:?}");
    assert!(!is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn a_hint_without_an_address_ends_on_a_page() {
    let (server, person, tokens) = start().await;
    let page = logout(&server, &person, &[hint(&tokens), ("state", "x")]).await;
    assert_eq!((page.status, &page.location), (200, &None));
    assert!(page.body.contains("You are signed out"));
    assert!(!is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn an_expired_hint_is_as_good() {
    let (server, person, tokens) = start().await;
    server.clock.advance(5 * 86_400);
    let page = logout(&server, &person, &[hint(&tokens), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!(page.location.as_deref(), Some(BYE));
}

#[actix_web::test]
async fn somebody_elses_hint_signs_nobody_out_unasked() {
    let (server, person, tokens) = start().await;
    person.sign_in(&format!("{}/login", server.url), "bob", PASSWORD).await;
    let params = [hint(&tokens), ("post_logout_redirect_uri", BYE), ("state", "x")];
    let page = logout(&server, &person, &params).await;
    assert_asks(&server, &person, &page).await;
    assert!(text(&page).contains("bob"));
    let page = person.submit(&page.form_to("/logout"), None, &[]).await;
    assert_eq!(page.location.as_deref(), Some("https://app.example/bye?state=x"));
}

#[actix_web::test]
async fn the_request_on_the_asking_page_cannot_be_bent() {
    let (server, person, _) = start().await;
    let page = logout(&server, &person, &[]).await;
    let bent = format!("id_token_hint=x&post_logout_redirect_uri={BYE}");
    let page = person.submit(&page.form_to("/logout"), None, &[("request", &bent)]).await;
    assert_eq!((page.status, &page.location), (200, &None), "{page:?}");
}

#[actix_web::test]
async fn a_client_may_post_its_request() {
    let (server, person, tokens) = start().await;
    let (name, token) = hint(&tokens);
    let fields = [(name, token), ("post_logout_redirect_uri", BYE), ("state", "a b&c")];
    // It comes from the client's site, without our cookies.
    let page = post(&server, "/logout", None, &fields).await;
    assert_eq!(page.status, 303);
    assert!(!page.headers.contains_key("set-cookie"));
    let page = person.get(&page.target().unwrap()).await;
    assert_eq!(page.query()["state"], "a b&c");
    assert!(!is_signed_in(&server, &person).await);
}

#[actix_web::test]
async fn whoever_stays_signed_in_lands_on_a_page_of_ours() {
    for path in ["", "/oidc"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        let person = Person::new();
        tokens(&server, &person, "web", "openid").await;
        let page = person.get(&format!("{}/logout", server.url)).await;
        let stay = page
            .body
            .split("class=\"button quiet\" href=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let origin = server.url.strip_suffix(path).unwrap();
        let page = person.get(&format!("{origin}{stay}")).await;
        assert!(page.body.contains("You are signed in as"), "{stay} leads to {page:?}");
    }
}

#[actix_web::test]
async fn without_a_session_nobody_is_asked() {
    let (server, _, tokens) = start().await;
    let page =
        logout(&server, &Person::new(), &[hint(&tokens), ("post_logout_redirect_uri", BYE)]).await;
    assert_eq!(page.location.as_deref(), Some(BYE));
    let page = logout(&server, &Person::new(), &[]).await;
    assert!(page.body.contains("You are signed out"));
}

#[actix_web::test]
async fn a_registered_query_is_kept_to_the_letter() {
    let registered = "https://app.example?a=%7e&b=c+d";
    let mut clients = server::clients();
    clients[0].post_logout_redirect_uris.push(registered.into());
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid").await;
    let params = [hint(&tokens), ("post_logout_redirect_uri", registered), ("state", "a&b=#")];
    let page = logout(&server, &person, &params).await;
    assert_eq!(page.location.unwrap(), format!("{registered}&state=a%26b%3D%23"));
}

#[actix_web::test]
async fn the_last_page_offers_the_way_back_to_the_program_that_asked() {
    let mut clients = server::clients();
    clients[0].client_uri = Some("https://app.example/start".into());
    let server = Setup { clients, ..Setup::default() }.start().await;
    let person = Person::new();
    let tokens = tokens(&server, &person, "web", "openid").await;
    let page = logout(&server, &person, &[hint(&tokens)]).await;
    assert!(page.body.contains("href=\"https://app.example/start\""), "{page:?}");
    let page = logout(&server, &person, &[("client_id", "web")]).await;
    assert!(!page.body.contains("app.example"), "not without a hint: {page:?}");
}

#[actix_web::test]
async fn signing_out_stands_in_the_audit_trail() {
    let (server, person, tokens) = start().await;
    logout(&server, &person, &[hint(&tokens)]).await;
    let events = server.db.audit_events(server::START, 100).await.unwrap();
    let event = events.into_iter().find(|event| event.event == "signed_out").unwrap();
    assert_eq!(event.account_id.as_deref(), Some("alice-id"));
    assert_eq!(event.address, "127.0.0.1");
}
