//! The envelope of every answer: a request id, the headers that protect pages, and failures turned
//! into a page or JSON.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use serde_json::json;

use super::failure::Failure;
use super::site::Site;
use crate::pages::{ErrorPage, Page};
use crate::protocol::error::ProtocolError;
use crate::secret;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Wraps a handler; see the module.
///
/// # Errors
/// None of ours: failures become responses here.
pub async fn wrap(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let site = request.app_data::<web::Data<Site>>().cloned();
    let id = secret::base64url(&secret::random_bytes::<9>());
    let mut response = next.call(request).await?.map_into_boxed_body();
    let Some(site) = site else { return Ok(response) };
    if let Some(error) = response.response().error() {
        let path = response.request().path();
        let rendered = match error.as_error::<Failure>() {
            Some(failure) => render(&site, failure, &id, path),
            None => render(&site, &unreadable(&site, path, response.status()), &id, path),
        };
        response = response.into_response(rendered);
    }
    protect(response.headers_mut(), site.secure);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}

fn render(site: &Site, failure: &Failure, id: &str, path: &str) -> HttpResponse {
    let status = actix_web::ResponseError::status_code(failure);
    match failure {
        Failure::Page { title, words, .. } => {
            tracing::debug!(request_id = id, path, %failure, "refused");
            page(site, id, status, title, words)
        }
        Failure::Json { error, retry_after, .. } => {
            tracing::debug!(request_id = id, path, code = error.code, "refused");
            json_error(status, error.code, &error.description, *retry_after)
        }
        Failure::Internal(cause) => {
            tracing::error!(request_id = id, path, %cause, "a request failed");
            let retry_after = (status.as_u16() == 503).then_some(5);
            if is_for_programs(site, path) {
                let code =
                    if retry_after.is_some() { "temporarily_unavailable" } else { "server_error" };
                return json_error(
                    status,
                    code,
                    &format!("the request failed; quote request id {id}"),
                    retry_after,
                );
            }
            page(
                site,
                id,
                status,
                if retry_after.is_some() { "error.unavailable" } else { "error.internal" },
                "",
            )
        }
    }
}

/// What actix itself refused: a form or query that is not what the handler takes, or too long.
fn unreadable(site: &Site, path: &str, status: StatusCode) -> Failure {
    let what = if status == StatusCode::PAYLOAD_TOO_LARGE { "too long" } else { "not understood" };
    if is_for_programs(site, path) {
        let error = ProtocolError::naming("invalid_request", "the request was ", what, "");
        return Failure::Json { status, error, retry_after: None };
    }
    Failure::Page { status, title: "error.request", words: format!("The request was {what}.") }
}

/// The endpoints whose callers read JSON.
fn is_for_programs(site: &Site, path: &str) -> bool {
    let path = path.strip_prefix(&*site.base).unwrap_or(path);
    ["/token", "/userinfo", "/revoke", "/par", "/jwks", "/.well-known/"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

fn page(
    site: &Site,
    id: &str,
    status: StatusCode,
    title: &'static str,
    words: &str,
) -> HttpResponse {
    let standard = match title {
        "error.forbidden" => "error.forbidden_text",
        "error.not_found" => "error.not_found_text",
        "error.too_many" => "error.too_many_text",
        "error.unavailable" => "error.unavailable_text",
        _ => "error.internal_text",
    };
    let words = if words.is_empty() { site.frame.t(standard).to_owned() } else { words.to_owned() };
    let page = ErrorPage {
        frame: site.frame.clone(),
        status: status.as_u16(),
        title,
        words,
        request_id: id.to_owned(),
    };
    respond(&page, status)
}

fn json_error(
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
    // RFC 6749 §5.2 and RFC 6750 §3: a 401 names the scheme.
    match code {
        "invalid_client" => {
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"doorstep\""));
        }
        "invalid_token" | "insufficient_scope" => {
            let challenge = format!("Bearer error=\"{code}\", error_description=\"{description}\"");
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        _ => {}
    }
    response.json(json!({ "error": code, "error_description": description }))
}

/// A page with its policy.
pub fn respond(page: &impl Page, status: StatusCode) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, page.csp()))
        .insert_header((OPENER_POLICY, page.opener_policy()))
        .body(Page::render(page))
}

/// Headers that every answer has unless a handler chose otherwise.
fn protect(headers: &mut HeaderMap, secure: bool) {
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::CACHE_CONTROL, "no-store");
    default(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    default(OPENER_POLICY, "same-origin");
    if secure {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
