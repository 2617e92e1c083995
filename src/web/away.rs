//! People who have gone to sign in elsewhere, with a provider or for an app, and come back by one of
//! our own addresses: the cookie that goes with them, and responses that a provider posts.

pub mod cookie;
pub mod posted;

use super::site::Site;

/// Where people come back to: one provider's, or one app's.
#[derive(Clone, Copy, Debug)]
pub struct Door<'a> {
    /// The site it is at.
    pub site: &'a Site,
    /// What kind of door it is: part of its cookies' names.
    pub kind: &'static str,
    /// Which of them. A state for one opens no other.
    pub id: &'a str,
    /// Its path at the site, as in `/upstream/corp`. Responses come to `/callback` below it.
    pub path: &'a str,
}

impl Door<'_> {
    /// The path of one of the door's addresses on this host.
    fn at(&self, rest: &str) -> String {
        self.site.path(&format!("{}{rest}", self.path))
    }
}
