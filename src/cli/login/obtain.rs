//! The shortest way to good tokens: those that are kept, those that a refresh yields, and only then a
//! question to the person. One process of a user asks; the others wait for what it gets.

use tokio::time::timeout;

use super::cache::{Cache, Entry, Key};
use super::lock::Lock;
use super::screen::Screen;
use super::{Needed, Options, failure, sign_in};
use crate::cli::Failure;
use crate::clock::{Clock, Timestamp};
use crate::relying_party::{Error, RelyingParty, Tokens};

/// One run of the command.
pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) screen: &'a Screen,
    pub(super) clock: &'a Clock,
}

impl Run<'_> {
    /// Good tokens, by the shortest way.
    pub(super) async fn tokens(&self) -> Result<Tokens, Failure> {
        let Some(entry) = self.open_cache() else {
            let party = self.options.issuer.discover().await?;
            return self.sign_in(&party).await;
        };
        if let Some(tokens) = entry.tokens().filter(|tokens| self.may_stay(tokens)) {
            return Ok(tokens);
        }
        let begun = self.clock.now();
        let mut lock = self.lock(&entry).await?;
        let kept = entry.tokens();
        if let Some(tokens) = kept.as_ref().filter(|tokens| self.may_stay(tokens)) {
            return Ok(tokens.clone());
        }
        if let Some(failure) = lock.as_mut().and_then(|lock| lock.noted(begun)) {
            return Err(failure);
        }
        let finished = self.renew_or_sign_in(kept).await;
        self.hand_on(&finished, &entry, lock.as_mut());
        finished
    }

    /// Lets the others who wait know: by the tokens, or by the refusal.
    fn hand_on(&self, finished: &Result<Tokens, Failure>, entry: &Entry, lock: Option<&mut Lock>) {
        match (finished, lock) {
            (Ok(tokens), _) => {
                if let Err(error) = entry.keep(tokens) {
                    self.screen.line(&format!(
                        "The tokens could not be kept for the next program: {error}."
                    ));
                }
            }
            (Err(failure), Some(lock))
                if matches!(failure.code, failure::DENIED | failure::EXPIRED) =>
            {
                lock.note(failure, self.clock.now());
            }
            (Err(_), _) => {}
        }
    }

    /// Waits for other programs that sign in for the same tokens. Where files cannot be locked, each
    /// signs in for itself.
    async fn lock(&self, entry: &Entry) -> Result<Option<Lock>, Failure> {
        let waiting = || {
            self.screen.line("Another program is signing in to the same issuer. Waiting for it.")
        };
        let lock =
            timeout(self.options.timeout, entry.lock(waiting)).await.map_err(|_| Failure {
                code: failure::EXPIRED,
                message: "Another program was signing in to the same issuer all the time.".into(),
            })?;
        Ok(lock.ok())
    }

    async fn renew_or_sign_in(&self, kept: Option<Tokens>) -> Result<Tokens, Failure> {
        let party = match self.options.issuer.discover().await {
            Ok(party) => party,
            Err(failure) => return kept.filter(|kept| self.is_good(kept)).ok_or(failure),
        };
        if let Some(kept) = kept.filter(|kept| kept.refresh_token.is_some()) {
            match party.refresh(&kept, self.clock.now()).await {
                Ok(tokens) if self.is_good(&tokens) => return Ok(tokens),
                Err(_) if self.is_good(&kept) => return Ok(kept),
                Err(error) if !needs_person(&error) => return Err(failure::of(error)),
                _ => {}
            }
        }
        self.sign_in(&party).await
    }

    async fn sign_in(&self, party: &RelyingParty) -> Result<Tokens, Failure> {
        sign_in::sign_in(self.options, party, self.screen, self.clock).await
    }

    fn is_good(&self, tokens: &Tokens) -> bool {
        self.options.needed.expires_at(tokens) > self.clock.now()
    }

    fn may_stay(&self, tokens: &Tokens) -> bool {
        !is_due(tokens, self.options.needed, self.clock.now())
    }

    /// Where the tokens are kept; a machine without such a place can sign in all the same.
    fn open_cache(&self) -> Option<Entry> {
        let issuer = &self.options.issuer;
        if !self.options.keep {
            return None;
        }
        let key = Key {
            issuer: issuer.name().to_owned(),
            client_id: issuer.client_id.clone(),
            scope: issuer.scope.clone(),
        };
        let complain = |error: &std::io::Error| {
            let way_out = "Set DOORSTEP_CACHE_DIR to a folder for them.";
            self.screen.line(&format!("Tokens cannot be kept ({error}). {way_out}"));
        };
        Some(Cache::open().inspect_err(complain).ok()?.entry(key))
    }
}

/// Whether tokens should be renewed: a minute before they expire, or in the last quarter of a life
/// that is shorter than four.
fn is_due(tokens: &Tokens, needed: Needed, now: Timestamp) -> bool {
    let expires_at = needed.expires_at(tokens);
    let margin = (expires_at.since(tokens.obtained_at) / 4).clamp(0, 60);
    now >= expires_at.plus(-margin)
}

/// Whether a refresh failed for good. An issuer that is out of order for a moment is no reason to ask
/// anybody to sign in again.
fn needs_person(error: &Error) -> bool {
    match error {
        Error::Endpoint(refusal) => {
            !matches!(refusal.code(), "server_error" | "temporarily_unavailable")
        }
        Error::IdToken(_) => true,
        _ => false,
    }
}
