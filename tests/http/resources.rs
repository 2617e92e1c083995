//! Resource indicators (RFC 8707): an access token is for whom it was asked for, and for nobody else.

use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, API, FILES, Server};

/// The authorization request of `reader` with these resources, which a list of fields cannot hold twice.
fn request(server: &Server, resources: &[&str]) -> String {
    let mut url = authorize_url(server, "reader", &[("scope", "openid email offline_access")]);
    for resource in resources {
        let encoded: String = url::form_urlencoded::byte_serialize(resource.as_bytes()).collect();
        url += &format!("&resource={encoded}");
    }
    url
}

async fn code(server: &Server, resources: &[&str]) -> String {
    let page = arrive(&Person::new(), &request(server, resources)).await;
    response(&page).remove("code").unwrap_or_else(|| panic!("no code: {page:?}"))
}

async fn redeem_for(server: &Server, code: &str, resources: &[&str]) -> Page {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", WEB_URI),
        ("code_verifier", VERIFIER),
    ];
    fields.extend(resources.iter().map(|resource| ("resource", *resource)));
    token(server, "reader", &fields).await
}

async fn refresh_for(server: &Server, token: &Value, resources: &[&str]) -> Page {
    let token = token.as_str().unwrap();
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(resources.iter().map(|resource| ("resource", *resource)));
    self::token(server, "reader", &fields).await
}

fn aud(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{page:?}");
    claims(page.json()["access_token"].as_str().unwrap())["aud"].clone()
}

#[actix_web::test]
async fn a_token_is_for_the_resources_that_were_asked_for() {
    let server = server::start().await;
    for (resources, expected) in [
        (vec![], json!(server.iss)),
        (vec![API], json!(API)),
        (vec![API, FILES], json!([API, FILES])),
    ] {
        let page = redeem_for(&server, &code(&server, &resources).await, &[]).await;
        assert_eq!(aud(&page), expected);
        assert_eq!(id_token(&page.json())["aud"], "reader", "the ID token is for the client");
    }
}

#[actix_web::test]
async fn a_resource_that_the_client_was_not_given_is_refused_to_the_client() {
    let server = server::start().await;
    for resources in
        [vec!["https://other.example"], vec![API, "https://api.example/v1/"], vec!["x"]]
    {
        let page = arrive(&Person::new(), &request(&server, &resources)).await;
        let answer = response(&page);
        assert_eq!(answer["error"], "invalid_target", "{resources:?}");
        assert_eq!(answer["state"], "st-1");
    }
    let answer = web_response(&server, &Person::new(), "web", &[("resource", API)]).await;
    assert_eq!(answer["error"], "invalid_target", "another client's resource");
}

#[actix_web::test]
async fn the_token_endpoint_narrows_and_never_widens() {
    let server = server::start().await;
    let code = code(&server, &[API, FILES]).await;
    let refused = redeem_for(&server, &code, &[API, "https://other.example"]).await;
    assert_error(&refused, 400, "invalid_target");
    let page = redeem_for(&server, &code, &[FILES]).await;
    assert_eq!(aud(&page), FILES, "the refusal cost the client nothing");

    let token = page.json()["refresh_token"].clone();
    assert_error(&refresh_for(&server, &token, &["x"]).await, 400, "invalid_target");
    let narrow = refresh_for(&server, &token, &[API]).await;
    assert_eq!(aud(&narrow), API, "the grant is not narrowed");
    let whole = refresh_for(&server, &narrow.json()["refresh_token"], &[]).await;
    assert_eq!(aud(&whole), json!([API, FILES]));
}

#[actix_web::test]
async fn a_grant_without_resources_gives_none_later() {
    let server = server::start().await;
    let code = code(&server, &[]).await;
    assert_error(&redeem_for(&server, &code, &[API]).await, 400, "invalid_target");
    let page = redeem_for(&server, &code, &[]).await;
    let refused = refresh_for(&server, &page.json()["refresh_token"], &[API]).await;
    assert_error(&refused, 400, "invalid_target");
}

#[actix_web::test]
async fn userinfo_takes_only_tokens_for_the_issuer() {
    let server = server::start().await;
    let tokens = redeem_for(&server, &code(&server, &[API]).await, &[]).await.json();
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    let tokens = redeem_for(&server, &code(&server, &[]).await, &[]).await.json();
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
}

#[actix_web::test]
async fn resources_travel_with_a_pushed_request() {
    let server = server::start().await;
    let pushed = async |resources: &[&str]| {
        let mut fields = vec![
            ("redirect_uri", WEB_URI),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        fields.extend(resources.iter().map(|resource| ("resource", *resource)));
        post(&server, "/par", Some(&basic("reader")), &fields).await
    };
    assert_error(&pushed(&[API, "x"]).await, 400, "invalid_target");
    let page = pushed(&[FILES, API]).await;
    let link = page.json()["link"].as_str().unwrap().to_owned();
    let answer = response(&arrive(&Person::new(), &link).await);
    assert_eq!(aud(&redeem_for(&server, &answer["code"], &[]).await), json!([FILES, API]));
}
