//! What is known in the wild: each of these is either advertised, and then used elsewhere, or refused here.

use serde_json::json;

use super::clients::Walk;
use super::endpoints::{changed, is_nowhere};
use super::strangers;
use crate::kit::checks;
use crate::kit::jose;
use crate::support::client_key::{JWT_BEARER, assertion_claims};
use crate::support::server::CLIENT_SECRET;

/// Lists of discovery, and what others list there.
const KNOWN: [(&str, &[&str]); 9] = [
    (
        "response_types_supported",
        &[
            "token",
            "id_token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token",
            "none",
            "vp_token",
        ],
    ),
    (
        "response_modes_supported",
        &[
            "query",
            "fragment",
            "form_post",
            "jwt",
            "query.jwt",
            "fragment.jwt",
            "form_post.jwt",
            "web_message",
            "web_message.jwt",
            "direct_post",
        ],
    ),
    (
        "grant_types_supported",
        &[
            "client_credentials",
            "password",
            "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:saml2-bearer",
            "urn:ietf:params:oauth:grant-type:uma-ticket",
            "urn:openid:params:grant-type:ciba",
        ],
    ),
    ("code_challenge_methods_supported", &["S256", "plain"]),
    ("prompt_values_supported", &["none", "login", "consent", "select_account", "create"]),
    (
        "scopes_supported",
        &[
            "openid",
            "profile",
            "email",
            "address",
            "phone",
            "groups",
            "offline_access",
            "roles",
            "fhirUser",
        ],
    ),
    (
        "token_endpoint_auth_methods_supported",
        &["client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth", "none"],
    ),
    ("id_token_signing_alg_values_supported", &["none", "HS256"]),
    (
        "acr_values_supported",
        &["0", "1", "1fa", "mfa", "phr", "phrh", "urn:mace:incommon:iap:silver"],
    ),
];

/// Endpoints that others have, by the member and the path that they usually have.
const ENDPOINTS: [(&str, &str); 8] = [
    ("registration_endpoint", "/register"),
    ("device_authorization_endpoint", "/device_authorization"),
    ("backchannel_authentication_endpoint", "/bc-authorize"),
    ("check_session_iframe", "/check_session"),
    ("challenge_endpoint", "/challenge"),
    ("federation_fetch_endpoint", "/federation_fetch"),
    ("credential_endpoint", "/credential"),
    ("signed_jwks_uri", "/signed_jwks"),
];

/// Tries each of them that is not advertised.
pub async fn try_everything_else(walk: &Walk) {
    walk.login(walk.request("web")).await;
    for (member, values) in KNOWN {
        for value in values.iter().filter(|value| !walk.provider.lists(member, value)) {
            refuse(walk, member, value).await;
        }
    }
    for (member, path) in ENDPOINTS {
        if walk.provider.metadata.get(member).is_none() {
            is_nowhere(walk, path).await;
        }
    }
    if walk.provider.metadata.get("client_id_metadata_document_supported").is_none() {
        strangers::no_document(walk).await;
    }
    ignored(walk).await;
}

async fn refuse(walk: &Walk, member: &str, value: &str) {
    let wish;
    let (name, value, error) = match member {
        "response_types_supported" => ("response_type", value, "unsupported_response_type"),
        "response_modes_supported" => ("response_mode", value, "invalid_request"),
        "code_challenge_methods_supported" => ("code_challenge_method", value, "invalid_request"),
        "prompt_values_supported" => ("prompt", value, "invalid_request"),
        "scopes_supported" => {
            wish = format!("openid {value}");
            ("scope", wish.as_str(), "invalid_scope")
        }
        "acr_values_supported" => {
            wish = json!({"id_token": {"acr": {"essential": true, "value": value}}}).to_string();
            ("claims", wish.as_str(), "unmet_authentication_requirements")
        }
        "grant_types_supported" => return grant(walk, value).await,
        "token_endpoint_auth_methods_supported" => return method(walk, value).await,
        "id_token_signing_alg_values_supported" => return hint(walk, value).await,
        _ => panic!("nobody knows how {member} is refused"),
    };
    let request = changed(walk, name, value);
    let answer = request.answer_unasked(&walk.provider, &walk.browser).await;
    assert_eq!(answer.error(), error, "{name}={value}");
    let usual = request.without("response_mode");
    checks::error(&walk.provider, &usual, &answer);
}

async fn grant(walk: &Walk, value: &str) {
    for client in ["web", "robot"] {
        let page = walk.provider.post("token_endpoint", client, &[("grant_type", value)]).await;
        checks::refused(&page, 400, "unsupported_grant_type");
    }
}

/// A method that is not there is no way in.
async fn method(walk: &Walk, value: &str) {
    let provider = &walk.provider;
    let assertion =
        jose::signed_with_secret(&assertion_claims(&provider.server, "web"), CLIENT_SECRET);
    let fields = match value {
        "client_secret_jwt" => {
            vec![("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())]
        }
        _ => vec![("client_id", "web")],
    };
    let page = provider.post_with("token_endpoint", None, &fields).await;
    checks::refused(&page, 401, "invalid_client");
}

/// What is not signed by a key of the provider is nobody's ID token.
async fn hint(walk: &Walk, alg: &str) {
    let tokens = walk.login(walk.request("web")).await;
    let hint = match alg {
        "none" => jose::unsigned(tokens.id_token()),
        "HS256" => jose::signed_with_secret(&tokens.claims(), CLIENT_SECRET),
        _ => panic!("nobody knows how to sign by {alg}"),
    };
    let request = changed(walk, "id_token_hint", &hint);
    let answer = request.answer_unasked(&walk.provider, &walk.browser).await;
    checks::error(&walk.provider, &request, &answer);
    assert_eq!(answer.error(), "invalid_request");
}

/// What a provider that does not know it has to ignore.
async fn ignored(walk: &Walk) {
    for (member, name, value) in [
        ("authorization_details_types_supported", "authorization_details", "[{\"type\":\"x\"}]"),
        ("display_values_supported", "display", "wap"),
        ("claims_locales_supported", "claims_locales", "xx"),
        ("ui_locales_supported", "ui_locales", "xx"),
        ("claims_supported", "claims", "{\"userinfo\":{\"shoe_size\":{\"essential\":true}}}"),
        ("vp_formats_supported", "presentation_definition", "{}"),
    ] {
        let request = changed(walk, name, value);
        let tokens = walk.provider.login_unasked(&request, &walk.browser).await;
        let info = walk.provider.userinfo(tokens.access()).await.json();
        assert_eq!(info.get("shoe_size"), None, "{member}");
        assert_eq!(tokens.json.get("authorization_details"), None, "{member}");
    }
}
