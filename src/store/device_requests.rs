//! SQL of device authorization requests (RFC 8628): a device waits in one of these rows for the grant that
//! a person's yes puts under the same id.

use super::{Db, Error, row, sql};
use crate::clock::Timestamp;

/// A request that a device is about to wait for.
#[derive(Clone, Debug)]
pub struct NewDeviceRequest {
    /// Digest of the device code.
    pub id: String,
    /// What the root key makes of the user code.
    pub user_code: String,
    /// The client that the device is.
    pub client_id: String,
    /// What it asks for; opaque to the store.
    pub request: String,
    /// The device's address.
    pub asked_from: String,
    /// Now.
    pub created_at: Timestamp,
    /// When it stops waiting.
    pub expires_at: Timestamp,
    /// Seconds between its questions.
    pub poll_interval: i64,
}

/// A request as it is read back.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns are explained at NewDeviceRequest")]
pub struct StoredDeviceRequest {
    pub id: String,
    pub client_id: String,
    pub request: String,
    pub asked_from: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub poll_interval: i64,
    pub polled_at: Option<Timestamp>,
    pub denied_at: Option<Timestamp>,
    /// When the grant was stored that makes the device code redeemable.
    pub approved_at: Option<Timestamp>,
}

row!(StoredDeviceRequest {
    id,
    client_id,
    request,
    asked_from,
    created_at,
    expires_at,
    poll_interval,
    polled_at,
    denied_at,
    approved_at
});

impl Db {
    /// Stores a request, unless `limit` unexpired ones are waiting already: anybody may ask. `Err` with a
    /// unique violation when the user code is another device's.
    pub async fn insert_device_request(
        &self,
        new: NewDeviceRequest,
        limit: i64,
    ) -> Result<bool, Error> {
        const SQL: &str = "INSERT INTO doorstep_device_requests (id, user_code, client_id, request, \
            asked_from, created_at, expires_at, poll_interval) \
            SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE (SELECT COUNT(*) FROM \
            (SELECT 1 FROM doorstep_device_requests WHERE expires_at > $6 LIMIT $9) AS waiting) < $9";
        let stored = sql(SQL)
            .bind(new.id)
            .bind(new.user_code)
            .bind(new.client_id)
            .bind(new.request)
            .bind(new.asked_from)
            .bind(new.created_at)
            .bind(new.expires_at)
            .bind(new.poll_interval)
            .bind(limit)
            .change(self)
            .await?;
        Ok(stored == 1)
    }

    /// The request with this id, whatever its state.
    pub async fn find_device_request(
        &self,
        id: &str,
    ) -> Result<Option<StoredDeviceRequest>, Error> {
        const SQL: &str = "SELECT d.*, g.created_at AS approved_at FROM doorstep_device_requests d \
            LEFT JOIN doorstep_grants g ON g.id = d.id WHERE d.id = $1";
        sql(SQL).bind(id).find(self).await
    }

    /// The request with this user code that nobody has decided yet.
    pub async fn find_waiting_device(
        &self,
        user_code: &str,
        now: Timestamp,
    ) -> Result<Option<StoredDeviceRequest>, Error> {
        const SQL: &str = "SELECT d.*, g.created_at AS approved_at FROM doorstep_device_requests d \
            LEFT JOIN doorstep_grants g ON g.id = d.id \
            WHERE d.user_code = $1 AND d.expires_at > $2 AND d.denied_at IS NULL AND g.id IS NULL";
        sql(SQL).bind(user_code).bind(now).find(self).await
    }

    /// Notes that a device asked, and how long it should wait from now on.
    pub async fn note_device_poll(
        &self,
        id: &str,
        now: Timestamp,
        interval: i64,
    ) -> Result<(), Error> {
        const SQL: &str = "UPDATE doorstep_device_requests SET polled_at = $1, poll_interval = $2 \
            WHERE id = $3";
        sql(SQL).bind(now).bind(interval).bind(id).change(self).await?;
        Ok(())
    }

    /// Writes down that a person refused. False when somebody has decided already.
    pub async fn deny_device(&self, id: &str, now: Timestamp) -> Result<bool, Error> {
        const SQL: &str = "UPDATE doorstep_device_requests SET denied_at = $1 WHERE id = $2 \
            AND denied_at IS NULL AND NOT EXISTS (SELECT 1 FROM doorstep_grants WHERE id = $2)";
        Ok(sql(SQL).bind(now).bind(id).change(self).await? == 1)
    }

    /// Deletes up to `limit` requests that expired before `now` and tells how many.
    pub async fn sweep_device_requests(&self, now: Timestamp, limit: i64) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM doorstep_device_requests WHERE id IN \
            (SELECT id FROM doorstep_device_requests WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
        sql(SQL).bind(now).bind(limit).change(self).await
    }
}
