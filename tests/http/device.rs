//! The device grant (RFC 8628): a short code, read off one screen and entered on another, by a person who
//! is told what it does.

mod demands;

use doorstep::issuer::{GrantSettings, LimitSettings};
use doorstep::protocol::match_phrase::match_phrase;
use doorstep::protocol::user_code::UserCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, API, PASSWORD, Server, Setup};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Begins as a public client; gives the answer.
async fn begin(server: &Server, client_id: &str, more: &[(&str, &str)]) -> Value {
    let fields: Vec<_> = [("client_id", client_id)].iter().chain(more).copied().collect();
    let page = post(server, "/device_authorization", None, &fields).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.json()
}

/// Asks for tokens as the device.
async fn poll(server: &Server, client_id: &str, device: &Value) -> Page {
    poll_with(server, client_id, device, &[]).await
}

async fn poll_with(
    server: &Server,
    client_id: &str,
    device: &Value,
    more: &[(&str, &str)],
) -> Page {
    let code = text_of(device, "device_code");
    let fields = [("grant_type", DEVICE_CODE), ("device_code", code), ("client_id", client_id)];
    let fields: Vec<_> = fields.iter().chain(more).copied().collect();
    post(server, "/token", None, &fields).await
}

fn text_of<'a>(device: &'a Value, name: &str) -> &'a str {
    device[name].as_str().unwrap_or_else(|| panic!("no {name} in {device}"))
}

/// Opens the page with the code filled in, signing alice in if need be.
async fn open(person: &Person, device: &Value) -> Page {
    arrive(person, text_of(device, "verification_uri_complete")).await
}

async fn answer(person: &Person, page: &Page, answer: &str) -> Page {
    let page = person.submit(&page.form_to("/device"), Some(("answer", answer)), &[]).await;
    person.follow(page).await
}

async fn approve(person: &Person, device: &Value) {
    let page = open(person, device).await;
    assert_eq!(page.state(), "confirm", "{page:?}");
    assert_eq!(answer(person, &page, "approved").await.state(), "approved");
}

/// The request with headers that name the client's address, for an issuer behind a proxy.
async fn post_from(server: &Server, path: &str, address: &str, fields: &[(&str, &str)]) -> Page {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let program = Person::new();
    let request = program
        .request(Method::POST, &format!("{}{path}", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", address)
        .body(body);
    program.send(request).await
}

#[actix_web::test]
async fn a_device_signs_in_without_a_browser_of_its_own() {
    for path in ["", "/oidc"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        let device = begin(&server, "tv", &[("scope", "openid email offline_access")]).await;
        assert_eq!(text_of(&device, "verification_uri"), format!("{}/device", server.iss));
        assert_eq!((&device["expires_in"], &device["interval"]), (&json!(600), &json!(5)));
        let user_code = UserCode::parse(text_of(&device, "user_code")).unwrap();
        assert_eq!(user_code.to_string(), text_of(&device, "user_code"));
        assert_error(&poll(&server, "tv", &device).await, 400, "authorization_pending");

        let person = Person::new();
        let page = arrive(&person, text_of(&device, "verification_uri")).await;
        assert_eq!(page.state(), "enter");
        let typed = user_code.as_str().to_lowercase();
        let url = format!("{}?user_code={typed}", page.form().action);
        let page = person.get(&url).await;
        assert_eq!(page.state(), "confirm");
        assert_eq!(answer(&person, &page, "approved").await.state(), "approved");

        server.clock.advance(5);
        let page = poll(&server, "tv", &device).await;
        assert_eq!((page.status, header(&page, "cache-control")), (200, "no-store"), "{page:?}");
        let tokens = page.json();
        assert_eq!(id_token(&tokens)["sub"], "alice-id");
        assert_eq!(id_token(&tokens)["aud"], "tv");
        assert_eq!(userinfo(&server, &tokens).await.json()["email"], "alice@example.org");
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text_of(&tokens, "refresh_token")),
            ("client_id", "tv"),
        ];
        assert_eq!(post(&server, "/token", None, &fields).await.status, 200);
    }
}

#[actix_web::test]
async fn msal_for_node_asks_in_words_of_its_own() {
    let server = server::start().await;
    let begun =
        post(&server, "/devicecode", None, &[("client_id", "tv"), ("scope", "openid")]).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let device = begun.json();
    let code = text_of(&device, "device_code");
    let fields = [("grant_type", "device_code"), ("device_code", code), ("client_id", "tv")];
    let page = post(&server, "/token", None, &fields).await;
    assert_error(&page, 400, "authorization_pending");
    approve(&Person::new(), &device).await;
    server.clock.advance(5);
    let page = post(&server, "/token", None, &fields).await;
    assert_eq!(id_token(&page.json())["aud"], "tv");
}

#[actix_web::test]
async fn the_page_tells_whom_one_signs_in_where_and_since_when() {
    let server = server::start().await;
    let device = begin(&server, "tv", &[]).await;
    server.clock.advance(61);
    let page = open(&Person::new(), &device).await;
    let words = text(&page);
    for part in [
        "Sign in to Example TV on a device?",
        text_of(&device, "user_code"),
        "alice",
        "127.0.0.1 (as this browser)",
        "2027-01-15 08:00 UTC",
        "Did a message, a call or a website give you this code",
    ] {
        assert!(words.contains(part), "{part:?} is not in {words}");
    }
    assert!(!page.body.contains("<script"), "{page:?}");
    let policy = header(&page, "content-security-policy");
    assert!(policy.contains("form-action 'self'") && policy.contains("frame-ancestors 'none'"));
    let title = page.body.split("<title>").nth(1).unwrap().split('<').next().unwrap();
    assert!(!title.contains(text_of(&device, "user_code")), "{title}");
}

#[actix_web::test]
async fn an_address_that_differs_is_pointed_out() {
    let server = Setup { proxies: &["127.0.0.0/8"], ..Setup::default() }.start().await;
    let page = post_from(&server, "/device_authorization", "198.51.100.9", &[("client_id", "tv")]);
    let page = open(&Person::new(), &page.await.json()).await;
    assert!(text(&page).contains("198.51.100.9 (another address than this browser’s)"), "{page:?}");
}

#[actix_web::test]
async fn a_device_that_binds_its_code_shows_the_same_words_as_the_page() {
    let server = server::start().await;
    let bound = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let (person, phrase) = (Person::new(), match_phrase(CHALLENGE));
    let device = begin(&server, "tv", &bound).await;
    assert!(text(&open(&person, &device).await).contains(&phrase));
    approve(&person, &device).await;
    let page = poll_with(&server, "tv", &device, &[("code_verifier", VERIFIER)]).await;
    assert_eq!(page.status, 200, "{page:?}");

    let device = begin(&server, "tv", &bound).await;
    approve(&person, &device).await;
    assert_error(&poll(&server, "tv", &device).await, 400, "invalid_grant");
    server.clock.advance(5);
    let page = poll_with(&server, "tv", &device, &[("code_verifier", VERIFIER)]).await;
    assert_error(&page, 400, "invalid_grant");

    let device = begin(&server, "tv", &[]).await;
    assert!(!text(&open(&person, &device).await).contains(&phrase));
}

#[actix_web::test]
async fn a_link_with_the_code_confirms_nothing_by_itself() {
    let server = server::start().await;
    let fields = [("scope", "openid")];
    let page = post(&server, "/device_authorization", Some(&basic("printer")), &fields).await;
    let (person, device) = (Person::new(), page.json());
    for _ in 0..3 {
        assert_eq!(open(&person, &device).await.state(), "confirm", "even of a trusted client");
    }
    let ask = async || {
        let fields =
            [("grant_type", DEVICE_CODE), ("device_code", text_of(&device, "device_code"))];
        token(&server, "printer", &fields).await
    };
    assert_error(&ask().await, 400, "authorization_pending");
    approve(&person, &device).await;
    server.clock.advance(5);
    assert_eq!(ask().await.status, 200);
}

#[actix_web::test]
async fn no_is_an_answer() {
    let server = server::start().await;
    let (person, device) = (Person::new(), begin(&server, "tv", &[]).await);
    let page = open(&person, &device).await;
    assert_eq!(answer(&person, &page, "denied").await.state(), "denied");
    for _ in 0..2 {
        assert_error(&poll(&server, "tv", &device).await, 400, "access_denied");
    }
    assert_eq!(open(&person, &device).await.state(), "enter", "it cannot be taken back");
    assert_eq!(answer(&person, &page, "approved").await.state(), "enter");
    assert_error(&poll(&server, "tv", &device).await, 400, "access_denied");
}

#[actix_web::test]
async fn who_asks_too_often_is_slowed_down() {
    let server = server::start().await;
    let device = begin(&server, "tv", &[]).await;
    // Seconds since the last question, and what it hears.
    for (wait, error) in [
        (0, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (14, "slow_down"),
        (20, "authorization_pending"),
        (19, "slow_down"),
        (25, "authorization_pending"),
    ] {
        server.clock.advance(wait);
        assert_error(&poll(&server, "tv", &device).await, 400, error);
    }
    approve(&Person::new(), &device).await;
    assert_eq!(poll(&server, "tv", &device).await.status, 200, "tokens are not kept waiting");
}

#[actix_web::test]
async fn a_device_that_never_stops_is_told_to_wait() {
    let limits = LimitSettings { token_failures: 60, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    let device = begin(&server, "tv", &[]).await;
    let mut last = 400;
    for _ in 0..70 {
        last = poll(&server, "tv", &device).await.status;
    }
    assert_eq!(last, 429);
}

#[actix_web::test]
async fn a_code_expires_to_the_second() {
    let server = server::start().await;
    let (in_time, late) = (begin(&server, "tv", &[]).await, begin(&server, "tv", &[]).await);
    let person = Person::new();
    server.clock.advance(599);
    approve(&person, &in_time).await;
    assert_eq!(poll(&server, "tv", &in_time).await.status, 200);
    server.clock.advance(1);
    assert_error(&poll(&server, "tv", &late).await, 400, "expired_token");
    assert_eq!(open(&person, &late).await.state(), "enter");

    let slow = begin(&server, "tv", &[]).await;
    approve(&person, &slow).await;
    server.clock.advance(600);
    assert_error(&poll(&server, "tv", &slow).await, 400, "expired_token");
}

#[actix_web::test]
async fn a_device_code_is_spent_once_and_a_replay_kills_its_tokens() {
    let server = server::start().await;
    let device = begin(&server, "tv", &[("scope", "openid offline_access")]).await;
    approve(&Person::new(), &device).await;
    let tokens = poll(&server, "tv", &device).await.json();
    assert_eq!(userinfo(&server, &tokens).await.status, 200);
    server.clock.advance(5);
    assert_error(&poll(&server, "tv", &device).await, 400, "invalid_grant");
    assert_error(&userinfo(&server, &tokens).await, 401, "invalid_token");
    let events = server.db.audit_events(server::START, 10).await.unwrap();
    assert!(events.iter().any(|event| event.event == "device_code_replayed"), "{events:?}");
}

#[actix_web::test]
async fn another_clients_device_code_is_none() {
    let server = server::start().await;
    let device = begin(&server, "tv", &[]).await;
    approve(&Person::new(), &device).await;
    assert_error(&poll(&server, "near-tv", &device).await, 400, "invalid_grant");
    let code = text_of(&device, "device_code");
    for (name, value) in [("device_code", "DS"), ("device_code", "x"), ("device_code", "")] {
        let fields = [("grant_type", DEVICE_CODE), ("client_id", "tv"), (name, value)];
        let error = if value.is_empty() { "invalid_request" } else { "invalid_grant" };
        assert_error(&post(&server, "/token", None, &fields).await, 400, error);
    }
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CLI_URI),
        ("client_id", "tv"),
    ];
    let page = post(&server, "/token", None, &fields).await;
    assert_error(&page, 400, "unauthorized_client");
    assert_eq!(poll(&server, "tv", &device).await.status, 200, "all that cost it nothing");
}

#[actix_web::test]
async fn a_client_asks_for_what_it_may_have() {
    let server = server::start().await;
    let refused = async |authorization: Option<&str>, fields: &[(&str, &str)], status, error| {
        let page = post(&server, "/device_authorization", authorization, fields).await;
        assert_error(&page, status, error);
    };
    refused(None, &[("client_id", "tv"), ("scope", "openid admin")], 400, "invalid_scope").await;
    refused(None, &[("client_id", "tv"), ("resource", "urn:x")], 400, "invalid_target").await;
    refused(None, &[("client_id", "cli")], 400, "unauthorized_client").await;
    refused(None, &[("client_id", "nobody")], 401, "invalid_client").await;
    refused(None, &[("client_id", "printer")], 401, "invalid_client").await;
    refused(None, &[], 401, "invalid_client").await;
    let plain = [("client_id", "tv"), ("code_challenge", VERIFIER)];
    refused(None, &plain, 400, "invalid_request").await;

    let device = begin(&server, "tv", &[("resource", API)]).await;
    approve(&Person::new(), &device).await;
    let page = poll_with(&server, "tv", &device, &[("resource", "urn:x")]).await;
    assert_error(&page, 400, "invalid_target");
    let tokens = poll(&server, "tv", &device).await.json();
    assert_eq!(claims(text_of(&tokens, "access_token"))["aud"], API);
    assert_eq!(tokens["scope"], "openid", "who names no scope wants to know who it is");
    assert!(tokens.get("refresh_token").is_none(), "nobody asked for one");
}

#[actix_web::test]
async fn a_code_is_read_as_people_type_it() {
    let server = server::start().await;
    let device = begin(&server, "tv", &[]).await;
    let person = Person::new();
    arrive(&person, &format!("{}/device", server.url)).await;
    let code = text_of(&device, "user_code");
    let enter = async |typed: &str| {
        let page = person.get(&format!("{}/device", server.url)).await;
        let form = page.form_to("/device");
        assert_eq!((form.method.as_str(), form.fields.len()), ("get", 1));
        let encoded: String = url::form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        person.get(&format!("{}?user_code={encoded}", form.action)).await
    };
    for typed in [code.to_owned(), code.to_lowercase(), code.replace('-', ""), format!(" {code} ")]
    {
        assert_eq!(enter(&typed).await.state(), "confirm", "{typed}");
    }
    let mistyped = format!("{}{}", &code[..10], if code.ends_with('B') { 'C' } else { 'B' });
    for typed in [mistyped.as_str(), &code[..7], "hello", "123", "<script>", "BCD\0FGH"] {
        let page = enter(typed).await;
        assert_eq!(page.state(), "enter", "{typed}");
        assert!(page.body.contains("Please check the code. It has nine letters"), "{page:?}");
        assert!(!page.body.contains("<script"), "{page:?}");
    }
    let other = UserCode::from_bits([1; 8]).to_string();
    assert!(enter(&other).await.body.contains("No device waits with this code"));
    assert!(!enter(" ").await.body.contains("role=\"alert\""), "nothing was typed");
}

#[actix_web::test]
async fn codes_cannot_be_tried_out() {
    let limits = LimitSettings { user_codes: 10, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    let (person, device) = (Person::new(), begin(&server, "tv", &[]).await);
    arrive(&person, &format!("{}/device", server.url)).await;
    let url = format!("{}/device?user_code=", server.url);
    for i in 0..10 {
        let page = person.get(&format!("{url}{}", UserCode::from_bits([i; 8]))).await;
        assert_eq!((page.status, page.state().as_str()), (200, "enter"));
    }
    let page = open(&person, &device).await;
    assert_eq!(page.status, 429, "even the right one has to wait: {page:?}");
    assert!(!header(&page, "retry-after").is_empty() && page.body.contains("<h1>"));
    server.clock.advance(6);
    assert_eq!(open(&person, &device).await.state(), "confirm");
}

#[actix_web::test]
async fn one_address_cannot_fill_the_store_with_devices() {
    let limits = LimitSettings { pushed_requests: 5, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    for _ in 0..5 {
        begin(&server, "tv", &[]).await;
    }
    let page = post(&server, "/device_authorization", None, &[("client_id", "tv")]).await;
    assert_eq!(page.status, 429, "{page:?}");
}

#[actix_web::test]
async fn an_answer_counts_only_for_what_was_shown_to_whom() {
    let server = server::start().await;
    let (person, device) = (Person::new(), begin(&server, "tv", &[]).await);
    let page = open(&person, &device).await;
    let form = page.form_to("/device");
    let send = async |person: &Person, values: &[(&str, &str)]| {
        person.submit(&form, Some(("answer", "approved")), values).await
    };
    assert_eq!(send(&person, &[("csrf", "x")]).await.status, 403);
    assert_eq!(send(&Person::new(), &[]).await.status, 403, "another browser");
    let shown = send(&person, &[("shown", "x")]).await;
    assert_eq!((shown.status, person.follow(shown).await.state().as_str()), (303, "confirm"));

    let other = begin(&server, "tv", &[]).await;
    let swapped = send(&person, &[("user_code", text_of(&other, "user_code"))]).await;
    assert_eq!(swapped.status, 303);
    assert_eq!(person.follow(swapped).await.state(), "confirm", "another device's code");

    let login = format!("{}/login", server.url);
    let form_of_login = person.get(&login).await.form();
    let bob = [("username", "bob"), ("password", PASSWORD)];
    person.submit(&form_of_login, None, &bob).await;
    let page = person.follow(send(&person, &[]).await).await;
    assert_eq!(page.state(), "confirm", "alice was asked, not bob");
    assert!(text(&page).contains("bob"));
    for device in [&device, &other] {
        assert_error(&poll(&server, "tv", device).await, 400, "authorization_pending");
    }
    assert_eq!(answer(&person, &page, "approved").await.state(), "approved");
    assert_eq!(id_token(&poll(&server, "tv", &device).await.json())["sub"], "bob-id");
}

#[actix_web::test]
async fn the_sign_in_page_comes_back_to_the_code() {
    let server = server::start().await;
    let (person, device) = (Person::new(), begin(&server, "tv", &[]).await);
    let page = open(&person, &device).await;
    assert_eq!(page.state(), "confirm");
    let switch = page.body.split("href=\"").find(|part| part.starts_with("/login?next=")).unwrap();
    let switch = switch.split('"').next().unwrap().replace("&#38;", "&");
    let page = person.get(&format!("{}{switch}", server.url)).await;
    let bob = [("username", "bob"), ("password", PASSWORD)];
    let page = person.follow(person.submit(&page.form(), None, &bob).await).await;
    assert_eq!(page.state(), "confirm");
    assert!(text(&page).contains("bob"), "{page:?}");
}

#[actix_web::test]
async fn a_client_can_ask_for_one_network() {
    let server = Setup { proxies: &["127.0.0.0/8"], ..Setup::default() }.start().await;
    let person = Person::new();
    for (address, status) in [("127.0.0.9", 200), ("198.51.100.9", 400)] {
        let fields = [("client_id", "near-tv")];
        let device = post_from(&server, "/device_authorization", address, &fields).await.json();
        approve(&person, &device).await;
        let code = text_of(&device, "device_code");
        let fields = [("client_id", "near-tv"), ("grant_type", DEVICE_CODE), ("device_code", code)];
        let page = post_from(&server, "/token", address, &fields).await;
        assert_eq!(page.status, status, "{address} {page:?}");
    }
}

#[actix_web::test]
async fn the_audit_trail_tells_who_let_which_device_in_and_from_where() {
    let server = Setup { proxies: &["127.0.0.0/8"], ..Setup::default() }.start().await;
    let person = Person::new();
    let fields = [("client_id", "tv")];
    let device = post_from(&server, "/device_authorization", "198.51.100.9", &fields).await.json();
    approve(&person, &device).await;
    let code = text_of(&device, "device_code");
    let fields = [("client_id", "tv"), ("grant_type", DEVICE_CODE), ("device_code", code)];
    assert_eq!(post_from(&server, "/token", "203.0.113.7", &fields).await.status, 200);
    let refused = begin(&server, "tv", &[]).await;
    let page = open(&person, &refused).await;
    answer(&person, &page, "denied").await;

    let events = server.db.audit_events(server::START, 10).await.unwrap();
    let find = |name: &str| {
        let event = events.iter().find(|event| event.event == name);
        let event = event.unwrap_or_else(|| panic!("no {name} in {events:?}"));
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        (event.account_id.as_deref(), event.client_id.as_deref(), event.address.as_str(), detail)
    };
    let detail = json!({"asked_from": "198.51.100.9", "differs": true});
    assert_eq!(find("device_approved"), (Some("alice-id"), Some("tv"), "127.0.0.1", detail));
    let detail = json!({
        "channel": "device", "authorized_from": "127.0.0.1", "redeemed_from": "203.0.113.7",
        "differs": true,
    });
    let redeemed = (Some("alice-id"), Some("tv"), "203.0.113.7", detail);
    assert_eq!(find("device_code_redeemed"), redeemed);
    let detail = json!({"asked_from": "127.0.0.1", "differs": false});
    assert_eq!(find("device_denied"), (Some("alice-id"), Some("tv"), "127.0.0.1", detail));
}

#[actix_web::test]
async fn nothing_in_the_store_is_a_code() {
    let server = server::start().await;
    let device = begin(&server, "tv", &[]).await;
    approve(&Person::new(), &device).await;
    let id = doorstep::secret::sha256(text_of(&device, "device_code"));
    let id = doorstep::secret::base64url(&id[..16]);
    let row = format!("{:?}", server.db.find_device_request(&id).await.unwrap().unwrap());
    let grant = format!("{:?}", server.db.find_grant(&id).await.unwrap().unwrap());
    let user_code = text_of(&device, "user_code");
    for secret in [text_of(&device, "device_code"), user_code, &user_code.replace('-', "")] {
        assert!(!row.contains(secret) && !grant.contains(secret), "{row} {grant}");
    }
}

#[actix_web::test]
async fn what_is_off_is_not_there() {
    let grants = GrantSettings { device_code: false, ..GrantSettings::default() };
    let server = Setup { grants, ..Setup::default() }.start().await;
    let document = configuration(&server).await;
    assert!(document.get("device_authorization_endpoint").is_none());
    assert!(!document["grant_types_supported"].as_array().unwrap().contains(&json!(DEVICE_CODE)));
    assert_eq!(
        post(&server, "/device_authorization", None, &[("client_id", "tv")]).await.status,
        404
    );
    assert_eq!(Person::new().get(&format!("{}/device", server.url)).await.status, 404);
    let fields = [("grant_type", DEVICE_CODE), ("device_code", "x"), ("client_id", "tv")];
    assert_error(&post(&server, "/token", None, &fields).await, 400, "unsupported_grant_type");

    let server = server::start().await;
    let document = configuration(&server).await;
    assert_eq!(
        document["device_authorization_endpoint"],
        format!("{}/device_authorization", server.iss)
    );
    assert!(document["grant_types_supported"].as_array().unwrap().contains(&json!(DEVICE_CODE)));
}
