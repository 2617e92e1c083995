//! Point 16: grants besides codes and refresh tokens. Each is off until it is switched on.

use doorstep::issuer::GrantSettings;
use serde_json::json;

use crate::kit::checks;
use crate::kit::jose;
use crate::place::Place;
use crate::support::server::API;

everywhere!(
    p16_client_credentials_give_a_client_a_token_of_its_own,
    p16_client_credentials_never_say_anything_about_a_person,
    p16_a_grant_that_is_off_is_unsupported_and_not_listed,
    p16_a_grant_that_is_not_the_clients_is_unauthorized_client,
);

const CLIENT_CREDENTIALS: (&str, &str) = ("grant_type", "client_credentials");

async fn p16_client_credentials_give_a_client_a_token_of_its_own(at: Place) {
    let provider = at.start().await;
    assert!(provider.lists("grant_types_supported", "client_credentials"));
    let tokens =
        provider.tokens(&provider.post("token_endpoint", "robot", &[CLIENT_CREDENTIALS]).await);
    for name in ["id_token", "refresh_token"] {
        assert_eq!(tokens.json.get(name), None);
    }
    let (_, access) = jose::verify(tokens.access(), &provider.keys().await);
    assert_eq!((&access["sub"], &access["client_id"]), (&json!("robot"), &json!("robot")));
    assert_eq!(tokens.json["scope"], "backup restore");
    let fields = [CLIENT_CREDENTIALS, ("scope", "backup"), ("resource", API)];
    let tokens = provider.tokens(&provider.post("token_endpoint", "robot", &fields).await);
    let (_, access) = jose::peek(tokens.access());
    assert_eq!((&access["scope"], &access["aud"]), (&json!("backup"), &json!(API)));
    let token = [("token", tokens.access())];
    let active = async || {
        let page = provider.post("introspection_endpoint", "robot", &token).await;
        page.json()["active"].as_bool().expect("a boolean")
    };
    assert!(active().await);
    assert_eq!(provider.post("revocation_endpoint", "robot", &token).await.status, 200);
    assert!(!active().await);
}

async fn p16_client_credentials_never_say_anything_about_a_person(at: Place) {
    let provider = at.start().await;
    for scope in ["openid", "backup email", "offline_access", "unheard-of"] {
        let fields = [CLIENT_CREDENTIALS, ("scope", scope)];
        let page = provider.post("token_endpoint", "robot", &fields).await;
        checks::refused(&page, 400, "invalid_scope");
    }
    let tokens =
        provider.tokens(&provider.post("token_endpoint", "robot", &[CLIENT_CREDENTIALS]).await);
    let page = provider.userinfo(tokens.access()).await;
    assert_eq!((page.status, &page.json()["error"]), (403, &json!("insufficient_scope")));
}

async fn p16_a_grant_that_is_off_is_unsupported_and_not_listed(at: Place) {
    let provider = at.start_with(|setup| setup.grants = GrantSettings::default()).await;
    for grant in [
        "client_credentials",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        if !provider.lists("grant_types_supported", grant) {
            let page = provider.post("token_endpoint", "robot", &[("grant_type", grant)]).await;
            checks::refused(&page, 400, "unsupported_grant_type");
        }
    }
    assert!(!provider.lists("grant_types_supported", "client_credentials"));
}

async fn p16_a_grant_that_is_not_the_clients_is_unauthorized_client(at: Place) {
    let provider = at.start().await;
    for client in ["web", "cli"] {
        let page = provider.post("token_endpoint", client, &[CLIENT_CREDENTIALS]).await;
        checks::refused(&page, 400, "unauthorized_client");
    }
    for grant in ["authorization_code", "refresh_token"] {
        let page = provider.post("token_endpoint", "robot", &[("grant_type", grant)]).await;
        checks::refused(&page, 400, "unauthorized_client");
    }
}
