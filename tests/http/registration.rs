//! Dynamic registration (RFC 7591, RFC 7592, OpenID Connect Registration 1.0): off, with a token or for
//! anybody; what is registered works, and nobody can give themselves what only an admin can give.

use doorstep::issuer::{InitialToken, RegistrationMode, RegistrationSettings};
use doorstep::protocol::client::{ClientSecret, Stranger};
use doorstep::secret::RootKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::elsewhere::{Answer, Elsewhere, loopback_allowed};
use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, START, Server, Setup};

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
async fn what_cannot_be_had_is_named() {
    let server = open().await;
    let elsewhere = Elsewhere::start();
    let others = elsewhere.answer("/others", Answer::json(json!(["https://other.example/cb"])));
    for (said, error, word) in [
        (json!({}), "invalid_redirect_uri", "redirect_uris"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri", "redirect_uris"),
        (json!({"redirect_uris": "x"}), "invalid_redirect_uri", "redirect_uris"),
        (json!({"redirect_uris": ["http://app.example/cb"]}), "invalid_redirect_uri", "https"),
        (json!({"redirect_uris": ["https://app.example/cb#a"]}), "invalid_redirect_uri", "#"),
        (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri", "https"),
        (
            json!({"redirect_uris": ["urn:ietf:wg:oauth:2.0:oob"], "application_type": "native"}),
            "invalid_redirect_uri",
            "admin",
        ),
        (json!({"response_types": ["token"]}), "invalid_client_metadata", "response_types"),
        (json!({"grant_types": ["implicit"]}), "invalid_client_metadata", "authorization_code"),
        (json!({"grant_types": ["client_credentials"]}), "invalid_client_metadata", "admin"),
        (
            json!({"token_endpoint_auth_method": "client_secret_jwt"}),
            "invalid_client_metadata",
            "token_endpoint_auth_method",
        ),
        (
            json!({"token_endpoint_auth_method": "private_key_jwt"}),
            "invalid_client_metadata",
            "jwks",
        ),
        (
            json!({"id_token_signed_response_alg": "none"}),
            "invalid_client_metadata",
            "id_token_signed_response_alg",
        ),
        (json!({"scope": "openid admin"}), "invalid_client_metadata", "admin"),
        (
            json!({"initiate_login_uri": "http://app.example/"}),
            "invalid_client_metadata",
            "initiate_login_uri",
        ),
        (
            json!({"backchannel_logout_uri": "http://10.0.0.1/"}),
            "invalid_client_metadata",
            "backchannel_logout_uri",
        ),
        (
            json!({"jwks_uri": "https://169.254.169.254/keys"}),
            "invalid_client_metadata",
            "jwks_uri",
        ),
        (
            json!({"sector_identifier_uri": others.replace("http:", "https:")}),
            "invalid_client_metadata",
            "sector_identifier_uri",
        ),
        (json!({"client_name": "a\nb"}), "invalid_client_metadata", "client_name"),
    ] {
        let mut whole = json!({"redirect_uris": [WEB_URI]});
        for (name, value) in said.as_object().unwrap() {
            whole[name] = value.clone();
        }
        let page = register(&server, if said == json!({}) { said.clone() } else { whole }).await;
        assert_error(&page, 400, error);
        let sentence = page.json()["error_description"].as_str().unwrap().to_owned();
        assert!(sentence.contains(word), "{said}: {sentence}");
        assert!(!sentence.contains("allowed_networks"), "{sentence}");
    }
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
async fn a_client_looks_at_its_registration_changes_it_and_ends_it() {
    let server = open().await;
    let person = Person::new();
    let said = json!({"token_endpoint_auth_method": "client_secret_post", "default_max_age": 60});
    let client = registered(&server, said).await;
    server.clock.advance(100);
    let page = manage(Method::GET, &client, None).await;
    assert_eq!((page.status, page.json()), (200, client.clone()));
    assert_eq!(header(&page, "cache-control"), "no-store");

    let change = json!({
        "client_id": client["client_id"], "client_secret": client["client_secret"],
        "redirect_uris": [WEB_URI], "client_name": "Renamed", "default_max_age": null,
        "token_endpoint_auth_method": "client_secret_post",
    });
    let page = manage(Method::PUT, &client, Some(&change)).await;
    assert_eq!(page.status, 200, "{page:?}");
    let changed = page.json();
    let mut expected = client.clone();
    expected["client_name"] = "Renamed".into();
    expected.as_object_mut().unwrap().remove("default_max_age");
    assert_eq!(changed, expected, "what was left out is a default again");
    assert_eq!(manage(Method::GET, &client, None).await.json(), changed);

    let tokens = sign_in(&server, &person, &client).await.json();
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
    let page = manage(Method::DELETE, &client, None).await;
    assert_eq!((page.status, page.body.as_str()), (204, ""));
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_error(&manage(method, &client, Some(&change)).await, 401, "invalid_token");
    }
    let url = authorize_url(&server, client["client_id"].as_str().unwrap(), &[]);
    assert_eq!(person.get(&url).await.status, 400);
}

#[actix_web::test]
async fn a_client_becomes_public_or_confidential_by_a_change() {
    let server = open().await;
    let client = registered(&server, json!({"token_endpoint_auth_method": "none"})).await;
    assert_eq!(client.get("client_secret"), None);
    assert_eq!(client.get("client_secret_expires_at"), None);
    let mut said = json!({
        "client_id": client["client_id"], "redirect_uris": [WEB_URI], "client_name": "Invented Notes",
    });
    let confidential = manage(Method::PUT, &client, Some(&said)).await.json();
    let secret = confidential["client_secret"].as_str().unwrap().to_owned();
    let id = client["client_id"].as_str().unwrap();
    let stored = || async { server.db.find_client(id).await.unwrap().unwrap() };
    assert!(stored().await.client_secret.unwrap().matches(&secret));
    said["token_endpoint_auth_method"] = "none".into();
    assert_eq!(manage(Method::PUT, &client, Some(&said)).await.json(), client);
    assert!(stored().await.client_secret.is_none());
}

#[actix_web::test]
async fn a_bad_change_changes_nothing() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let good = json!({"client_id": client["client_id"], "redirect_uris": [WEB_URI]});
    for (name, value) in [
        ("client_id", json!("web")),
        ("client_id", Value::Null),
        ("client_secret", json!("chosen")),
        ("redirect_uris", json!([])),
        ("grant_types", json!(["password"])),
    ] {
        let mut said = good.clone();
        said[name] = value;
        let page = manage(Method::PUT, &client, Some(&said)).await;
        assert_eq!(page.status, 400, "{said}: {page:?}");
    }
    assert_eq!(manage(Method::GET, &client, None).await.json(), client);
}

#[actix_web::test]
async fn nobody_else_manages_a_client() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let other = registered(&server, json!({})).await;
    let initial = InitialToken::new(START.plus(1000)).text(&RootKey::generate());
    for token in [
        other["registration_access_token"].as_str(),
        client["client_secret"].as_str(),
        Some(initial.expose()),
        Some("x"),
        None,
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let url = client["registration_client_uri"].as_str().unwrap();
            let page = send(method, url, token, Some(&json!({}))).await;
            assert_error(&page, 401, "invalid_token");
        }
    }
    let token = client["registration_access_token"].as_str();
    for id in ["web", "doorstep-cli", "a%00b", "x".repeat(500).as_str()] {
        let page = send(Method::GET, &format!("{}/register/{id}", server.url), token, None).await;
        assert_eq!(page.status, 401, "{id}: {page:?}");
    }
    assert_eq!(manage(Method::GET, &client, None).await.json(), client);
}

#[actix_web::test]
async fn an_admins_clients_are_out_of_reach() {
    let server = open().await;
    let mut client = server::clients().remove(0);
    client.client_id = doorstep::secret::random_id();
    server.db.insert_client(&client, START).await.unwrap();
    let url = format!("{}/register/{}", server.url, client.client_id);
    assert_error(&send(Method::GET, &url, Some("x"), None).await, 401, "invalid_token");
    assert_eq!(server.db.find_client(&client.client_id).await.unwrap(), Some(client));
}

#[actix_web::test]
async fn a_secret_that_an_admin_replaced_is_not_told() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let id = client["client_id"].as_str().unwrap();
    let mut stored = server.db.find_client(id).await.unwrap().unwrap();
    stored.client_secret = Some(ClientSecret::new("another invented secret"));
    server.db.update_client(&stored, START).await.unwrap();
    assert_eq!(manage(Method::GET, &client, None).await.json().get("client_secret"), None);
}

#[actix_web::test]
async fn with_a_token_of_the_admin_and_not_without() {
    let root = RootKey::generate();
    let setup = Setup { root: root.clone(), ..setup(RegistrationMode::Token) };
    let server = setup.start().await;
    let url = format!("{}/register", server.url);
    let said = json!({"redirect_uris": [WEB_URI]});
    let token = InitialToken::new(START.plus(600));
    let text = token.text(&root);
    let foreign = InitialToken::new(START.plus(600)).text(&RootKey::generate());
    for bad in [None, Some(""), Some("x"), Some(foreign.expose())] {
        assert_error(&send(Method::POST, &url, bad, Some(&said)).await, 401, "invalid_token");
    }
    let page = send(Method::POST, &url, Some(text.expose()), Some(&said)).await;
    assert_eq!(page.status, 201, "{page:?}");
    server.clock.advance(600);
    let late = send(Method::POST, &url, Some(text.expose()), Some(&said)).await;
    assert_error(&late, 401, "invalid_token");
    let event = server.db.audit_events(START, 10).await.unwrap().remove(0);
    assert_eq!(event.event, "client_registered");
    assert_eq!(serde_json::from_str::<Value>(&event.detail).unwrap()["token"], token.id);
    assert!(!event.detail.contains(text.expose()));
}

#[actix_web::test]
async fn an_open_door_has_limits() {
    let mut setup = setup(RegistrationMode::Open);
    setup.registration.most_clients = 2;
    let (server, root) = {
        let root = setup.root.clone();
        (setup.start().await, root)
    };
    let client = registered(&server, json!({})).await;
    registered(&server, json!({})).await;
    let said = json!({"redirect_uris": [WEB_URI]});
    let full = register(&server, said.clone()).await;
    assert_error(&full, 503, "temporarily_unavailable");
    let token = InitialToken::new(START.plus(600)).text(&root);
    let url = format!("{}/register", server.url);
    let page = send(Method::POST, &url, Some(token.expose()), Some(&said)).await;
    assert_eq!(page.status, 201, "who was let in by an admin does not count: {page:?}");
    assert_eq!(manage(Method::DELETE, &client, None).await.status, 204);
    assert_eq!(register(&server, said).await.status, 201, "there is room again");
}

#[actix_web::test]
async fn one_address_registers_so_many_a_minute() {
    let mut setup = setup(RegistrationMode::Open);
    setup.limits.registrations = 3;
    let server = setup.start().await;
    for _ in 0..3 {
        registered(&server, json!({})).await;
    }
    let page = register(&server, json!({"redirect_uris": [WEB_URI]})).await;
    assert_error(&page, 429, "slow_down");
    assert!(page.headers.contains_key("retry-after"));
    server.clock.advance(60);
    registered(&server, json!({})).await;
}

#[actix_web::test]
async fn a_client_that_nobody_uses_is_forgotten_and_one_in_use_is_kept() {
    let root = RootKey::generate();
    let server = Setup { root: root.clone(), ..setup(RegistrationMode::Open) }.start().await;
    let public = json!({"token_endpoint_auth_method": "none"});
    let used = registered(&server, public.clone()).await;
    let unused = registered(&server, public).await;
    let token = InitialToken::new(START.plus(600)).text(&root);
    let url = format!("{}/register", server.url);
    let said = json!({"redirect_uris": [WEB_URI]});
    let invited = send(Method::POST, &url, Some(token.expose()), Some(&said)).await.json();
    server.clock.advance(20 * 86_400);
    assert_eq!(sign_in(&server, &Person::new(), &used).await.status, 200);
    server.clock.advance(20 * 86_400);
    assert_eq!(server.db.sweep_registrations(server.clock.now(), 10).await.unwrap(), 1);
    assert_eq!(manage(Method::GET, &unused, None).await.status, 401);
    assert_eq!(manage(Method::GET, &used, None).await.status, 200);
    assert_eq!(manage(Method::GET, &invited, None).await.status, 200);
}

#[actix_web::test]
async fn a_stolen_store_tells_no_token_and_no_secret() {
    let server = open().await;
    let client = registered(&server, json!({})).await;
    let id = client["client_id"].as_str().unwrap();
    let stored = server.db.find_registration(id).await.unwrap().unwrap();
    let all = format!("{} {}", serde_json::to_string(&stored.client).unwrap(), stored.token_digest);
    for secret in ["client_secret", "registration_access_token"] {
        assert!(!all.contains(client[secret].as_str().unwrap()), "{all}");
    }
}
