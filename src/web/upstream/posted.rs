//! Responses by form_post (OAuth 2.0 Form Post Response Mode), on their way through our own redirect.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};

use super::path;
use crate::clock::Timestamp;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::protocol::params::Params;
use crate::relying_party::Callback;
use crate::upstream::Upstream;
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

fn purpose(upstream: &Upstream) -> String {
    format!("posted response of {}", upstream.settings.id)
}

/// Sends the browser on to the same response by GET.
///
/// # Errors
/// A page, when it is no response.
pub fn send_on(issuer: &Core, upstream: &Upstream, body: &[u8]) -> Result<HttpResponse, Failure> {
    let parts: Params = url::form_urlencoded::parse(body)
        .filter(|(name, value)| PARTS.contains(&&**name) && value.len() <= LONGEST)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let posted = Posted { at: issuer.now(), form: parts.encode() };
    let plain = serde_json::to_vec(&posted).unwrap_or_default();
    let sealed = issuer.site.root.seal(&purpose(upstream), &plain);
    let sealed = sealed.map_err(|error| Failure::Internal(Box::new(error)))?;
    let target = path(upstream, &format!("/callback?response={sealed}"));
    Ok(see_other(&issuer.site.path(&target)))
}

/// The response in a query: plain, or posted a moment ago and sealed since.
pub fn response(issuer: &Core, upstream: &Upstream, query: &str) -> Callback {
    let Some(sealed) = query.strip_prefix("response=") else {
        return Callback::parse(query.as_bytes());
    };
    let posted: Option<Posted> = issuer
        .site
        .root
        .open(&purpose(upstream), sealed)
        .ok()
        .and_then(|plain| serde_json::from_slice(&plain).ok());
    let fresh = posted.filter(|posted| (0..LIFETIME).contains(&issuer.now().since(posted.at)));
    fresh.map(|posted| Callback::parse(posted.form.as_bytes())).unwrap_or_default()
}
