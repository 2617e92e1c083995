//! Requests too long for a redirect: they wait where pushed requests do (RFC 9126) and go on by reference.

use actix_web::HttpRequest;

use crate::issuer::Core;
use crate::protocol::params::Params;
use crate::web::failure::Failure;
use crate::web::waiting::{self, Origin};

/// The longest query that is put into a redirect.
pub const LONGEST_QUERY: usize = 4096;

/// Whether a query is too long for a redirect.
pub fn is_long(query: &str) -> bool {
    query.len() > LONGEST_QUERY
}

/// Keeps a request and gives the parameters that refer to it. Anybody can send one, so it counts as pushed
/// from its address.
///
/// # Errors
/// When the address has sent too many, or too many are waiting.
pub async fn keep(
    issuer: &Core,
    request: &HttpRequest,
    client_id: &str,
    params: &Params,
) -> Result<Params, Failure> {
    waiting::admit(issuer, request)?;
    let reference = waiting::store(issuer, client_id, params, Origin::Kept).await?;
    let request_uri = waiting::request_uri(&reference);
    let short = [("client_id", client_id), ("request_uri", &request_uri)];
    Ok(short.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
