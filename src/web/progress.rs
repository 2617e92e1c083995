//! How far a person has come with one authorization request, carried in the request's own URL.
//!
//! The URL is all the state there is before a code is minted, so "has signed in anew" and "has agreed"
//! travel in it too, as a parameter that only we can write, for this request and this browser, and
//! for a quarter of an hour.

use super::browser::Browser;
use super::site::Site;
use crate::clock::Timestamp;
use crate::protocol::decide::ANY_TIME;
use crate::protocol::params::Params;
use crate::secret;

const NAME: &str = "progress";
const LIFETIME: i64 = 900;

/// What has happened on behalf of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// A sign-in counts only if it is not older than this.
    pub sign_in_since: Option<Timestamp>,
    /// What the person said when asked to agree.
    pub answer: Option<Answer>,
}

/// Yes or no, said by whoever was signed in in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether they agreed.
    pub agreed: bool,
    /// The session's public id: nobody answers for who signs in after them.
    pub sid: String,
}

impl Progress {
    /// Takes the progress out of the parameters. A forged, foreign or old one is none.
    pub fn take(params: &mut Params, site: &Site, browser: &Browser) -> Self {
        let Some(text) = params.remove(NAME) else { return Self::default() };
        Self::read(&text, params, site, browser).unwrap_or_default()
    }

    fn read(text: &str, params: &Params, site: &Site, browser: &Browser) -> Option<Self> {
        let (body, tag) = text.rsplit_once('.')?;
        if !secret::equal(tag, &seal(body, params, site, browser)) {
            return None;
        }
        let mut parts = body.split('.');
        let made_at = Timestamp(parts.next()?.parse().ok()?);
        let since: i64 = parts.next()?.parse().ok()?;
        let agreed = match parts.next()? {
            "y" => Some(true),
            "n" => Some(false),
            _ => None,
        };
        let sid = parts.next()?.to_owned();
        let answer = agreed.map(|agreed| Answer { agreed, sid });
        let age = site.clock.now().since(made_at);
        (0..=LIFETIME)
            .contains(&age)
            .then_some(Self { sign_in_since: (since > 0).then_some(Timestamp(since)), answer })
    }

    /// Set when an earlier sign-in does not count: the earliest that does.
    pub fn new_sign_in(&self) -> Option<Timestamp> {
        self.sign_in_since.filter(|since| *since > ANY_TIME)
    }

    /// What was answered in this session.
    pub fn answer_in(&self, sid: &str) -> Option<bool> {
        self.answer.as_ref().filter(|answer| answer.sid == sid).map(|answer| answer.agreed)
    }

    /// The query string of the request with this progress.
    pub fn put(&self, params: &Params, site: &Site, browser: &Browser) -> String {
        let since = self.sign_in_since.map_or(0, |since| since.0);
        let (answer, sid) = match &self.answer {
            Some(Answer { agreed: true, sid }) => ("y", sid.as_str()),
            Some(Answer { agreed: false, sid }) => ("n", sid.as_str()),
            None => ("-", ""),
        };
        let body = format!("{}.{since}.{answer}.{sid}", site.clock.now().0);
        let tag = seal(&body, params, site, browser);
        let mut with = params.clone();
        with.set(NAME, format!("{body}.{tag}"));
        with.encode()
    }
}

fn seal(body: &str, params: &Params, site: &Site, browser: &Browser) -> String {
    let parts = [body.as_bytes(), params.encode().as_bytes(), browser.digest().as_bytes()]
        .map(<[u8]>::to_vec);
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    secret::base64url(&site.root.derive("progress", &parts)[..16])
}
