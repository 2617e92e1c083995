//! What every kind of provider does: says where to send a browser, and judges what comes back.

use std::fmt;

use url::Url;

use super::{Attempt, Callback, Error, ResolvedIdentity};
use crate::accounts::Answer;
use crate::clock::Timestamp;
use crate::secret::Secret;

/// A sign-in that is about to begin.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Where the response shall go.
    pub redirect_uri: String,
    /// Further parameters: `prompt`, `login_hint` and their like.
    pub further: Vec<(&'static str, String)>,
}

/// Somebody who has signed out here, and where their browser shall return to.
#[derive(Clone, Copy, Debug)]
pub struct SignedOut<'a> {
    /// The ID token of the sign-in, if it was kept.
    pub id_token: Option<&'a Secret>,
    /// Our own address, which the provider has registered.
    pub return_to: &'a str,
    /// What comes back with the browser.
    pub state: &'a str,
}

/// A place where people sign in, to which we are a client.
pub trait Provider: fmt::Debug + Send + Sync {
    /// The kind, as settings and the audit trail call it.
    fn kind(&self) -> &'static str;

    /// Begins a sign-in: the attempt, which only we may know, and where the browser goes with it.
    fn login_url<'a>(&'a self, ask: &'a Ask) -> Answer<'a, Result<(Attempt, Url), Error>>;

    /// Judges a response by the whole chain, and spends its code.
    fn handle_callback<'a>(
        &'a self,
        attempt: &'a Attempt,
        callback: &'a Callback,
        now: Timestamp,
    ) -> Answer<'a, Result<ResolvedIdentity, Error>>;

    /// Asks whether the person of this [`ResolvedIdentity::token`] is still who they were, and let in.
    fn ask_again<'a>(
        &'a self,
        subject: &'a str,
        token: &'a Secret,
        now: Timestamp,
    ) -> Answer<'a, Result<ResolvedIdentity, Error>>;

    /// Where a browser goes to sign out at the provider too, if it has such a place.
    fn logout_url<'a>(&'a self, leaving: SignedOut<'a>) -> Answer<'a, Result<Option<Url>, Error>>;

    /// Gets ready: reads what the provider says about itself, if it does.
    fn prepare(&self) -> Answer<'_, Result<(), Error>>;
}
