//! Dynamic registration (RFC 7591, RFC 7592, OpenID Connect Registration 1.0): off, with a token or for
//! anybody; what is registered works, and nobody can give themselves what only an admin can give.

use doorstep::issuer::{RegistrationMode, RegistrationSettings};
use doorstep::protocol::client::Stranger;
use reqwest::Method;
use serde_json::{Value, json};

use crate::elsewhere::loopback_allowed;
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, START, Server, Setup};

mod afterwards;

fn setup(mode: RegistrationMode) -> Setup {
    let mut setup = Setup {
        registration: RegistrationSettings { mode, ..RegistrationSettings::default() },
        outgoing: loopback_allowed(),
        ..Setup::default()
    };
    setup.limits.registrations = 0;
    setup
}

async fn open() -> Server {
    setup(RegistrationMode::Open).start().await
}

async fn send(method: Method, url: &str, token: Option<&str>, body: Option<&Value>) -> Page {
    let program = Person::new();
    let mut request = program.request(method, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    program.send(request).await
}

async fn register(server: &Server, said: Value) -> Page {
    send(Method::POST, &format!("{}/register", server.url), None, Some(&said)).await
}

/// Registers a client that works at WEB_URI, and gives the answer.
async fn registered(server: &Server, more: Value) -> Value {
    let mut said = json!({"redirect_uris": [WEB_URI], "client_name": "Invented Notes"});
    for (name, value) in more.as_object().unwrap() {
        said[name] = value.clone();
    }
    let page = register(server, said).await;
    assert_eq!(page.status, 201, "{page:?}");
    page.json()
}

async fn manage(method: Method, client: &Value, body: Option<&Value>) -> Page {
    let url = client["registration_client_uri"].as_str().unwrap();
    let token = client["registration_access_token"].as_str().unwrap();
    send(method, url, Some(token), body).await
}

/// Signs alice in to a registered client and redeems the code.
async fn sign_in(server: &Server, person: &Person, client: &Value) -> Page {
    let id = client["client_id"].as_str().unwrap();
    let page = arrive(person, &authorize_url(server, id, &[])).await;
    let page = person.submit(&page.form_to("/consent"), Some(("answer", "allow")), &[]).await;
    let code = response(&person.follow(page).await)["code"].clone();
    let mut fields = vec![
        ("client_id", id),
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", WEB_URI),
        ("code_verifier", VERIFIER),
    ];
    if client["token_endpoint_auth_method"] == "client_secret_post" {
        fields.push(("client_secret", client["client_secret"].as_str().unwrap()));
    }
    post(server, "/token", None, &fields).await
}

#[actix_web::test]
async fn what_is_off_is_not_there() {
    let server = server::start().await;
    let page = register(&server, json!({"redirect_uris": [WEB_URI]})).await;
    assert_eq!(page.body, "the host's own /register", "nor is the path taken from the host");
    let url = format!("{}/.well-known/openid-configuration", server.url);
    assert_eq!(Person::new().get(&url).await.json().get("registration_endpoint"), None);
    let server = Setup { path: "/oidc", ..setup(RegistrationMode::Token) }.start().await;
    let url = format!("{}/.well-known/openid-configuration", server.url);
    let endpoint = Person::new().get(&url).await.json()["registration_endpoint"].clone();
    assert_eq!(endpoint, format!("{}/register", server.iss));
}

#[actix_web::test]
async fn the_answer_has_all_that_the_client_needs() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let id = client["client_id"].as_str().unwrap();
    let expected = json!({
        "client_id": id,
        "client_id_issued_at": START.0,
        "client_secret": client["client_secret"],
        "client_secret_expires_at": 0,
        "registration_access_token": client["registration_access_token"],
        "registration_client_uri": format!("{}/register/{id}", server.iss),
        "client_name": "Invented Notes",
        "redirect_uris": [WEB_URI],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid profile email address phone groups offline_access",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "authorization_signed_response_alg": "RS256",
        "backchannel_logout_session_required": false,
        "require_auth_time": true,
        "dpop_bound_access_tokens": false,
        "require_pushed_authorization_requests": false,
        "require_signed_request_object": false,
    });
    assert_eq!(client, expected);
    for secret in ["client_secret", "registration_access_token"] {
        let secret = client[secret].as_str().unwrap();
        assert!(secret.len() >= 43, "{secret}");
        assert!(
            secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
            "{secret}"
        );
    }
    let page = register(&server, json!({"redirect_uris": [WEB_URI]})).await;
    assert_eq!(header(&page, "content-type"), "application/json");
    assert_eq!(header(&page, "cache-control"), "no-store");
    assert_eq!(header(&page, "access-control-allow-origin"), "*");
}

#[actix_web::test]
async fn what_was_asked_for_is_echoed_and_the_rest_ignored() {
    let server = open().await;
    let said = json!({
        "client_uri": "https://app.example/", "application_type": "native",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"], "scope": "openid email", "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "RS256",
        "default_max_age": 60, "require_auth_time": false, "default_acr_values": [],
        "initiate_login_uri": "https://app.example/login",
        "post_logout_redirect_uris": ["https://app.example/bye"],
        "backchannel_logout_uri": "https://app.example/out", "backchannel_logout_session_required": true,
    });
    let mut with_more = said.clone();
    for (name, value) in [
        ("trusted", json!(true)),
        ("paste", json!(true)),
        ("code_lifetime", json!(600)),
        ("client_id", json!("web")),
        ("client_name#de", json!("Erfundene Notizen")),
        ("software_statement", json!("x.y.z")),
        ("nonsense", json!([{"a": null}])),
        ("tos_uri", Value::Null),
    ] {
        with_more[name] = value;
    }
    let client = registered(&server, with_more.clone()).await;
    for (name, value) in said.as_object().unwrap() {
        if *value != json!([]) {
            assert_eq!(client[name], *value, "{name}");
        }
    }
    for name in
        ["trusted", "paste", "code_lifetime", "nonsense", "client_secret", "software_statement"]
    {
        assert_eq!(client.get(name), None, "{name}");
    }
    let id = client["client_id"].as_str().unwrap();
    let stored = server.db.find_client(id).await.unwrap().unwrap();
    assert!(!stored.trusted && !stored.paste && stored.require_pkce && id != "web");
    assert_eq!((stored.code_lifetime, stored.stranger), (None, Some(Stranger::Registered)));
}

#[actix_web::test]
async fn what_is_no_json_object_is_refused() {
    let server = open().await;
    let long = format!("{{\"client_name\": \"{}\"}}", "x".repeat(17_000));
    for (kind, body) in [
        ("application/json", ""),
        ("application/json", "[]"),
        ("application/json", "{\"a\":"),
        ("application/json", long.as_str()),
        ("application/x-www-form-urlencoded", "redirect_uris=https%3A%2F%2Fapp.example%2Fcb"),
    ] {
        let program = Person::new();
        let request = program
            .request(Method::POST, &format!("{}/register", server.url))
            .header("content-type", kind)
            .body(body.to_owned());
        assert_error(&program.send(request).await, 400, "invalid_client_metadata");
    }
}

#[actix_web::test]
async fn a_registered_client_works_and_people_are_told_what_it_is() {
    let server = open().await;
    let person = Person::new();
    for more in [
        json!({"token_endpoint_auth_method": "none", "client_uri": "https://bank.example/"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
    ] {
        let client = registered(&server, more).await;
        let url = authorize_url(&server, client["client_id"].as_str().unwrap(), &[]);
        let page = arrive(&person, &url).await;
        let words = text(&page);
        assert!(words.contains("Invented Notes has registered itself here"), "{words}");
        assert!(!page.body.contains("bank.example"), "{page:?}");
        let tokens = sign_in(&server, &person, &client).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!(userinfo(&server, &tokens.json()).await.status, 200);
    }
}

#[actix_web::test]
async fn a_registered_program_is_named_on_the_hand_off_page_and_gets_no_code_to_paste() {
    let server = open().await;
    let said = json!({
        "application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": [CLI_URI],
    });
    let client = registered(&server, said).await;
    let id = client["client_id"].as_str().unwrap();
    let more = [("response_mode", "form_post"), ("redirect_uri", CLI_URI)];
    let page = arrive(&Person::new(), &authorize_url(&server, id, &more)).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    assert!(text(&page).contains("has registered itself here"), "{page:?}");
    assert!(!page.body.contains("value=\"paste\""), "{page:?}");
}

#[actix_web::test]
async fn a_name_that_is_read_backwards_is_refused() {
    let server = open().await;
    for name in ["\u{202e}ILC petsrooD", "Notes\u{2066}", "two\nlines"] {
        let page =
            register(&server, json!({"redirect_uris": [WEB_URI], "client_name": name})).await;
        assert_error(&page, 400, "invalid_client_metadata");
        assert!(page.json()["error_description"].to_string().contains("client_name"), "{page:?}");
    }
    registered(&server, json!({"client_name": "יומן"})).await;
}
