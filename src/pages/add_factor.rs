//! Adding a second factor: the choice, the pages of an app and of a passkey, and the recovery codes that
//! come with the first of them.

use askama::Template;

use super::{Frame, Page, PasskeyPrompt, qr};
use crate::secret::Secret;

/// Why a factor was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolError {
    /// The code is not one of this secret.
    Code,
    /// The browser's answer does not hold, or the passkey is known already.
    Passkey,
    /// The page was open for too long.
    Expired,
    /// The account has as many factors as it may.
    TooMany,
}

impl EnrolError {
    fn key(self) -> &'static str {
        match self {
            Self::Code => "add_factor.wrong",
            Self::Passkey => "add_factor.passkey_refused",
            Self::Expired => "add_factor.expired",
            Self::TooMany => "add_factor.too_many",
        }
    }
}

/// Lets somebody who needs a second factor choose one.
#[derive(Template)]
#[template(path = "enrol.html", whitespace = "minimize")]
pub struct EnrolPage {
    /// What every page has.
    pub frame: Frame,
    /// Who is signing in.
    pub account: String,
    /// The path that adds an app, if there are apps.
    pub totp: Option<String>,
    /// The path that adds a passkey, if there are passkeys.
    pub passkey: Option<String>,
}

/// Shows a secret for an app, and asks for the first code. No `Debug`: it holds the secret.
#[derive(Template)]
#[template(path = "add_totp.html", whitespace = "minimize")]
pub struct AddTotpPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Where the form goes.
    pub action: String,
    /// Where to go afterwards.
    pub next: String,
    /// What the issuer has to remember until the form comes, sealed.
    pub ticket: String,
    /// The secret, to be typed.
    pub key: Secret,
    /// The secret, to be scanned.
    pub uri: Secret,
    /// What the app is to be called.
    pub name: String,
    /// Why it was not added.
    pub error: Option<EnrolError>,
}

impl AddTotpPage {
    fn picture(&self) -> String {
        qr::svg(self.uri.expose())
    }
}

/// Lets the browser make a passkey.
#[derive(Template)]
#[template(path = "add_passkey.html", whitespace = "minimize")]
pub struct AddPasskeyPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Where the form goes.
    pub action: String,
    /// Where to go afterwards.
    pub next: String,
    /// Whose passkey it will be.
    pub account: String,
    /// What the browser is asked for.
    pub prompt: PasskeyPrompt,
    /// The path of another way, for browsers that have no passkeys.
    pub otherwise: Option<String>,
    /// Why it was not added.
    pub error: Option<EnrolError>,
}

/// Shows recovery codes, this once. No `Debug`: it holds them.
#[derive(Template)]
#[template(path = "recovery_codes.html", whitespace = "minimize")]
pub struct RecoveryCodesPage {
    /// What every page has.
    pub frame: Frame,
    /// Whose they are.
    pub account: String,
    /// The codes.
    pub codes: Vec<Secret>,
    /// Where to go afterwards.
    pub onward: String,
}

impl Page for EnrolPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |totp: bool, passkey: bool| Self {
            frame: frame.clone(),
            account: "alice".into(),
            totp: totp.then(|| format!("{}/login/totp", frame.base)),
            passkey: passkey.then(|| format!("{}/login/new-passkey", frame.base)),
        };
        vec![
            ("both", page(true, true)),
            ("totp", page(true, false)),
            ("passkey", page(false, true)),
        ]
    }
}

impl Page for AddTotpPage {
    /// Without `form-action`: in a sign-in, the answer may lead on to any client.
    fn csp(&self) -> String {
        self.frame.assets.policy().to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let secret =
            crate::accounts::factors::totp::TotpSecret::from_bytes(*b"sample of twenty by.");
        let page = |error: Option<EnrolError>| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            action: format!("{}/account/factors/totp", frame.base),
            next: String::new(),
            ticket: "sample".into(),
            key: secret.key(),
            uri: secret.uri(&frame.brand.name, "alice"),
            name: if error.is_some() { "My phone".into() } else { String::new() },
            error,
        };
        vec![
            ("secret", page(None)),
            ("wrong", page(Some(EnrolError::Code))),
            ("expired", page(Some(EnrolError::Expired))),
            ("too-many", page(Some(EnrolError::TooMany))),
        ]
    }
}

impl Page for AddPasskeyPage {
    /// As for an app.
    fn csp(&self) -> String {
        self.frame.assets.policy().script(&self.frame.assets.passkey).to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |error| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            action: format!("{}/account/factors/new-passkey", frame.base),
            next: String::new(),
            account: "alice".into(),
            prompt: PasskeyPrompt::sample_of_a_new_one(),
            otherwise: Some(format!("{}/account/factors/totp", frame.base)),
            error,
        };
        vec![
            ("new", page(None)),
            ("passkeys-only", Self { otherwise: None, ..page(None) }),
            ("refused", page(Some(EnrolError::Passkey))),
        ]
    }
}

impl Page for RecoveryCodesPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let codes = (0..10).map(|i| Secret::new(format!("SAMP-LE0{i}-K7QX")));
        let onward = format!("{}/account/factors", frame.base);
        let page =
            Self { frame: frame.clone(), account: "alice".into(), codes: codes.collect(), onward };
        vec![("fresh", page)]
    }
}
