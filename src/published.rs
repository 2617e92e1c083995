//! A document that everybody gets: its text and its entity tag are made once, not for each request.

use actix_web::http::header::HeaderValue;
use bytestring::ByteString;

use crate::secret;

/// A document as it is sent. Clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its text.
    pub text: ByteString,
    /// Its entity tag (RFC 9110 §8.8.3), quotes and all.
    pub etag: HeaderValue,
}

impl Published {
    /// Publishes a text.
    pub fn new(text: String) -> Self {
        let etag = format!("\"{}\"", &secret::digest(&text)[..16]);
        let etag = etag.try_into().expect("a digest is plain ASCII");
        Self { text: text.into(), etag }
    }

    /// Whether a cache that sent this `If-None-Match` has it.
    pub fn is_known(&self, if_none_match: &str) -> bool {
        if_none_match.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.etag)
    }
}
