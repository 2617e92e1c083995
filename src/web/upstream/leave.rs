//! Signing out at the provider too (OpenID Connect RP-Initiated Logout 1.0): a detour on the way to
//! wherever signing out here leads. What fails there keeps nobody from being signed out here.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use url::Url;

use super::path;
use super::tokens::Tokens;
use crate::clock::Timestamp;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::SignedOutPage;
use crate::protocol::params::Params;
use crate::relying_party::SignedOut;
use crate::upstream::Upstream;
use crate::web::envelope::respond;
use crate::web::failure::Failure;
use crate::web::session;

/// Seconds that a person has for signing out elsewhere.
const LIFETIME: i64 = 3600;

/// Where to go on once the provider has signed the person out.
#[derive(Serialize, Deserialize)]
struct Afterwards {
    at: Timestamp,
    back: Option<String>,
}

fn purpose(upstream: &Upstream) -> String {
    format!("signed out at {}", upstream.settings.id)
}

/// Where the browser of this request has to go to be signed out at the provider that it was signed in
/// with, and from there to `back`. Nowhere, as a rule. To be asked for while there still is a session.
///
/// # Errors
/// When the store fails.
pub async fn detour(
    issuer: &Core,
    request: &HttpRequest,
    back: Option<&str>,
) -> Result<Option<Url>, Failure> {
    if !issuer.upstreams.iter().any(|upstream| upstream.settings.logout) {
        return Ok(None);
    }
    let Some(session) = session::current(issuer, request).await? else { return Ok(None) };
    let Some(stored) = issuer.db.find_upstream_session(&session.sid).await? else {
        return Ok(None);
    };
    let upstream = issuer.upstreams.find(&stored.provider);
    let Some(upstream) = upstream.filter(|upstream| upstream.settings.logout) else {
        return Ok(None);
    };
    let afterwards = Afterwards { at: issuer.now(), back: back.map(str::to_owned) };
    let plain = serde_json::to_vec(&afterwards).unwrap_or_default();
    let state = issuer.site.root.seal(&purpose(upstream), &plain);
    let state = state.map_err(|error| Failure::Internal(Box::new(error)))?;
    let id_token = Tokens::open(issuer, &stored.sealed).id_token();
    let leaving = SignedOut {
        id_token: id_token.as_ref(),
        return_to: &issuer.site.url(&path(upstream, "/signed-out")),
        state: &state,
    };
    Ok(upstream.logout_url(leaving).await.unwrap_or_else(|error| {
        tracing::warn!(provider = upstream.settings.id, %error, "nobody could be signed out there");
        None
    }))
}

/// Back from the provider: on to where the sign-out was going.
pub fn returned(issuer: &Core, request: &HttpRequest, upstream: &Upstream) -> HttpResponse {
    let params = Params::parse_leniently(request.query_string()).0;
    let afterwards = params
        .get("state")
        .and_then(|state| issuer.site.root.open(&purpose(upstream), state).ok())
        .and_then(|plain| serde_json::from_slice::<Afterwards>(&plain).ok())
        .filter(|afterwards| (0..LIFETIME).contains(&issuer.now().since(afterwards.at)));
    match afterwards.and_then(|afterwards| afterwards.back) {
        Some(back) => see_other(&back),
        None => respond(
            &SignedOutPage { frame: issuer.site.frame(request), client: None },
            StatusCode::OK,
        ),
    }
}
