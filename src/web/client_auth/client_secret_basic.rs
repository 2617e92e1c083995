//! Id and secret in an `Authorization: Basic` header (RFC 6749 §2.3.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Credential, Presented};
use crate::protocol::client::ClientAuthMethod;
use crate::protocol::error::ProtocolError;

/// The credentials in the header, if there is one.
///
/// # Errors
/// `invalid_client` when the header is something else.
pub fn read(request: &HttpRequest) -> Result<Option<Presented<'static>>, ProtocolError> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let credentials = header.to_str().ok().and_then(parse);
    let (client_id, secret) = credentials.ok_or(ProtocolError::invalid_client())?;
    Ok(Some(if secret.is_empty() {
        // oidc-agent sends an empty secret for a public client.
        Presented { client_id, method: ClientAuthMethod::None, credential: Credential::Nothing }
    } else {
        let method = ClientAuthMethod::ClientSecretBasic;
        Presented { client_id, method, credential: Credential::Secret(secret) }
    }))
}

/// Id and secret of a Basic header. Both are form-urlencoded first; clients that do not encode get the
/// same result for the secrets that we generate.
fn parse(header: &str) -> Option<(String, String)> {
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
        let read = |text: &str| parse(&header(text)).unwrap();
        assert_eq!(read("a%2Db:c+d%26e%3A"), ("a-b".into(), "c d&e:".into()));
        assert_eq!(read("a-b:c&d:e"), ("a-b".into(), "c&d:e".into()));
        assert_eq!(read("cli:"), ("cli".into(), String::new()));
        assert_eq!(parse("Bearer abc"), None);
        assert_eq!(parse("Basic %%%"), None);
        assert_eq!(parse(&header("a%00b:c")), None);
    }
}
