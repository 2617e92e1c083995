//! Token exchange (RFC 8693): a token that is good in one place, for one that was good in another.

use doorstep::issuer::GrantSettings;
use serde_json::{Value, json};

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{self, API, FILES, Server, Setup};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

async fn exchange(server: &Server, client_id: &str, token: &str, more: &[(&str, &str)]) -> Page {
    let fields =
        [("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    let fields: Vec<_> = fields.iter().chain(more).copied().collect();
    self::token(server, client_id, &fields).await
}

async fn start() -> (Server, Value) {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "hub", "openid groups email offline_access").await;
    (server, tokens)
}

fn access_token(tokens: &Value) -> &str {
    tokens["access_token"].as_str().unwrap_or_else(|| panic!("no access token in {tokens}"))
}

async fn for_blue(server: &Server, tokens: &Value) -> String {
    let page = exchange(server, "hub", access_token(tokens), &[("audience", "cluster-blue")]).await;
    assert_eq!(page.status, 200, "{page:?}");
    access_token(&page.json()).to_owned()
}

#[actix_web::test]
async fn a_token_for_one_cluster_is_a_jwt_that_the_cluster_can_read() {
    let (server, tokens) = start().await;
    assert!(access_token(&tokens).starts_with("dsa_"), "the first one is opaque");
    let page =
        exchange(&server, "hub", access_token(&tokens), &[("audience", "cluster-blue")]).await;
    let response = page.json();
    assert_eq!(
        (&response["issued_token_type"], &response["token_type"], &response["expires_in"]),
        (&json!(ACCESS_TOKEN), &json!("Bearer"), &json!(600))
    );
    assert_eq!(header(&page, "cache-control"), "no-store");
    for name in ["refresh_token", "id_token"] {
        assert!(response.get(name).is_none(), "{name} in {response}");
    }
    let (header, token) = verified(&server, access_token(&response)).await;
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(
        (&token["aud"], &token["sub"], &token["client_id"], &token["groups"]),
        (&json!("cluster-blue"), &json!("alice-id"), &json!("hub"), &json!(["staff", "builders"]))
    );
    assert!(token.get("act").is_none(), "nobody acts for anybody else");
}

#[actix_web::test]
async fn the_type_asked_for_is_the_type_given() {
    let (server, tokens) = start().await;
    for (asked, status, given) in
        [(ACCESS_TOKEN, 200, ACCESS_TOKEN), (JWT, 200, JWT), ("x", 400, "")]
    {
        let more = [("audience", "cluster-blue"), ("requested_token_type", asked)];
        let page = exchange(&server, "hub", access_token(&tokens), &more).await;
        assert_eq!(page.status, status, "{page:?}");
        if status == 200 {
            assert_eq!(page.json()["issued_token_type"], given);
        }
    }
}

#[actix_web::test]
async fn only_known_audiences_by_either_name() {
    let (server, tokens) = start().await;
    let ask =
        async |more: &[(&str, &str)]| exchange(&server, "hub", access_token(&tokens), more).await;
    let page = ask(&[("audience", "cluster-blue"), ("resource", API)]).await;
    assert_eq!(claims(access_token(&page.json()))["aud"], json!([API, "cluster-blue"]));
    for other in [("audience", "cluster-red"), ("resource", FILES), ("audience", "web")] {
        assert_error(&ask(&[other]).await, 400, "invalid_target");
        assert_error(&ask(&[("audience", "cluster-blue"), other]).await, 400, "invalid_target");
    }
    assert_error(&ask(&[]).await, 400, "invalid_request");
}

#[actix_web::test]
async fn scopes_only_become_fewer() {
    let (server, tokens) = start().await;
    let narrow = refresh_narrowly(&server, &tokens, "openid groups").await;
    let ask = async |scope: &str| {
        let more = [("audience", "cluster-blue"), ("scope", scope)];
        exchange(&server, "hub", access_token(&narrow), &more).await
    };
    let page = ask("groups").await;
    assert_eq!(page.json()["scope"], "groups");
    assert_eq!(claims(access_token(&page.json()))["scope"], "groups");
    assert_error(&ask("groups email").await, 400, "invalid_scope");
    assert_error(&ask("groups admin").await, 400, "invalid_scope");
}

async fn refresh_narrowly(server: &Server, tokens: &Value, scope: &str) -> Value {
    let token = tokens["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
    self::token(server, "hub", &fields).await.json()
}

#[actix_web::test]
async fn it_dies_with_its_grant_and_not_later_than_its_parent() {
    let (server, tokens) = start().await;
    let is_active =
        async |token: &str| introspect(&server, "hub", token).await.json()["active"] == true;
    server.clock.advance(400);
    let page =
        exchange(&server, "hub", access_token(&tokens), &[("audience", "cluster-blue")]).await;
    assert_eq!(page.json()["expires_in"], 200, "as long as the one it came of");
    let blue = access_token(&page.json()).to_owned();
    assert_eq!(claims(&blue)["exp"], server.clock.now().plus(200).0);
    assert!(is_active(&blue).await);
    let fields = [("token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(post(&server, "/revoke", Some(&basic("hub")), &fields).await.status, 200);
    assert!(!is_active(&blue).await);
    let page =
        exchange(&server, "hub", access_token(&tokens), &[("audience", "cluster-blue")]).await;
    assert_error(&page, 400, "invalid_request");
}

#[actix_web::test]
async fn a_token_for_others_is_none_for_the_issuer() {
    let (server, tokens) = start().await;
    let blue = for_blue(&server, &tokens).await;
    assert_error(&get_with(&server, "/userinfo", &blue).await, 401, "invalid_token");
}

#[actix_web::test]
async fn only_whose_or_for_whom_a_token_is_may_exchange_it() {
    let (server, tokens) = start().await;
    // The backend serves the API, so it may use what people sent it.
    let page = exchange(&server, "hub", access_token(&tokens), &[("audience", API)]).await;
    let for_api = access_token(&page.json()).to_owned();
    let page = exchange(&server, "backend", &for_api, &[("audience", FILES)]).await;
    let token = claims(access_token(&page.json()));
    assert_eq!((&token["aud"], &token["client_id"]), (&json!(FILES), &json!("backend")));
    assert_eq!(token["sub"], "alice-id");
    let blue = for_blue(&server, &tokens).await;
    for other in [access_token(&tokens), &blue] {
        let page = exchange(&server, "backend", other, &[("audience", FILES)]).await;
        assert_error(&page, 400, "invalid_request");
    }
    assert_error(&exchange_openly(&server, &for_api, FILES).await, 400, "invalid_request");
}

/// Exchanges a token as a program without a secret.
async fn exchange_openly(server: &Server, token: &str, audience: &str) -> Page {
    let fields = [
        ("grant_type", EXCHANGE),
        ("client_id", "blue-cli"),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
        ("audience", audience),
    ];
    post(server, "/token", None, &fields).await
}

#[actix_web::test]
async fn whom_a_token_was_shown_to_gets_no_other_by_it() {
    let server = server::start().await;
    let page = ready(&server, &Person::new(), "blue-cli", &[]).await;
    let tokens = redeem_public(&server, "blue-cli", &code_on(&page)).await.json();
    let page = exchange_openly(&server, access_token(&tokens), "cluster-blue").await;
    assert_eq!(page.status, 200, "{page:?}");
    // The cluster has this one now, and anybody can say that they are a program without a secret.
    let narrow = access_token(&page.json()).to_owned();
    for audience in [FILES, "cluster-blue"] {
        assert_error(&exchange_openly(&server, &narrow, audience).await, 400, "invalid_request");
    }
}

#[actix_web::test]
async fn what_is_no_access_token_of_ours_is_refused() {
    let (server, tokens) = start().await;
    let id_token = tokens["id_token"].as_str().unwrap();
    for token in ["x", id_token, tokens["refresh_token"].as_str().unwrap()] {
        let page = exchange(&server, "hub", token, &[("audience", "cluster-blue")]).await;
        assert_error(&page, 400, "invalid_request");
    }
    server.clock.advance(600);
    let page =
        exchange(&server, "hub", access_token(&tokens), &[("audience", "cluster-blue")]).await;
    assert_error(&page, 400, "invalid_request");
}

#[actix_web::test]
async fn nobody_acts_for_anybody_else() {
    let (server, tokens) = start().await;
    let more =
        [("audience", "cluster-blue"), ("actor_token", "x"), ("actor_token_type", ACCESS_TOKEN)];
    let page = exchange(&server, "hub", access_token(&tokens), &more).await;
    assert_error(&page, 400, "invalid_request");
    assert!(page.json()["error_description"].as_str().unwrap().contains("actor_token"));
}

#[actix_web::test]
async fn a_client_must_be_allowed_to() {
    let server = server::start().await;
    let tokens = tokens(&server, &Person::new(), "web", "openid").await;
    let page = exchange(&server, "web", access_token(&tokens), &[("audience", API)]).await;
    assert_error(&page, 400, "unauthorized_client");
    let off = Setup { grants: GrantSettings::default(), ..Setup::default() }.start().await;
    let page = exchange(&off, "hub", "x", &[("audience", API)]).await;
    assert_error(&page, 400, "unsupported_grant_type");
    let listed = |document: Value| document["grant_types_supported"].to_string().contains(EXCHANGE);
    assert!(listed(configuration(&server).await) && !listed(configuration(&off).await));
}

#[actix_web::test]
async fn the_audit_trail_tells_of_exchanges() {
    let (server, tokens) = start().await;
    for_blue(&server, &tokens).await;
    let events = server.db.audit_events(server::START, 10).await.unwrap();
    let event = events.iter().find(|event| event.event == "token_exchanged").expect("an event");
    assert_eq!(event.client_id.as_deref(), Some("hub"));
    let detail: Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(detail, json!({"audience": ["cluster-blue"], "of_client": "hub"}));
    assert!(event.grant_id.is_some() && !event.detail.contains(access_token(&tokens)));
}
