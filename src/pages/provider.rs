//! When signing in with a provider came to nothing: what happened, as far as the person may know, and
//! how to go on.

use askama::Template;

use super::{Frame, Page};

/// Says why nobody is signed in.
#[derive(Template)]
#[template(path = "provider.html", whitespace = "minimize")]
pub struct ProviderPage {
    /// What every page has.
    pub frame: Frame,
    /// The provider's name.
    pub provider: String,
    /// What happened.
    pub problem: ProviderProblem,
    /// Where the same sign-in can be tried in another way: a path of this origin.
    pub again: Option<String>,
    /// What names this request in the log.
    pub request_id: String,
}

/// What can happen, as far as a person may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderProblem {
    /// The person said no at the provider.
    Declined,
    /// The provider does not answer.
    Down,
    /// The sign-in took too long, was finished before, or began in another browser.
    Over,
    /// The provider is sure who it is, and they are not let in here.
    NotLetIn,
    /// The program wants a new sign-in, and the provider did not ask for one.
    NotAnew,
    /// Anything else.
    Failed,
}

impl ProviderProblem {
    /// Everything that can happen.
    pub const ALL: [Self; 6] =
        [Self::Declined, Self::Down, Self::Over, Self::NotLetIn, Self::NotAnew, Self::Failed];

    fn title(self) -> &'static str {
        match self {
            Self::Declined => "provider.declined",
            Self::Down => "provider.down",
            Self::Over => "provider.over",
            Self::NotLetIn => "provider.not_let_in",
            Self::NotAnew => "provider.not_anew",
            Self::Failed => "provider.failed",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Declined => "provider.declined_text",
            Self::Down => "provider.down_text",
            Self::Over => "provider.over_text",
            Self::NotLetIn => "provider.not_let_in_text",
            Self::NotAnew => "provider.not_anew_text",
            Self::Failed => "provider.failed_text",
        }
    }

    fn name(self) -> &'static str {
        self.title().rsplit('.').next().unwrap_or_default()
    }
}

impl Page for ProviderPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |problem: ProviderProblem| Self {
            frame: frame.clone(),
            provider: "Example Corp".into(),
            problem,
            again: (problem != ProviderProblem::Over)
                .then(|| format!("{}/login?next=%2Fauthorize&choose=1", frame.base)),
            request_id: "k3v9-sample".into(),
        };
        ProviderProblem::ALL.map(|problem| (problem.name(), page(problem))).into()
    }
}
