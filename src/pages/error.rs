//! What is shown when a request cannot be answered and there is no client to tell.

use askama::Template;

use super::{Frame, Page};

/// Says what went wrong, and how support can find it in the log.
#[derive(Template)]
#[template(path = "error.html", whitespace = "minimize")]
pub struct ErrorPage {
    /// What every page has.
    pub frame: Frame,
    /// The HTTP status the page is sent with.
    pub status: u16,
    /// The key of its title: one of the section `error`.
    pub title: &'static str,
    /// What happened and what helps, in words.
    pub words: String,
    /// What names this request in the log.
    pub request_id: String,
}

impl Page for ErrorPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'none'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |status, title, words: &str| Self {
            frame: frame.clone(),
            status,
            title,
            words: words.into(),
            request_id: "k3v9-sample".into(),
        };
        vec![
            (
                "request",
                page(400, "error.request", "The parameter redirect_uri does not match the client."),
            ),
            ("forbidden", page(403, "error.forbidden", frame.t("error.forbidden_text"))),
            ("not-found", page(404, "error.not_found", frame.t("error.not_found_text"))),
            ("too-many", page(429, "error.too_many", frame.t("error.too_many_text"))),
            ("internal", page(500, "error.internal", frame.t("error.internal_text"))),
            ("unavailable", page(503, "error.unavailable", frame.t("error.unavailable_text"))),
        ]
    }
}
