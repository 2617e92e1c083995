//! Where a person signs in with the browser for a desktop app that waits elsewhere.

use askama::Template;

use super::{Frame, Page};
use crate::clock::Timestamp;

/// Asks whether the person started the app, and says what came of it.
#[derive(Template)]
#[template(path = "desktop.html", whitespace = "minimize")]
pub struct DesktopPage {
    /// What every page has.
    pub frame: Frame,
    /// What the app is called.
    pub app_name: String,
    /// How far the person is.
    pub step: DesktopStep,
}

/// How far a person is.
pub enum DesktopStep {
    /// The person decides whether to go on.
    Confirm(DesktopAsked),
    /// The app has its session, or will have in a moment.
    SignedIn,
    /// The person said no.
    Denied,
    /// The app runs in another network than the browser, which is not allowed.
    Elsewhere,
    /// Nobody waits behind this link, or no longer.
    Over,
}

/// What a person should know before going on.
pub struct DesktopAsked {
    /// Where the answer goes.
    pub action: String,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// What the app shows too, if it does.
    pub match_phrase: String,
    /// The address from which the app asked.
    pub address: String,
    /// Whether this browser has the same.
    pub is_same_address: bool,
    /// When the app asked.
    pub asked_at: Timestamp,
}

impl DesktopAsked {
    fn address_note(&self) -> &'static str {
        if self.is_same_address { "device.same_address" } else { "device.other_address" }
    }
}

impl DesktopStep {
    fn name(&self) -> &'static str {
        match self {
            Self::Confirm(_) => "confirm",
            Self::SignedIn => "signed_in",
            Self::Denied => "denied",
            Self::Elsewhere => "elsewhere",
            Self::Over => "over",
        }
    }
}

impl DesktopPage {
    fn title(&self) -> &'static str {
        match self.step {
            DesktopStep::Confirm(_) => "handoff.confirm",
            DesktopStep::SignedIn => "desktop.signed_in",
            DesktopStep::Denied => "desktop.denied",
            DesktopStep::Elsewhere => "desktop.elsewhere",
            DesktopStep::Over => "desktop.over",
        }
    }
}

impl Page for DesktopPage {
    /// Without `form-action`: the answer is the start of a chain of redirects that ends at the issuer.
    fn csp(&self) -> String {
        self.frame.assets.policy().to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |step: DesktopStep| {
            let name = step.name();
            (name, Self { frame: frame.clone(), app_name: "Example Desktop".into(), step })
        };
        let asked = DesktopAsked {
            action: format!("{}/desktop/sample", frame.base),
            csrf: "sample".into(),
            match_phrase: "otter candle 42".into(),
            address: "192.0.2.7".into(),
            is_same_address: true,
            asked_at: Timestamp(1_800_000_000),
        };
        [
            DesktopStep::Confirm(asked),
            DesktopStep::SignedIn,
            DesktopStep::Denied,
            DesktopStep::Elsewhere,
            DesktopStep::Over,
        ]
        .map(page)
        .into()
    }
}
