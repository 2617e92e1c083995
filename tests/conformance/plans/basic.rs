//! The Basic and the Form Post certification plans: happy flows, scopes and userinfo.

use reqwest::Method;
use serde_json::Value;

use super::plan::{POST_CLIENT, Plan};
use crate::kit::checks::{self, header};
use crate::kit::jose;
use crate::kit::provider::FORM;
use crate::kit::request::{challenge, obey};
use crate::support::person::Page;

in_both_plans!(
    oidcc_server,
    oidcc_idtoken_signature,
    oidcc_userinfo_get,
    oidcc_userinfo_post_header,
    oidcc_userinfo_post_body,
    oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    oidcc_scope_profile,
    oidcc_scope_email,
    oidcc_scope_address,
    oidcc_scope_phone,
    oidcc_scope_all,
    oidcc_alternate_happy_flow,
    oidcc_server_client_secret_post,
    oidcc_claims_essential,
    oidcc_ensure_request_with_valid_pkce_succeeds,
);

async fn oidcc_server(plan: Plan) {
    let tokens = plan.flow(&plan.request()).await;
    assert!(tokens.json["expires_in"].is_u64());
    assert_eq!(tokens.claims().get("name"), None);
}

async fn oidcc_idtoken_signature(plan: Plan) {
    let tokens = plan.flow(&plan.request()).await;
    let (header, _) = jose::verify(tokens.id_token(), &plan.provider.keys().await);
    assert_eq!(header["alg"], "RS256");
    assert!(header["kid"].is_string());
}

/// Asks userinfo in this way, with the access token where `{}` stands.
async fn ask(plan: &Plan, method: Method, header: Option<(&str, &str)>, body: &str) -> Page {
    let tokens = plan.flow(&plan.request()).await;
    let filled = |text: &str| text.replace("{}", tokens.access());
    let header = header.map(|(name, value)| (name, filled(value)));
    let headers: Vec<_> = header.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let endpoint = plan.provider.endpoint("userinfo_endpoint");
    let page = plan.provider.send(method, endpoint, &headers, filled(body)).await;
    assert_eq!(page.json()["sub"], tokens.claims()["sub"]);
    page
}

#[track_caller]
fn assert_told(page: &Page) {
    assert_eq!((page.status, header(page, "content-type")), (200, "application/json"));
    checks::standard_claims(&page.json());
}

async fn oidcc_userinfo_get(plan: Plan) {
    assert_told(&ask(&plan, Method::GET, Some(("authorization", "Bearer {}")), "").await);
}

async fn oidcc_userinfo_post_header(plan: Plan) {
    assert_told(&ask(&plan, Method::POST, Some(("authorization", "Bearer {}")), "").await);
}

async fn oidcc_userinfo_post_body(plan: Plan) {
    let form = Some(("content-type", FORM));
    assert_told(&ask(&plan, Method::POST, form, "access_token={}").await);
}

async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(plan: Plan) {
    plan.flow(&plan.request().without("nonce")).await;
}

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

/// Asks for scopes, whose claims have to be told at userinfo and nowhere else.
async fn scopes(plan: &Plan, scope: &str, claims: &[&str]) -> Value {
    for name in scope.split(' ') {
        assert!(plan.provider.lists("scopes_supported", name), "{name}");
    }
    let told = plan.told(&plan.request().with("scope", scope)).await;
    for name in claims {
        assert!(told.get(name).is_some(), "{name} is not in {told}");
    }
    told
}

async fn oidcc_scope_profile(plan: Plan) {
    scopes(&plan, "openid profile", &PROFILE).await;
}

async fn oidcc_scope_email(plan: Plan) {
    let told = scopes(&plan, "openid email", &["email", "email_verified"]).await;
    assert_eq!(told.get("name"), None);
}

async fn oidcc_scope_address(plan: Plan) {
    scopes(&plan, "openid address", &["address"]).await;
}

async fn oidcc_scope_phone(plan: Plan) {
    scopes(&plan, "openid phone", &["phone_number", "phone_number_verified"]).await;
}

async fn oidcc_scope_all(plan: Plan) {
    let others = ["email", "email_verified", "address", "phone_number", "phone_number_verified"];
    let claims = [&PROFILE[..], &others].concat();
    scopes(&plan, "openid email phone address profile", &claims).await;
}

async fn oidcc_alternate_happy_flow(plan: Plan) {
    let request = plan.request().with("scope", "email openid");
    let url = request.url(&plan.provider);
    let (endpoint, query) = url.split_once('?').expect("a query");
    let backwards: Vec<_> = query.split('&').rev().collect();
    let page = plan.browser.visit(&format!("{endpoint}?{}", backwards.join("&"))).await;
    let answer = obey("alice", &plan.browser, page).await;
    checks::success(&plan.provider, &request, &answer);
    let told = plan.told(&request).await;
    assert!(told.get("email").is_some() && told.get("email_verified").is_some(), "{told}");
    assert_eq!(told.get("name"), None);
}

async fn oidcc_server_client_secret_post(plan: Plan) {
    assert!(plan.provider.lists("token_endpoint_auth_methods_supported", "client_secret_post"));
    plan.flow(&plan.request_of(POST_CLIENT)).await;
}

async fn oidcc_claims_essential(plan: Plan) {
    let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
    let told = plan.told(&plan.request().with("claims", claims)).await;
    assert_eq!(told["name"], "alice Example");
}

async fn oidcc_ensure_request_with_valid_pkce_succeeds(plan: Plan) {
    let request = plan.request();
    let challenge = challenge(&request.verifier);
    plan.flow(&request.but(&[("code_challenge", &challenge), ("code_challenge_method", "S256")]))
        .await;
}
