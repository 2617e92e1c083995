//! Point 20: the userinfo endpoint (OpenID Connect Core §5.3, RFC 6750), and what other origins' pages may
//! read.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::kit::checks::{self, header};
use crate::kit::jose::{self, object};
use crate::kit::provider::{FORM, Provider};
use crate::kit::request::Request;
use crate::place::Place;
use crate::support::person::Page;

everywhere!(
    p20_userinfo_takes_get_and_post_with_header_and_form_body,
    p20_a_token_in_the_url_is_not_taken,
    p20_without_a_token_the_challenge_has_no_error,
    p20_a_token_that_is_none_of_ours_is_invalid_token,
    p20_a_token_expires,
    p20_scopes_cover_all_their_standard_claims_and_no_others,
    p20_claims_have_the_types_of_the_standard_and_none_is_empty,
    p20_a_token_without_openid_is_insufficient_scope,
    p20_pages_of_other_origins_may_call_the_endpoints_for_programs,
    p20_pages_for_people_are_not_for_other_origins,
);

const PROFILE: [&str; 14] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "preferred_username",
];

async fn ask(provider: &Provider, method: Method, headers: &[(&str, &str)], body: &str) -> Page {
    provider.send(method, provider.endpoint("userinfo_endpoint"), headers, body).await
}

async fn p20_userinfo_takes_get_and_post_with_header_and_form_body(at: Place) {
    let provider = at.start().await;
    let tokens = provider.login(&Request::of(&provider, "web"), &provider.browser()).await;
    let bearer = format!("Bearer {}", tokens.access());
    let lower = format!("bearer {}", tokens.access());
    let body = format!("access_token={}", tokens.access());
    let form = ("content-type", FORM);
    for (method, headers, body) in [
        (Method::GET, &[("authorization", bearer.as_str())][..], ""),
        (Method::GET, &[("authorization", &lower)], ""),
        (Method::POST, &[("authorization", &bearer)], ""),
        (Method::POST, &[("authorization", &bearer), form], ""),
        (Method::POST, &[form], &body),
    ] {
        let page = ask(&provider, method, headers, body).await;
        assert_eq!((page.status, header(&page, "content-type")), (200, "application/json"));
        assert_eq!(page.json()["sub"], tokens.claims()["sub"]);
        assert_eq!(header(&page, "cache-control"), "no-store");
    }
    let both = [("authorization", bearer.as_str()), form];
    let page = ask(&provider, Method::POST, &both, &body).await;
    checks::refused(&page, 400, "invalid_request");
}

async fn p20_a_token_in_the_url_is_not_taken(at: Place) {
    let provider = at.start().await;
    let tokens = provider.login(&Request::of(&provider, "web"), &provider.browser()).await;
    let endpoint = provider.endpoint("userinfo_endpoint");
    let page = provider.get(&format!("{endpoint}?access_token={}", tokens.access())).await;
    assert_eq!(page.status, 401, "{page:?}");
}

async fn p20_without_a_token_the_challenge_has_no_error(at: Place) {
    let provider = at.start().await;
    for (method, headers, body) in [
        (Method::GET, &[][..], ""),
        (Method::POST, &[], ""),
        (Method::POST, &[("content-type", FORM)], "a=b"),
        (Method::GET, &[("authorization", "Basic YTpi")], ""),
    ] {
        let page = ask(&provider, method, headers, body).await;
        assert_eq!(page.status, 401, "{page:?}");
        let challenge = header(&page, "www-authenticate");
        assert!(challenge.starts_with("Bearer") && !challenge.contains("error"), "{challenge}");
    }
}

async fn p20_a_token_that_is_none_of_ours_is_invalid_token(at: Place) {
    let (provider, elsewhere) = (at.start().await, at.start().await);
    let request = Request::of(&provider, "web").with("scope", "openid offline_access");
    let tokens = provider.login(&request, &provider.browser()).await;
    let foreign = elsewhere.login(&request, &elsewhere.browser()).await;
    let good = tokens.access();
    for token in [
        tokens.id_token(),
        tokens.refresh(),
        foreign.access(),
        &jose::unsigned(good),
        &good[..good.len() - 4],
        "x",
        "x.y.z",
        "dsa_x",
    ] {
        let page = provider.userinfo(token).await;
        checks::refused(&page, 401, "invalid_token");
        let challenge = header(&page, "www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
}

async fn p20_a_token_expires(at: Place) {
    let provider = at.start().await;
    for client in ["web", "opaque"] {
        let tokens = provider.login(&Request::of(&provider, client), &provider.browser()).await;
        let lifetime = tokens.json["expires_in"].as_i64().unwrap();
        provider.clock.advance(lifetime - 1);
        assert_eq!(provider.userinfo(tokens.access()).await.status, 200, "{client}");
        provider.clock.advance(1);
        checks::refused(&provider.userinfo(tokens.access()).await, 401, "invalid_token");
    }
}

async fn p20_scopes_cover_all_their_standard_claims_and_no_others(at: Place) {
    let provider = at.start().await;
    let browser = provider.browser();
    for (scope, claims) in [
        ("openid", &[][..]),
        ("openid profile", &PROFILE),
        ("openid email", &["email", "email_verified"]),
        ("openid address", &["address"]),
        ("openid phone", &["phone_number", "phone_number_verified"]),
        ("openid groups", &["groups"]),
    ] {
        let request = Request::of(&provider, "web").with("scope", scope);
        let tokens = provider.login(&request, &browser).await;
        let info = provider.userinfo(tokens.access()).await.json();
        let told: BTreeSet<_> = object(&info).keys().map(String::as_str).collect();
        let expected: BTreeSet<_> = claims.iter().copied().chain(["sub"]).collect();
        assert_eq!(told, expected, "{scope}");
    }
}

async fn p20_claims_have_the_types_of_the_standard_and_none_is_empty(at: Place) {
    let provider = at.start().await;
    let request =
        Request::of(&provider, "web").with("scope", "openid profile email address phone groups");
    let tokens = provider.login(&request, &provider.browser()).await;
    let info = provider.userinfo(tokens.access()).await.json();
    checks::standard_claims(&info);
    for (name, value) in [
        ("email_verified", json!(true)),
        ("phone_number_verified", json!(false)),
        ("groups", json!(["staff", "builders"])),
        ("preferred_username", json!("alice")),
    ] {
        assert_eq!(info[name], value, "{name}");
    }
    // Of somebody about whom nothing is known, nothing is told: no null and no empty text.
    let claims = serde_json::Map::new();
    let claims = doorstep::accounts::claims::Claims::new(claims).unwrap();
    let now = provider.clock.now();
    provider.server.db.update_claims("alice-id", &claims, now).await.unwrap();
    let info = provider.userinfo(tokens.access()).await.json();
    checks::standard_claims(&info);
    let told: BTreeSet<_> = object(&info).keys().map(String::as_str).collect();
    assert_eq!(told, ["preferred_username", "sub", "updated_at"].into());
}

async fn p20_a_token_without_openid_is_insufficient_scope(at: Place) {
    let provider = at.start().await;
    let request = Request::of(&provider, "web").with("scope", "openid email offline_access");
    let tokens = provider.login(&request, &provider.browser()).await;
    let page = provider.refresh("web", tokens.refresh(), &[("scope", "email")]).await;
    let narrow = page.json();
    let page = provider.userinfo(narrow["access_token"].as_str().expect("a token")).await;
    assert_eq!((page.status, &page.json()["error"]), (403, &json!("insufficient_scope")));
}

async fn p20_pages_of_other_origins_may_call_the_endpoints_for_programs(at: Place) {
    let provider = at.start().await;
    let origin = ("origin", "https://spa.example");
    let discovery = format!("{}/.well-known/openid-configuration", provider.issuer);
    let documents = [discovery.as_str(), provider.endpoint("jwks_uri")];
    let endpoints = ["token_endpoint", "userinfo_endpoint", "revocation_endpoint"];
    let endpoints = endpoints.map(|name| provider.endpoint(name));
    for url in documents.iter().chain(&endpoints) {
        for method in [Method::GET, Method::POST] {
            let page = provider.send(method, url, &[origin], "").await;
            assert_eq!(header(&page, "access-control-allow-origin"), "*", "{url} {page:?}");
            assert!(!page.headers.contains_key("access-control-allow-credentials"), "{url}");
        }
    }
    for url in endpoints {
        let headers = [
            origin,
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        let page = provider.send(Method::OPTIONS, url, &headers, "").await;
        assert_eq!(page.status, 204, "{page:?}");
        assert!(header(&page, "access-control-allow-methods").contains("POST"));
        let allowed = header(&page, "access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"));
    }
}

async fn p20_pages_for_people_are_not_for_other_origins(at: Place) {
    let provider = at.start().await;
    let own = ["/login", "/account", "/consent", "/handoff/x", "/handoff/x/status"];
    let own = own.map(|path| format!("{}{path}", provider.issuer));
    let endpoints = ["authorization_endpoint", "end_session_endpoint"];
    let endpoints = endpoints.map(|name| provider.endpoint(name).to_owned());
    for url in own.iter().chain(&endpoints) {
        let headers = [("origin", "https://spa.example")];
        let page = provider.send(Method::GET, url, &headers, "").await;
        assert!(!page.headers.contains_key("access-control-allow-origin"), "{url}");
    }
}
