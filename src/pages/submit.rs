//! Form Post Response Mode for applications on the web: the page posts itself to the client at once.

use askama::Template;

use super::{Frame, Page};

/// Carries a response to a client that is not on a loopback address. No `Debug`: it holds the code.
#[derive(Template)]
#[template(path = "submit.html", whitespace = "minimize")]
pub struct SubmitPage {
    /// What every page has.
    pub frame: Frame,
    /// Where the person is going.
    pub client_name: String,
    /// The `redirect_uri`.
    pub action: String,
    /// The response's parameters.
    pub fields: Vec<(String, String)>,
}

impl Page for SubmitPage {
    /// Without `form-action`: an application may send the browser on to another of its hosts, and
    /// browsers would apply the policy to that redirect too.
    fn csp(&self) -> String {
        self.frame.assets.policy().script(&self.frame.assets.submit).to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let page = Self {
            frame: frame.clone(),
            client_name: "Example Notes".into(),
            action: "https://notes.example/callback".into(),
            fields: vec![field("code", "sample"), field("state", "af0ifjsldkj")],
        };
        vec![("sending", page)]
    }
}
