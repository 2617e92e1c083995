//! What the issuer answers.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep::protocol::code::Code;
use doorstep::secret::{base64url, random_id, sha256};
use serde_json::json;

use super::id_token::overlay;
use super::{Grant, Parameters, Shared};

pub(super) async fn configuration(shared: web::Data<Shared>) -> HttpResponse {
    let (url, character) = (shared.url.lock().unwrap().clone(), shared.character());
    tokio::time::sleep(character.discovery_delay).await;
    let mut document = json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{}/token", url.replace("127.0.0.1", character.token_host)),
        "jwks_uri": format!("{url}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "none"],
        "response_modes_supported": if character.form_post { json!(["query", "form_post"]) } else { json!(["query"]) },
        "scopes_supported": ["openid", "profile", "offline_access"],
        "authorization_response_iss_parameter_supported": true,
    });
    if character.pushes {
        document["pushed_authorization_request_endpoint"] = format!("{url}/par").into();
    }
    if character.revokes {
        document["revocation_endpoint"] = format!("{url}/revoke").into();
    }
    if character.userinfo.is_some() {
        document["userinfo_endpoint"] = format!("{url}/userinfo").into();
    }
    if character.signs_out {
        document["end_session_endpoint"] = format!("{url}/logout").into();
    }
    if character.devices.is_some() {
        document["device_authorization_endpoint"] = format!("{url}/device_authorization").into();
    }
    if let Some(methods) = character.challenges {
        document["code_challenge_methods_supported"] = json!(methods);
    }
    let mut response = HttpResponse::Ok();
    if character.doorstep {
        response.insert_header(("Doorstep-Handoff", format!("{url}/handoff/result")));
    }
    response.json(document)
}

pub(super) async fn jwks(shared: web::Data<Shared>) -> HttpResponse {
    shared.ledger.lock().unwrap().keys_read += 1;
    let mut key = shared.key.to_jwk_public_key();
    key.set_key_id("k1");
    key.set_key_use("sig");
    HttpResponse::Ok().json(json!({"keys": [key.as_ref()]}))
}

/// The page on which a person says yes, for tests with a real browser.
pub(super) async fn authorize(
    shared: web::Data<Shared>,
    query: web::Query<Parameters>,
) -> HttpResponse {
    let (request, code) = shared.grant(query.into_inner());
    let posts = request.get("response_mode").is_some_and(|mode| mode == "form_post");
    let field =
        |name: &str, value: &str| format!("<input type=hidden name={name} value=\"{value}\">");
    let page = format!(
        "<!doctype html><title>The provider</title><form method={} action=\"{}\">{}{}{}<button>Yes</button></form>",
        if posts { "post" } else { "get" },
        request["redirect_uri"],
        field("code", &code),
        field("state", &request["state"]),
        field("iss", &shared.response_iss()),
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

pub(super) async fn push(shared: web::Data<Shared>, form: web::Form<Parameters>) -> HttpResponse {
    let reference = format!("urn:ietf:params:oauth:request_uri:{}", random_id());
    shared.ledger.lock().unwrap().pushed.insert(reference.clone(), form.into_inner());
    HttpResponse::Created().json(json!({"request_uri": reference, "expires_in": 600}))
}

pub(super) async fn token(
    shared: web::Data<Shared>,
    request: HttpRequest,
    form: web::Form<Parameters>,
) -> HttpResponse {
    let mut form = form.into_inner();
    if let Some(client_id) = basic_user(&request) {
        form.insert("client_id".into(), client_id);
    }
    let delay = shared.character().token_delay;
    tokio::time::sleep(delay).await;
    if shared.character().broken {
        return HttpResponse::ServiceUnavailable()
            .insert_header(("X-Request-Id", "req-503"))
            .body("<h1>oops</h1>");
    }
    match form["grant_type"].as_str() {
        "authorization_code" => redeem(&shared, &form),
        "refresh_token" => {
            if shared.character().refuses_refresh {
                return invalid_grant();
            }
            let mut ledger = shared.ledger.lock().unwrap();
            let known =
                ledger.refresh_tokens.iter().position(|token| *token == form["refresh_token"]);
            let Some(known) = known else { return invalid_grant() };
            ledger.refresh_tokens.remove(known);
            ledger.refreshed += 1;
            drop(ledger);
            shared.tokens(&form["client_id"], None)
        }
        "urn:ietf:params:oauth:grant-type:device_code" => ask(&shared, &form),
        _ => invalid_grant(),
    }
}

/// A device begins, and may ask every second.
pub(super) async fn device(shared: web::Data<Shared>) -> HttpResponse {
    let url = shared.url.lock().unwrap().clone();
    HttpResponse::Ok().json(json!({
        "device_code": "invented", "user_code": "\u{1b}[31mABC-DEF", "verification_uri": format!("{url}/enter"),
        "expires_in": 600, "interval": 1,
    }))
}

/// A device asks: it hears one thing after another, and then gets its tokens.
fn ask(shared: &Shared, form: &Parameters) -> HttpResponse {
    assert_eq!(form["device_code"], "invented");
    let before = {
        let asked = &mut shared.ledger.lock().unwrap().asked;
        asked.push(Instant::now());
        asked.len() - 1
    };
    match shared.character().devices.and_then(|heard| heard.get(before)) {
        Some(error) => HttpResponse::BadRequest().json(json!({"error": error})),
        None => shared.tokens(&form["client_id"], None),
    }
}

/// The user of HTTP Basic, which here has nothing in it that would be encoded.
fn basic_user(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("authorization")?.to_str().ok()?;
    let pair = STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    Some(String::from_utf8(pair).ok()?.split(':').next()?.to_owned())
}

pub(super) async fn userinfo(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let mut claims = json!({"sub": "7f3a"});
    match (shared.character().userinfo, header) {
        (Some(changes), Some(header)) if header.starts_with("Bearer at-") => {
            overlay(&mut claims, &changes);
            HttpResponse::Ok().json(claims)
        }
        _ => HttpResponse::Unauthorized().finish(),
    }
}

/// A code once, for its client, its redirect URI and its verifier; siblings of the same request die.
fn redeem(shared: &Shared, form: &Parameters) -> HttpResponse {
    // A Doorstep takes a code as a person carried it.
    let carried = Code::parse(&form["code"]).ok().filter(|_| shared.character().doorstep);
    let code = carried.map_or_else(|| form["code"].clone(), |code| code.expose().to_owned());
    let mut ledger = shared.ledger.lock().unwrap();
    let fits = |grant: &Grant| {
        let challenge = base64url(&sha256(&form["code_verifier"]));
        grant.request["client_id"] == form["client_id"]
            && grant.request["redirect_uri"] == form["redirect_uri"]
            && grant.request["code_challenge"] == challenge
    };
    match ledger.grants.remove(&code).filter(fits) {
        Some(grant) => {
            ledger.redeemed += 1;
            ledger.grants.retain(|_, other| other.request["state"] != grant.request["state"]);
            drop(ledger);
            shared.tokens(&form["client_id"], grant.request.get("nonce"))
        }
        None => {
            ledger.refused += 1;
            invalid_grant()
        }
    }
}

fn invalid_grant() -> HttpResponse {
    let error =
        json!({"error": "invalid_grant", "error_description": "\u{1b}[31mnot for the eyes"});
    HttpResponse::BadRequest().insert_header(("X-Request-Id", "req-17")).json(error)
}

pub(super) async fn revoke(shared: web::Data<Shared>, form: web::Form<Parameters>) -> HttpResponse {
    shared.ledger.lock().unwrap().revoked.push(form["token"].clone());
    HttpResponse::Ok().finish()
}
