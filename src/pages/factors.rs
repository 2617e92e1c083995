//! A person's second factors: the list at `B/account/factors`, and a page for each.

use askama::Template;

use super::{Frame, Page, Words};
use crate::accounts::factors::{Factor, FactorKind};
use crate::clock::Timestamp;

/// Lists what a person signs in with besides the password.
#[derive(Template)]
#[template(path = "factors.html", whitespace = "minimize")]
pub struct FactorsPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the forms are ours.
    pub csrf: String,
    /// Whose they are.
    pub account: String,
    /// The factors, oldest first.
    pub factors: Vec<Factor>,
    /// Recovery codes that are left.
    pub recovery_codes: i64,
    /// Whether an app can be added.
    pub has_totp: bool,
    /// Whether a passkey can be added.
    pub has_passkeys: bool,
}

/// One of them, to be renamed or removed.
#[derive(Template)]
#[template(path = "factor.html", whitespace = "minimize")]
pub struct FactorPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the forms are ours.
    pub csrf: String,
    /// The factor.
    pub factor: Factor,
    /// Whether the account has no other.
    pub is_last: bool,
}

impl FactorsPage {
    fn few_left(&self) -> bool {
        self.recovery_codes < 3
    }
}

fn kind(frame: &Frame, factor: &Factor) -> String {
    let key = match factor.kind {
        FactorKind::Totp => "factors.totp",
        FactorKind::Passkey => "factors.passkey",
    };
    frame.t(key).to_owned()
}

fn used<'a>(frame: &'a Frame, factor: &Factor) -> Words<'a> {
    match factor.last_used_at {
        Some(at) => frame.words("factors.used").with("time", at.to_utc()),
        None => frame.words("factors.added").with("time", factor.created_at.to_utc()),
    }
}

fn samples(kinds: &[FactorKind]) -> Vec<Factor> {
    let factor = |(i, kind): (i64, &FactorKind)| Factor {
        id: format!("sample-{i}"),
        kind: *kind,
        name: if *kind == FactorKind::Totp { "My phone".into() } else { "Work laptop".into() },
        created_at: Timestamp(1_767_225_600 + 86_400 * i),
        last_used_at: (i > 0).then_some(Timestamp(1_770_000_000)),
    };
    (0..).zip(kinds).map(factor).collect()
}

impl Page for FactorsPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'self'").to_string()
    }

    /// What is one's own is in nobody else's window.
    fn opener_policy(&self) -> &'static str {
        "same-origin"
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        use FactorKind::{Passkey, Totp};
        let page = |kinds: &[FactorKind], recovery_codes| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            account: "alice".into(),
            factors: samples(kinds),
            recovery_codes,
            has_totp: true,
            has_passkeys: true,
        };
        vec![
            ("none", page(&[], 0)),
            ("some", page(&[Totp, Passkey], 9)),
            ("few-codes-left", page(&[Passkey], 1)),
            ("totp-only", Self { has_passkeys: false, ..page(&[Totp], 10) }),
        ]
    }
}

impl Page for FactorPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'self'").to_string()
    }

    /// As for the list.
    fn opener_policy(&self) -> &'static str {
        "same-origin"
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |kind, is_last| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            factor: samples(&[kind]).remove(0),
            is_last,
        };
        vec![("totp", page(FactorKind::Totp, false)), ("last", page(FactorKind::Passkey, true))]
    }
}
