//! Client authentication at the endpoints that programs call (RFC 6749 §2.3, OpenID Connect Core §9).

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::failure::Failure;
use crate::issuer::Core;
use crate::protocol::client::{Client, ClientAuthMethod};
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;

/// What a request presents to prove which client it is from.
struct Presented {
    client_id: String,
    client_secret: Option<String>,
    method: ClientAuthMethod,
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
    let client = issuer.clients.find(&presented.client_id).await?;
    match client.filter(|client| is_genuine(client, &presented)) {
        Some(client) => Ok(client),
        None => {
            tracing::debug!(client = presented.client_id, "client authentication failed");
            Err(count_failure(issuer, request, ProtocolError::invalid_client()))
        }
    }
}

/// A failure for whoever guesses: after too many of them from one address, the answer is 429.
pub fn count_failure(issuer: &Core, request: &HttpRequest, error: ProtocolError) -> Failure {
    let admitted = issuer
        .site
        .address(request)
        .map(|address| issuer.limits.token_failures.admit(address, issuer.now()));
    match admitted {
        Some(Err(wait)) => Failure::too_many(wait.0.unsigned_abs()),
        _ => Failure::json(error),
    }
}

fn present(request: &HttpRequest, params: &Params) -> Result<Presented, ProtocolError> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_body = params.get("client_id");
    if let Some(header) = header {
        let (client_id, client_secret) =
            read_basic(header).ok_or(ProtocolError::invalid_client())?;
        if params.get("client_secret").is_some() || in_body.is_some_and(|id| id != client_id) {
            return Err(ProtocolError::invalid_request(
                "the client authenticates in two ways at once",
            ));
        }
        // oidc-agent sends an empty secret for a public client.
        let method = if client_secret.is_empty() {
            ClientAuthMethod::None
        } else {
            ClientAuthMethod::ClientSecretBasic
        };
        return Ok(Presented { client_id, client_secret: Some(client_secret), method });
    }
    let client_id = in_body.ok_or(ProtocolError::invalid_client())?.to_owned();
    let client_secret = params.get("client_secret").map(str::to_owned);
    let method = if client_secret.is_some() {
        ClientAuthMethod::ClientSecretPost
    } else {
        ClientAuthMethod::None
    };
    Ok(Presented { client_id, client_secret, method })
}

fn is_genuine(client: &Client, presented: &Presented) -> bool {
    if client.token_endpoint_auth_method != presented.method {
        return false;
    }
    match (&client.client_secret, &presented.client_secret) {
        _ if presented.method == ClientAuthMethod::None => true,
        (Some(secret), Some(presented)) => secret.matches(presented),
        _ => false,
    }
}

/// Id and secret of a Basic header. Both are form-urlencoded first (RFC 6749 §2.3.1); clients that do
/// not encode get the same result for the secrets that we generate.
fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, client_secret) = decoded.split_once(':')?;
    let (client_id, client_secret) = (form_decode(client_id), form_decode(client_secret));
    (!client_id.contains('\0')).then_some((client_id, client_secret))
}

fn form_decode(text: &str) -> String {
    let pair = format!("v={}", text.replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_read_as_clients_send_them() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let read = |text: &str| read_basic(&header(text)).unwrap();
        assert_eq!(read("a%2Db:c+d%26e%3A"), ("a-b".into(), "c d&e:".into()));
        assert_eq!(read("a-b:c&d:e"), ("a-b".into(), "c&d:e".into()));
        assert_eq!(read("cli:"), ("cli".into(), String::new()));
        assert_eq!(read_basic("Bearer abc"), None);
        assert_eq!(read_basic("Basic %%%"), None);
        assert_eq!(read_basic(&header("a%00b:c")), None);
    }
}
