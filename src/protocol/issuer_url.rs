//! The issuer identifier: the URL that discovery, tokens and every client agree on, byte for byte
//! (OpenID Connect Discovery §3, RFC 8414 §2).

use std::fmt;

use url::{Host, Url};

/// An issuer URL in its one spelling: no query, no fragment, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerUrl {
    text: String,
    url: Url,
}

impl IssuerUrl {
    /// Reads an issuer URL. Plain http is for loopback hosts, unless `allow_insecure_http`.
    ///
    /// # Errors
    /// A sentence without its subject, as in "should be written as …".
    pub fn parse(text: &str, allow_insecure_http: bool) -> Result<Self, String> {
        let url = Url::parse(text)
            .ok()
            .filter(Url::has_host)
            .ok_or("should be a URL like https://id.example.org")?;
        match url.scheme() {
            "https" => {}
            "http" if allow_insecure_http || is_loopback(&url) => {}
            "http" => {
                return Err("should start with https://, since plain http lets the network read passwords; in a \
                            closed test network allow_insecure_http = true lets you do without"
                    .into());
            }
            _ => return Err("should start with https://".into()),
        }
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err("should have neither a query, nor a fragment, nor a user name".into());
        }
        let segments = url.path().split('/').filter(|segment| !segment.is_empty());
        let spelling = segments
            .fold(url.origin().ascii_serialization(), |base, segment| format!("{base}/{segment}"));
        if text != spelling {
            return Err(format!("should be written as {spelling}"));
        }
        Ok(Self { text: text.into(), url })
    }

    /// The URL as it stands in tokens.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path below which everything lives: empty, or like `/oidc`.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Whether browsers reach it by https.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The scheme, host and port, as in an `Origin` header.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether the URL's host is this machine: a loopback address, `localhost` or a name below it
/// (RFC 6761 §6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_is_accepted() {
        for text in [
            "https://id.example.org",
            "https://id.example.org/oidc",
            "https://id.example.org:8443/a/b",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/oidc",
            "http://id.localhost",
        ] {
            assert_eq!(IssuerUrl::parse(text, false).unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_spellings_are_told_the_right_one() {
        for (text, right) in [
            ("https://id.example.org/", "https://id.example.org"),
            ("https://id.example.org/oidc/", "https://id.example.org/oidc"),
            ("https://ID.example.org", "https://id.example.org"),
            ("https://id.example.org:443", "https://id.example.org"),
            ("https://id.example.org/a//b", "https://id.example.org/a/b"),
        ] {
            assert_eq!(IssuerUrl::parse(text, false), Err(format!("should be written as {right}")));
        }
    }

    #[test]
    fn what_is_no_issuer_is_refused() {
        for text in [
            "",
            "id.example.org",
            "ftp://id.example.org",
            "http://id.example.org",
            "http://localhost.example.org",
            "https://id.example.org?a=b",
            "https://id.example.org#a",
            "https://me@id.example.org",
            "mailto:me@example.org",
        ] {
            assert!(IssuerUrl::parse(text, false).is_err(), "{text}");
        }
        assert!(IssuerUrl::parse("http://id.example.org", true).is_ok());
    }

    #[test]
    fn its_parts_are_known() {
        let issuer = IssuerUrl::parse("https://id.example.org:8443/oidc", false).unwrap();
        assert_eq!((issuer.path(), issuer.is_https()), ("/oidc", true));
        assert_eq!(issuer.origin(), "https://id.example.org:8443");
        assert_eq!(IssuerUrl::parse("http://localhost:8080", false).unwrap().path(), "");
    }
}
