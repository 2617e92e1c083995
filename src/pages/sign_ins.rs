//! "My sign-ins": what a person is signed in to, at `B/account/sign-ins`.

use askama::Template;

use super::{Frame, Page, Words, user_agent};
use crate::clock::Timestamp;
use crate::protocol::channel::Channel;

/// Lists a person's sign-ins, the last used of each kind first.
#[derive(Template)]
#[template(path = "sign_ins.html", whitespace = "minimize")]
pub struct SignInsPage {
    /// What every page has.
    pub frame: Frame,
    /// The token that proves the forms are ours.
    pub csrf: String,
    /// Whose they are.
    pub account: String,
    /// Browsers, this one included.
    pub browsers: Vec<BrowserSignIn>,
    /// Programs on people's machines.
    pub terminals: Vec<ProgramSignIn>,
    /// All others.
    pub apps: Vec<ProgramSignIn>,
    /// How many are shown of browsers and of programs, if there are more.
    pub cut_at: Option<i64>,
    /// Whether something was just signed out.
    pub done: bool,
}

/// A browser in which the person is signed in.
#[derive(Clone, Debug)]
pub struct BrowserSignIn {
    /// Names it in forms.
    pub id: String,
    /// What it calls itself.
    pub user_agent: String,
    /// From where the person signed in.
    pub address: String,
    /// When.
    pub since: Timestamp,
    /// When it was last seen, to the minute or so.
    pub used_at: Timestamp,
    /// Whether it is the one that shows the page.
    pub is_this: bool,
}

/// A program that has tokens.
#[derive(Clone, Debug)]
pub struct ProgramSignIn {
    /// Names it in forms.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How it got its tokens.
    pub channel: Channel,
    /// From where the person allowed it.
    pub address: String,
    /// Where the program is, if that is elsewhere.
    pub elsewhere: Option<String>,
    /// When it got its tokens.
    pub since: Timestamp,
    /// When it last got tokens.
    pub used_at: Timestamp,
}

impl BrowserSignIn {
    fn name<'a>(&self, frame: &'a Frame) -> Words<'a> {
        match user_agent::describe(&self.user_agent) {
            (Some(browser), Some(system)) => {
                frame.words("sign_ins.browser_on").with("browser", browser).with("system", system)
            }
            (Some(name), None) | (None, Some(name)) => Words::verbatim(name),
            (None, None) => frame.words("sign_ins.a_browser"),
        }
    }
}

impl ProgramSignIn {
    /// Whether it is on a machine of the person's.
    pub fn is_terminal(&self) -> bool {
        matches!(self.channel, Channel::Loopback | Channel::Pasted | Channel::Device)
    }

    fn way(&self) -> &'static str {
        match self.channel {
            Channel::Direct => "sign_ins.direct",
            Channel::Redirect => "sign_ins.redirect",
            Channel::Loopback => "sign_ins.loopback",
            Channel::Pasted => "sign_ins.pasted",
            Channel::Device => "sign_ins.device",
        }
    }
}

impl SignInsPage {
    fn has_others(&self) -> bool {
        let browsers = self.browsers.iter().any(|browser| !browser.is_this);
        browsers || !self.terminals.is_empty() || !self.apps.is_empty()
    }
}

impl Page for SignInsPage {
    fn csp(&self) -> String {
        self.frame.assets.policy().form_action("'self'").to_string()
    }

    /// What is one's own is in nobody else's window.
    fn opener_policy(&self) -> &'static str {
        "same-origin"
    }

    fn samples(frame: &Frame) -> Vec<(&'static str, Self)> {
        let program = |name: &str, channel, elsewhere: Option<&str>| ProgramSignIn {
            id: format!("sample-{name}"),
            name: name.into(),
            channel,
            address: "192.0.2.7".into(),
            elsewhere: elsewhere.map(Into::into),
            since: Timestamp(1_799_900_000),
            used_at: Timestamp(1_799_999_000),
        };
        let few = Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            account: "alice".into(),
            browsers: sample_browsers(),
            terminals: Vec::new(),
            apps: Vec::new(),
            cut_at: None,
            done: false,
        };
        let terminals = vec![
            program("kubectl", Channel::Loopback, None),
            program("Example deploy", Channel::Pasted, Some("2001:db8:17::2a")),
            program("Example TV", Channel::Device, Some("198.51.100.20")),
        ];
        let apps = vec![
            program("Example Notes", Channel::Redirect, None),
            program("Example backup", Channel::Direct, None),
        ];
        let alone = few.browsers[..1].to_vec();
        let many = |cut_at, done| Self {
            frame: frame.clone(),
            csrf: "sample".into(),
            account: "alice".into(),
            browsers: few.browsers.clone(),
            terminals: terminals.clone(),
            apps: apps.clone(),
            cut_at,
            done,
        };
        let (many, more) = (many(None, false), many(Some(100), true));
        vec![("this-browser-only", Self { browsers: alone, ..few }), ("many", many), ("more", more)]
    }
}

fn sample_browsers() -> Vec<BrowserSignIn> {
    let browser = |user_agent: &str, is_this| BrowserSignIn {
        id: format!("sample-{is_this}"),
        user_agent: user_agent.into(),
        address: "192.0.2.7".into(),
        since: Timestamp(1_799_000_000),
        used_at: Timestamp(1_800_000_000),
        is_this,
    };
    vec![
        browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", true),
        browser("Example/1.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)", false),
        browser("", false),
    ]
}
