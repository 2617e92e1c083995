//! Point 23: discovery tells the truth. Whatever the document advertises is used, and whatever is known in
//! the wild and not advertised gets the right refusal. A member or a value that nobody here knows how to use
//! fails the test, so nothing can be advertised without somebody trying it.

mod clients;
mod endpoints;
mod refusals;
mod requests;
mod strangers;

use doorstep::issuer::{DocumentSettings, GrantSettings, RegistrationSettings};
use serde_json::Value;

use self::clients::Walk;
use crate::kit::checks::header;
use crate::kit::jose::object;
use crate::place::Place;
use crate::support::server::Setup;

everywhere!(
    p23_everything_that_is_advertised_works,
    p23_what_is_not_advertised_gets_the_right_refusal,
    p23_with_everything_off_discovery_still_tells_the_truth,
    p23_both_documents_are_there_without_a_redirect_and_alike,
    p23_every_url_begins_with_the_issuer_to_the_letter,
    p23_the_host_header_changes_nothing,
    p23_documents_are_cached_and_revalidated,
);

async fn p23_everything_that_is_advertised_works(at: Place) {
    let walk = Walk::start(at, |_| ()).await;
    use_everything(&walk).await;
}

async fn p23_what_is_not_advertised_gets_the_right_refusal(at: Place) {
    let walk = Walk::start(at, |_| ()).await;
    refusals::try_everything_else(&walk).await;
}

async fn p23_with_everything_off_discovery_still_tells_the_truth(at: Place) {
    let walk = Walk::start(at, switch_off).await;
    use_everything(&walk).await;
    refusals::try_everything_else(&walk).await;
}

/// All that an admin switches on is off: on in the tests, as a rule.
fn switch_off(setup: &mut Setup) {
    setup.grants = GrantSettings::default();
    setup.registration = RegistrationSettings::default();
    setup.documents = DocumentSettings::default();
}

async fn use_everything(walk: &Walk) {
    for (member, value) in object(&walk.provider.metadata) {
        match value {
            Value::Array(values) => {
                assert!(!values.is_empty(), "{member} lists nothing");
                for value in values {
                    use_value(walk, member, value.as_str().expect("a text")).await;
                }
            }
            Value::Bool(value) => use_flag(walk, member, *value).await,
            Value::String(value) => use_address(walk, member, value).await,
            other => panic!("{member} is {other}"),
        }
    }
}

/// What each list is about.
async fn use_value(walk: &Walk, member: &str, value: &str) {
    match member {
        "acr_values_supported" => requests::acr(walk, value).await,
        "authorization_signing_alg_values_supported" => requests::signed_answer(walk, value).await,
        "claim_types_supported" => requests::claim_type(walk, value).await,
        "claims_supported" => requests::claim(walk, value).await,
        "code_challenge_methods_supported" => requests::challenge_method(walk, value).await,
        "dpop_signing_alg_values_supported" => endpoints::dpop_alg(walk, value).await,
        "grant_types_supported" => endpoints::grant(walk, value).await,
        "id_token_signing_alg_values_supported" => requests::id_token_alg(walk, value).await,
        "introspection_endpoint_auth_methods_supported" => {
            endpoints::authenticate(walk, "introspection_endpoint", value).await;
        }
        "introspection_endpoint_auth_signing_alg_values_supported" => {
            endpoints::authenticate_with(walk, "introspection_endpoint", value).await;
        }
        "prompt_values_supported" => requests::prompt(walk, value).await,
        "request_object_signing_alg_values_supported" => {
            requests::request_object_alg(walk, value).await;
        }
        "response_modes_supported" => requests::response_mode(walk, value).await,
        "response_types_supported" => requests::response_type(walk, value).await,
        "revocation_endpoint_auth_methods_supported" => {
            endpoints::authenticate(walk, "revocation_endpoint", value).await;
        }
        "revocation_endpoint_auth_signing_alg_values_supported" => {
            endpoints::authenticate_with(walk, "revocation_endpoint", value).await;
        }
        "scopes_supported" => requests::scope(walk, value).await,
        "subject_types_supported" => requests::subject_type(walk, value).await,
        "token_endpoint_auth_methods_supported" => {
            endpoints::authenticate(walk, "token_endpoint", value).await;
        }
        "token_endpoint_auth_signing_alg_values_supported" => {
            endpoints::authenticate_with(walk, "token_endpoint", value).await;
        }
        "ui_locales_supported" => requests::ui_locale(walk, value).await,
        "userinfo_signing_alg_values_supported" => requests::userinfo_alg(walk, value).await,
        _ => panic!("nobody knows how to use {member}: {value}"),
    }
}

/// What each switch says, on or off.
async fn use_flag(walk: &Walk, member: &str, on: bool) {
    match member {
        "authorization_response_iss_parameter_supported" => requests::names_issuer(walk, on).await,
        "backchannel_logout_supported" | "backchannel_logout_session_supported" => {
            endpoints::backchannel_logout(walk, on).await;
        }
        "client_id_metadata_document_supported" => strangers::document(walk, on).await,
        "claims_parameter_supported" => requests::claims_parameter(walk, on).await,
        "request_parameter_supported" => requests::request_parameter(walk, on).await,
        "request_uri_parameter_supported" => requests::request_uri_parameter(walk, on).await,
        "require_pushed_authorization_requests" => requests::needs_no_push(walk, !on).await,
        "require_signed_request_object" => requests::needs_no_signature(walk, !on).await,
        _ => panic!("nobody knows how to use {member}: {on}"),
    }
}

/// What is at each address.
async fn use_address(walk: &Walk, member: &str, url: &str) {
    match member {
        "issuer" => assert_eq!(walk.login(walk.request("web")).await.claims()["iss"], url),
        "authorization_endpoint" | "token_endpoint" | "jwks_uri" => {
            walk.login(walk.request("web")).await;
        }
        "userinfo_endpoint" => endpoints::userinfo(walk).await,
        "revocation_endpoint" => endpoints::revocation(walk).await,
        "introspection_endpoint" => endpoints::introspection(walk).await,
        "end_session_endpoint" => endpoints::end_session(walk).await,
        "pushed_authorization_request_endpoint" => endpoints::push(walk).await,
        "registration_endpoint" => strangers::registration(walk).await,
        _ => panic!("nobody knows what is at {member}: {url}"),
    }
}

const DOCUMENTS: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

async fn p23_both_documents_are_there_without_a_redirect_and_alike(at: Place) {
    let provider = at.start().await;
    let url = url::Url::parse(&provider.issuer).expect("a URL");
    let mut places = DOCUMENTS.map(|path| format!("{}{path}", provider.issuer)).to_vec();
    // RFC 8414 §3.1 puts the well-known part before the issuer's path.
    let origin = url.origin().ascii_serialization();
    let path = url.path().trim_end_matches('/');
    places.push(format!("{origin}{}{path}", DOCUMENTS[1]));
    for place in places {
        let page = provider.get(&place).await;
        let kind = header(&page, "content-type");
        assert_eq!((page.status, kind), (200, "application/json"), "{place}");
        assert_eq!(page.json(), provider.metadata, "{place}");
    }
}

async fn p23_every_url_begins_with_the_issuer_to_the_letter(at: Place) {
    let provider = at.start().await;
    assert!(!provider.issuer.ends_with('/'));
    let mut seen = 0;
    for (member, value) in object(&provider.metadata) {
        let Some(url) = value.as_str().filter(|text| text.starts_with("https://")) else {
            continue;
        };
        let below = format!("{}/", provider.issuer);
        assert!(url == provider.issuer || url.starts_with(&below), "{member}: {url}");
        assert_ne!(provider.get(url).await.status, if member == "issuer" { 0 } else { 404 });
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}

async fn p23_the_host_header_changes_nothing(at: Place) {
    let provider = at.start().await;
    let headers = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
    ];
    for path in DOCUMENTS {
        let url = format!("{}{path}", provider.issuer);
        let page = provider.send(reqwest::Method::GET, &url, &headers, "").await;
        assert_eq!(page.json(), provider.metadata);
    }
}

async fn p23_documents_are_cached_and_revalidated(at: Place) {
    let provider = at.start().await;
    for path in DOCUMENTS {
        let url = format!("{}{path}", provider.issuer);
        let page = provider.get(&url).await;
        assert!(header(&page, "cache-control").contains("max-age="), "{page:?}");
        let known = [("if-none-match", header(&page, "etag"))];
        let again = provider.send(reqwest::Method::GET, &url, &known, "").await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
    }
}
