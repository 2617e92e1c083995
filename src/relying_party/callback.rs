//! An authorization response as it came in (RFC 6749 §4.1.2): form body, query, or pasted text. What
//! it is worth is decided by [`Attempt::code`](super::Attempt::code).

use crate::secret::Secret;

/// The parameters of a response, unjudged. An empty parameter is as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callback {
    /// The code, when the answer is yes.
    pub code: Option<Secret>,
    /// Which request it answers.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
    /// The error code, when the answer is no.
    pub error: Option<String>,
    /// Words that could be anyone's: for the log.
    pub error_description: Option<String>,
}

impl Callback {
    /// Reads `application/x-www-form-urlencoded` text. A parameter that comes twice makes the whole
    /// response worthless (RFC 6749 §3.1): it reads as if it had no state.
    pub fn parse(form: &[u8]) -> Self {
        let mut callback = Self::default();
        for (name, value) in url::form_urlencoded::parse(form) {
            if value.is_empty() {
                continue;
            }
            let value = value.into_owned();
            let repeated = match &*name {
                "code" => callback.code.replace(Secret::new(value)).is_some(),
                "state" => callback.state.replace(value).is_some(),
                "iss" => callback.iss.replace(value).is_some(),
                "error" => callback.error.replace(value).is_some(),
                "error_description" => callback.error_description.replace(value).is_some(),
                _ => false,
            };
            if repeated {
                return Self { state: Some(String::new()), ..Self::default() };
            }
        }
        callback
    }

    /// A response of which only the code is known.
    pub fn of_code(code: impl Into<String>) -> Self {
        Self { code: Some(Secret::new(code)), ..Self::default() }
    }

    /// Whether there is anything in it that a response has.
    pub fn is_response(&self) -> bool {
        self.code.is_some() || self.error.is_some()
    }

    /// The number under which the issuer's log tells more, when its description ends in
    /// `request id …`, as a Doorstep's do.
    pub fn request_id(&self) -> Option<&str> {
        Some(self.error_description.as_deref()?.rsplit_once("request id ")?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_is_read_once_or_nothing_is() {
        let callback =
            Callback::parse(b"code=a%2Bb&state=s&iss=https%3A%2F%2Fid.example&session_state=x");
        assert_eq!(callback.code, Some(Secret::new("a+b")));
        assert_eq!(callback.state.as_deref(), Some("s"));
        assert_eq!(callback.iss.as_deref(), Some("https://id.example"));
        for doubled in ["code=a&code=b&state=s", "code=a&state=s&state=s"] {
            let callback = Callback::parse(doubled.as_bytes());
            assert!(callback.code.is_none() && callback.state.as_deref() == Some(""), "{doubled}");
        }
        assert_eq!(Callback::parse(b"code=&state="), Callback::default());
    }

    #[test]
    fn the_request_id_is_read_from_a_description() {
        let id = |description: &str| {
            let callback =
                Callback { error_description: Some(description.into()), ..Callback::default() };
            callback.request_id().map(str::to_owned)
        };
        assert_eq!(id("the request failed; quote request id 4f2a").as_deref(), Some("4f2a"));
        assert_eq!(id("the person declined"), None);
    }
}
