//! Limits on what a provider can hold up: one on time and one on number, for all that one step asks of
//! it, however many requests that takes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Error;

/// Steps with one provider that may wait for it at once. What a slow provider holds up beyond that is
/// told to come back.
const MOST_AT_ONCE: usize = 64;

/// The limits of one provider. Clones share them.
#[derive(Clone, Debug)]
pub struct Bounds {
    issuer: Arc<str>,
    limit: Duration,
    room: Arc<Semaphore>,
}

impl Bounds {
    /// Limits for this issuer: a step may take so many seconds.
    pub fn new(issuer: &str, seconds: u64) -> Self {
        let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
        Self { issuer: issuer.into(), limit: Duration::from_secs(seconds), room }
    }

    /// How long a step may take.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// Asks, within the limits.
    ///
    /// # Errors
    /// What the asking gives, [`Error::Busy`] or [`Error::TimedOut`].
    pub async fn within<T>(
        &self,
        asking: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let _place = self.room.try_acquire().map_err(|_| Error::Busy)?;
        timeout(self.limit, asking)
            .await
            .unwrap_or_else(|_| Err(Error::TimedOut { origin: self.issuer.to_string() }))
    }
}
