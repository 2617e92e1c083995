//! Clients that no admin has entered. People are told so, and such a client gets none of the settings
//! that ask for an admin's trust.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Client;

/// How a client that nobody entered came to be known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stranger {
    /// It registered itself (RFC 7591).
    Registered,
    /// Its id is the address of a document that it describes itself in; the text is the host.
    Document(String),
}

impl Stranger {
    /// One whose document is at this address.
    pub fn at(client_id: &Url) -> Self {
        Self::Document(client_id.host_str().unwrap_or_default().to_owned())
    }
}

impl Client {
    /// The page that people may be shown as the client's. Of a stranger there is none: it could name
    /// anybody's.
    pub fn page(&self) -> Option<&str> {
        self.client_uri.as_deref().filter(|_| self.stranger.is_none())
    }
}
