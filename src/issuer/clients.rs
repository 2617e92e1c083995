//! Where clients are looked up: those of the configuration first, then the store.

use std::collections::HashMap;
use std::sync::Arc;

use crate::protocol::client::Client;
use crate::store::{self, Db};

/// The clients of an issuer.
#[derive(Clone, Debug)]
pub struct Clients {
    configured: Arc<HashMap<String, Arc<Client>>>,
    db: Db,
}

impl Clients {
    /// The configured clients and the store behind them.
    pub fn new(configured: Vec<Client>, db: Db) -> Self {
        let configured = configured
            .into_iter()
            .map(|client| (client.client_id.clone(), Arc::new(client)))
            .collect();
        Self { configured: Arc::new(configured), db }
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
        Ok(self.db.find_client(client_id).await?.map(Arc::new))
    }
}
