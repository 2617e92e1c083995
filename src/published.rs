//! A document that everybody gets: its text and its entity tag are made once, not for each request.

use crate::secret;

/// A document as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Its text.
    pub text: String,
    /// Its entity tag (RFC 9110 §8.8.3), quotes and all.
    pub etag: String,
}

impl Published {
    /// Publishes a text.
    pub fn new(text: String) -> Self {
        let etag = format!("\"{}\"", &secret::digest(&text)[..16]);
        Self { text, etag }
    }

    /// Whether a cache that sent this `If-None-Match` has it.
    pub fn is_known(&self, if_none_match: &str) -> bool {
        if_none_match.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.etag)
    }
}
