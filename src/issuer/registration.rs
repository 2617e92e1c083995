//! Whether programs may register themselves as clients, and with what permission (RFC 7591 §3).

use serde::Deserialize;

use super::Core;
use crate::clock::Timestamp;
use crate::protocol::client::{Client, Stranger};
use crate::secret::{self, RootKey, Secret};
use crate::store;

/// How programs may register themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationSettings {
    /// Who may.
    pub mode: RegistrationMode,
    /// Clients that there may be without an admin's token.
    pub most_clients: i64,
    /// Seconds after which such a client is forgotten if nobody has used it.
    pub unused_lifetime: i64,
}

/// Who may register a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Only admins, in their own ways.
    Off,
    /// Whoever has a token of an admin.
    Token,
    /// Anybody, within limits; without limits with a token.
    Open,
}

impl Default for RegistrationSettings {
    fn default() -> Self {
        Self { mode: RegistrationMode::Off, most_clients: 1000, unused_lifetime: 30 * 86_400 }
    }
}

/// An initial access token (RFC 7591 §3): an admin's permission to register clients until it expires.
/// It is not stored anywhere. Whoever has the key file can make one, and nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialToken {
    /// What tells it from others, in the audit trail too. It is not secret.
    pub id: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

const INITIAL_PREFIX: &str = "dsi_";

impl InitialToken {
    /// A new one.
    pub fn new(expires_at: Timestamp) -> Self {
        Self { id: secret::random_id(), expires_at }
    }

    /// Its text.
    pub fn text(&self, root: &RootKey) -> Secret {
        let Self { id, expires_at } = self;
        let parts = [id.as_bytes(), &expires_at.0.to_be_bytes()];
        let tag = secret::base64url(&root.derive("initial access token", &parts));
        Secret::new(format!("{INITIAL_PREFIX}{id}.{}.{tag}", expires_at.0))
    }

    /// The token of this text, if it is ours and has not expired.
    pub fn read(root: &RootKey, text: &str, now: Timestamp) -> Option<Self> {
        let mut parts = text.strip_prefix(INITIAL_PREFIX)?.splitn(3, '.');
        let (id, expires_at) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
        let token = Self { id, expires_at: Timestamp(expires_at) };
        let genuine = secret::equal(token.text(root).expose(), text);
        (genuine && now < token.expires_at).then_some(token)
    }
}

impl Core {
    /// Notes that a client is used, for one that would be forgotten otherwise.
    pub(crate) async fn note_use(&self, client: &Client) -> Result<(), store::Error> {
        if client.stranger != Some(Stranger::Registered) {
            return Ok(());
        }
        let lifetime = self.registration.unused_lifetime;
        // Most of the time there is nothing to write.
        let soon = self.now().plus(lifetime - lifetime / 10);
        self.db.keep_registration(&client.client_id, soon, self.now().plus(lifetime)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_initial_token_is_good_until_it_expires_and_cannot_be_made_up() {
        let (root, now) = (RootKey::generate(), Timestamp(1000));
        let token = InitialToken::new(now.plus(10));
        let text = token.text(&root).expose().to_owned();
        assert_eq!(InitialToken::read(&root, &text, now), Some(token.clone()));
        assert_eq!(InitialToken::read(&root, &text, now.plus(10)), None);
        assert_eq!(InitialToken::read(&RootKey::generate(), &text, now), None);
        let longer = text.replace("1010", "9999");
        for other in [longer.as_str(), "", "dsi_", "dsi_a.b.c", &text[4..], &format!("{text}A")] {
            assert_eq!(InitialToken::read(&root, other, now), None, "{other}");
        }
    }
}
