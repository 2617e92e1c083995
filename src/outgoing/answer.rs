//! What came back: read within limits, and whatever is wrong with it put into words for the log.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::Error;
use super::resolver::NotPermitted;

/// Sends a request and awaits the head of its answer.
pub async fn to(request: RequestBuilder, place: &str) -> Result<Response, Error> {
    request.send().await.map_err(|error| failed(place, &error))
}

/// The JSON document of at most `largest` bytes that an answer is.
pub async fn json(response: Response, largest: usize, place: &str) -> Result<Value, Error> {
    let status = response.status();
    if status != StatusCode::OK {
        let redirects = if status.is_redirection() { "; redirects are not followed" } else { "" };
        return Err(Error::Unfit(format!("{place} answered {status}{redirects}")));
    }
    let kind = media_type(response.headers());
    let kind_of_json = kind.strip_prefix("application/");
    if !kind_of_json.is_some_and(|rest| rest == "json" || rest.ends_with("+json")) {
        return Err(Error::Unfit(format!(
            "{place} has the content type {kind:?}, which should be application/json"
        )));
    }
    let body = read(response, largest, place).await?;
    serde_json::from_slice(&body)
        .map_err(|error| Error::Unfit(format!("{place} is not JSON: {error}")))
}

fn media_type(headers: &HeaderMap) -> String {
    let header = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let header = header.unwrap_or_default();
    header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read(mut response: Response, largest: usize, place: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(place, &error))? {
        if body.len() + chunk.len() > largest {
            return Err(Error::Unfit(format!("{place} is larger than {largest} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Names the innermost cause: the outer ones repeat the URL.
fn failed(place: &str, error: &reqwest::Error) -> Error {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(inner) = cause.source() {
        if let Some(reason) = inner.downcast_ref::<NotPermitted>() {
            return Error::Forbidden(format!("{place} is not asked: {reason}"));
        }
        cause = inner;
    }
    Error::Unreachable(format!("{place} cannot be reached: {cause}"))
}

/// An address as the log may show it: without what may be a secret in it.
pub fn shown(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.has_host() => {
            format!("{}{}", url.origin().ascii_serialization(), url.path())
        }
        _ => "an address that is no web address".into(),
    }
}
