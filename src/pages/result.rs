//! The last page of a sign-in that ended somewhere else: in a program's loopback listener.

use askama::Template;

use super::{Frame, Page};

/// Says how a sign-in ended.
#[derive(Template)]
#[template(path = "result.html", whitespace = "minimize")]
pub struct ResultPage {
    /// What every page has.
    pub frame: Frame,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a sign-in ended, as the program reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The program has its tokens.
    SignedIn,
    /// The person said no.
    Denied,
    /// Something else went wrong; the program says what.
    Failed,
}

impl Outcome {
    /// Every outcome there is.
    pub const ALL: [Self; 3] = [Self::SignedIn, Self::Denied, Self::Failed];

    /// The name in the query of the result page.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Self::SignedIn => "result.signed_in",
            Self::Denied => "result.denied",
            Self::Failed => "result.failed",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::SignedIn => "result.signed_in_text",
            Self::Denied => "result.denied_text",
            Self::Failed => "result.failed_text",
        }
    }
}

impl Page for ResultPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        Outcome::ALL.map(|outcome| (outcome.name(), Self { frame: frame.clone(), outcome })).into()
    }
}
