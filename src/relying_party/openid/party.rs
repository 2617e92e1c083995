//! An issuer, discovered when it is first needed, and read again now and then.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::OpenId;
use crate::relying_party::{Error, OpenIdProvider, RelyingParty};

/// How long what an issuer says about itself is believed without asking again.
const FRESH: Duration = Duration::from_secs(3600);
/// How long an issuer that did not answer is left alone: many people may be waiting for it.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// What is known of an issuer, and since when.
#[derive(Clone, Debug)]
pub(super) struct Known {
    party: Arc<RelyingParty>,
    since: Instant,
}

impl OpenId {
    /// The issuer as it describes itself. A description that has aged serves for as long as there is
    /// no newer one to be had.
    pub(super) async fn party(&self) -> Result<Arc<RelyingParty>, Error> {
        if let Some(known) = self.known().filter(|known| known.since.elapsed() < FRESH) {
            return Ok(known.party);
        }
        let mut silent_since = self.silent_since.lock().await;
        let known = self.known();
        match &known {
            Some(known) if known.since.elapsed() < FRESH => return Ok(Arc::clone(&known.party)),
            None if silent_since.is_some_and(|since| since.elapsed() < LEFT_ALONE) => {
                return Err(self.still_silent());
            }
            _ => {}
        }
        match (OpenIdProvider::discover(&self.http, &self.settings.issuer).await, known) {
            (Ok(provider), _) => {
                *silent_since = None;
                Ok(self.remember(provider))
            }
            (Err(error), Some(aged)) => {
                tracing::warn!(issuer = self.settings.issuer, %error, "an issuer's configuration could not be read again");
                self.put(Known { since: Instant::now(), ..aged.clone() });
                Ok(aged.party)
            }
            (Err(error), None) => {
                *silent_since = error.is_passing().then(Instant::now);
                Err(error)
            }
        }
    }

    fn still_silent(&self) -> Error {
        Error::Unreachable {
            origin: self.settings.issuer.clone(),
            cause: "it did not answer a moment ago".into(),
        }
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, known: Known) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    fn remember(&self, provider: OpenIdProvider) -> Arc<RelyingParty> {
        let client = self.settings.client.clone();
        let party = Arc::new(RelyingParty { http: self.http.clone(), provider, client });
        self.put(Known { party: Arc::clone(&party), since: Instant::now() });
        party
    }
}
