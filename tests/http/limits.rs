//! Limits on everything that strangers send.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use doorstep::issuer::LimitSettings;
use reqwest::Method;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};

async fn send_body(server: &Server, path: &str, bytes: usize) -> Page {
    let person = Person::new();
    let request = person
        .request(Method::POST, &format!("{}{path}", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("a={}", "x".repeat(bytes - 2)));
    person.send(request).await
}

const POSTS: [&str; 9] = [
    "/authorize",
    "/par",
    "/token",
    "/revoke",
    "/userinfo",
    "/login",
    "/consent",
    "/handoff",
    "/logout",
];

#[actix_web::test]
async fn a_body_of_more_than_64_kib_is_413() {
    let server = server::start().await;
    for path in POSTS {
        let page = send_body(&server, path, 64 * 1024 + 1).await;
        assert_eq!(page.status, 413, "{path} {page:?}");
        assert!(!page.body.is_empty(), "{path}");
        let page = send_body(&server, path, 1024).await;
        assert!((300..=403).contains(&page.status), "{path} {page:?}");
    }
    assert_error(&send_body(&server, "/token", 100_000).await, 413, "invalid_request");
}

#[actix_web::test]
async fn the_body_limit_is_a_setting() {
    let limits = LimitSettings { body_bytes: 1000, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    for path in POSTS {
        assert_eq!(send_body(&server, path, 1001).await.status, 413, "{path}");
    }
}

#[actix_web::test]
async fn a_parameter_that_is_too_long_is_refused_to_the_client() {
    let server = server::start().await;
    let answer =
        web_response(&server, &Person::new(), "web", &[("extra", &"x".repeat(16 * 1024 + 1))])
            .await;
    assert_eq!(answer["error"], "invalid_request");
}

#[actix_web::test]
async fn too_many_parameters_are_refused_to_the_client() {
    let server = server::start().await;
    let many: String = (0..200).map(|i| format!("&p{i}=1")).collect();
    let url = format!("{}{many}", authorize_url(&server, "web", &[]));
    assert_eq!(response(&Person::new().get(&url).await)["error"], "invalid_request");
}

#[actix_web::test]
async fn a_long_request_is_not_lost_on_the_way_through_the_sign_in_page() {
    let server = server::start().await;
    for length in [1_000, 5_000, 12_000] {
        let hard = "<\u{2028}".repeat(length / 4);
        for state in ["x".repeat(length), hard] {
            for client in ["web", "cli", "stranger"] {
                let person = Person::new();
                let prompt = if client == "stranger" { "consent" } else { "" };
                let more =
                    [("state", state.as_str()), ("response_mode", "form_post"), ("prompt", prompt)];
                let page = arrive(&person, &authorize_url(&server, client, &more)).await;
                let page = match client {
                    "cli" => {
                        let page = click(&person, &page, "loopback").await;
                        person.follow(page).await
                    }
                    "stranger" => {
                        let page = person
                            .submit(&page.form_to("/consent"), Some(("answer", "allow")), &[])
                            .await;
                        person.follow(page).await
                    }
                    _ => page,
                };
                assert_eq!(response(&page)["state"], state, "{client} {length}");
            }
        }
    }
}

#[actix_web::test]
async fn a_request_that_no_url_can_hold_is_said_to_be_too_long() {
    let server = server::start().await;
    let url = format!("{}&extra={}", authorize_url(&server, "web", &[]), "x".repeat(60_000));
    let page = Person::new().get(&url).await;
    assert!(page.status < 500, "{page:?}");
    if let Some(location) = &page.location {
        assert!(location.starts_with(WEB_URI), "{location}");
    }
}

fn post_long(server: &Server, client_id: &str) -> impl Future<Output = Page> {
    let url = authorize_url(server, client_id, &[("state", &"x".repeat(8000))]);
    let (endpoint, query) = url.split_once('?').map(|(e, q)| (e.to_owned(), q.to_owned())).unwrap();
    async move {
        let person = Person::new();
        let request = person
            .request(Method::POST, &endpoint)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(query);
        person.send(request).await
    }
}

#[actix_web::test]
async fn posted_requests_of_nobody_are_not_kept() {
    let server = server::start().await;
    let page = post_long(&server, "nobody").await;
    assert_eq!((page.status, &page.location), (400, &None), "{page:?}");
}

#[actix_web::test]
async fn one_address_cannot_fill_the_store_with_posted_requests() {
    let limits = LimitSettings { pushed_requests: 10, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    let mut kept = 0;
    let mut last = None;
    for _ in 0..30 {
        let page = post_long(&server, "web").await;
        kept += usize::from(page.status == 303);
        last = Some(page);
    }
    assert!((10..=11).contains(&kept), "{kept} of 30 were kept");
    let page = last.unwrap();
    assert_eq!(page.status, 429);
    assert!(!header(&page, "retry-after").is_empty() && page.body.contains("<h1>"), "{page:?}");
}

#[actix_web::test]
async fn one_address_can_push_so_many_requests_a_minute() {
    let limits = LimitSettings { pushed_requests: 10, ..LimitSettings::default() };
    let server = Setup { limits, ..Setup::default() }.start().await;
    let push = async |redirect_uri, secret: Option<&str>| {
        let fields = [
            ("client_id", if secret.is_some() { "web" } else { "cli" }),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        post(&server, "/par", secret, &fields).await
    };
    for _ in 0..10 {
        assert_eq!(push(CLI_URI, None).await.status, 201);
    }
    let page = push(CLI_URI, None).await;
    assert_eq!(page.status, 429, "{page:?}");
    for _ in 0..30 {
        let page = push(WEB_URI, Some(&basic("web"))).await;
        assert_eq!(page.status, 201, "a website pushes for everybody: {page:?}");
    }
    server.clock.advance(header(&page, "retry-after").parse().unwrap());
    assert_eq!(push(CLI_URI, None).await.status, 201);
}

/// Sends the beginning of a body, then a byte now and then, and gives the answer with all that it took.
fn send_slowly(host: &str, path: &str, length: &str) -> (String, Duration) {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n{length}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (began, mut answer) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_secs(40) {
        let mut part = [0; 4096];
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&part[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(_) => drop(stream.write_all(b"1\r\na\r\n")),
        }
    }
    (String::from_utf8(answer).unwrap(), began.elapsed())
}

#[actix_web::test]
async fn a_body_that_is_sent_too_slowly_is_given_up() {
    let server = server::start().await;
    let host = server.url.strip_prefix("http://").unwrap().to_owned();
    let chunked = "transfer-encoding: chunked\r\n";
    let requests = ["/token", "/login", "/authorize", "/par"].map(|path| {
        let (host, length) =
            (host.clone(), if path == "/par" { chunked } else { "content-length: 5000\r\n" });
        (path, actix_web::rt::task::spawn_blocking(move || send_slowly(&host, path, length)))
    });
    for (path, request) in requests {
        let (answer, took) = request.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains("too slowly") && answer.contains("connection: close"), "{answer}");
        assert!((5..30).contains(&took.as_secs()), "{path}: {took:?}");
    }
}

#[actix_web::test]
async fn a_body_that_nobody_reads_holds_no_connection() {
    let server = server::start().await;
    let host = server.url.strip_prefix("http://").unwrap().to_owned();
    for (path, status) in [("/jwks", 405), ("/login/nothing", 404)] {
        for length in ["content-length: 5000\r\n", "transfer-encoding: chunked\r\n"] {
            let host = host.clone();
            let sending =
                actix_web::rt::task::spawn_blocking(move || send_slowly(&host, path, length));
            let (answer, took) = sending.await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
            assert!(took.as_secs() < 8, "{path}, {length}: {took:?}");
        }
    }
}

#[actix_web::test]
async fn paths_and_methods_from_elsewhere_are_survived() {
    let server = server::start().await;
    for path in [
        "/login/%2e%2e/%2e%2e/etc/passwd",
        "/handoff/%00",
        "/token//",
        "/.well-known/openid-configuration/x",
        "/jwks%20",
        "/login;a=b",
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let person = Person::new();
            let request = person.request(
                Method::from_bytes(method.as_bytes()).unwrap(),
                &format!("{}{path}", server.url),
            );
            let page = person.send(request).await;
            assert!(page.status < 500, "{method} {path} {page:?}");
        }
    }
}

#[actix_web::test]
async fn head_answers_like_get_where_documents_are() {
    let server = server::start().await;
    for path in ["/.well-known/openid-configuration", "/jwks", "/login", "/account"] {
        let person = Person::new();
        let page =
            person.send(person.request(Method::HEAD, &format!("{}{path}", server.url))).await;
        assert_eq!((page.status, page.body.as_str()), (200, ""), "{path} {page:?}");
    }
}

#[actix_web::test]
async fn a_nul_is_no_failure_of_ours() {
    let server = server::start().await;
    let person = Person::new();
    arrive(&person, &authorize_url(&server, "web", &[])).await;
    for name in
        ["client_id", "redirect_uri", "state", "nonce", "scope", "request_uri", "login_hint"]
    {
        let page = person.get(&authorize_url(&server, "web", &[(name, "a\0b")])).await;
        assert!(page.status < 500, "{name} {page:?}");
    }
    let (id, uri) = (("client_id", "web\0"), ("redirect_uri", "https://app.example/cb\0"));
    let fields = [("grant_type", "authorization_code"), ("code", "DS\0"), id, uri];
    for path in ["/token", "/par", "/revoke"] {
        for authorization in [None, Some(basic("web")), Some(basic("web\0")), Some(basic("web%00"))]
        {
            let page = post(&server, path, authorization.as_deref(), &fields).await;
            assert!((400..=401).contains(&page.status), "{path} {authorization:?} {page:?}");
        }
    }
    let code = web_response(&server, &person, "web", &[]).await["code"].clone();
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), uri];
    assert_error(&token(&server, "web", &fields).await, 400, "invalid_request");
    let page = person.visit(&format!("{}/login", server.url)).await;
    let values = [("username", "alice\0"), ("password", "x\0"), ("next", "/\0")];
    assert_eq!(person.submit(&page.form(), None, &values).await.status, 401);
}
