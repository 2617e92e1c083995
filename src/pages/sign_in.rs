//! Where a person proves who they are: user name and password, posted to `B/login`.

use askama::Template;
use askama::filters::Safe;

use super::{Frame, Page, PasskeyPrompt};

/// Asks for user name and password.
#[derive(Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
pub struct SignInPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the form is ours.
    pub csrf: String,
    /// Where to go afterwards: a path and query of this origin.
    pub next: String,
    /// What was typed before, or was suggested by the request.
    pub username: String,
    /// The program that waits for this sign-in, if one does.
    pub client_name: Option<String>,
    /// Whether whoever is signed in has to prove it once more, to change something of their own.
    pub again: bool,
    /// For signing in with a passkey instead, where there are passkeys.
    pub passkey: Option<PasskeyPrompt>,
    /// Whether a password can be typed here.
    pub passwords: bool,
    /// Ways in besides a password.
    pub ways: Vec<Way>,
    /// Why the last try did not succeed.
    pub error: Option<SignInError>,
}

/// A way in by a provider.
#[derive(Clone, Debug)]
pub struct Way {
    /// The provider's name.
    pub name: String,
    /// Where it begins: a path of this origin.
    pub link: String,
}

/// Why a try to sign in did not succeed, as far as a person may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// User name and password do not belong together.
    WrongCredentials,
    /// The passkey's answer does not hold, or came too late.
    Passkey,
    /// Too many people sign in at this moment.
    Busy,
    /// Too many tries for this account or from this address.
    TooMany {
        /// Seconds until the next try may succeed.
        retry_after: u64,
    },
}

impl SignInPage {
    /// Attributes of a field that may be what is wrong: they lead from the field to the explanation.
    fn invalid(&self) -> Safe<&'static str> {
        Safe(match self.error {
            Some(SignInError::WrongCredentials) => {
                r#"aria-invalid="true" aria-describedby="problem""#
            }
            _ => "",
        })
    }
}

/// Whole minutes to wait, at least one.
pub(super) fn minutes(retry_after: u64) -> u64 {
    retry_after.div_ceil(60).max(1)
}

impl Page for SignInPage {
    /// Without `form-action`: browsers apply it to the whole chain of redirects that follows the form,
    /// and that chain may end at any client.
    fn csp(&self) -> String {
        let policy = self.frame.assets.policy();
        match &self.passkey {
            Some(_) => policy.script(&self.frame.assets.passkey).to_string(),
            None => policy.to_string(),
        }
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let page = |client_name: Option<&str>, username: &str, error| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            next: format!("{}/authorize?client_id=kubectl", frame.base),
            username: username.into(),
            client_name: client_name.map(Into::into),
            again: false,
            passkey: None,
            passwords: true,
            ways: Vec::new(),
            error,
        };
        let with_passkey = |error| Self {
            passkey: Some(PasskeyPrompt::sample()),
            ..page(Some("kubectl"), "", error)
        };
        let way = |name: &str| Way {
            name: name.into(),
            link: format!("{}/upstream/{name}?next=%2Faccount", frame.base),
        };
        let ways = vec![way("corp"), way("forge")];
        let chooser = Self { ways: ways.clone(), ..page(Some("kubectl"), "", None) };
        let providers = Self { passwords: false, ways, ..page(Some("kubectl"), "", None) };
        vec![
            ("chooser", chooser),
            ("providers", providers),
            ("plain", page(None, "", None)),
            ("client", page(Some("kubectl"), "", None)),
            ("passkey", with_passkey(None)),
            ("passkey-refused", with_passkey(Some(SignInError::Passkey))),
            ("again", Self { again: true, ..page(None, "", None) }),
            ("wrong", page(Some("kubectl"), "alice", Some(SignInError::WrongCredentials))),
            ("busy", page(None, "alice", Some(SignInError::Busy))),
            ("too-many", page(None, "alice", Some(SignInError::TooMany { retry_after: 90 }))),
        ]
    }
}
