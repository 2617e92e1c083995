//! Where a person lets a device sign in: posted to `B/device`.

use askama::Template;
use serde::Deserialize;

use super::{Frame, Page, links};
use crate::clock::Timestamp;

/// Asks for the code of a device, then whether to sign in there, and says what came of it.
#[derive(Template)]
#[template(path = "device.html", whitespace = "minimize")]
pub struct DevicePage {
    /// What every page has.
    pub frame: Frame,
    /// How far the person is.
    pub step: DeviceStep,
}

/// How far a person is.
pub enum DeviceStep {
    /// The code is asked for.
    Enter {
        /// What was typed before.
        typed: String,
        /// Why it did not do.
        problem: Option<DeviceProblem>,
    },
    /// The person compares, and decides.
    Confirm(Box<DeviceConfirmation>),
    /// The person has decided.
    Decided(DeviceAnswer),
}

/// Why a code did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceProblem {
    /// It is not a whole code, or was mistyped.
    Malformed,
    /// No device waits with this code, or no longer.
    Unknown,
}

/// What the person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceAnswer {
    /// The device may sign in.
    Approved,
    /// It may not.
    Denied,
}

/// What a person should know before deciding.
pub struct DeviceConfirmation {
    /// The token that proves the form is ours.
    pub csrf: String,
    /// The code, for comparison with the device.
    pub user_code: String,
    /// Proof that this was shown to this person.
    pub shown: String,
    /// The program on the device.
    pub client_name: String,
    /// Where a person can read about it.
    pub client_uri: Option<String>,
    /// Who is signed in here.
    pub account: String,
    /// Where somebody else can sign in first.
    pub switch_account: String,
    /// What the device shows too, if it does.
    pub match_phrase: Option<String>,
    /// The address from which the device asked.
    pub address: String,
    /// Whether this browser has the same.
    pub is_same_address: bool,
    /// When the device asked.
    pub asked_at: Timestamp,
}

impl DeviceAnswer {
    /// The name in forms and URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Approved => "device.approved",
            Self::Denied => "device.denied",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Approved => "device.approved_text",
            Self::Denied => "device.denied_text",
        }
    }
}

impl DeviceProblem {
    fn text(self) -> &'static str {
        match self {
            Self::Malformed => "device.malformed",
            Self::Unknown => "device.unknown",
        }
    }
}

impl DeviceStep {
    fn name(&self) -> &'static str {
        match self {
            Self::Enter { .. } => "enter",
            Self::Confirm(_) => "confirm",
            Self::Decided(answer) => answer.name(),
        }
    }
}

impl DeviceConfirmation {
    /// The client's web page and its host.
    fn client_link(&self) -> Option<(&str, String)> {
        links::web_page(self.client_uri.as_deref())
    }

    fn address_note(&self) -> &'static str {
        if self.is_same_address { "device.same_address" } else { "device.other_address" }
    }
}

impl DevicePage {
    fn heading(&self) -> super::Words<'_> {
        match &self.step {
            DeviceStep::Enter { .. } => self.frame.words("device.enter"),
            DeviceStep::Confirm(asked) => {
                self.frame.words("device.confirm").with("client", &asked.client_name)
            }
            DeviceStep::Decided(answer) => self.frame.words(answer.title()),
        }
    }
}

impl Page for DevicePage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'self'").to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |step| Self { frame: frame.clone(), step };
        let enter = |typed: &str, problem| page(DeviceStep::Enter { typed: typed.into(), problem });
        let confirm = |phrase: Option<&str>, is_same_address| {
            page(DeviceStep::Confirm(Box::new(DeviceConfirmation {
                csrf: "sample".into(),
                user_code: "BCD-FGH-JKM".into(),
                shown: "sample".into(),
                client_name: "Example TV".into(),
                client_uri: Some("https://tv.example/".into()),
                account: "alice".into(),
                switch_account: format!("{}/login?next=%2Fdevice", frame.base),
                match_phrase: phrase.map(Into::into),
                address: "192.0.2.7".into(),
                is_same_address,
                asked_at: Timestamp(1_800_000_000),
            })))
        };
        vec![
            ("enter", enter("", None)),
            ("malformed", enter("BCD-FGH", Some(DeviceProblem::Malformed))),
            ("unknown", enter("BCD-FGH-JKM", Some(DeviceProblem::Unknown))),
            ("confirm", confirm(None, true)),
            ("confirm-phrase", confirm(Some("otter candle 42"), false)),
            ("approved", page(DeviceStep::Decided(DeviceAnswer::Approved))),
            ("denied", page(DeviceStep::Decided(DeviceAnswer::Denied))),
        ]
    }
}
