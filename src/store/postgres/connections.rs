//! Connections to PostgreSQL that stay with us between statements.
//!
//! A pool of sqlx's tests each connection that comes back to it with a round trip of its own, in a task of
//! its own: for a short statement that is most of the price. So connections of ours are simply kept for
//! the next statement, the warmest first. One whose statement failed or was cut short is closed.

use std::ops::DerefMut;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// How long a statement waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that nobody needed for so long is closed: something between may have forgotten it.
const IDLE: Duration = Duration::from_secs(60);

/// Where connections come from. Clones share them.
#[derive(Clone, Debug)]
pub enum Connections {
    /// From us.
    Ours(Arc<Kept>),
    /// From a pool that others use too: what is kept here would be missing there, so nothing is.
    Shared(PgPool),
}

/// Connections of ours, and how to make more.
#[derive(Debug)]
pub struct Kept {
    options: PgConnectOptions,
    /// One for each connection that there may be.
    places: Semaphore,
    max: u32,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

/// A connection for one statement, or for one transaction.
pub enum Lent<'k> {
    /// Of ours.
    Ours(PgConnection, &'k Kept, SemaphorePermit<'k>),
    /// Of the shared pool.
    Shared(PoolConnection<Postgres>),
}

impl Connections {
    /// At most so many, made when they are needed.
    pub fn ours(options: PgConnectOptions, max: u32) -> Self {
        let places = Semaphore::new(max as usize);
        Self::Ours(Arc::new(Kept { options, places, max, idle: Mutex::default() }))
    }

    /// A connection: the one that was used last, whose caches are warm, or a new one.
    pub async fn lend(&self) -> Result<Lent<'_>, sqlx::Error> {
        match self {
            Self::Ours(kept) => kept.lend().await,
            Self::Shared(pool) => pool.acquire().await.map(Lent::Shared),
        }
    }

    /// Waits for statements under way and closes every connection.
    pub async fn close(&self) {
        match self {
            Self::Ours(kept) => kept.close().await,
            Self::Shared(pool) => pool.close().await,
        }
    }
}

impl Kept {
    async fn lend(&self) -> Result<Lent<'_>, sqlx::Error> {
        let closed = |_| sqlx::Error::PoolClosed;
        let late = |_| sqlx::Error::PoolTimedOut;
        let place =
            timeout(PATIENCE, self.places.acquire()).await.map_err(late)?.map_err(closed)?;
        let connection = match self.pop() {
            Some(connection) => connection,
            None => timeout(PATIENCE, self.options.connect()).await.map_err(late)??,
        };
        Ok(Lent::Ours(connection, self, place))
    }

    fn pop(&self) -> Option<PgConnection> {
        let mut idle = self.idle();
        let (connection, since) = idle.pop()?;
        if since.elapsed() < IDLE {
            return Some(connection);
        }
        // Those below were not needed for even longer.
        idle.clear();
        None
    }

    async fn close(&self) {
        let all = self.places.acquire_many(self.max).await;
        self.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        for (connection, _) in idle {
            let _ = connection.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(PgConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent<'_> {
    /// The connection.
    pub fn get(&mut self) -> &mut PgConnection {
        match self {
            Self::Ours(connection, ..) => connection,
            Self::Shared(connection) => connection.deref_mut(),
        }
    }

    /// Gives the connection back after all has gone well.
    pub fn keep(self) {
        if let Self::Ours(connection, kept, _place) = self {
            kept.idle().push((connection, Instant::now()));
        }
    }

    /// Drops the connection, and those that wait: what became of it became of them, as a rule.
    pub fn give_up(self) {
        if let Self::Ours(_, kept, _) = &self {
            kept.idle().clear();
        }
    }
}
