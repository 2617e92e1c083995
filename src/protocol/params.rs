//! The parameters of a request, parsed once: form-urlencoded text in, a checked list out.
//!
//! A parameter may occur once (RFC 6749 §3.1), a few by their own rules more often, and one without a
//! value counts as not sent.

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

use super::error::ProtocolError;

/// The longest query or body that is looked at, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The longest value of any one parameter, in bytes.
const MAX_VALUE: usize = 16 * 1024;
/// More parameters than any request needs.
const MAX_COUNT: usize = 100;

/// Parameters that may occur more than once: whom a token is for (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: [&str; 2] = ["resource", "audience"];

/// Whether a parameter may occur more than once.
pub fn is_repeatable(name: &str) -> bool {
    REPEATABLE.contains(&name)
}

/// Parameters in the order they were sent, no value empty, each name once but for the repeatable ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses form-urlencoded text.
    ///
    /// # Errors
    /// `invalid_request` when a parameter occurs twice or the text exceeds the limits.
    pub fn parse(encoded: &str) -> Result<Self, ProtocolError> {
        let (params, error) = Self::parse_leniently(encoded);
        error.map_or(Ok(params), Err)
    }

    /// Parses as far as it goes: the first of repeated parameters stands, beside the error. With it
    /// an error can still be delivered to a return address that is beyond doubt.
    pub fn parse_leniently(encoded: &str) -> (Self, Option<ProtocolError>) {
        if encoded.len() > MAX_BYTES {
            return (
                Self::default(),
                Some(ProtocolError::invalid_request("the request is too long")),
            );
        }
        let mut error = None;
        let mut params: Vec<(String, String)> = Vec::new();
        for pair in encoded.split('&').filter(|pair| !pair.is_empty()) {
            if percent_decode_str(pair).decode_utf8().is_err() {
                // What cannot be read cannot be given back as it came, either.
                error = Some(ProtocolError::invalid_request("a parameter is not UTF-8 text"));
                continue;
            }
            let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
                continue;
            };
            if params.len() >= MAX_COUNT || value.len() > MAX_VALUE {
                error = Some(ProtocolError::invalid_request(
                    "the request has too many or too long parameters",
                ));
                break;
            }
            if name.contains('\0') || value.contains('\0') {
                // No parameter has a use for it, and PostgreSQL takes none in a text.
                error = Some(ProtocolError::invalid_request("a parameter contains a NUL"));
                continue;
            }
            if !is_repeatable(&name) && params.iter().any(|(known, _)| *known == name) {
                error = Some(ProtocolError::naming(
                    "invalid_request",
                    "the parameter ",
                    &name,
                    " occurs twice",
                ));
            } else {
                params.push((name.into_owned(), value.into_owned()));
            }
        }
        params.retain(|(_, value)| !value.is_empty());
        (Self(params), error)
    }

    /// The values of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name`, never empty; the first one if it is repeated.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// `invalid_request` that names the missing parameter.
    pub fn require(&self, name: &str) -> Result<&str, ProtocolError> {
        self.get(name).ok_or_else(|| {
            ProtocolError::naming("invalid_request", "the parameter ", name, " is missing")
        })
    }

    /// Sets `name`, replacing what it was.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Removes `name` and gives what it was.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        let removed = self.0.extract_if(.., |(known, _)| known == name).map(|(_, value)| value);
        removed.collect::<Vec<_>>().into_iter().next()
    }

    /// The parameters form-urlencoded.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_and_named() {
        let error = Params::parse("a=1&b=2&a=1").unwrap_err();
        assert_eq!(
            (error.code, &*error.description),
            ("invalid_request", "the parameter a occurs twice")
        );
        let (params, error) = Params::parse_leniently("a=1&a=2");
        assert_eq!((params.get("a"), error.is_some()), (Some("1"), true));
    }

    #[test]
    fn resources_may_be_repeated() {
        let mut params = Params::parse("resource=a&audience=x&resource=b&resource=").unwrap();
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(Params::parse(&params.encode()).unwrap(), params);
        assert_eq!(params.remove("resource").as_deref(), Some("a"));
        assert_eq!(params.encode(), "audience=x");
    }

    #[test]
    fn a_parameter_without_a_value_was_not_sent() {
        let params = Params::parse("state=&scope=openid").unwrap();
        assert_eq!(params.get("state"), None);
        assert_eq!(
            params.require("state").unwrap_err().description,
            "the parameter state is missing"
        );
    }

    #[test]
    fn a_nul_is_refused_and_left_out() {
        let (params, error) = Params::parse_leniently("client_id=a%00b&scope=openid");
        assert_eq!((params.get("client_id"), params.get("scope")), (None, Some("openid")));
        assert_eq!(error.unwrap().code, "invalid_request");
    }

    #[test]
    fn what_is_not_utf_8_is_refused_and_left_out() {
        for state in ["%ff%fe", "%C3", "%ED%A0%80", "a%80b", "ü%FF"] {
            let (params, error) =
                Params::parse_leniently(&format!("scope=openid&state={state}&%C3=a&nonce=n"));
            assert_eq!(
                (params.get("state"), params.encode().as_str()),
                (None, "scope=openid&nonce=n")
            );
            assert_eq!(error.unwrap().description, "a parameter is not UTF-8 text", "{state}");
        }
        let params = Params::parse("state=%C3%BC%EF%BF%BD\u{fffd}%zz+%&&=").unwrap();
        assert_eq!(params.get("state"), Some("ü\u{fffd}\u{fffd}%zz %"));
    }

    #[test]
    fn size_and_count_are_bounded() {
        assert!(Params::parse(&format!("a={}", "x".repeat(MAX_VALUE + 1))).is_err());
        assert!(Params::parse(&(0..101).map(|i| format!("p{i}=1&")).collect::<String>()).is_err());
        assert!(Params::parse(&"x".repeat(MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn values_survive_encoding_whatever_they_hold() {
        let state = "a+b %20\"'<>&=\u{2028}ü~";
        let params: Params = [("state".to_owned(), state.to_owned())].into_iter().collect();
        assert_eq!(Params::parse(&params.encode()).unwrap().get("state"), Some(state));
    }
}
