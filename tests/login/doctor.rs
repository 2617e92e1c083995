//! `doorstep doctor` looks at issuers: a Doorstep is healthy, and whatever is wrong elsewhere is told.

use std::collections::HashMap;
use std::process::Output;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use crate::issuer::{Character, Issuer};
use crate::program::{Folder, binary, environment};
use crate::server::{self, CLIENT_SECRET, Server};
use crate::support::process::free_port;

async fn doctor(home: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let mut command = tokio::process::Command::new(binary());
    command
        .current_dir(home.path())
        .arg("doctor")
        .args(arguments)
        .env_clear()
        .envs(environment(home));
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

async fn of_client(server: &Server, home: &Folder, more: &[&str]) -> (i32, String) {
    let usual = [server.url.as_str(), "--client-id"];
    let (code, out, errors) = doctor(home, &[&usual, more].concat()).await;
    (code, out + &errors)
}

fn is_all_green(out: &str) -> bool {
    out.contains("✓") && !out.contains("! ") && !out.contains("✗")
}

#[actix_web::test]
async fn a_doorstep_is_healthy() {
    let (server, home) = (server::start().await, Folder::new());
    let scope = "openid email groups offline_access";
    let terminal = [
        "cli",
        "--redirect-uri",
        "http://127.0.0.1:4711/",
        "--scope",
        scope,
        "--groups-claim",
        "groups",
    ];
    let (code, out) = of_client(&server, &home, &terminal).await;
    assert!(code == 0 && is_all_green(&out), "{out}");
    for line in [
        "as it was asked for",
        "Both discovery documents agree.",
        "apart.",
        "A request without PKCE is refused.",
        "An address that is not registered gets no response.",
        "Any port of this machine may be used.",
        "The response mode form_post is good for this client.",
        "The token endpoint refuses a client that it does not know.",
        "The client needs no secret.",
        "The userinfo endpoint wants a token.",
        "0 to fix, 0 to consider",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    let secret = home.path().join("secret");
    std::fs::write(&secret, format!("{CLIENT_SECRET}\n")).unwrap();
    let website = ["other", "--redirect-uri", "https://app.example/cb", "--client-secret-file"];
    let website = [&website[..], &[secret.to_str().unwrap()]].concat();
    let (code, out) = of_client(&server, &home, &website).await;
    assert!(code == 0 && is_all_green(&out), "{out}");
    assert!(out.contains("The client's secret is right.") && !out.contains(CLIENT_SECRET), "{out}");
}

#[actix_web::test]
async fn a_client_that_is_set_up_wrongly_is_told_what_to_do() {
    let (server, home) = (server::start().await, Folder::new());
    let secret = home.path().join("secret");
    std::fs::write(&secret, "another").unwrap();
    let (secret, cb) = (secret.to_str().unwrap(), "https://app.example/cb");
    for (more, words) in [
        (vec!["nobody", "--redirect-uri", cb], "It knows no client nobody"),
        (
            vec!["web", "--redirect-uri", "https://app.example/CB"],
            "register this one to the letter",
        ),
        (
            vec!["web", "--redirect-uri", cb, "--client-secret-file", secret],
            "The client's secret is wrong.",
        ),
        (
            vec!["web", "--redirect-uri", cb, "--scope", "openid pizza"],
            "does not offer the scope pizza",
        ),
    ] {
        let (code, out) = of_client(&server, &home, &more).await;
        assert!(code == 1 && out.contains('✗') && out.contains(words), "{words}: {out}");
    }
    // Works, and could be better.
    let (code, out) = of_client(&server, &home, &["web", "--redirect-uri", cb]).await;
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("! A request without PKCE is accepted."), "{out}");
    assert!(out.contains("! The client has to authenticate."), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_another_issuer_is_told() {
    let home = Folder::new();
    let good = Character::default;
    for (character, slash, words) in [
        (Character { challenges: Some(&["plain"]), ..good() }, "", "✗ PKCE is offered with plain"),
        (good(), "", "! The issuer does not say that it knows PKCE."),
        (good(), "/", "✗ The issuer calls itself"),
        (
            Character { form_post: false, ..good() },
            "",
            "! The response mode form_post is not offered.",
        ),
        (
            Character { broken: true, ..good() },
            "",
            "✗ The token endpoint answers an unknown client with 503",
        ),
        (
            Character { token_host: "192.0.2.1", ..good() },
            "",
            "✗ Plain http in the document: token_endpoint",
        ),
        (good(), "/realms/one", "✗ http://127.0.0.1"),
    ] {
        let issuer = Issuer::start(character);
        let (code, out, errors) = doctor(&home, &[&format!("{}{slash}", issuer.url)]).await;
        assert!(out.contains(words), "{words}: {out}{errors}");
        let is_problem = words.starts_with('✗');
        assert!(!is_problem || code == 1, "{code} {errors}");
        assert!(!is_problem || errors.contains("to be fixed"), "{errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_does_not_answer_is_told_apart() {
    let home = Folder::new();
    let url = format!("http://127.0.0.1:{}", free_port());
    let (code, out, errors) = doctor(&home, &[&url, "--json"]).await;
    assert_eq!(code, 2, "{out}{errors}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["problems"], &report["warnings"]), (&1.into(), &0.into()));
    assert_eq!(report["checks"][0]["state"], "problem");
    let fix = "Start the issuer, or correct the port.";
    assert_eq!(report["checks"][0]["fix"], fix, "{report}");
    let (code, out, _) = doctor(&home, &["http://id.example"]).await;
    assert!(code == 2 && out.contains("is plain http"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_settings_are_looked_at_and_each_provider() {
    let home = Folder::new();
    let up = Issuer::start(Character::default());
    let down = format!("http://127.0.0.1:{}", free_port());
    let provider = |id: &str, issuer: &str| {
        format!(
            "[[providers]]\nid = '{id}'\nissuer = '{issuer}'\nclient_id = 'doorstep'\n\
             client_secret = 'an invented secret, known to nobody'\n"
        )
    };
    let file = home.path().join("doorstep.toml");
    let write = |text: String| std::fs::write(&file, text).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    write(provider("corp", &up.url));
    let (code, out, errors) = doctor(&home, &config).await;
    assert_eq!(code, 0, "{out}{errors}");
    for line in [
        "✓ The settings are complete; the issuer is http://localhost:8080.",
        "! The key file",
        "! The database",
        "✓ corp is ready",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(!home.path().join("doorstep.key").exists(), "nothing is made");

    let database = format!("[database]\nurl = 'sqlite:{}'\n", home.path().join("d.db").display());
    std::fs::write(home.path().join("d.db"), "").unwrap();
    std::fs::write(home.path().join("doorstep.key"), "not a key").unwrap();
    let app = |id: &str, issuer: &str| {
        format!(
            "[[gateway]]\nid = '{id}'\nurl = 'http://localhost:8080/{id}'\nissuer = '{issuer}'\nclient_id = '{id}'\n"
        )
    };
    let apps = [app("one", &up.url), app("own", "http://localhost:8080")].concat();
    write(database + &provider("gone", &down) + &provider("corp", &up.url) + &apps);
    let (code, out, errors) = doctor(&home, &config).await;
    assert_eq!(code, 1, "{out}{errors}");
    for line in [
        "✗ the key file",
        "it has to be yours alone.",
        "✓ The database answers",
        "✗ gone is not ready",
        "✓ corp is ready",
        "✓ one is ready",
        "✓ own signs people in here.",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(errors.contains("2 things have to be fixed") && !out.contains("hunter2"), "{errors}");

    write("issuer = 'nowhere'".into());
    let (code, out, _) = doctor(&home, &config).await;
    assert!(code == 1 && out.contains("✗") && out.contains("issuer"), "{out}");
}

/// An issuer that lets everything pass.
async fn careless() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let document = json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/jwks"),
        "userinfo_endpoint": format!("{url}/userinfo"), "response_types_supported": ["code"],
        "id_token_signing_alg_values_supported": ["RS256"], "scopes_supported": ["openid"],
        "authorization_response_iss_parameter_supported": true,
        "response_modes_supported": ["query", "form_post"],
    });
    let other = json!({ "issuer": url, "token_endpoint": "https://elsewhere.example/token" });
    let key = json!({ "keys": [{ "kty": "RSA", "n": "wQ", "e": "AQAB", "d": "wQ" }] });
    let app = move || {
        let (document, other, key) = (document.clone(), other.clone(), key.clone());
        let say =
            |value: Value| web::get().to(move || std::future::ready(web::Json(value.clone())));
        App::new()
            .route("/.well-known/openid-configuration", say(document))
            .route("/.well-known/oauth-authorization-server", say(other))
            .route("/jwks", say(key))
            .route("/userinfo", say(json!({ "sub": "everybody" })))
            .route("/authorize", web::get().to(let_pass))
            .route("/token", web::post().to(async || web::Json(json!({ "access_token": "x" }))))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap();
    tokio::spawn(server.run());
    url
}

/// Sends the browser wherever the request says, and forgets the state.
async fn let_pass(query: web::Query<HashMap<String, String>>) -> HttpResponse {
    let back =
        format!("{}?error=login_required&iss=https%3A%2F%2Fevil.example", query["redirect_uri"]);
    HttpResponse::Found().insert_header(("location", back)).finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_lets_everything_pass_is_told() {
    let (url, home) = (careless().await, Folder::new());
    let client = ["--client-id", "wiki", "--redirect-uri", "http://127.0.0.1:4711/cb"];
    let (code, out, errors) = doctor(&home, &[&[url.as_str()], &client[..]].concat()).await;
    assert_eq!(code, 1, "{out}{errors}");
    for line in [
        "✗ The two discovery documents differ in authorization_endpoint.",
        "✗ The key without a kid is published with its private part.",
        "✗ The response does not give the state back.",
        "✗ The response says that it comes from \"https://evil.example\".",
        "! A request without PKCE is accepted.",
        "✗ The issuer sends responses to http://127.0.0.1:4711/cb/doorstep-doctor too",
        "! The response mode form_post is offered, and not to this client.",
        "✗ The token endpoint accepts a client that nobody registered.",
        "✗ The userinfo endpoint answers a request without a token with 200 OK.",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
}
