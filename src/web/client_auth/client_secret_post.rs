//! Id and secret in the body (RFC 6749 §2.3.1).

use super::{Credential, Presented};
use crate::protocol::client::ClientAuthMethod;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;

/// The credentials in the body, if there are some.
///
/// # Errors
/// `invalid_client` when there is a secret without an id.
pub fn read(params: &Params) -> Result<Option<Presented<'static>>, ProtocolError> {
    let Some(secret) = params.get("client_secret") else { return Ok(None) };
    Ok(Some(Presented {
        client_id: params.get("client_id").ok_or(ProtocolError::invalid_client())?.to_owned(),
        method: ClientAuthMethod::ClientSecretPost,
        credential: Credential::Secret(secret.to_owned()),
    }))
}
