//! What is shown when a request cannot be answered and there is no client to tell.

use askama::Template;

use super::{Frame, Page};

/// Says what went wrong, and how support can find it in the log.
#[derive(Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub struct ErrorPage {
    /// What every page has.
    pub frame: Frame,
    /// The key of its title: one of the section `error`.
    pub title: &'static str,
    /// What is wrong in particular, in English, for whoever made the request; may be empty.
    pub detail: String,
    /// What names this request in the log.
    pub request_id: String,
}

/// The key of what such a title says further: what happened, and what helps.
pub fn explanation(title: &str) -> &'static str {
    match title {
        "error.request" => "error.request_text",
        "error.forbidden" => "error.forbidden_text",
        "error.not_found" => "error.not_found_text",
        "error.too_many" => "error.too_many_text",
        "error.unavailable" => "error.unavailable_text",
        _ => "error.internal_text",
    }
}

impl Page for ErrorPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |title, detail: &str| Self {
            frame: frame.clone(),
            title,
            detail: detail.into(),
            request_id: "k3v9-sample".into(),
        };
        vec![
            (
                "request",
                page("error.request", "The parameter redirect_uri does not match the client."),
            ),
            ("forbidden", page("error.forbidden", "")),
            ("not-found", page("error.not_found", "")),
            ("too-many", page("error.too_many", "")),
            ("internal", page("error.internal", "")),
            ("unavailable", page("error.unavailable", "")),
        ]
    }
}
