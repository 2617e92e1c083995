//! Asks whether an application may have what it asks for.

use askama::Template;

use super::{Frame, Page, Words, links, stranger};
use crate::protocol::client::Stranger;

/// Asks a person to agree; posted to `B/consent`.
#[derive(Template)]
#[template(path = "consent.html", whitespace = "minimize")]
pub struct ConsentPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The authorization request: a path and query of this origin.
    pub next: String,
    /// The application that asks.
    pub client_name: String,
    /// Where a person can read about it.
    pub client_uri: Option<String>,
    /// How the application came to be known, if no admin entered it.
    pub stranger: Option<Stranger>,
    /// Who is signed in.
    pub account: String,
    /// The scopes it asks for.
    pub scopes: Vec<String>,
}

impl ConsentPage {
    /// What the scopes mean, in words. A scope that only this installation knows stands for itself.
    fn meanings(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().filter(|scope| *scope != "openid").map(|scope| match scope.as_str() {
            "profile" => self.frame.t("consent.profile"),
            "email" => self.frame.t("consent.email"),
            "address" => self.frame.t("consent.address"),
            "phone" => self.frame.t("consent.phone"),
            "groups" => self.frame.t("consent.groups"),
            "offline_access" => self.frame.t("consent.offline_access"),
            other => other,
        })
    }

    /// What to think of before going on.
    fn warning(&self) -> Option<Words<'_>> {
        stranger::about(&self.frame, &self.client_name, self.stranger.as_ref())
    }

    /// The client's web page and its host.
    fn client_link(&self) -> Option<(&str, String)> {
        links::web_page(self.client_uri.as_deref())
    }
}

impl Page for ConsentPage {
    /// Without `form-action`: the answer is the start of a chain of redirects that ends at the client.
    fn csp(&self) -> String {
        self.frame.assets.policy().to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |scopes: &str| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            next: format!("{}/authorize?client_id=notes", frame.base),
            client_name: "Example Notes".into(),
            client_uri: Some("https://notes.example/".into()),
            stranger: None,
            account: "alice".into(),
            scopes: scopes.split(' ').map(str::to_owned).collect(),
        };
        let strange = |stranger| Self { stranger: Some(stranger), ..page("openid email") };
        vec![
            ("registered", strange(Stranger::Registered)),
            ("document", strange(Stranger::Document("notes.example".into()))),
            ("little", page("openid")),
            ("much", page("openid profile email address phone groups offline_access")),
        ]
    }
}
