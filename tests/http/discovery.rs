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
        (
            "response_modes_supported",
            json!([
                "query",
                "fragment",
                "form_post",
                "jwt",
                "query.jwt",
                "fragment.jwt",
                "form_post.jwt"
            ]),
        ),
        ("subject_types_supported", json!(["public", "pairwise"])),
        ("acr_values_supported", json!(["1fa", "mfa"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(true)),
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

/// Every member that one of the standards knows and that Doorstep may have a use for.
const REGISTERED: [&str; 60] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "registration_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "service_documentation",
    "ui_locales_supported",
    "op_policy_uri",
    "op_tos_uri",
    "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "introspection_signing_alg_values_supported",
    "code_challenge_methods_supported",
    "userinfo_endpoint",
    "end_session_endpoint",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported",
    "display_values_supported",
    "claim_types_supported",
    "claims_supported",
    "claims_locales_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "require_signed_request_object",
    "acr_values_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "dpop_signing_alg_values_supported",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "authorization_details_types_supported",
    "authorization_signing_alg_values_supported",
    "authorization_encryption_alg_values_supported",
    "authorization_encryption_enc_values_supported",
    "mtls_endpoint_aliases",
    "tls_client_certificate_bound_access_tokens",
    "authorization_response_iss_parameter_supported",
    "device_authorization_endpoint",
    "prompt_values_supported",
    "client_id_metadata_document_supported",
    "protected_resources",
    "signed_metadata",
];

#[actix_web::test]
async fn no_member_is_our_own_invention() {
    let server = server::start().await;
    let document = get(&format!("{}{}", server.url, DOCUMENTS[0])).await.json();
    for name in document.as_object().unwrap().keys() {
        assert!(REGISTERED.contains(&name.as_str()), "{name}");
    }
}

#[actix_web::test]
async fn languages_are_those_that_pages_have() {
    let server = server::start().await;
    let document = get(&format!("{}{}", server.url, DOCUMENTS[0])).await.json();
    let languages = document["ui_locales_supported"].as_array().unwrap();
    for language in languages {
        let tag = language.as_str().unwrap();
        // BCP 47 in its canonical spelling: a language, perhaps a script and a region.
        let parts: Vec<_> = tag.split('-').collect();
        let lower = parts[0].bytes().all(|b| b.is_ascii_lowercase());
        assert!((2..=3).contains(&parts[0].len()) && lower && parts.len() <= 3, "{tag}");
        let person = Person::new();
        let request = person.request(Method::GET, &format!("{}/login", server.url));
        let page = person.send(request.header("accept-language", tag)).await;
        assert!(page.body.contains(&format!("lang=\"{tag}\"")), "{tag}");
    }
    assert!(!document.as_object().unwrap().contains_key("claims_locales_supported"));
}

#[actix_web::test]
async fn over_https_every_address_is_https() {
    let server = Setup { https: true, ..Setup::default() }.start().await;
    let page = server.browser().get(&format!("{}{}", server.url, DOCUMENTS[0])).await;
    for (name, value) in page.json().as_object().unwrap() {
        if name == "issuer" || name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with("https://"), "{name} {value}");
        }
    }
}

#[actix_web::test]
async fn every_claim_that_is_published_can_be_had() {
    let server = server::start().await;
    let document = get(&format!("{}{}", server.url, DOCUMENTS[0])).await.json();
    let scope = "openid profile email address phone groups";
    let tokens = tokens(&server, &Person::new(), "web", scope).await;
    let (id_token, told) = (id_token(&tokens), userinfo(&server, &tokens).await.json());
    for name in document["claims_supported"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(id_token.get(name).or(told.get(name)).is_some(), "{name}");
    }
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
    let asked = ["/token", "/userinfo", "/revoke", "/par", "/jwks", "/device_authorization"];
    for path in asked.into_iter().chain(DOCUMENTS) {
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
