//! The page that brings a code to the program that asked: confirmation, hand-off and outcome in one.
//!
//! A public client on a loopback address is confirmed by a person (RFC 8252 §8.6). The click mints the
//! code and opens a small window, into which the response is POSTed; the page keeps the code and asks
//! the issuer whether it was redeemed. Every state is rendered by the server, and the page works
//! without JavaScript; the script only moves between the same states without loading anew.

mod samples;
mod stories;

use askama::Template;

use super::assets::Inline;
use super::policy::form_target;
use super::{Frame, Page, Words, links, stranger};
use crate::clock::Timestamp;
use crate::protocol::client::Stranger;

/// Confirmation, hand-off and outcome of one sign-in. No `Debug`: it holds the code.
#[derive(Clone, Template)]
#[template(path = "handoff.html", whitespace = "minimize")]
pub struct HandoffPage {
    /// What every page has.
    pub frame: Frame,
    /// How far the sign-in is.
    pub state: HandoffState,
    /// The program that asked.
    pub client_name: String,
    /// Where a person can read about it.
    pub client_uri: Option<String>,
    /// How the program came to be known, if no admin entered it.
    pub stranger: Option<Stranger>,
    /// Who is signed in here.
    pub account: String,
    /// The network address from which this browser asked.
    pub address: String,
    /// When it asked.
    pub asked_at: Timestamp,
    /// What the program shows too, if it does.
    pub match_phrase: Option<String>,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The authorization request's query string, byte for byte.
    pub request: String,
    /// How the response travels.
    pub delivery: Delivery,
    /// The `redirect_uri`.
    pub action: String,
    /// The response's parameters; empty while there is no response.
    pub fields: Vec<(String, String)>,
    /// The code in groups, where it may be shown.
    pub code: Option<String>,
    /// What names this hand-off in `B/handoff/<handle>`.
    pub handle: Option<String>,
    /// Seconds until the code expires.
    pub expires_in: i64,
    /// Whether the code may be shown for pasting.
    pub paste_allowed: bool,
    /// Where the person's terminal is presumed to be.
    pub start: Start,
    /// Sends the response at once, without a click: for trusted clients where it worked before.
    pub auto_start: bool,
    /// The protocol's error code and what happened in words, when the request was refused.
    pub error: Option<(String, String)>,
    /// The link that begins again.
    pub restart: Option<String>,
    /// Whether one can sign in as somebody else.
    pub switch_account: bool,
}

/// How far a hand-off is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoffState {
    /// The person is asked.
    Confirm,
    /// There is a code, not redeemed yet.
    Ready,
    /// The program has signed in.
    Redeemed,
    /// Nobody redeemed the code in time.
    Expired,
    /// The code was presented wrongly, or twice, and is dead.
    Misused,
    /// The person or the issuer said no.
    Refused,
}

impl HandoffState {
    /// The name in URLs, JSON and the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Ready => "ready",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Misused => "misused",
            Self::Refused => "refused",
        }
    }
}

/// How the response travels to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// POSTed to the loopback address by the page.
    FormPost,
    /// In the query or fragment of a redirect, which the confirmation's answer is.
    Redirect,
    /// By hand alone (`urn:ietf:wg:oauth:2.0:oob`).
    Manual,
}

/// Where the person's terminal is presumed to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// On the machine of this browser.
    Loopback,
    /// Elsewhere: the code is shown for pasting.
    Paste,
}

impl HandoffPage {
    /// Whether a response can still come into being on this page, so that its parts must be there.
    fn is_open(&self) -> bool {
        matches!(self.state, HandoffState::Confirm | HandoffState::Ready)
    }

    /// Whether the script takes part. A redirect needs none, and an outcome has nothing left to do.
    fn is_scripted(&self) -> bool {
        self.delivery != Delivery::Redirect && (self.is_open() || self.can_send())
    }

    /// The script that goes with this page.
    fn script(&self) -> &Inline {
        let assets = &self.frame.assets;
        if self.auto_start { &assets.auto } else { &assets.handoff }
    }

    /// Whether there is, or may come, something to send to the program.
    fn can_send(&self) -> bool {
        let has_response = self.state == HandoffState::Confirm || !self.fields.is_empty();
        self.delivery == Delivery::FormPost && has_response
    }

    /// Whether the code may be asked for on this page.
    fn can_paste(&self) -> bool {
        self.paste_allowed && self.delivery != Delivery::Redirect
    }

    /// Whether showing the code is what the first button does.
    fn starts_with_paste(&self) -> bool {
        self.can_paste() && (self.start == Start::Paste || self.delivery == Delivery::Manual)
    }

    /// The code, with a place to break the line after each group.
    fn groups(&self) -> impl Iterator<Item = &str> {
        self.code.iter().flat_map(|code| code.split_inclusive('-'))
    }

    /// What to think of before going on.
    fn warning(&self) -> Option<Words<'_>> {
        stranger::about(&self.frame, &self.client_name, self.stranger.as_ref())
    }

    /// The client's web page and its host.
    fn client_link(&self) -> Option<(&str, String)> {
        links::web_page(self.client_uri.as_deref())
    }

    /// The time that is left, as in `4:59`.
    fn time_left(&self) -> String {
        let left = self.expires_in.max(0);
        format!("{}:{:02}", left / 60, left % 60)
    }
}

impl Page for HandoffPage {
    /// `'self'` stands beside the client's address because browsers check `form-action` again when the
    /// program answers with a redirect to the issuer. The confirmation of a redirect client goes without:
    /// its answer is the start of a chain that may end anywhere.
    fn csp(&self) -> String {
        let policy = self.frame.assets.policy();
        let policy =
            if self.is_scripted() { policy.script(self.script()).connect() } else { policy };
        match self.delivery {
            Delivery::FormPost => {
                policy.form_action(&format!("{} 'self'", form_target(&self.action)))
            }
            Delivery::Manual => policy.form_action("'self'"),
            Delivery::Redirect => policy,
        }
        .to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        samples::all(frame)
    }
}
