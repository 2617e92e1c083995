//! Leaving: the question that RP-initiated logout puts to the person (OpenID Connect RP-Initiated
//! Logout 1.0 §2), and what follows.

use askama::Template;

use super::{Frame, Page};

/// Asks whether to sign out; posted to `B/logout`.
#[derive(Template)]
#[template(path = "logout.html", whitespace = "minimize")]
pub struct LogoutPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The logout request's query string, byte for byte.
    pub request: String,
    /// Who is signed in.
    pub account: String,
}

/// Says that the person is signed out.
#[derive(Template)]
#[template(path = "signed_out.html", whitespace = "minimize")]
pub struct SignedOutPage {
    /// What every page has.
    pub frame: Frame,
    /// The program to go back to: its name and address.
    pub client: Option<(String, String)>,
}

impl Page for LogoutPage {
    /// Without `form-action`: the answer may be a redirect to any client's `post_logout_redirect_uri`.
    fn csp(&self) -> String {
        self.frame.assets.policy().to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            request: "client_id=notes".into(),
            account: "alice".into(),
        };
        vec![("question", page)]
    }
}

impl Page for SignedOutPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let client = ("Example Notes".to_owned(), "https://notes.example/".to_owned());
        vec![
            ("plain", Self { frame: frame.clone(), client: None }),
            ("client", Self { frame: frame.clone(), client: Some(client) }),
        ]
    }
}
