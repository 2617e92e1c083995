//! What stands at the issuer's own address: what this is, and who is signed in.

use askama::Template;

use super::{Frame, Page};

/// The front page, at `B/`.
#[derive(Template)]
#[template(path = "home.html", whitespace = "minimize")]
pub struct HomePage {
    /// What every page has.
    pub frame: Frame,
    /// Who is signed in.
    pub account: Option<String>,
    /// Whether people change their passwords here.
    pub keeps_passwords: bool,
    /// The token that proves the form is ours; empty when nobody is signed in.
    pub csrf: String,
}

impl Page for HomePage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'self'").to_string()
    }

    /// What is one's own is in nobody else's window.
    fn opener_policy(&self) -> &'static str {
        "same-origin"
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |account: Option<&str>| Self {
            frame: frame.clone(),
            account: account.map(Into::into),
            keeps_passwords: true,
            csrf: if account.is_some() { "sample".into() } else { String::new() },
        };
        vec![("stranger", page(None)), ("account", page(Some("alice")))]
    }
}
