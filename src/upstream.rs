//! The providers that people can sign in with besides, or instead of, a password here: those of the
//! settings, made ready and kept within bounds.

mod choice;
pub mod settings;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Url;

pub use choice::{Choice, Hints};
pub use settings::{ProviderKind, ProviderSettings, Unfit};

use crate::clock::Timestamp;
use crate::outgoing::Permitted;
use crate::relying_party::{Ask, Attempt, Callback, Error, Provider, ResolvedIdentity, SignedOut};
use crate::secret::Secret;

/// Sign-ins with one provider that may wait for it at once. What a slow provider holds up beyond that
/// is told to come back.
const MOST_AT_ONCE: usize = 64;
/// The longest pause between two tries to reach a provider that was down at the start.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A provider and its settings. Clones share it.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// What the admin said.
    pub settings: Arc<ProviderSettings>,
    provider: Arc<dyn Provider>,
    room: Arc<Semaphore>,
}

/// All providers of an issuer, in the order of the settings.
#[derive(Clone, Debug, Default)]
pub struct Upstreams(Vec<Upstream>);

impl Upstreams {
    /// Makes the providers. Nobody is asked yet.
    ///
    /// # Errors
    /// A sentence that names the provider and the key.
    pub fn new(
        settings: Vec<ProviderSettings>,
        allow_http: bool,
        permitted: &Permitted,
    ) -> Result<Self, String> {
        let named = |settings: &ProviderSettings, unfit: Unfit| {
            format!("providers.{}.{} {}", settings.id, unfit.field, unfit.reason)
        };
        let make = |settings: ProviderSettings| {
            settings.check().map_err(|unfit| named(&settings, unfit))?;
            let provider = settings
                .provider(allow_http, permitted)
                .map_err(|unfit| named(&settings, unfit))?;
            let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
            Ok(Upstream { settings: settings.into(), provider, room })
        };
        settings.into_iter().map(make).collect::<Result<_, _>>().map(Self)
    }

    /// The provider with this id.
    pub fn find(&self, id: &str) -> Option<&Upstream> {
        self.0.iter().find(|upstream| upstream.settings.id == id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Upstream> {
        self.0.iter()
    }

    /// Which way in a sign-in takes, where `passwords` says whether there are any.
    pub fn choose(&self, hints: &Hints<'_>, passwords: bool) -> Choice<'_> {
        choice::choose(&self.0, hints, passwords)
    }

    /// Gets each provider ready in a task of its own, and tries again for as long as it is down.
    pub(crate) fn start(&self) {
        for upstream in self.0.iter().cloned() {
            tokio::spawn(upstream.prepare());
        }
    }
}

impl Upstream {
    async fn prepare(self) {
        let mut pause = Duration::from_secs(2);
        loop {
            let id = &self.settings.id;
            match self.provider.prepare().await {
                Ok(()) => return tracing::info!(provider = id, "ready"),
                Err(error) => {
                    tracing::error!(provider = id, %error, "not ready; people cannot sign in with it")
                }
            }
            // Whoever is no longer needed is not asked for.
            if Arc::strong_count(&self.provider) == 1 {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks whether people can sign in with it at all.
    ///
    /// # Errors
    /// When it cannot be reached in time or cannot be used.
    pub async fn ready(&self) -> Result<(), Error> {
        self.within_bounds(self.provider.prepare()).await
    }

    /// What the audit trail calls the kind.
    pub fn kind(&self) -> &'static str {
        self.provider.kind()
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// When the provider cannot be reached in time or cannot be used.
    pub async fn begin(&self, ask: &Ask) -> Result<(Attempt, Url), Error> {
        self.within_bounds(self.provider.login_url(ask)).await
    }

    /// Judges a response.
    ///
    /// # Errors
    /// The first link of the chain that does not hold.
    pub async fn arrive(
        &self,
        attempt: &Attempt,
        callback: &Callback,
        now: Timestamp,
    ) -> Result<ResolvedIdentity, Error> {
        self.within_bounds(self.provider.handle_callback(attempt, callback, now)).await
    }

    /// Asks whether somebody who signed in is still let in.
    ///
    /// # Errors
    /// When the provider says no, or nothing; [`Error::is_passing`] tells which.
    pub async fn ask_again(
        &self,
        subject: &str,
        token: &Secret,
        now: Timestamp,
    ) -> Result<ResolvedIdentity, Error> {
        self.within_bounds(self.provider.ask_again(subject, token, now)).await
    }

    /// Where to sign out at the provider too.
    ///
    /// # Errors
    /// When the provider cannot be reached in time.
    pub async fn logout_url(&self, leaving: SignedOut<'_>) -> Result<Option<Url>, Error> {
        self.within_bounds(self.provider.logout_url(leaving)).await
    }

    /// One limit on time and number for all that is asked of a provider: a slow one cannot hold our
    /// handlers, however many requests a step takes.
    async fn within_bounds<T>(
        &self,
        asking: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let _place = self.room.try_acquire().map_err(|_| Error::Busy)?;
        let limit = Duration::from_secs(self.settings.timeout);
        timeout(limit, asking)
            .await
            .unwrap_or_else(|_| Err(Error::TimedOut { origin: self.settings.issuer.clone() }))
    }
}
