//! A failure as JSON (RFC 6749 §5.2), with the challenges that a 401 has.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde_json::json;

use crate::protocol::client::SigningAlg;

/// The answer to a program.
pub fn error(
    status: StatusCode,
    code: &str,
    description: &str,
    retry_after: Option<u64>,
) -> HttpResponse {
    let mut response = plain(status, code, description, retry_after);
    for challenge in challenges(status, code, description) {
        if let Ok(challenge) = challenge.parse() {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
    }
    response
}

/// The same for an app whose people are known by a cookie: nothing to authenticate with is named.
pub fn plain(
    status: StatusCode,
    code: &str,
    description: &str,
    retry_after: Option<u64>,
) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::PRAGMA, "no-cache"));
    if let Some(seconds) = retry_after {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    response.json(json!({ "error": code, "error_description": description }))
}

/// The schemes that would help: a 401 names them (RFC 6749 §5.2, RFC 6750 §3, RFC 9449 §7.1).
fn challenges(status: StatusCode, code: &str, description: &str) -> Vec<String> {
    let algs = SigningAlg::ALL.map(SigningAlg::as_str).join(" ");
    let error = format!("error=\"{code}\", error_description=\"{description}\"");
    match code {
        "invalid_client" => vec!["Basic realm=\"doorstep\"".into()],
        "invalid_token" | "insufficient_scope" => {
            vec![format!("Bearer {error}"), format!("DPoP {error}, algs=\"{algs}\"")]
        }
        "invalid_dpop_proof" | "use_dpop_nonce" if status == StatusCode::UNAUTHORIZED => {
            vec![format!("DPoP {error}, algs=\"{algs}\"")]
        }
        _ if status == StatusCode::UNAUTHORIZED => {
            vec!["Bearer realm=\"doorstep\"".into(), format!("DPoP algs=\"{algs}\"")]
        }
        _ => Vec::new(),
    }
}
