//! Client authentication at the endpoints that programs call (RFC 6749 §2.3, OpenID Connect Core §9). One
//! file a method.

mod client_secret_basic;
mod client_secret_post;
mod none;
mod private_key_jwt;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;

use super::failure::Failure;
use crate::issuer::Core;
use crate::protocol::client::{Client, ClientAuthMethod};
use crate::protocol::error::ProtocolError;
use crate::protocol::jws::Jws;
use crate::protocol::params::Params;

/// What a request presents to prove which client it is from.
struct Presented<'a> {
    client_id: String,
    method: ClientAuthMethod,
    credential: Credential<'a>,
}

enum Credential<'a> {
    Nothing,
    Secret(String),
    Assertion(Box<Jws<'a>>),
}

/// The body of a form request.
///
/// # Errors
/// `invalid_request` for anything that is not one form.
pub fn parse_form(request: &HttpRequest, body: &[u8]) -> Result<Params, Failure> {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let description = "the body must be application/x-www-form-urlencoded";
        return Err(Failure::json(ProtocolError::invalid_request(description)));
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| Failure::json(ProtocolError::invalid_request("the body is not UTF-8 text")))?;
    Params::parse(text).map_err(Failure::json)
}

/// The client that a request is from, authenticated in its registered way.
///
/// # Errors
/// `invalid_client`, the same for whatever is wrong; 429 for an address that keeps failing.
pub async fn authenticate(
    issuer: &Core,
    request: &HttpRequest,
    params: &Params,
) -> Result<Arc<Client>, Failure> {
    let presented = present(request, params).map_err(Failure::json)?;
    let reason = match issuer.clients.find(&presented.client_id).await? {
        None => "no such client",
        Some(client) => match prove(issuer, request, &client, &presented).await? {
            Ok(()) => return Ok(client),
            Err(reason) => reason,
        },
    };
    tracing::debug!(client = presented.client_id, reason, "client authentication failed");
    Err(count_failure(issuer, request, ProtocolError::invalid_client()))
}

/// A failure for whoever guesses: after too many of them from one address, the answer is 429.
pub fn count_failure(issuer: &Core, request: &HttpRequest, error: ProtocolError) -> Failure {
    match excess(issuer, request) {
        Some(wait) => Failure::too_many(wait),
        None => Failure::json(error),
    }
}

/// Counts a failure, and gives the seconds to wait when there are too many from its address.
pub fn excess(issuer: &Core, request: &HttpRequest) -> Option<u64> {
    let address = issuer.site.address(request)?;
    let admitted = issuer.limits.token_failures.admit(address, issuer.now());
    admitted.err().map(|wait| wait.0.unsigned_abs())
}

/// Reads what proves the client's identity: by at most one method (RFC 6749 §2.3).
fn present<'a>(request: &HttpRequest, params: &'a Params) -> Result<Presented<'a>, ProtocolError> {
    let presented = [
        client_secret_basic::read(request)?,
        client_secret_post::read(params),
        private_key_jwt::read(params)?,
    ];
    let mut presented = presented.into_iter().flatten();
    let one = match presented.next() {
        Some(one) => one,
        None => none::read(params)?,
    };
    let in_body = params.get("client_id");
    if presented.next().is_some() || in_body.is_some_and(|id| id != one.client_id) {
        return Err(ProtocolError::invalid_request("the client authenticates in two ways at once"));
    }
    Ok(one)
}

/// Whether the proof holds, and is of the method that the client registered. The inner error is for the
/// log.
async fn prove(
    issuer: &Core,
    request: &HttpRequest,
    client: &Client,
    presented: &Presented<'_>,
) -> Result<Result<(), &'static str>, Failure> {
    if client.token_endpoint_auth_method != presented.method {
        return Ok(Err("not the registered method"));
    }
    match &presented.credential {
        Credential::Nothing => Ok(Ok(())),
        Credential::Secret(secret) => {
            let known = client.client_secret.as_ref();
            let same = known.is_some_and(|known| known.matches(secret));
            Ok(same.then_some(()).ok_or("the wrong secret"))
        }
        Credential::Assertion(assertion) => {
            private_key_jwt::prove(issuer, request, client, assertion).await
        }
    }
}
