//! Requests that the client signed (RFC 9101), at the authorization endpoint and when they are pushed.

use crate::clock::Timestamp;
use crate::issuer::Core;
use crate::protocol::client::Client;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::protocol::request_object::{self, invalid};

/// The parameters that count: those of the request object if there is one. It has to be good as of the
/// moment `at` which the request came in.
///
/// # Errors
/// `invalid_request_object`, or `invalid_request` when an object is wanted and there is none.
pub async fn open(
    issuer: &Core,
    client: &Client,
    params: &Params,
    at: Timestamp,
) -> Result<Params, ProtocolError> {
    let Some(text) = params.get("request") else {
        return match client.require_signed_request_object {
            true => Err(ProtocolError::invalid_request(
                "the client has to sign its requests (parameter request)",
            )),
            false => Ok(params.clone()),
        };
    };
    if params.get("request_uri").is_some() {
        return Err(ProtocolError::invalid_request("request and request_uri exclude each other"));
    }
    let object = request_object::parse(text, client)?;
    let claims = issuer.signed_by(client, &object).await;
    let claims = claims.ok_or(invalid("no key of the client verifies the request object"))?;
    request_object::params(claims, client, &issuer.site.issuer, at)
}
