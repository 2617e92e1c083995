//! Requests that wait under a short reference (RFC 9126 §2.2): pushed by their client, or too long for a
//! browser's address line and kept for whoever brought them.
//!
//! The two are told apart by the reference itself. A row's key is the reference's digest, so whoever reads
//! the store cannot use the references in it, and nobody can pass a kept request off as a pushed one.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::failure::Failure;
use crate::clock::Timestamp;
use crate::issuer::Core;
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::secret;

const URN: &str = "urn:ietf:params:oauth:request_uri:";
/// What the reference to a kept request begins with.
const KEPT: &str = "kept.";
/// Seconds that a person has to open the link and sign in. FAPI 2.0 asks for fewer than 600.
pub const LIFETIME: i64 = 590;
/// What a person is told whose link came too late, or was cut.
pub const EXPIRED: &str =
    "This sign-in link has expired, or was not copied whole. Start again in your program.";
/// Requests that wait at most: anybody may push.
const MOST: i64 = 100_000;

/// Who has a request wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its client, which authenticated if it can.
    Pushed,
    /// Anybody.
    Kept,
}

/// A request that waited.
pub struct Waiting {
    /// Its parameters.
    pub params: Params,
    /// Who had it wait.
    pub origin: Origin,
    /// When it came in.
    pub arrived_at: Timestamp,
}

/// Counts a request that will be stored.
///
/// # Errors
/// 429 when its address has stored too many in a minute.
pub fn admit(issuer: &Core, request: &HttpRequest) -> Result<(), Failure> {
    let Some(address) = issuer.site.address(request) else { return Ok(()) };
    let admitted = issuer.limits.pushed_requests.admit(address, issuer.now());
    admitted.map_err(|wait| Failure::too_many(wait.0.unsigned_abs()))
}

/// Counts a request of a program, unless it has proved which it is: a website asks for everybody who signs in
/// there, from one address.
///
/// # Errors
/// As of [`admit`].
pub fn admit_client(issuer: &Core, request: &HttpRequest, client: &Client) -> Result<(), Failure> {
    if client.is_public() { admit(issuer, request) } else { Ok(()) }
}

/// Stores a request and gives its reference.
///
/// # Errors
/// 503 when too many are waiting.
pub async fn store(
    issuer: &Core,
    client_id: &str,
    params: &Params,
    origin: Origin,
) -> Result<String, Failure> {
    let id = secret::random_id();
    let reference = match origin {
        Origin::Pushed => id,
        Origin::Kept => format!("{KEPT}{id}"),
    };
    let (key, now) = (secret::digest(&reference), issuer.now());
    let stored = issuer
        .db
        .insert_pushed_request(&key, client_id, params.encode(), now, now.plus(LIFETIME), MOST)
        .await?;
    if stored {
        return Ok(reference);
    }
    Err(Failure::Json {
        status: StatusCode::SERVICE_UNAVAILABLE,
        error: ProtocolError::new(
            "temporarily_unavailable",
            "too many requests are waiting; retry later",
        ),
        retry_after: Some(30),
    })
}

/// The `request_uri` of a reference.
pub fn request_uri(reference: &str) -> String {
    format!("{URN}{reference}")
}

/// The reference in a `request_uri`, if it is one that we gave out. Others are not followed (RFC 9101
/// §5.2.2).
pub fn reference(request_uri: &str) -> Option<&str> {
    request_uri.strip_prefix(URN)
}

/// The request behind a reference of this client.
///
/// # Errors
/// When the store fails.
pub async fn find(
    issuer: &Core,
    client_id: &str,
    reference: &str,
) -> Result<Option<Waiting>, Failure> {
    let key = secret::digest(reference);
    let stored = issuer.db.find_pushed_request(&key, client_id, issuer.now()).await?;
    let origin = if reference.starts_with(KEPT) { Origin::Kept } else { Origin::Pushed };
    Ok(stored.map(|(parameters, expires_at)| Waiting {
        params: Params::parse_leniently(&parameters).0,
        origin,
        arrived_at: expires_at.plus(-LIFETIME),
    }))
}
