//! Choosing another password: because the person wants to, or because they have to.

use askama::Template;
use askama::filters::Safe;

use super::sign_in::minutes;
use super::{Frame, Page, Words};
use crate::accounts::BadPassword;

/// Asks for a new password, and for the present one unless it has just been given.
#[derive(Template)]
#[template(path = "password.html", whitespace = "minimize")]
pub struct PasswordPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Where the form goes.
    pub action: String,
    /// Where to go afterwards, in a sign-in.
    pub next: String,
    /// Whose password it is: for the password manager.
    pub username: String,
    /// Whether this is a step of a sign-in.
    pub forced: bool,
    /// Why it was not changed.
    pub error: Option<PasswordError>,
}

/// Why a password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// The present password is another one.
    WrongCurrent,
    /// The new one was not typed the same twice.
    Differ,
    /// The new one breaks a rule.
    Bad(BadPassword),
    /// Too many people sign in at this moment.
    Busy,
    /// Too many tries of the present password.
    TooMany {
        /// Seconds until the next try may succeed.
        retry_after: u64,
    },
}

impl PasswordPage {
    fn title(&self) -> &'static str {
        if self.forced { "new_password.forced" } else { "new_password.title" }
    }

    /// Attributes of a field that is what is wrong: they bring the person there, with the explanation.
    fn invalid(&self, field: &str) -> Safe<&'static str> {
        let wrong = match self.error {
            Some(PasswordError::WrongCurrent) => "current",
            Some(PasswordError::Differ | PasswordError::Bad(_)) => "new",
            Some(PasswordError::Busy | PasswordError::TooMany { .. }) | None => "",
        };
        Safe(match field == wrong {
            true => r#"aria-invalid="true" aria-describedby="problem" autofocus"#,
            false => "",
        })
    }

    fn problem(&self) -> Option<Words<'_>> {
        let words = |key| self.frame.words(key);
        Some(match self.error? {
            PasswordError::WrongCurrent => words("new_password.wrong_current"),
            PasswordError::Differ => words("new_password.differ"),
            PasswordError::Busy => words("sign_in.busy"),
            PasswordError::TooMany { retry_after } => {
                words("sign_in.too_many").with("minutes", minutes(retry_after))
            }
            PasswordError::Bad(bad) => match bad {
                BadPassword::TooShort(count) => {
                    words("new_password.too_short").with("count", count)
                }
                BadPassword::TooLong => words("new_password.too_long"),
                BadPassword::ControlCharacter => words("new_password.control_character"),
                BadPassword::Monotonous => words("new_password.monotonous"),
                BadPassword::UserName => words("new_password.user_name"),
                BadPassword::Breached => words("new_password.breached"),
                BadPassword::Same => words("new_password.same"),
            },
        })
    }
}

impl Page for PasswordPage {
    /// Without `form-action`: in a sign-in, the answer may lead on to any client.
    fn csp(&self) -> String {
        self.frame.assets.policy().to_string()
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |forced, error| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            action: format!("{}/account/password", frame.base),
            next: String::new(),
            username: "alice".into(),
            forced,
            error,
        };
        let bad = |bad| page(false, Some(PasswordError::Bad(bad)));
        vec![
            ("change", page(false, None)),
            ("forced", page(true, None)),
            ("wrong", page(false, Some(PasswordError::WrongCurrent))),
            ("differ", page(true, Some(PasswordError::Differ))),
            ("busy", page(false, Some(PasswordError::Busy))),
            ("too-many", page(false, Some(PasswordError::TooMany { retry_after: 90 }))),
            ("too-short", bad(BadPassword::TooShort(15))),
            ("too-long", bad(BadPassword::TooLong)),
            ("control-character", bad(BadPassword::ControlCharacter)),
            ("monotonous", bad(BadPassword::Monotonous)),
            ("user-name", bad(BadPassword::UserName)),
            ("breached", bad(BadPassword::Breached)),
            ("same", bad(BadPassword::Same)),
        ]
    }
}
