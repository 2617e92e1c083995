//! The tests of `token.rs`.

use super::*;
use crate::protocol::acr::Acr;
use crate::protocol::claims_request::ClaimNames;
use crate::protocol::client::claim_mapping::ClaimRule;
use serde_json::json;

fn grant() -> Grant {
    Grant {
        sub: "a1".into(),
        for_itself: false,
        resource: Vec::new(),
        scope: Scope::parse("openid email"),
        claims: ClaimNames::default(),
        nonce: None,
        auth_time: Timestamp(90),
        amr: vec!["pwd".into()],
        acr: Some(Acr::SingleFactor),
        sid: Some("s1".into()),
    }
}

fn names(claims: &Map<String, Value>) -> String {
    let mut names: Vec<_> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    names.join(" ")
}

/// The names in ID token and userinfo.
fn told(client: &Client, grant: &Grant) -> (String, String) {
    let claims = json!({"email": "ada@example.org", "name": "Ada Example", "groups": ["a"]});
    let issuance = Issuance {
        iss: "https://id.example",
        client,
        grant,
        scope: &grant.scope,
        resource: &[],
        jkt: None,
        sub: "s-of-app",
        claims: claims.as_object().unwrap(),
        now: Timestamp(100),
    };
    (names(&issuance.id_token("x")), names(&issuance.userinfo()))
}

#[test]
fn the_id_token_holds_nothing_that_nobody_asked_for() {
    const OWN: &str = "acr amr at_hash aud auth_time exp iat iss sid sub";
    let client = Client { client_id: "app".into(), ..Client::default() };
    assert_eq!(told(&client, &grant()), (OWN.into(), "email sub".into()));
    let with_nonce = Grant { nonce: Some("n".into()), ..grant() };
    assert_eq!(told(&client, &with_nonce).0, OWN.replace("iss ", "iss nonce "));
    let rules = ["email", "groups"].map(|claim| ClaimRule::tell(claim, &[Place::IdToken]));
    let mapped = Client { claim_mapping: rules.into(), ..client };
    assert_eq!(told(&mapped, &grant()).0, OWN.replace("exp", "email exp"));
}

#[test]
fn claims_asked_for_by_name_go_exactly_there() {
    let client = Client { client_id: "app".into(), require_auth_time: false, ..Client::default() };
    let asked = |userinfo: &[&str], id_token: &[&str]| {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        let claims = ClaimNames { userinfo: names(userinfo), id_token: names(id_token) };
        told(&client, &Grant { claims, scope: Scope::parse("openid"), ..grant() })
    };
    let own = "acr amr at_hash aud exp iat iss sid sub";
    assert_eq!(asked(&["name"], &[]), (own.into(), "name sub".into()));
    assert_eq!(asked(&[], &["name"]), (own.replace("iss ", "iss name "), "sub".into()));
    assert_eq!(asked(&[], &["auth_time", "zoneinfo"]).0, own.replace("aud", "aud auth_time"));
}

#[test]
fn at_hash_is_half_a_digest() {
    // The access token of OpenID Connect Core, appendix A.3.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for alg in [SigningAlg::RS256, SigningAlg::ES256, SigningAlg::PS256] {
        assert_eq!(at_hash(alg, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
    assert_eq!(at_hash(SigningAlg::EdDSA, token), "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM");
}
