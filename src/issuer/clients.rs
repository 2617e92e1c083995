//! Where clients are looked up: those of the configuration first, then the store, then the documents
//! that describe themselves.

use std::collections::HashMap;
use std::sync::Arc;

use super::documents::{Documents, NoClient};
use crate::protocol::client::Client;
use crate::store::{self, Db};

/// The clients of an issuer.
#[derive(Clone, Debug)]
pub struct Clients {
    configured: Arc<HashMap<String, Arc<Client>>>,
    db: Db,
    documents: Documents,
}

impl Clients {
    /// The configured clients, the store behind them, and what documents describe.
    pub fn new(configured: Vec<Client>, db: Db, documents: Documents) -> Self {
        let configured = configured
            .into_iter()
            .map(|client| (client.client_id.clone(), Arc::new(client)))
            .collect();
        Self { configured: Arc::new(configured), db, documents }
    }

    /// The client with this id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, client_id: &str) -> Result<Option<Arc<Client>>, store::Error> {
        if let Some(client) = self.configured.get(client_id) {
            return Ok(Some(client.clone()));
        }
        // PostgreSQL has no text with a NUL byte, and refuses to look for one.
        if client_id.contains('\0') {
            return Ok(None);
        }
        if let Some(client) = self.db.find_client(client_id).await? {
            return Ok(Some(Arc::new(client)));
        }
        Ok(self.documents.find(client_id).await.and_then(Result::ok).map(Arc::new))
    }

    /// What people know a client by whose tokens they have: its name, or its id where it is gone or
    /// describes itself in a document, which nobody reads for this.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn name(&self, client_id: &str) -> Result<String, store::Error> {
        if let Some(client) = self.configured.get(client_id) {
            return Ok(client.name().to_owned());
        }
        let stored = self.db.find_client(client_id).await?;
        Ok(stored.map_or_else(|| client_id.to_owned(), |client| client.name().to_owned()))
    }

    /// What is wrong with the document that this id leads to, in words for whoever wrote it. What the
    /// network has to do with it is only for the log.
    pub async fn why_not(&self, client_id: &str) -> Option<String> {
        match self.documents.find(client_id).await? {
            Ok(_) => None,
            Err(NoClient::Unfit(reason)) => Some(reason.to_string()),
            Err(NoClient::Unread(_) | NoClient::TooMany) => Some("it cannot be read".into()),
        }
    }
}
