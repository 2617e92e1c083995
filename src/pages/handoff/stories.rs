//! What the hand-off page says in each of its states, and which parts are there in which.

use std::fmt;

use askama::filters::HtmlSafe;

use super::HandoffPage;
use crate::pages::Words;

impl HandoffPage {
    /// The attributes of a part that is there in some of the states only, separated by spaces.
    pub(super) fn on(&self, states: &'static str) -> On {
        On { states, hidden: !states.split(' ').any(|state| state == self.state.name()) }
    }

    /// The page's title: the heading of its present state, with nothing secret in it.
    pub(super) fn title(&self) -> String {
        self.stories()
            .iter()
            .find(|story| !story.on.hidden)
            .map(|story| story.title.plain())
            .unwrap_or_default()
    }

    /// What each state says that this page is in or may come to.
    pub(super) fn stories(&self) -> Vec<Story<'_>> {
        let message = |key| self.frame.words(key).with("client", &self.client_name);
        let (ready, ready_text) = match self.can_paste() {
            true => ("handoff.ready", "handoff.ready_text"),
            false => ("handoff.ready_without_code", "handoff.ready_without_code_text"),
        };
        let (refused, refused_text) = match &self.error {
            Some((_, words)) => ("handoff.failed", Words::verbatim(words)),
            None => ("handoff.refused", message("handoff.refused_text")),
        };
        [
            ("confirm", "handoff.confirm", message("handoff.confirm_lead")),
            ("sending", "handoff.sending", message("handoff.sending_text")),
            ("ready", ready, message(ready_text)),
            ("redeemed", "handoff.redeemed", message("handoff.redeemed_text")),
            ("expired", "handoff.expired", message("handoff.expired_text")),
            ("misused", "handoff.misused", message("handoff.misused_text")),
            ("refused", refused, refused_text),
        ]
        .map(|(state, title, text)| Story {
            on: self.on(state),
            title: message(title),
            text,
            is_protocol: state == "refused" && self.error.is_some(),
        })
        .into_iter()
        .filter(|story| {
            !story.on.hidden
                || (self.is_open() && self.is_scripted() && story.on.states != "confirm")
        })
        .collect()
    }
}

/// What the page says in one state.
pub(super) struct Story<'a> {
    pub(super) on: On,
    pub(super) title: Words<'a>,
    pub(super) text: Words<'a>,
    /// Whether the text is the protocol's, which is English everywhere.
    pub(super) is_protocol: bool,
}

/// See [`HandoffPage::on`]. Its text is made of our own constants, hence safe.
pub(super) struct On {
    states: &'static str,
    hidden: bool,
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data-on=\"{}\"{}", self.states, if self.hidden { " hidden" } else { "" })
    }
}

impl HtmlSafe for On {}
