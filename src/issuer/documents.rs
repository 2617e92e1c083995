//! Clients that are described by a document at the address that their id is
//! (draft-ietf-oauth-client-id-metadata-document). Documents are fetched through the guard, and only
//! from hosts that an admin has listed.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use serde::Deserialize;
use url::Url;

use crate::accounts::throttle::RateLimit;
use crate::clock::Clock;
use crate::outgoing::{self, Outgoing};
use crate::protocol::client::document::{self, HostPattern};
use crate::protocol::client::{Client, rules::BadMetadata};

/// Bytes of a document at most, as the draft recommends.
const LARGEST: usize = 5 * 1024;
/// Documents a minute that are fetched, all in all: anybody can name an address.
const FETCHES: u32 = 60;

/// Whose documents are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentSettings {
    /// Their hosts. Without any, there are no such clients.
    pub hosts: Vec<HostPattern>,
}

impl DocumentSettings {
    /// Whether there are such clients.
    pub fn is_on(&self) -> bool {
        !self.hosts.is_empty()
    }
}

/// Why a document describes no client.
#[derive(Debug)]
pub enum NoClient {
    /// It could not be fetched; the words are for the log.
    Unread(outgoing::Error),
    /// Too many documents were asked for.
    TooMany,
    /// What it says cannot be.
    Unfit(BadMetadata),
}

impl fmt::Display for NoClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => error.fmt(f),
            Self::TooMany => f.write_str("too many documents are asked for"),
            Self::Unfit(reason) => reason.fmt(f),
        }
    }
}

/// The documents. Clones share them.
#[derive(Clone, Debug)]
pub struct Documents {
    hosts: Arc<[HostPattern]>,
    outgoing: Outgoing,
    fetches: Arc<RateLimit>,
    clock: Clock,
}

impl Documents {
    /// Documents of these hosts, fetched through this guard.
    pub fn new(settings: DocumentSettings, outgoing: Outgoing, clock: Clock) -> Self {
        let fetches = Arc::new(RateLimit::new(FETCHES));
        Self { hosts: settings.hosts.into(), outgoing, fetches, clock }
    }

    /// The client of this id, or why there is none; `None` when the id is no address of a document
    /// that would be believed.
    pub async fn find(&self, client_id: &str) -> Option<Result<Client, NoClient>> {
        let url = document::address(client_id)?;
        let host = url.host_str()?;
        if !self.hosts.iter().any(|pattern| pattern.matches(host)) {
            return None;
        }
        let found = self.read(&url).await;
        if let Err(reason) = &found {
            tracing::info!(client = client_id, %reason, "no client is described there");
        }
        Some(found)
    }

    async fn read(&self, url: &Url) -> Result<Client, NoClient> {
        let everybody = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let is_known = self.outgoing.has_fresh(url.as_str(), LARGEST).await;
        if !is_known && self.fetches.admit(everybody, self.clock.now()).is_err() {
            return Err(NoClient::TooMany);
        }
        let document = self.outgoing.json(url.as_str(), LARGEST).await.map_err(NoClient::Unread)?;
        let members = document.as_object().ok_or_else(|| {
            NoClient::Unfit(BadMetadata { field: "document", reason: "is no JSON object".into() })
        })?;
        Client::from_document(url, members).map_err(NoClient::Unfit)
    }
}
