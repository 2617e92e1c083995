//! What protects every page, whoever shows it where: policy, framing, referrer, caching, transport.

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, Server, Setup};

/// Every page that a person can be shown, with a name.
async fn pages(server: &Server) -> Vec<(&'static str, Page)> {
    let (person, stranger) = (Person::new(), Person::new());
    let url = |path: &str| format!("{}{path}", server.url);
    let mut pages = vec![
        ("sign-in", stranger.visit(&url("/login")).await),
        ("sign-in for a client", stranger.visit(&authorize_url(server, "cli", &[])).await),
        ("bad request", stranger.get(&url("/authorize")).await),
        ("not found", stranger.get(&url("/login/x")).await),
        ("wrong method", stranger.get(&url("/handoff")).await),
        ("forbidden", stranger.post(&url("/logout"), &[("csrf".into(), "x".into())]).await),
        ("result", stranger.get(&url("/handoff/result?outcome=signed_in")).await),
        ("signed out", stranger.get(&url("/logout")).await),
        ("home", stranger.get(&url("/account")).await),
    ];
    let form = pages[0].1.form();
    let wrong = [("username", "alice"), ("password", "wrong")];
    pages.push(("wrong password", Person::submit(&stranger, &form, None, &wrong).await));
    let form_post = [("response_mode", "form_post")];
    let web = arrive(&person, &authorize_url(server, "web", &form_post)).await;
    let confirm = confirmation(server, &person, "cli", &[]).await;
    let by_redirect = arrive(&person, &authorize_url(server, "cli", &[])).await;
    let ready = ready(server, &person, "cli", &[]).await;
    let refused = click(&person, &confirm, "cancel").await;
    let consent = arrive(&person, &authorize_url(server, "stranger", &[])).await;
    let signed_in = person.get(&url("/account")).await;
    let logout = person.get(&url("/logout")).await;
    redeem_public(server, "cli", &code_on(&ready)).await;
    let redeemed = person.get(&ready.url).await;
    pages.extend([
        ("submit", web),
        ("confirm", confirm),
        ("confirm by redirect", by_redirect),
        ("ready", ready),
        ("redeemed", redeemed),
        ("refused", refused),
        ("consent", consent),
        ("home, signed in", signed_in),
        ("logout", logout),
    ]);
    pages
}

/// The directives of a policy by name.
fn directives(page: &Page) -> std::collections::HashMap<String, String> {
    let policy = header(page, "content-security-policy");
    policy
        .split("; ")
        .map(|directive| directive.split_once(' ').unwrap_or((directive, "")))
        .map(|(n, v)| (n.into(), v.into()))
        .collect()
}

#[actix_web::test]
async fn every_page_has_its_armour() {
    for path in ["", "/oidc"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        for (name, page) in pages(&server).await {
            assert_eq!(
                header(&page, "content-type"),
                "text/html; charset=utf-8",
                "{name} {page:?}"
            );
            for (header_name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-store"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(header(&page, header_name), value, "{name}: {header_name}");
            }
            assert!(!header(&page, "x-request-id").is_empty(), "{name}");
            assert!(
                !page.headers.contains_key("strict-transport-security"),
                "{name}: this is http"
            );
            assert!(
                !page.headers.contains_key("server") && !page.headers.contains_key("x-powered-by")
            );
        }
    }
}

#[actix_web::test]
async fn the_policy_of_every_page_allows_nothing_but_its_own() {
    let server = server::start().await;
    for (name, page) in pages(&server).await {
        let policy = directives(&page);
        for (directive, value) in
            [("default-src", "'none'"), ("base-uri", "'none'"), ("frame-ancestors", "'none'")]
        {
            assert_eq!(
                policy.get(directive).map(String::as_str),
                Some(value),
                "{name}: {policy:?}"
            );
        }
        for directive in ["script-src", "style-src"] {
            let sources = policy.get(directive).map(String::as_str).unwrap_or_default();
            assert!(
                sources
                    .split(' ')
                    .all(|source| source.is_empty() || source.starts_with("'sha256-")),
                "{name}: {sources}"
            );
        }
        assert!(!header(&page, "content-security-policy").contains("unsafe"), "{name}");
        for directive in ["connect-src", "img-src"] {
            assert!(
                matches!(policy.get(directive).map(String::as_str), None | Some("'self'")),
                "{name}: {policy:?}"
            );
        }
        let form_action = policy.get("form-action").map(String::as_str);
        assert!(
            matches!(
                form_action,
                None | Some("'none'" | "'self'" | "http://127.0.0.1:49152 'self'")
            ),
            "{name}: {form_action:?}"
        );
    }
}

#[actix_web::test]
async fn scripts_and_styles_are_those_that_the_policy_allows() {
    use base64::Engine;
    let server = server::start().await;
    for (name, page) in pages(&server).await {
        let policy = directives(&page);
        for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
            for element in page.body.split(&format!("<{tag}")).skip(1) {
                let element = element.split(&format!("</{tag}>")).next().unwrap();
                let (attributes, text) = element.split_once('>').unwrap();
                assert!(matches!(attributes, "" | " type=\"module\""), "{name}: {attributes}");
                let digest = doorstep::secret::sha256(text);
                let hash = format!(
                    "'sha256-{}'",
                    base64::engine::general_purpose::STANDARD.encode(digest)
                );
                assert!(
                    policy[directive].contains(&hash),
                    "{name}: {directive} {}",
                    policy[directive]
                );
            }
        }
        for dangerous in [
            " onclick=",
            " onload=",
            " onerror=",
            " style=\"",
            "javascript:",
            "<iframe",
            "<object",
            "<base",
        ] {
            let markup = page.body.split("<script").next().unwrap();
            assert!(!markup.contains(dangerous), "{name}: {dangerous}");
        }
    }
}

#[actix_web::test]
async fn nothing_comes_from_third_parties() {
    let server = server::start().await;
    for (name, page) in pages(&server).await {
        for attribute in ["src=\"", "href=\""] {
            for address in
                page.body.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap())
            {
                assert!(
                    address.starts_with('/') && !address.starts_with("//"),
                    "{name}: {address}"
                );
            }
        }
        assert!(!page.body.contains("@import") && !page.body.contains("url("), "{name}");
    }
}

#[actix_web::test]
async fn no_code_stands_in_a_title_or_an_address_of_ours() {
    let server = server::start().await;
    let person = Person::new();
    let page = ready(&server, &person, "cli", &[]).await;
    let code = code_on(&page);
    let title = page.body.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    assert!(!title.replace('-', "").contains(&code[2..10]) && !page.url.contains(&code[2..10]));
}

#[actix_web::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let server =
        Setup { issuer: Some("https://id.example".into()), ..Setup::default() }.start().await;
    for path in [
        "/login",
        "/token",
        "/jwks",
        "/.well-known/openid-configuration",
        "/handoff/x",
        "/authorize?client_id=web",
    ] {
        let page = Person::new().get(&format!("{}{path}", server.url)).await;
        assert!(header(&page, "strict-transport-security").contains("max-age="), "{path} {page:?}");
    }
}

#[actix_web::test]
async fn redirects_and_json_are_protected_too() {
    let server = server::start().await;
    let person = Person::new();
    let redirect = person.get(&authorize_url(&server, "web", &[])).await;
    let json = person.get(&format!("{}/userinfo", server.url)).await;
    let to_client = person.sign_in(&authorize_url(&server, "web", &[]), "alice", PASSWORD).await;
    for page in [redirect, json, to_client] {
        assert_eq!(header(&page, "cache-control"), "no-store", "{page:?}");
        assert_eq!(header(&page, "referrer-policy"), "no-referrer");
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert!(header(&page, "content-security-policy").contains("frame-ancestors 'none'"));
    }
}
