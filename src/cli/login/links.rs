//! The two links of one login. The one that is opened delivers to this machine; the one that is printed
//! begins with "my terminal is elsewhere", since whoever copies a link is elsewhere. The issuer knows
//! them for siblings: when one is finished, the other is dead.
//!
//! Only a Doorstep understands the difference. Any other issuer gets plain standard requests, and both
//! links are one.

use url::Url;

use crate::relying_party::{Attempt, Error, RelyingParty};

/// A link that is printed should work for as long as people take to get to a browser.
const LONG_ENOUGH: i64 = 300;

/// What is opened and what is printed.
pub(super) struct Links {
    /// For the browser of this machine, when one shall be opened.
    pub(super) opened: Option<Url>,
    /// For the person.
    pub(super) printed: Url,
}

/// Which ways a response can come back, and whether a browser shall be opened.
#[derive(Clone, Copy)]
pub(super) struct Ways {
    pub(super) listener: bool,
    pub(super) terminal: bool,
    pub(super) open: bool,
}

impl Links {
    /// Makes them, short if the issuer takes requests beforehand (RFC 9126).
    pub(super) async fn make(
        party: &RelyingParty,
        attempt: &Attempt,
        ways: Ways,
    ) -> Result<Self, Error> {
        if party.provider.handoff_result().is_none() {
            let printed = link(party, attempt, &[], LONG_ENOUGH).await?;
            return Ok(Self { opened: ways.open.then(|| printed.clone()), printed });
        }
        let to_loopback = [("handoff", "loopback")];
        let to_paste = [("handoff", "paste")];
        let printed = if ways.terminal { to_paste } else { to_loopback };
        let opened = if ways.listener { to_loopback } else { to_paste };
        let opened = match ways.open {
            true => Some(link(party, attempt, &opened, 0).await?),
            false => None,
        };
        Ok(Self { opened, printed: link(party, attempt, &printed, LONG_ENOUGH).await? })
    }
}

/// A link that works for at least `needed` seconds, if there is a choice.
async fn link(
    party: &RelyingParty,
    attempt: &Attempt,
    further: &[(&str, &str)],
    needed: i64,
) -> Result<Url, Error> {
    if let Some(endpoint) = party.provider.pushed_request_endpoint() {
        let pushed = party.push(endpoint, attempt, further).await?;
        if pushed.expires_in >= needed || party.provider.requires_pushed_requests() {
            return Ok(pushed.link);
        }
    }
    Ok(party.link(attempt, further))
}
