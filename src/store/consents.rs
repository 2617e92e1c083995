//! SQL of consents: which scopes a person has granted which web client.

use super::{Db, Error, sql};
use crate::clock::Timestamp;
use crate::protocol::scope::Scope;

impl Db {
    /// The scopes that this person granted this client.
    pub async fn find_consent(
        &self,
        account_id: &str,
        client_id: &str,
    ) -> Result<Option<Scope>, Error> {
        const SQL: &str =
            "SELECT scope FROM doorstep_consents WHERE account_id = $1 AND client_id = $2";
        let scope: Option<String> = sql(SQL).bind(account_id).bind(client_id).find(self).await?;
        Ok(scope.map(Scope::from))
    }

    /// Remembers a consent in place of an earlier one.
    pub async fn save_consent(
        &self,
        account_id: &str,
        client_id: &str,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<(), Error> {
        const SQL: &str = "INSERT INTO doorstep_consents (account_id, client_id, scope, granted_at) \
            VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, client_id) \
            DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at";
        sql(SQL)
            .bind(account_id)
            .bind(client_id)
            .bind(scope.to_string())
            .bind(now)
            .change(self)
            .await?;
        Ok(())
    }

    /// Forgets every consent of an account.
    pub async fn delete_consents_of(&self, account_id: &str) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_consents WHERE account_id = $1";
        sql(SQL).bind(account_id).change(self).await
    }
}
