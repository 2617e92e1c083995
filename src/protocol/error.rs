//! Protocol errors as values: a code that programs read and a sentence for the person who debugs
//! (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6).

use std::borrow::Cow;

/// An error that a client is told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolError {
    /// One of the registered error codes.
    pub code: &'static str,
    /// A sentence that says what to change. Only the characters of RFC 6749 §5.2 occur in it.
    pub description: Cow<'static, str>,
}

impl ProtocolError {
    /// An error with a fixed description.
    pub const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description: Cow::Borrowed(description) }
    }

    /// An error that names something from the request. Characters that `error_description` may not
    /// hold are replaced, and what is long is cut.
    pub fn naming(code: &'static str, before: &str, name: &str, after: &str) -> Self {
        let name: String =
            name.chars().take(100).map(|c| if is_allowed(c) { c } else { '?' }).collect();
        Self { code, description: Cow::Owned(format!("{before}{name}{after}")) }
    }

    /// An error whose description was made for the occasion. Characters that it may not hold are
    /// replaced, and what is long is cut.
    pub fn telling(code: &'static str, sentence: &str) -> Self {
        let readable = |c| match c {
            '"' => '\'',
            c if is_allowed(c) => c,
            _ => '?',
        };
        Self { code, description: Cow::Owned(sentence.chars().take(400).map(readable).collect()) }
    }

    /// `invalid_request` with this description.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    /// `invalid_grant`, the one answer to every code or token that cannot be used. Why it cannot is
    /// for the log: telling would help whoever guesses.
    pub const fn invalid_grant() -> Self {
        Self::new(
            "invalid_grant",
            "the code or token is not valid, was used before, has expired, or was issued to another client",
        )
    }

    /// `invalid_client`, the one answer to every failed client authentication.
    pub const fn invalid_client() -> Self {
        Self::new(
            "invalid_client",
            "the client is unknown or did not authenticate in its registered way",
        )
    }
}

/// `%x20-21 / %x23-5B / %x5D-7E`: printable ASCII without the double quote and the backslash.
fn is_allowed(c: char) -> bool {
    matches!(c, ' '..='~') && c != '"' && c != '\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_holds_only_what_the_rfc_allows() {
        let error = ProtocolError::naming("invalid_scope", "scope ", "a\"b\\c\nü", " is unknown");
        assert_eq!(error.description, "scope a?b?c?? is unknown");
        let told = ProtocolError::telling("invalid_client_metadata", "a \"b\" \\ ü");
        assert_eq!(told.description, "a 'b' ? ?");
        assert_eq!(ProtocolError::telling("x", &"x".repeat(5000)).description.len(), 400);
        let long = ProtocolError::naming("invalid_scope", "", &"x".repeat(5000), "");
        assert_eq!(long.description.len(), 100);
    }
}
