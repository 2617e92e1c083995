//! SQL of clients; those of `doorstep.toml` are not stored.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;
use crate::protocol::client::{Client, Stranger};

pub(super) fn from_json(settings: &str) -> Result<Client, Error> {
    serde_json::from_str(settings).map_err(|_| Error::Corrupt("client"))
}

pub(super) fn to_json(client: &Client) -> String {
    serde_json::to_string(client).expect("a client is JSON")
}

struct Row {
    settings: String,
    token_digest: Option<String>,
}

row!(Row { settings, token_digest });

impl Row {
    fn into_client(self) -> Result<Client, Error> {
        let stranger = self.token_digest.map(|_| Stranger::Registered);
        Ok(Client { stranger, ..from_json(&self.settings)? })
    }
}

impl Db {
    /// Stores a new client. False when there is one with its id.
    pub async fn insert_client(&self, client: &Client, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_clients (client_id, settings, created_at, updated_at) \
            VALUES ($1, $2, $3, $3) ON CONFLICT DO NOTHING";
        let (id, settings) = (client.client_id.clone(), to_json(client));
        let done = sql(SQL).bind(id).bind(settings).bind(now).change(self).await?;
        Ok(done == 1)
    }

    /// The client with this id.
    pub async fn find_client(&self, client_id: &str) -> Result<Option<Client>, Error> {
        const SQL: &str =
            "SELECT settings, token_digest FROM doorstep_clients WHERE client_id = $1";
        let row: Option<Row> = sql(SQL).bind(client_id).find(self).await?;
        row.map(Row::into_client).transpose()
    }

    /// All clients in the order of their ids.
    pub async fn list_clients(&self) -> Result<Vec<Client>, Error> {
        const SQL: &str = "SELECT settings, token_digest FROM doorstep_clients ORDER BY client_id";
        let rows: Vec<Row> = sql(SQL).list(self).await?;
        rows.into_iter().map(Row::into_client).collect()
    }

    /// Replaces a client's settings. False when it is gone.
    pub async fn update_client(&self, client: &Client, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str =
            "UPDATE doorstep_clients SET settings = $1, updated_at = $2 WHERE client_id = $3";
        let (id, settings) = (client.client_id.clone(), to_json(client));
        let done = sql(SQL).bind(settings).bind(now).bind(id).change(self).await?;
        Ok(done == 1)
    }

    /// Removes a client. False when it is gone already.
    pub async fn delete_client(&self, client_id: &str) -> Result<bool, Error> {
        const SQL: &str = "DELETE FROM doorstep_clients WHERE client_id = $1";
        let done = sql(SQL).bind(client_id).change(self).await?;
        Ok(done == 1)
    }
}
