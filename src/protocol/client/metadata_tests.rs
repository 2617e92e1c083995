use super::*;
use crate::protocol::client::{ApplicationType, ClientAuthMethod, SigningAlg};

fn read(said: Value) -> Result<Client, BadMetadata> {
    Client::from_metadata(said.as_object().unwrap())
}

#[test]
fn the_defaults_are_those_of_the_specifications() {
    let client = read(json!({"redirect_uris": ["https://app.example/cb"]})).unwrap();
    assert_eq!(client.token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert_eq!(client.id_token_signed_response_alg, SigningAlg::RS256);
    assert_eq!(client.application_type, ApplicationType::Web);
    let told = client.to_metadata();
    assert_eq!(told["response_types"], json!(["code"]));
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(told["redirect_uris"], json!(["https://app.example/cb"]));
    assert!(!told.values().any(Value::is_null), "{told:?}");
}

#[test]
fn everything_that_can_be_chosen_is_a_setting() {
    let Value::Object(settings) = serde_json::to_value(Client::default()).unwrap() else {
        panic!()
    };
    for field in CHOSEN.into_iter().filter(|field| *field != RESPONSE_TYPES) {
        assert!(settings.contains_key(field), "{field}");
    }
}

#[test]
fn nobody_trusts_themselves() {
    let harmless = read(json!({"client_name": "App"})).unwrap();
    let greedy = read(json!({
        "client_name": "App", "client_id": "web", "client_secret": "mine", "trusted": true,
        "paste": true, "match_phrase": true, "require_pkce": false, "code_lifetime": 600,
        "access_token_lifetime": 86400, "refresh_token_lifetime": 86400, "id_token_lifetime": 86400,
        "resources": ["https://api.example"], "serves": ["https://api.example"],
        "claim_mapping": [], "access_token_format": "opaque", "same_network": true,
        "response_modes": ["query"], "stranger": null, "nonsense": {"a": 1},
    }));
    assert_eq!(greedy.unwrap(), harmless);
    assert!(!harmless.trusted && !harmless.paste && harmless.require_pkce);
}

#[test]
fn what_cannot_be_had_is_named() {
    for (said, field) in [
        (json!({"redirect_uris": "https://app.example/cb"}), "redirect_uris"),
        (json!({"redirect_uris": ["urn:ietf:wg:oauth:2.0:oob"]}), "redirect_uris"),
        (json!({"response_types": ["code", "id_token"]}), "response_types"),
        (json!({"response_types": ["token"]}), "response_types"),
        (json!({"response_types": []}), "response_types"),
        (json!({"grant_types": ["implicit"]}), "grant_types"),
        (json!({"grant_types": ["authorization_code", "client_credentials"]}), "grant_types"),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), "token_endpoint_auth_method"),
        (json!({"id_token_signed_response_alg": "none"}), "id_token_signed_response_alg"),
        (json!({"userinfo_signed_response_alg": "HS256"}), "userinfo_signed_response_alg"),
        (json!({"subject_type": "secret"}), "subject_type"),
        (json!({"scope": "openid admin"}), "scope"),
        (json!({"client_name": 7}), "client_name"),
        (json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}), "jwks"),
        (json!({"default_max_age": -1}), "default_max_age"),
    ] {
        assert_eq!(read(said.clone()).unwrap_err().field, field, "{said}");
    }
}

#[test]
fn null_is_the_same_as_nothing() {
    let said: Map<_, _> = CHOSEN.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
    assert_eq!(Client::from_metadata(&said), Client::from_metadata(&Map::new()));
}
