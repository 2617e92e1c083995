use super::*;
use crate::protocol::client::claim_mapping::ClaimRule;
use crate::protocol::client::{
    AccessTokenFormat, ClientAuthMethod, ClientSecret, Profile, ResponseMode, SigningAlg,
};
use crate::protocol::jwk::JwkSet;
use crate::protocol::redirect_uri::OUT_OF_BAND;

fn web() -> Client {
    Client {
        client_id: "wiki".into(),
        client_secret: Some(ClientSecret::new("an invented secret")),
        redirect_uris: vec!["https://wiki.example.org/signed-in".into()],
        ..Client::default()
    }
}

fn native() -> Client {
    Client {
        client_secret: None,
        token_endpoint_auth_method: ClientAuthMethod::None,
        application_type: ApplicationType::Native,
        redirect_uris: vec!["http://127.0.0.1/".into(), "http://[::1]/".into(), OUT_OF_BAND.into()],
        ..web()
    }
}

fn field(client: &Client) -> &'static str {
    client.check().expect_err("something is wrong").field
}

#[test]
fn sound_registrations_pass() {
    assert_eq!(web().check(), Ok(()));
    assert_eq!(native().check(), Ok(()));
    let own_scheme =
        Client { redirect_uris: vec!["org.example.app:/signed-in".into()], ..native() };
    assert_eq!(own_scheme.check(), Ok(()));
    let development =
        Client { redirect_uris: vec!["http://localhost:3000/cb?x=1".into()], ..web() };
    assert_eq!(development.check(), Ok(()));
}

#[test]
fn redirect_uris_lead_to_safe_places() {
    for uri in [
        "",
        "/relative",
        "https://app.example.org/#fragment",
        "http://app.example.org/",
        "http://127.0.0.1.example.org/",
        "javascript:alert(1)",
        "data:text/html,hello",
        "myapp://signed-in",
        "https://app.example.org/a b",
        "https:\\\\app.example.org",
        "https://*.example.org/",
        "https://%2A.example.org/",
        "org.example.app://*/signed-in",
    ] {
        for client in [web(), native()] {
            let client = Client { redirect_uris: vec![uri.into()], ..client };
            assert_eq!(field(&client), "redirect_uris", "{uri}");
            let client = Client { post_logout_redirect_uris: vec![uri.into()], ..web() };
            assert_eq!(field(&client), "post_logout_redirect_uris", "{uri}");
        }
    }
    for uri in ["org.example.app:/signed-in", OUT_OF_BAND] {
        assert_eq!(field(&Client { redirect_uris: vec![uri.into()], ..web() }), "redirect_uris");
    }
    assert_eq!(field(&Client { redirect_uris: vec![], ..web() }), "redirect_uris");
    let robot =
        Client { redirect_uris: vec![], grant_types: vec![GrantType::ClientCredentials], ..web() };
    assert_eq!(robot.check(), Ok(()));
}

#[test]
fn secret_and_method_agree() {
    assert_eq!(field(&Client { client_secret: None, ..web() }), "client_secret");
    assert_eq!(
        field(&Client { client_secret: Some(ClientSecret::new("x")), ..native() }),
        "client_secret"
    );
    assert_eq!(field(&Client { require_pkce: false, ..native() }), "require_pkce");
    assert_eq!(Client { require_pkce: false, ..web() }.check(), Ok(()));
}

#[test]
fn keys_are_where_the_method_needs_them() {
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let set = |crv: &str| {
        let set = serde_json::json!({ "keys": [{ "kty": "OKP", "crv": crv, "x": x }] });
        Some(JwkSet::parse(&set).unwrap())
    };
    let uri = || Some("https://wiki.example.org/keys.json".to_owned());
    let signing = Client {
        client_secret: None,
        token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
        ..web()
    };
    assert_eq!(Client { jwks: set("Ed25519"), ..signing.clone() }.check(), Ok(()));
    assert_eq!(Client { jwks_uri: uri(), ..signing.clone() }.check(), Ok(()));
    assert_eq!(field(&signing), "jwks");
    assert_eq!(field(&Client { jwks: set("X25519"), ..signing.clone() }), "jwks");
    let both = Client { jwks: set("Ed25519"), jwks_uri: uri(), ..signing.clone() };
    assert_eq!(field(&both), "jwks_uri");
    let file = Some("file:///etc/keys.json".to_owned());
    assert_eq!(field(&Client { jwks_uri: file, ..signing.clone() }), "jwks_uri");
    let secret = Some(ClientSecret::new("x"));
    assert_eq!(
        field(&Client { client_secret: secret, jwks_uri: uri(), ..signing }),
        "client_secret"
    );
    assert_eq!(Client { jwks_uri: uri(), ..web() }.check(), Ok(()), "a secret, and keys besides");
}

#[test]
fn a_profile_names_what_contradicts_it() {
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let set = serde_json::json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] });
    let fapi = Client {
        profile: Some(Profile::Fapi2),
        client_secret: None,
        token_endpoint_auth_method: ClientAuthMethod::PrivateKeyJwt,
        jwks: Some(JwkSet::parse(&set).unwrap()),
        id_token_signed_response_alg: SigningAlg::PS256,
        access_token_signed_response_alg: SigningAlg::ES256,
        authorization_signed_response_alg: SigningAlg::EdDSA,
        ..web()
    };
    assert_eq!(fapi.check(), Ok(()));
    assert_eq!(fapi.seconds_of_code(true), 60);
    let rs256 = SigningAlg::RS256;
    for (client, field) in [
        (Client { profile: Some(Profile::Fapi2), ..web() }, "token_endpoint_auth_method"),
        (Client { require_pkce: false, ..fapi.clone() }, "require_pkce"),
        (Client { code_lifetime: Some(61), ..fapi.clone() }, "code_lifetime"),
        (
            Client {
                application_type: ApplicationType::Native,
                redirect_uris: vec!["org.example.app:/cb".into()],
                ..fapi.clone()
            },
            "redirect_uris",
        ),
        (
            Client { id_token_signed_response_alg: rs256, ..fapi.clone() },
            "id_token_signed_response_alg",
        ),
        (
            Client { access_token_signed_response_alg: rs256, ..fapi.clone() },
            "access_token_signed_response_alg",
        ),
        (
            Client { authorization_signed_response_alg: rs256, ..fapi.clone() },
            "authorization_signed_response_alg",
        ),
        (
            Client { userinfo_signed_response_alg: Some(rs256), ..fapi.clone() },
            "userinfo_signed_response_alg",
        ),
        (
            Client { token_endpoint_auth_signing_alg: Some(rs256), ..fapi.clone() },
            "token_endpoint_auth_signing_alg",
        ),
        (
            Client { request_object_signing_alg: Some(rs256), ..fapi.clone() },
            "request_object_signing_alg",
        ),
    ] {
        let wrong = client.check().unwrap_err();
        assert_eq!(wrong.field, field);
        assert!(wrong.reason.ends_with("under profile = \"fapi2\""), "{wrong}");
    }
    let unsigned = Client {
        response_modes: vec![ResponseMode::Query],
        authorization_signed_response_alg: rs256,
        access_token_format: AccessTokenFormat::Opaque,
        access_token_signed_response_alg: rs256,
        ..fapi
    };
    assert_eq!(unsigned.check(), Ok(()), "what is not signed needs no algorithm");
}

#[test]
fn names_are_what_they_should_be() {
    for id in ["", "two words", "Zoë", &"x".repeat(201)] {
        assert_eq!(field(&Client { client_id: id.into(), ..web() }), "client_id", "{id}");
    }
    for name in ["two\nlines", "\u{202e}ILC petsrooD", "a\u{2067}b", "a\u{200f}"] {
        assert_eq!(field(&Client { client_name: name.into(), ..web() }), "client_name", "{name:?}");
    }
    assert_eq!(Client { client_name: "יומן Ünï".into(), ..web() }.check(), Ok(()));
    assert_eq!(
        field(&Client { client_uri: Some("javascript:alert(1)".into()), ..web() }),
        "client_uri"
    );
    for scope in ["", "openid  profile", "openid \"x\"", " openid"] {
        assert_eq!(field(&Client { scope: scope.into(), ..web() }), "scope", "{scope}");
    }
}

#[test]
fn resources_are_whole_uris() {
    let naming = |uri: &str| Client { resources: vec![uri.into()], ..web() };
    let serving = |uri: &str| Client { serves: vec![uri.into()], ..web() };
    for uri in ["https://api.example.org/v1?x", "urn:example:api"] {
        assert_eq!(naming(uri).check(), Ok(()), "{uri}");
    }
    for uri in ["", "api", "/v1", "https://api.example.org/#v1", "https://api.example.org/a b"] {
        assert_eq!(field(&naming(uri)), "resources", "{uri}");
        assert_eq!(field(&serving(uri)), "serves", "{uri}");
    }
}

#[test]
fn exchanges_name_whom_the_new_tokens_are_for() {
    let grant_types = vec![GrantType::AuthorizationCode, GrantType::TokenExchange];
    let naming = |audiences: &[&str]| Client {
        grant_types: grant_types.clone(),
        token_exchange_audiences: audiences.iter().map(|name| (*name).to_owned()).collect(),
        ..native()
    };
    assert_eq!(naming(&["cluster-blue", "https://green.example.org"]).check(), Ok(()));
    for audiences in [&[][..], &[""], &["two words"], &["fine", "Zoë"]] {
        assert_eq!(field(&naming(audiences)), "token_exchange_audiences", "{audiences:?}");
    }
    let idle = Client { token_exchange_audiences: vec!["blue".into()], ..web() };
    assert_eq!(field(&idle), "token_exchange_audiences");
}

#[test]
fn who_proves_nothing_acts_for_nobody() {
    let grant_types = vec![GrantType::AuthorizationCode, GrantType::ClientCredentials];
    assert_eq!(Client { grant_types: grant_types.clone(), ..web() }.check(), Ok(()));
    assert_eq!(field(&Client { grant_types, ..native() }), "grant_types");
    let serves = vec!["https://api.example.org".into()];
    let api = Client { serves, grant_types: vec![], redirect_uris: vec![], ..web() };
    assert_eq!(api.check(), Ok(()), "a resource server needs no tokens of its own");
    assert_eq!(field(&Client { serves: api.serves.clone(), ..native() }), "serves");
    assert_eq!(field(&Client { serves: vec![], ..api }), "grant_types");
}

#[test]
fn grants_modes_and_lifetimes_are_possible() {
    assert_eq!(
        field(&Client { grant_types: vec![GrantType::RefreshToken], ..web() }),
        "grant_types"
    );
    assert_eq!(field(&Client { response_modes: vec![], ..web() }), "response_modes");
    assert_eq!(field(&Client { match_phrase: true, ..web() }), "match_phrase");
    assert_eq!(Client { match_phrase: true, ..native() }.check(), Ok(()));
    for seconds in [0, -1, 601] {
        assert_eq!(field(&Client { code_lifetime: Some(seconds), ..web() }), "code_lifetime");
    }
    assert_eq!(Client { code_lifetime: Some(600), ..web() }.check(), Ok(()));
    assert_eq!(field(&Client { id_token_lifetime: 0, ..web() }), "id_token_lifetime");
    assert_eq!(field(&Client { access_token_lifetime: 90_000, ..web() }), "access_token_lifetime");
    assert_eq!(field(&Client { refresh_token_lifetime: 0, ..web() }), "refresh_token_lifetime");
}

#[test]
fn claims_classes_and_sectors_make_sense() {
    let rule = ClaimRule { claim: Some("groups".into()), ..ClaimRule::default() };
    assert_eq!(field(&Client { claim_mapping: vec![rule], ..web() }), "claim_mapping");
    let acr = |name: &str| Client { default_acr_values: vec![name.into()], ..web() };
    assert_eq!(acr("mfa").check(), Ok(()));
    assert_eq!(field(&acr("gold")), "default_acr_values");
    let pairwise = Client { subject_type: SubjectType::Pairwise, ..web() };
    assert_eq!(pairwise.check(), Ok(()));
    let two = Client {
        redirect_uris: vec!["https://a.example/cb".into(), "https://b.example/cb".into()],
        ..pairwise
    };
    let bad = two.check().unwrap_err();
    assert_eq!(bad.field, "subject_type");
    assert!(bad.reason.contains("a.example, b.example"), "{}", bad.reason);
    let with = |uri: &str| Client { sector_identifier_uri: Some(uri.into()), ..two.clone() };
    assert_eq!(with("https://a.example/redirect-uris.json").check(), Ok(()));
    for uri in ["http://a.example/x", "a.example", "https://a.example/#x", ""] {
        assert_eq!(field(&with(uri)), "sector_identifier_uri", "{uri}");
    }
}
