//! What can go wrong between Doorstep and an issuer, in words for the person who waits.
//!
//! Nothing an issuer or a stranger wrote is repeated in these words, save identifiers whose letters
//! were checked: an `error_description` goes to the log, because whoever writes it could be anyone.

use std::fmt;

use super::id_token::IdTokenFault;
use super::identity::IdentityFault;

/// Why a request to an issuer, or an answer from one, came to nothing.
#[derive(Debug)]
pub enum Error {
    /// No answer came: the name is unknown, nobody listens, the certificate is not trusted.
    Unreachable {
        /// Scheme, host and port that were asked.
        origin: String,
        /// The innermost cause.
        cause: String,
    },
    /// The answer took too long.
    TimedOut {
        /// Scheme, host and port that were asked.
        origin: String,
    },
    /// The issuer's set-up, or what was asked of it, cannot work; the text says why.
    Misconfigured(String),
    /// The response has no `state`, or another request's.
    State,
    /// The response carries an error code instead of an authorization code (RFC 6749 §4.1.2.1).
    Refused(Refusal),
    /// The response has neither a code nor an error.
    NoCode,
    /// The response comes from another issuer than the one asked (RFC 9207).
    Issuer,
    /// The token endpoint, or the one for pushed requests, answered with an error (RFC 6749 §5.2).
    Endpoint(Refusal),
    /// The ID token does not prove what it should.
    IdToken(IdTokenFault),
    /// The issuer is sure who it is, and the rules for its claims do not let the person in.
    Identity(IdentityFault),
    /// The person was asked to sign in anew and did not.
    NotAnew,
    /// Too many sign-ins with this issuer are under way.
    Busy,
}

impl Error {
    /// Whether the same may go well in a moment: nobody said no.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Busy => true,
            Self::Endpoint(refusal) | Self::Refused(refusal) => {
                matches!(refusal.code(), "server_error" | "temporarily_unavailable" | "http_429")
            }
            _ => false,
        }
    }
}

/// An issuer's refusal: its error code and, if it gave one, the number under which its log tells more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: String,
    description: String,
    request_id: Option<String>,
}

impl Refusal {
    /// Takes the identifiers of an answer, and leaves out those that are not spelled as identifiers.
    /// The `description` is logged and goes no further.
    pub fn new(code: &str, description: Option<&str>, request_id: Option<&str>) -> Self {
        let code = identifier(code).unwrap_or("unknown_error").to_owned();
        let request_id = request_id.and_then(identifier).map(str::to_owned);
        tracing::warn!(code, request_id, ?description, "the issuer refused");
        Self { code, description: description.unwrap_or_default().to_owned(), request_id }
    }

    /// The error code, as in `access_denied`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether the description has this word of ours in it. That may be said, since we know the word.
    pub fn mentions(&self, word: &str) -> bool {
        let part_of_a_word =
            |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'));
        self.description
            .split(part_of_a_word)
            .any(|found| found.trim_end_matches(['.', ':']) == word)
    }
}

/// The text, when it is short and has only characters that identifiers are made of.
fn identifier(text: &str) -> Option<&str> {
    let spelled = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!text.is_empty() && text.len() <= 64 && text.bytes().all(spelled)).then_some(text)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        match &self.request_id {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { origin, cause } => {
                write!(f, "{origin} could not be reached: {cause}.")
            }
            Self::TimedOut { origin } => write!(f, "{origin} took too long to answer."),
            Self::Misconfigured(why) => f.write_str(why),
            Self::State => f.write_str("The answer belongs to another sign-in."),
            Self::Refused(refusal) => write!(f, "{} ({refusal}).", refused(refusal.code())),
            Self::NoCode => f.write_str("The issuer's answer has no code in it."),
            Self::Issuer => f.write_str(
                "The answer does not come from the issuer that was asked. It was not used.",
            ),
            Self::Endpoint(refusal) => write!(f, "{} ({refusal}).", endpoint(refusal.code())),
            Self::IdToken(fault) => write!(f, "The issuer's ID token was not accepted: {fault}."),
            Self::Identity(fault) => write!(f, "The issuer's claims were not accepted: {fault}."),
            Self::NotAnew => f.write_str("The issuer did not ask the person to sign in anew."),
            Self::Busy => f.write_str("Too many sign-ins with this issuer are under way."),
        }
    }
}

impl std::error::Error for Error {}

/// Error codes of the authorization endpoint (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
fn refused(code: &str) -> &'static str {
    match code {
        "access_denied" => "The sign-in was declined",
        "login_required" | "interaction_required" | "consent_required" => {
            "The issuer needs the person to be present"
        }
        "temporarily_unavailable" => "The issuer is busy. Please try again in a moment",
        "server_error" => "Something went wrong at the issuer",
        "unauthorized_client" | "unsupported_response_type" | "unsupported_response_mode" => {
            "The issuer does not let this client sign in this way"
        }
        "invalid_scope" => "The issuer does not give this client one of the scopes asked for",
        _ => "The issuer refused the sign-in",
    }
}

/// Error codes of the endpoints that the client calls itself (RFC 6749 §5.2).
fn endpoint(code: &str) -> &'static str {
    match code {
        "invalid_grant" => "The code or token has expired or was used already",
        "expired_token" => "Nobody entered the code in time",
        "invalid_client" => "The issuer does not know this client, or its secret is wrong",
        "unauthorized_client" => "The issuer does not let this client sign in this way",
        "invalid_scope" => "The issuer does not give this client one of the scopes asked for",
        "temporarily_unavailable" => "The issuer is busy. Please try again in a moment",
        "server_error" => "Something went wrong at the issuer",
        _ => "The issuer refused the request",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_ours_is_found_among_those_of_others() {
        let refusal = |text| Refusal::new("invalid_scope", Some(text), None);
        assert!(refusal("scope groups is not assigned").mentions("groups"));
        assert!(refusal("no such scope: 'groups'.").mentions("groups"));
        assert!(refusal("urn:x:groups is unknown").mentions("urn:x:groups"));
        assert!(!refusal("subgroups my-groups groups2").mentions("groups"));
        assert!(!Refusal::new("invalid_scope", None, None).mentions("groups"));
    }

    #[test]
    fn words_repeat_nothing_that_a_stranger_wrote() {
        let stranger = "\u{1b}[2J visit evil.example";
        let refusal = Refusal::new(stranger, Some(stranger), Some(stranger));
        assert_eq!(
            Error::Refused(refusal).to_string(),
            "The issuer refused the sign-in (unknown_error)."
        );
        let refusal = Refusal::new("access_denied", Some(stranger), Some("f3-9a"));
        assert_eq!(
            Error::Refused(refusal).to_string(),
            "The sign-in was declined (access_denied, request f3-9a)."
        );
    }
}
