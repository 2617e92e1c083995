//! The providers that people can sign in with besides, or instead of, a password here: those of the
//! settings, made ready and kept within bounds.

mod choice;
pub mod settings;

use std::sync::Arc;

use url::Url;

pub use choice::{Choice, Hints};
pub use settings::{ProviderKind, ProviderSettings, Unfit};

use crate::clock::Timestamp;
use crate::outgoing::Permitted;
use crate::relying_party::{
    Ask, Attempt, Bounds, Callback, Error, Provider, ResolvedIdentity, SignedOut, prepare,
};
use crate::secret::Secret;

/// A provider and its settings. Clones share it.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// What the admin said.
    pub settings: Arc<ProviderSettings>,
    provider: Arc<dyn Provider>,
    bounds: Bounds,
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
            let bounds = Bounds::new(&settings.issuer, settings.timeout);
            Ok(Upstream { settings: settings.into(), provider, bounds })
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
        for upstream in &self.0 {
            prepare(upstream.settings.id.clone(), Arc::clone(&upstream.provider));
        }
    }
}

impl Upstream {
    /// Asks whether people can sign in with it at all.
    ///
    /// # Errors
    /// When it cannot be reached in time or cannot be used.
    pub async fn ready(&self) -> Result<(), Error> {
        self.bounds.within(self.provider.prepare()).await
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
        self.bounds.within(self.provider.login_url(ask)).await
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
        self.bounds.within(self.provider.handle_callback(attempt, callback, now)).await
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
        self.bounds.within(self.provider.ask_again(subject, token, now)).await
    }

    /// Where to sign out at the provider too.
    ///
    /// # Errors
    /// When the provider cannot be reached in time.
    pub async fn logout_url(&self, leaving: SignedOut<'_>) -> Result<Option<Url>, Error> {
        self.bounds.within(self.provider.logout_url(leaving)).await
    }
}
