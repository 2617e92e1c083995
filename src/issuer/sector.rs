//! Whether a client belongs to the sector that it names (OpenID Connect Registration §5): otherwise it
//! could learn by which `sub` strangers know a person.

use crate::outgoing::Outgoing;
use crate::protocol::client::Client;
use crate::protocol::client::rules::BadMetadata;

/// Bytes of a document at most.
const LARGEST: usize = 64 * 1024;

/// Reads the document at the client's `sector_identifier_uri`, which must list its `redirect_uris`. For
/// clients that somebody else than the admin describes; a client without the URI passes.
///
/// # Errors
/// [`BadMetadata`] says what is wrong with the document. Why it could not be had is for the log.
pub async fn check_sector(outgoing: &Outgoing, client: &Client) -> Result<(), BadMetadata> {
    let Some(uri) = &client.sector_identifier_uri else { return Ok(()) };
    let refuse = |reason: String| Err(BadMetadata { field: "sector_identifier_uri", reason });
    let document = match outgoing.json(uri, LARGEST).await {
        Ok(document) => document,
        Err(error) => {
            tracing::info!(%error, client = client.client_id, "a sector could not be looked up");
            return refuse("does not lead to a JSON document that can be read from here".into());
        }
    };
    let Some(listed) = document.as_array() else {
        return refuse("should lead to a JSON array of redirect_uris".into());
    };
    match client.redirect_uris.iter().find(|uri| !listed.iter().any(|listed| *listed == **uri)) {
        Some(missing) => refuse(format!("leads to a document that does not list {missing:?}")),
        None => Ok(()),
    }
}
