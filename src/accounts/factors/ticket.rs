//! What has to be remembered between a page and its form while a factor is added or a passkey signs. It
//! travels in the form, sealed, for a quarter of an hour, and only in the browser that was shown the page.

use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyRegistration};

use super::totp::TotpSecret;
use crate::clock::Timestamp;
use crate::secret::RootKey;

/// Seconds that a page may be left open.
const LIFETIME: i64 = 900;
const SEAL: &str = "factor ticket";

/// What the page was for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ceremony {
    /// Adding an authenticator app with this secret.
    AddTotp(TotpSecret),
    /// Adding a passkey.
    AddPasskey(PasskeyRegistration),
    /// Signing in with a passkey.
    SignIn(DiscoverableAuthentication),
}

/// A page that waits for its form.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// What it was for.
    pub ceremony: Ceremony,
    /// Whose account it is about, where that is known.
    pub account_id: Option<String>,
    /// Digest of the browser that was shown the page.
    pub browser: String,
    /// When.
    pub made_at: Timestamp,
}

impl Ticket {
    /// The ticket as the form carries it.
    ///
    /// # Errors
    /// When the JOSE library refuses, which no input of ours makes it do.
    pub fn seal(&self, root: &RootKey) -> Result<String, josekit::JoseError> {
        root.seal(SEAL, &serde_json::to_vec(self).unwrap_or_default())
    }

    /// The ticket in a form of this browser, about this account; `None` when it is another's or too old.
    pub fn open(
        root: &RootKey,
        sealed: &str,
        browser: &str,
        account_id: Option<&str>,
        now: Timestamp,
    ) -> Option<Self> {
        let ticket: Self = serde_json::from_slice(&root.open(SEAL, sealed).ok()?).ok()?;
        let is_theirs = ticket.browser == browser && ticket.account_id.as_deref() == account_id;
        (is_theirs && (0..LIFETIME).contains(&now.since(ticket.made_at))).then_some(ticket)
    }
}
