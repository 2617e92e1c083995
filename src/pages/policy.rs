//! The Content-Security-Policy of a page: nothing is allowed but what the page itself is made of.
//!
//! `upgrade-insecure-requests` is left out on purpose: with it WebKit cannot post to loopback addresses.

use std::fmt;

use url::{Position, Url};

/// A policy under construction; `Display` writes the header's value.
#[derive(Clone, Debug)]
pub struct Policy(String);

impl Policy {
    /// Allows the style whose hash this is, images of this origin, and nothing else.
    pub fn new(style_hash: &str) -> Self {
        Self(format!(
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; img-src 'self'; style-src {style_hash}"
        ))
    }

    /// Allows one script.
    #[must_use]
    pub fn script(self, script: &super::assets::Inline) -> Self {
        Self(format!("{}; script-src {}", self.0, script.hash))
    }

    /// Allows requests to this origin.
    #[must_use]
    pub fn connect(self) -> Self {
        Self(format!("{}; connect-src 'self'", self.0))
    }

    /// Limits where forms may go. Mind that browsers apply this to redirects after the form, too.
    #[must_use]
    pub fn form_action(self, sources: &str) -> Self {
        Self(format!("{}; form-action {sources}", self.0))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The source expression that matches a `redirect_uri`: its origin; for an IPv6 address, which source
/// expressions cannot name, and for an app's own scheme, the scheme alone.
pub fn form_target(redirect_uri: &str) -> String {
    match Url::parse(redirect_uri) {
        Ok(url)
            if matches!(url.host(), Some(url::Host::Domain(_) | url::Host::Ipv4(_)))
                && is_http(&url) =>
        {
            url[..Position::BeforePath].to_owned()
        }
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => "'none'".into(),
    }
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_go_to_the_redirect_uri_alone() {
        for (uri, source) in [
            ("http://127.0.0.1:8000/callback?x=1", "http://127.0.0.1:8000"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("https://app.example/cb", "https://app.example"),
            ("http://[::1]:8000/", "http:"),
            ("com.example.app:/callback", "com.example.app:"),
            ("not a uri", "'none'"),
        ] {
            assert_eq!(form_target(uri), source);
        }
    }

    #[test]
    fn no_uri_can_add_a_directive() {
        let target = form_target("http://127.0.0.1:8000/;script-src *");
        assert_eq!(target, "http://127.0.0.1:8000");
        assert!(!form_target("https://user;x:y@host.example/").contains(';'));
    }
}
