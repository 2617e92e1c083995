//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): a client whose id is
//! the address of a document that describes it.

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use url::{Origin, Url};

use super::rules::{BadMetadata, refuse};
use super::stranger::Stranger;
use super::{Client, ClientAuthMethod};
use crate::protocol::redirect_uri;

/// Hosts whose documents are believed: a name, the names below one as in `*.example.org`, or `*` for
/// any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A sentence without its subject.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        let is_host = Url::parse(&format!("https://{name}/")).is_ok_and(|url| {
            url.host_str() == Some(name) && url.path() == "/" && url.query().is_none()
        });
        match is_host && !name.contains('*') || text == "*" {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "{text:?} should be a host like app.example.org, or *.example.org for those below one, or * for any"
            )),
        }
    }

    /// Whether the host is one of these.
    pub fn matches(&self, host: &str) -> bool {
        match self.0.strip_prefix('*') {
            Some(end) => host.ends_with(end) && host.len() > end.len(),
            None => host == self.0,
        }
    }
}

impl<'de> Deserialize<'de> for HostPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// The address that a client id is, if it is one of a document: https, in the one spelling that a URL
/// has, without user name, query and fragment.
pub fn address(client_id: &str) -> Option<Url> {
    let url = Url::parse(client_id).ok().filter(|url| url.scheme() == "https")?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    // A URL without a path, with dot segments or in capitals is spelled otherwise once it is read.
    (bare && url.as_str() == client_id).then_some(url)
}

impl Client {
    /// The client that a document describes, which was fetched from this address.
    ///
    /// # Errors
    /// [`BadMetadata`] names the first member that cannot be had.
    pub fn from_document(url: &Url, document: &Map<String, Value>) -> Result<Self, BadMetadata> {
        if document.get("client_id").and_then(Value::as_str) != Some(url.as_str()) {
            return refuse("client_id", "should be the address of the document, letter by letter");
        }
        if document.contains_key("client_secret") {
            return refuse("client_secret", "cannot be kept in a document that everybody can read");
        }
        let mut said = document.clone();
        // Nobody looks at the sector's document for such a client.
        said.remove("sector_identifier_uri");
        // A secret, the default otherwise, cannot be agreed on.
        said.entry("token_endpoint_auth_method").or_insert_with(|| "none".into());
        let client = Self {
            client_id: url.as_str().to_owned(),
            stranger: Some(Stranger::at(url)),
            ..Self::from_metadata(&said)?
        };
        if !matches!(
            client.token_endpoint_auth_method,
            ClientAuthMethod::None | ClientAuthMethod::PrivateKeyJwt
        ) {
            return refuse("token_endpoint_auth_method", "should be none or private_key_jwt");
        }
        client.check()?;
        client.check_origins(&url.origin())?;
        Ok(client)
    }

    /// Whoever controls the document must control where responses go, or the person's own machine is
    /// where they go.
    fn check_origins(&self, own: &Origin) -> Result<(), BadMetadata> {
        let is_own = |uri: &String| Url::parse(uri).is_ok_and(|url| url.origin() == *own);
        let fits = |uri: &String| is_own(uri) || redirect_uri::is_loopback(uri);
        for (field, uris) in [
            ("redirect_uris", &self.redirect_uris),
            ("post_logout_redirect_uris", &self.post_logout_redirect_uris),
        ] {
            if let Some(uri) = uris.iter().find(|uri| !fits(uri)) {
                return refuse(
                    field,
                    format!(
                        "has {uri}, which is neither of the document's own origin nor a loopback address"
                    ),
                );
            }
        }
        if !self.backchannel_logout_uri.iter().all(is_own) {
            return refuse("backchannel_logout_uri", "should be of the document's own origin");
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
