//! The second step of a sign-in: a code or a passkey, posted to `B/login/code` and `B/login/passkey`.

use askama::Template;

use super::sign_in::minutes;
use super::{Frame, Page, PasskeyPrompt, Words};

/// Asks for a second factor.
#[derive(Template)]
#[template(path = "second_factor.html", whitespace = "minimize")]
pub struct SecondFactorPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Where to go afterwards: a path and query of this origin.
    pub next: String,
    /// Who is signing in.
    pub account: String,
    /// Whether the account has an authenticator app.
    pub has_totp: bool,
    /// Whether it has recovery codes left.
    pub has_recovery: bool,
    /// Whether the page asks for one of those.
    pub recovery: bool,
    /// For the account's passkeys, if it has some.
    pub passkey: Option<PasskeyPrompt>,
    /// Why the last try did not succeed.
    pub error: Option<SecondFactorError>,
}

/// Why a second factor did not count, as far as a person may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorError {
    /// The code is wrong, or was used before.
    Wrong,
    /// The passkey's answer does not hold, or came too late.
    Passkey,
    /// Too many tries for this account or from this address.
    TooMany {
        /// Seconds until the next try may succeed.
        retry_after: u64,
    },
}

impl SecondFactorPage {
    /// Whether there is a field for a code.
    fn asks_for_code(&self) -> bool {
        self.has_totp || self.recovery
    }

    /// The looks of the passkey's button, which is the main one where it is the only one.
    fn passkey_class(&self) -> &'static str {
        if self.asks_for_code() { "quiet" } else { "" }
    }

    fn problem(&self) -> Option<Words<'_>> {
        Some(match self.error? {
            SecondFactorError::Wrong if self.recovery => {
                self.frame.words("second_factor.wrong_recovery")
            }
            SecondFactorError::Wrong => self.frame.words("second_factor.wrong"),
            SecondFactorError::Passkey => self.frame.words("second_factor.passkey_refused"),
            SecondFactorError::TooMany { retry_after } => {
                self.frame.words("sign_in.too_many").with("minutes", minutes(retry_after))
            }
        })
    }

    /// The link to the other half of this page.
    fn other_way(&self) -> String {
        let next: String = url::form_urlencoded::byte_serialize(self.next.as_bytes()).collect();
        let recovery = !self.recovery;
        format!("{}/login/step?recovery={recovery}&next={next}", self.frame.base)
    }
}

impl Page for SecondFactorPage {
    /// Without `form-action`: the answer is the start of a chain of redirects that ends at the client.
    fn csp(&self) -> String {
        let policy = self.frame.assets.policy();
        match &self.passkey {
            Some(_) => policy.script(&self.frame.assets.passkey).to_string(),
            None => policy.to_string(),
        }
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |error| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            next: format!("{}/authorize?client_id=kubectl", frame.base),
            account: "alice".into(),
            has_totp: true,
            has_recovery: true,
            recovery: false,
            passkey: None,
            error,
        };
        let with_passkey = |has_totp, error| Self {
            has_totp,
            passkey: Some(PasskeyPrompt::sample()),
            ..page(error)
        };
        vec![
            ("code", page(None)),
            ("code-or-passkey", with_passkey(true, None)),
            ("passkey", with_passkey(false, None)),
            ("passkey-refused", with_passkey(false, Some(SecondFactorError::Passkey))),
            ("recovery", Self { recovery: true, ..page(None) }),
            ("wrong", page(Some(SecondFactorError::Wrong))),
            ("wrong-recovery", Self { recovery: true, ..page(Some(SecondFactorError::Wrong)) }),
            ("too-many", page(Some(SecondFactorError::TooMany { retry_after: 90 }))),
        ]
    }
}
