//! The name that a client knows a person by (OpenID Connect Core §8): computed here and nowhere else, so
//! that tokens, userinfo, introspection, logout and hints agree.

use super::Core;
use crate::protocol::client::Client;
use crate::protocol::client::subject_type::SubjectType;
use crate::secret;
use crate::web::site::Site;

impl Core {
    /// The `sub` of this account for this client.
    pub(crate) fn subject(&self, client: &Client, account_id: &str) -> String {
        subject(&self.site, client, account_id)
    }
}

fn subject(site: &Site, client: &Client, account_id: &str) -> String {
    match (client.subject_type, client.sector()) {
        (SubjectType::Public, _) => account_id.to_owned(),
        (SubjectType::Pairwise, Ok(sector)) => pairwise(site, sector.parts(), account_id),
        // Settings that were never checked. A sector of its own gives nothing away.
        (SubjectType::Pairwise, Err(_)) => {
            pairwise(site, [b"client", client.client_id.as_bytes()], account_id)
        }
    }
}

/// Derived by the root key: nobody else can tell whether two of them are one person. 43 ASCII characters.
fn pairwise(site: &Site, [kind, name]: [&[u8]; 2], account_id: &str) -> String {
    let parts = [kind, name, account_id.as_bytes()];
    secret::base64url(&site.root.derive("pairwise subject", &parts))
}
