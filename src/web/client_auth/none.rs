//! No authentication: a public client says who it is (RFC 6749 §3.2.1).

use super::{Credential, Presented};
use crate::protocol::client::ClientAuthMethod;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;

/// The client that the body names.
///
/// # Errors
/// `invalid_client` when it names none.
pub fn read(params: &Params) -> Result<Presented<'static>, ProtocolError> {
    let client_id = params.get("client_id").ok_or(ProtocolError::invalid_client())?.to_owned();
    let method = ClientAuthMethod::None;
    Ok(Presented { client_id, method, credential: Credential::Nothing })
}
