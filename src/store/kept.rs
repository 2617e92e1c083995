//! Connections that stay with us between statements.
//!
//! A connection that goes back to sqlx's pool is tested there with a round trip of its own, in a task
//! of its own: for a statement that takes a few microseconds that is most of the price. So a connection
//! whose statement went well is kept aside for the next one. Whatever was cut short or failed takes the
//! pool's careful way.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A pool, and those of its connections that wait here. Clones share them.
pub struct Kept<DB: Database> {
    pool: Pool<DB>,
    idle: Arc<Mutex<Idle<DB>>>,
    /// One for each connection that the pool may have: who holds one finds a connection here or there.
    places: Arc<Semaphore>,
    shared: bool,
}

/// Connections that wait.
struct Idle<DB: Database>(Vec<PoolConnection<DB>>);

/// A connection for one statement, or for one transaction.
pub struct Lent<DB: Database> {
    connection: PoolConnection<DB>,
    kept: Kept<DB>,
    _place: OwnedSemaphorePermit,
}

impl<DB: Database> Kept<DB> {
    /// Keeps connections of a pool that is ours alone.
    pub fn ours(pool: Pool<DB>) -> Self {
        Self::new(pool, false)
    }

    /// Uses a pool that others use too: what is kept here would be missing there, so nothing is.
    pub fn shared(pool: Pool<DB>) -> Self {
        Self::new(pool, true)
    }

    fn new(pool: Pool<DB>, shared: bool) -> Self {
        let places = pool.options().get_max_connections() as usize;
        let idle = Arc::new(Mutex::new(Idle(Vec::new())));
        Self { pool, idle, places: Semaphore::new(places).into(), shared }
    }

    /// The pool.
    pub fn pool(&self) -> &Pool<DB> {
        &self.pool
    }

    /// A connection: the one that was used last, whose caches are warm, or one of the pool.
    pub async fn lend(&self) -> Result<Lent<DB>, sqlx::Error> {
        let waiting = self.places.clone().acquire_owned();
        let patience = self.pool.options().get_acquire_timeout();
        let place = tokio::time::timeout(patience, waiting)
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)?
            .map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle().0.pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        Ok(Lent { connection, kept: self.clone(), _place: place })
    }

    /// Closes every connection once its statement is done.
    pub async fn close(&self) {
        let closing = self.pool.close();
        self.idle().0.clear();
        closing.await;
    }

    fn idle(&self) -> MutexGuard<'_, Idle<DB>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<DB: Database> Lent<DB> {
    /// The connection.
    pub fn get(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }

    /// Gives the connection back after all has gone well.
    pub fn keep(self) {
        let mut idle = self.kept.idle();
        // A pool that is being closed waits for its connections.
        if !self.kept.shared && !self.kept.pool.is_closed() {
            idle.0.push(self.connection);
        }
    }
}

impl<DB: Database> Drop for Idle<DB> {
    /// A connection goes back to its pool in a task. Where no runtime is left for that, because the
    /// store outlived it, the connection ends with the process.
    fn drop(&mut self) {
        if tokio::runtime::Handle::try_current().is_err() {
            self.0.drain(..).for_each(std::mem::forget);
        }
    }
}

impl<DB: Database> Clone for Kept<DB> {
    fn clone(&self) -> Self {
        let Self { pool, idle, places, shared } = self;
        Self { pool: pool.clone(), idle: idle.clone(), places: places.clone(), shared: *shared }
    }
}

impl<DB: Database> fmt::Debug for Kept<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("pool", &self.pool).finish_non_exhaustive()
    }
}
