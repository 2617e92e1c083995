//! What a browser keeps for us while the person signs in elsewhere: the attempt with its secrets, and
//! where to go on. It travels as one cookie, sealed by the root key, so that nothing is stored for
//! somebody who has not signed in.
//!
//! The seal is made for an audience, so a state for one provider or app opens nothing for another; one
//! that was altered, has expired, or was sealed by another key or for another audience is simply no
//! state (RFC 9700 §4.7, §4.4).

use serde::{Deserialize, Serialize};

use super::Attempt;
use crate::clock::Timestamp;
use crate::secret::{self, RootKey};

/// Seconds that a person has for signing in elsewhere.
pub const LIFETIME: i64 = 600;

/// A sign-in that is under way in one browser.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginState {
    /// The request, and what only we know about it.
    pub attempt: Attempt,
    /// Where to go on: a path of our own.
    pub next: String,
    /// The browser it began in.
    pub browser: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// Set when an earlier sign-in does not count: the earliest time that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Set when a program elsewhere waits for the sign-in: by which name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
}

impl LoginState {
    /// Seals the state for `audience`.
    ///
    /// # Errors
    /// When the JOSE library refuses, which no state makes it do.
    pub fn seal(&self, root: &RootKey, audience: &str) -> Result<String, josekit::JoseError> {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        root.seal(&purpose(audience), &plain)
    }

    /// Opens a state that was sealed for `audience` by the same key and has not expired.
    pub fn open(root: &RootKey, audience: &str, sealed: &str, now: Timestamp) -> Option<Self> {
        let plain = root.open(&purpose(audience), sealed).ok()?;
        let state: Self = serde_json::from_slice(&plain).ok()?;
        (0..LIFETIME).contains(&now.since(state.begun_at)).then_some(state)
    }

    /// A short name of the attempt with this `state`, by which the browser keeps several apart. It
    /// tells nothing about the `state`.
    pub fn name(state: &str) -> String {
        secret::base64url(&secret::sha256(state)[..6])
    }
}

fn purpose(audience: &str) -> String {
    format!("login state for {audience}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relying_party::Asked;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn state() -> LoginState {
        let asked = Asked {
            redirect_uri: "https://id.example/upstream/corp/callback".into(),
            scope: "openid".into(),
            response_mode: None,
        };
        LoginState {
            attempt: Attempt::new(asked),
            next: "/authorize?client_id=cli".into(),
            browser: "b".into(),
            begun_at: NOW,
            since: None,
            waiting: None,
        }
    }

    #[test]
    fn t27_t31_only_the_right_key_audience_and_time_open_a_state() {
        let root = RootKey::generate();
        let sealed = state().seal(&root, "upstream corp").unwrap();
        let open = |root: &RootKey, audience: &str, now: i64| {
            LoginState::open(root, audience, &sealed, NOW.plus(now)).map(|state| state.next)
        };
        assert_eq!(open(&root, "upstream corp", 599).as_deref(), Some("/authorize?client_id=cli"));
        assert_eq!(open(&root, "upstream corp", 600), None);
        assert_eq!(open(&root, "upstream corp", -1), None, "from the future");
        assert_eq!(open(&root, "upstream other", 0), None);
        assert_eq!(open(&RootKey::generate(), "upstream corp", 0), None);
        for place in 0..sealed.len() {
            let mut altered = sealed.clone().into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            // The last letter of each part may carry bits that mean nothing.
            let altered = String::from_utf8(altered).unwrap();
            let opened = LoginState::open(&root, "upstream corp", &altered, NOW);
            assert!(opened.is_none_or(|opened| opened.next == state().next), "{place}");
        }
    }

    #[test]
    fn a_state_hides_what_is_in_it_and_fits_into_a_cookie() {
        let state = LoginState { next: "/".repeat(1500), ..state() };
        let sealed = state.seal(&RootKey::generate(), "upstream corp").unwrap();
        assert!(sealed.len() < 3800, "{}", sealed.len());
        assert!(!sealed.contains(state.attempt.nonce().expose()));
        assert!(!LoginState::name(state.attempt.state().expose()).contains('.'));
    }
}
