//! Id and secret in the body (RFC 6749 §2.3.1).

use super::{Credential, Presented};
use crate::protocol::client::ClientAuthMethod;
use crate::protocol::params::Params;

/// The credentials in the body, if there are some. A secret without an id is nobody's.
pub fn read(params: &Params) -> Option<Presented<'static>> {
    let secret = params.get("client_secret")?.to_owned();
    Some(Presented {
        client_id: params.get("client_id").unwrap_or_default().to_owned(),
        method: ClientAuthMethod::ClientSecretPost,
        credential: Credential::Secret(secret),
    })
}
