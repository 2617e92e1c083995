//! Addresses from outside that a page may link to: nothing that runs, nothing that hides where it leads.

use serde::{Deserialize, Serialize};
use url::Url;

/// An operator's address of a web page or mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(String);

impl Link {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Link {
    type Error = String;

    fn try_from(address: String) -> Result<Self, String> {
        match Url::parse(&address) {
            Ok(url) if matches!(url.scheme(), "https" | "http" | "mailto") => Ok(Self(address)),
            _ => Err(format!(
                "`{address}` is not an address that starts with https:, http: or mailto:"
            )),
        }
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.0
    }
}

/// A client's web page and the host it is on, as browsers spell it; `None` when it is no web page.
pub fn web_page(uri: Option<&str>) -> Option<(&str, String)> {
    let uri = uri?;
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    Some((uri, url.host_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_host_is_shown_and_only_of_the_web() {
        let host = |uri| web_page(Some(uri)).map(|(_, host)| host);
        assert_eq!(host("https://user@example.org:8443/a?b").as_deref(), Some("example.org"));
        assert_eq!(host("https://ex\u{430}mple.org/").as_deref(), Some("xn--exmple-4nf.org"));
        assert_eq!(host("javascript:alert(1)"), None);
        assert_eq!(host("example.org"), None);
    }
}
