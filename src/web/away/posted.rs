//! Responses by form_post (OAuth 2.0 Form Post Response Mode), on their way through our own redirect.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use super::Door;
use crate::clock::Timestamp;
use crate::handoff::see_other;
use crate::protocol::params::Params;
use crate::relying_party::Callback;
use crate::web::failure::Failure;

/// A redirect takes no time.
const LIFETIME: i64 = 60;
/// Longer values are no provider's.
const LONGEST: usize = 4096;
/// What a response is made of; the rest is left behind.
const PARTS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

#[derive(Serialize, Deserialize)]
struct Posted {
    at: Timestamp,
    form: String,
}

fn purpose(door: &Door<'_>) -> String {
    format!("posted response to {} {}", door.kind, door.id)
}

/// Sends the browser on to the same response by GET.
///
/// # Errors
/// A page, when it is no response.
pub fn send_on(door: &Door<'_>, body: &[u8]) -> Result<HttpResponse, Failure> {
    let parts: Params = url::form_urlencoded::parse(body)
        .filter(|(name, value)| PARTS.contains(&&**name) && value.len() <= LONGEST)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let posted = Posted { at: door.site.clock.now(), form: parts.encode() };
    let plain = serde_json::to_vec(&posted).unwrap_or_default();
    let sealed = door.site.root.seal(&purpose(door), &plain);
    let sealed = sealed.map_err(|error| Failure::Internal(Box::new(error)))?;
    Ok(see_other(&door.at(&format!("/callback?response={sealed}"))))
}

/// The response in a query: plain, or posted a moment ago and sealed since.
pub fn response(door: &Door<'_>, query: &str) -> Callback {
    let Some(sealed) = query.strip_prefix("response=") else {
        return Callback::parse(query.as_bytes());
    };
    let posted: Option<Posted> = door
        .site
        .root
        .open(&purpose(door), sealed)
        .ok()
        .and_then(|plain| serde_json::from_slice(&plain).ok());
    let fresh =
        posted.filter(|posted| (0..LIFETIME).contains(&door.site.clock.now().since(posted.at)));
    fresh.map(|posted| Callback::parse(posted.form.as_bytes())).unwrap_or_default()
}
