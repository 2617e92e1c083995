//! Discovery (OpenID Connect Discovery §3, RFC 8414) and the JWK set (RFC 7517): everything published
//! works, and nothing is published that does not.

use doorstep::protocol::client::SigningAlg;
use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, Server, Setup};

const DOCUMENTS: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

async fn get(url: &str) -> Page {
    Person::new().get(url).await
}

#[actix_web::test]
async fn both_documents_are_there_without_a_redirect_and_alike() {
    for path in ["", "/oidc", "/a/b"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        let mut urls = DOCUMENTS.map(|document| format!("{}{document}", server.url)).to_vec();
        // RFC 8414 §3.1 puts the well-known part before the issuer's path.
        let origin = server.url.strip_suffix(path).unwrap();
        urls.push(format!("{origin}{}{path}", DOCUMENTS[1]));
        for url in urls {
            let page = get(&url).await;
            assert_eq!(
                (page.status, header(&page, "content-type")),
                (200, "application/json"),
                "{url}"
            );
            assert_eq!(page.json(), get(&format!("{}{}", server.url, DOCUMENTS[0])).await.json());
            assert_eq!(page.json()["issuer"], server.iss);
        }
    }
}

#[actix_web::test]
async fn every_url_begins_with_the_issuer_and_answers() {
    for path in ["", "/oidc"] {
        let server = Setup { path, ..Setup::default() }.start().await;
        let document = get(&format!("{}{}", server.url, DOCUMENTS[0])).await.json();
        let mut seen = 0;
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name.ends_with("_uri") {
                let url = value.as_str().unwrap_or_else(|| panic!("{name}"));
                assert!(url.starts_with(&format!("{}/", server.iss)), "{name} {url}");
                assert_ne!(get(url).await.status, 404, "{name}");
                seen += 1;
            }
        }
        assert!(seen >= 6, "{document}");
    }
}

#[actix_web::test]
async fn the_document_is_well_formed() {
    let server = server::start().await;
    let document = get(&format!("{}{}", server.url, DOCUMENTS[0])).await.json();
    for (name, value) in document.as_object().unwrap() {
        if name.ends_with("_supported") && value.is_array() {
            let values = value.as_array().unwrap();
            assert!(!values.is_empty() && values.iter().all(Value::is_string), "{name}");
            let mut distinct = values.iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), values.len(), "{name}");
        } else {
            assert!(value.is_boolean() || value.is_string(), "{name}: {value}");
            assert!(!matches!(value.as_str(), Some("true" | "false" | "")), "{name}: {value}");
        }
    }
    for (name, value) in [
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(["query", "fragment", "form_post"])),
        ("subject_types_supported", json!(["public", "pairwise"])),
        ("acr_values_supported", json!(["1fa", "mfa"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(false)),
        ("request_uri_parameter_supported", json!(false)),
        ("claims_parameter_supported", json!(true)),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let lists =
        |name: &str, value: &str| document[name].as_array().unwrap().contains(&json!(value));
    assert!(lists("id_token_signing_alg_values_supported", "RS256"));
    assert!(!lists("id_token_signing_alg_values_supported", "none"));
    assert!(lists("scopes_supported", "openid") && lists("scopes_supported", "offline_access"));
    assert!(lists("token_endpoint_auth_methods_supported", "client_secret_basic"));
    assert!(lists("token_endpoint_auth_methods_supported", "client_secret_post"));
    assert!(lists("grant_types_supported", "refresh_token"));
}

#[actix_web::test]
async fn our_own_clients_know_us_by_a_header() {
    let server = Setup { path: "/oidc", ..Setup::default() }.start().await;
    let page = get(&format!("{}{}", server.url, DOCUMENTS[0])).await;
    let result = header(&page, "doorstep-handoff");
    assert_eq!(result, format!("{}/handoff/result", server.iss));
    assert_eq!(get(&format!("{result}?outcome=signed_in")).await.state(), "signed_in");
}

#[actix_web::test]
async fn the_host_header_changes_nothing() {
    let server = server::start().await;
    let person = Person::new();
    let request = person
        .request(Method::GET, &format!("{}{}", server.url, DOCUMENTS[0]))
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "https")
        .header("forwarded", "host=evil.example;proto=https");
    let page = person.send(request).await;
    assert!(page.body.contains(&server.iss) && !page.body.contains("evil"), "{page:?}");
}

#[actix_web::test]
async fn the_key_set_has_ids_and_nothing_private() {
    let server = server::start().await;
    let page = get(&format!("{}/jwks", server.url)).await;
    assert_eq!(header(&page, "content-type"), "application/json");
    let json = page.json();
    let keys = json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 3);
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private} in {key}");
        }
        for public in ["kid", "kty", "alg", "use"] {
            assert!(
                key[public].as_str().is_some_and(|value| !value.is_empty()),
                "{public} in {key}"
            );
        }
    }
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
    let algs: Vec<_> = keys.iter().map(|key| key["alg"].as_str().unwrap()).collect();
    assert_eq!(algs, ["ES256", "EdDSA", "RS256"]);
}

#[actix_web::test]
async fn documents_and_keys_are_cached_and_revalidated() {
    let server = server::start().await;
    for path in [DOCUMENTS[0], DOCUMENTS[1], "/jwks"] {
        let url = format!("{}{path}", server.url);
        let page = get(&url).await;
        assert!(header(&page, "cache-control").contains("max-age="), "{page:?}");
        let etag = header(&page, "etag");
        assert!(etag.starts_with('"'), "{page:?}");
        let person = Person::new();
        for (known, status) in [(etag, 304), (&format!("W/{etag}, \"x\""), 304), ("\"x\"", 200)] {
            let request = person.request(Method::GET, &url).header("if-none-match", known);
            let again = person.send(request).await;
            assert_eq!((again.status, header(&again, "etag")), (status, etag), "{known}");
            assert_eq!(again.body.is_empty(), status == 304);
        }
    }
}

async fn kids(server: &Server) -> Vec<String> {
    let json = get(&format!("{}/jwks", server.url)).await.json();
    json["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

/// The `kid` in a token's header.
fn kid_of(token: &Value) -> String {
    let header =
        doorstep::secret::from_base64url(token.as_str().unwrap().split('.').next().unwrap())
            .unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_key_is_published_before_it_signs_and_until_its_last_token_expired() {
    let server = server::start().await;
    let person = Person::new();
    let before = tokens(&server, &person, "web", "openid").await;
    let old = kid_of(&before["id_token"]);
    server.issuer.keys().rotate(SigningAlg::RS256, false).await.unwrap();
    assert_eq!(kids(&server).await.len(), 4);
    let meanwhile = tokens(&server, &person, "web", "openid").await;
    assert_eq!(kid_of(&meanwhile["id_token"]), old, "nobody knows the new key yet");
    server.clock.advance(601);
    let after = tokens(&server, &person, "web", "openid").await;
    let new = kid_of(&after["id_token"]);
    assert_ne!(new, old);
    assert!(kids(&server).await.contains(&new) && kids(&server).await.contains(&old));
    assert_eq!(userinfo(&server, &after).await.status, 200);
    server.clock.advance(2 * 86_400);
    server.issuer.keys().reload().await.unwrap();
    assert!(!kids(&server).await.contains(&old));
}

#[actix_web::test]
async fn programs_in_pages_of_other_origins_may_read_answers_and_errors() {
    let server = server::start().await;
    for path in [DOCUMENTS[0], DOCUMENTS[1], "/jwks", "/token", "/userinfo", "/revoke", "/par"] {
        for method in [Method::GET, Method::POST] {
            let person = Person::new();
            let request = person
                .request(method.clone(), &format!("{}{path}", server.url))
                .header("origin", "https://spa.example");
            let page = person.send(request).await;
            assert_eq!(
                header(&page, "access-control-allow-origin"),
                "*",
                "{method} {path} {page:?}"
            );
            assert!(!page.headers.contains_key("access-control-allow-credentials"));
        }
    }
    for path in ["/token", "/userinfo", "/revoke"] {
        let person = Person::new();
        let request = person
            .request(Method::OPTIONS, &format!("{}{path}", server.url))
            .header("origin", "https://spa.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let page = person.send(request).await;
        assert_eq!(page.status, 204, "{page:?}");
        assert!(header(&page, "access-control-allow-methods").contains("POST"));
        let allowed = header(&page, "access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"));
    }
}

#[actix_web::test]
async fn pages_for_people_are_not_for_scripts_of_others() {
    let server = server::start().await;
    for path in [
        "/login",
        "/account",
        "/logout",
        "/authorize",
        "/consent",
        "/handoff/x",
        "/handoff/x/status",
    ] {
        let page = get(&format!("{}{path}", server.url)).await;
        assert!(!page.headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

#[actix_web::test]
async fn programs_get_json_even_for_a_wrong_method() {
    let server = server::start().await;
    for path in ["/token", "/revoke", "/par"] {
        let page = get(&format!("{}{path}", server.url)).await;
        assert_error(&page, 405, "invalid_request");
        assert!(header(&page, "allow").contains("POST"), "{page:?}");
    }
}
