//! Pushed authorization requests (RFC 9126): checked when they come in, short in the browser, good for
//! their client and for ten minutes.

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server};

/// Pushes a request; later values of a name replace earlier ones, empty ones remove it.
async fn push(server: &Server, client_id: &str, more: &[(&str, &str)]) -> Page {
    let url = authorize_url(server, client_id, more);
    let query = url.split_once('?').unwrap().1;
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let authorization = (!client_id.contains("cli")).then(|| basic(client_id));
    post(server, "/par", authorization.as_deref(), &fields).await
}

fn link(server: &Server, client_id: &str, pushed: &Page) -> String {
    assert_eq!((pushed.status, header(pushed, "cache-control")), (201, "no-store"), "{pushed:?}");
    let json = pushed.json();
    let request_uri = json["request_uri"].as_str().unwrap();
    assert!(request_uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{request_uri}");
    format!("{}/authorize?client_id={client_id}&request_uri={request_uri}", server.url)
}

#[actix_web::test]
async fn a_pushed_request_is_opened_by_a_short_link() {
    let server = server::start().await;
    let state = "s\"<&+ %20".repeat(100);
    let pushed = push(&server, "web", &[("state", &state)]).await;
    assert_eq!(pushed.json()["expires_in"], 590);
    let link = link(&server, "web", &pushed);
    assert!(link.len() < 160, "{link}");
    let page = Person::new().sign_in(&link, "alice", crate::server::PASSWORD).await;
    let response = response(&page);
    assert_eq!(response["state"], state);
    assert_eq!(redeem(&server, "web", &response["code"]).await.status, 200);
}

#[actix_web::test]
async fn a_program_pushes_and_hands_off() {
    let server = server::start().await;
    let person = Person::new();
    let more = [("response_mode", "form_post"), ("handoff", "paste")];
    let link = link(&server, "cli", &push(&server, "cli", &more).await);
    let page = arrive(&person, &link).await;
    assert_eq!(
        (page.state().as_str(), page.form_to("/handoff").buttons[0].1.as_str()),
        ("confirm", "paste")
    );
    let page = click(&person, &page, "paste").await;
    let page = person.follow(page).await;
    assert_eq!(redeem_public(&server, "cli", &code_on(&page)).await.status, 200);
}

#[actix_web::test]
async fn the_link_can_be_reloaded_but_not_for_ever() {
    let server = server::start().await;
    let person = Person::new();
    let link = link(&server, "web", &push(&server, "web", &[]).await);
    for _ in 0..2 {
        assert!(response(&arrive(&person, &link).await).contains_key("code"));
    }
    server.clock.advance(589);
    assert!(response(&person.visit(&link).await).contains_key("code"));
    server.clock.advance(1);
    let page = person.get(&link).await;
    assert_eq!((page.status, &page.location), (400, &None));
    assert!(page.body.contains("This sign-in link has expired"), "{page:?}");
}

#[actix_web::test]
async fn the_link_is_its_clients() {
    let server = server::start().await;
    let link = link(&server, "web", &push(&server, "web", &[]).await);
    for other in ["client_id=other", "client_id=cli", "client_id=nobody", "x=1"] {
        let page = Person::new().get(&link.replace("client_id=web", other)).await;
        assert_eq!((page.status, &page.location), (400, &None), "{other}");
    }
    let guessed = format!("{}x", &link[..link.len() - 1]);
    assert_eq!(Person::new().get(&guessed).await.status, 400);
}

#[actix_web::test]
async fn what_stands_beside_the_reference_does_not_count() {
    let server = server::start().await;
    let link = link(&server, "web", &push(&server, "web", &[]).await);
    let bent = format!(
        "{link}&redirect_uri=https%3A%2F%2Fevil.example&scope=openid+email&state=evil&prompt=none&response_mode=fragment"
    );
    let page = arrive(&Person::new(), &bent).await;
    assert!(
        page.location.as_ref().unwrap().starts_with("https://app.example/cb?code="),
        "{page:?}"
    );
    assert_eq!(response(&page)["state"], "st-1");
}

#[actix_web::test]
async fn a_bad_request_is_refused_when_it_is_pushed() {
    let server = server::start().await;
    for (more, error) in [
        (&[("redirect_uri", "https://evil.example/")][..], "invalid_request"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "openid nonsense")], "invalid_scope"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("response_mode", "pigeon")], "invalid_request"),
        (&[("request", "e30.e30.")], "invalid_request_object"),
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")], "invalid_request"),
        (&[("client_id", "other")], "invalid_request"),
    ] {
        assert_error(&push(&server, "web", more).await, 400, error);
    }
}

#[actix_web::test]
async fn the_client_must_be_who_it_says() {
    let server = server::start().await;
    let fields = [
        ("client_id", "web"),
        ("redirect_uri", WEB_URI),
        ("response_type", "code"),
        ("scope", "openid"),
    ];
    assert_error(&post(&server, "/par", None, &fields).await, 401, "invalid_client");
    assert_error(
        &post(&server, "/par", Some("Basic d2ViOng="), &fields).await,
        401,
        "invalid_client",
    );
}

#[actix_web::test]
async fn a_secret_that_was_pushed_is_not_kept() {
    let server = server::start().await;
    let more = [("client_secret", crate::server::CLIENT_SECRET)];
    let url = authorize_url(&server, "post", &more);
    let query = url.split_once('?').unwrap().1;
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pushed = post(&server, "/par", None, &fields).await;
    let id = pushed.json()["request_uri"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let key = doorstep::secret::digest(&id);
    let stored =
        server.db.find_pushed_request(&key, "post", server.clock.now()).await.unwrap().unwrap();
    assert!(!stored.0.contains(crate::server::CLIENT_SECRET), "{stored:?}");
    assert!(
        server.db.find_pushed_request(&id, "post", server.clock.now()).await.unwrap().is_none()
    );
}
