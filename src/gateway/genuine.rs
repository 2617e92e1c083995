//! Where a request comes from. A POST that does something with cookies has to come from the app's own
//! pages or from a program, never from a page of somebody else; and it is JSON, which other sites' forms
//! cannot send.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, ORIGIN};
use serde::de::DeserializeOwned;

use super::App;
use crate::protocol::error::ProtocolError;
use crate::web::failure::Failure;

/// Lets pass what the app's own pages and programs send.
///
/// # Errors
/// JSON that says what is wrong.
pub fn check_origin(app: &App, request: &HttpRequest) -> Result<(), Failure> {
    let header =
        |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let ours = match header(HeaderName::from_static("sec-fetch-site")) {
        Some(relation) => matches!(relation, "same-origin" | "none"),
        None => header(ORIGIN).is_none_or(|origin| origin == &*app.site.origin),
    };
    if ours {
        return Ok(());
    }
    let error = ProtocolError::new("cross_site", "the request came from a page of another site");
    Err(Failure::Json { status: StatusCode::FORBIDDEN, error, retry_after: None })
}

/// The same for a POST, and what its JSON says.
///
/// # Errors
/// JSON that says what is wrong.
pub fn read<T: DeserializeOwned>(
    app: &App,
    request: &HttpRequest,
    body: &[u8],
) -> Result<T, Failure> {
    check_origin(app, request)?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let unreadable = |what| Failure::json(ProtocolError::invalid_request(what));
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(unreadable(
            "the request should be JSON, with the content type application/json",
        ));
    }
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|_| unreadable("the JSON cannot be read, or lacks a member"))
}

/// What a POST says that has nothing to say.
#[derive(serde::Deserialize)]
pub struct Nothing {}
