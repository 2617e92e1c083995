//! One sign-in from the client's side: what only this client knows about it, the request made from
//! that, and the first half of the chain that a response must pass. Pure but for the secrets it draws.

use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Callback, Error, Refusal};
use crate::secret::{self, Secret};

/// How a response may come in, which decides what it must carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By a browser: it must prove by `state` that it answers this request.
    Browser,
    /// Typed or pasted by the person: a code alone will do, what else comes along must be right.
    Person,
}

/// What is fixed about a request when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Where the response shall go.
    pub redirect_uri: String,
    /// The scopes, separated by spaces.
    pub scope: String,
    /// The `response_mode`, when it is not the default.
    pub response_mode: Option<String>,
}

/// An authorization request under way. It lives until its response came, and is spent by one. Where the
/// client forgets in between, it travels with the browser, sealed ([`super::LoginState`]).
#[derive(Debug, Serialize, Deserialize)]
pub struct Attempt {
    asked: Asked,
    #[serde(serialize_with = "exposed", deserialize_with = "whole")]
    state: Secret,
    #[serde(serialize_with = "exposed", deserialize_with = "whole")]
    nonce: Secret,
    #[serde(serialize_with = "exposed", deserialize_with = "whole")]
    verifier: Secret,
}

fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// A secret as [`Attempt::new`] draws it: an attempt without one of them is none.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let secret = Secret::deserialize(deserializer)?;
    match secret::from_base64url(secret.expose()) {
        Some(bytes) if bytes.len() == 32 => Ok(secret),
        _ => Err(de::Error::custom("a secret is missing")),
    }
}

impl Attempt {
    /// Draws `state`, `nonce` and the PKCE verifier, 256 bits each.
    pub fn new(asked: Asked) -> Self {
        Self {
            asked,
            state: Secret::generate(),
            nonce: Secret::generate(),
            verifier: Secret::generate(),
        }
    }

    /// The `state`, for the listener that has to tell its own responses from others.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// The `nonce` that the ID token must repeat.
    pub fn nonce(&self) -> &Secret {
        &self.nonce
    }

    /// The `redirect_uri`, which the token request repeats.
    pub fn redirect_uri(&self) -> &str {
        &self.asked.redirect_uri
    }

    /// The PKCE verifier (RFC 7636 §4.1).
    pub fn verifier(&self) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.verifier.expose().to_owned())
    }

    /// The S256 challenge of the verifier, from which a match phrase derives too.
    pub fn challenge(&self) -> String {
        PkceCodeChallenge::from_code_verifier_sha256(&self.verifier()).as_str().to_owned()
    }

    /// The parameters of the authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).
    pub fn parameters(&self, client_id: &str) -> Vec<(&'static str, String)> {
        let mut parameters = vec![
            ("client_id", client_id.to_owned()),
            ("response_type", "code".to_owned()),
            ("redirect_uri", self.asked.redirect_uri.clone()),
            ("scope", self.asked.scope.clone()),
            ("state", self.state.expose().to_owned()),
            ("nonce", self.nonce.expose().to_owned()),
            ("code_challenge", self.challenge()),
            ("code_challenge_method", "S256".to_owned()),
        ];
        parameters.extend(self.asked.response_mode.clone().map(|mode| ("response_mode", mode)));
        parameters
    }

    /// Whether `state` is this request's, in a time that tells nothing about it.
    pub fn is_mine(&self, state: &str) -> bool {
        secret::equal(state, self.state.expose())
    }

    /// The code of a response that answers this request and comes from `issuer`. The order is that of
    /// the chain: whose is it, was it refused, is there a code, who sent it.
    ///
    /// # Errors
    /// The first link of the chain that does not hold. `issuer_required` says whether the issuer
    /// promises to name itself (RFC 9207 §2.4).
    pub fn code(
        &self,
        callback: &Callback,
        channel: Channel,
        issuer: &str,
        issuer_required: bool,
    ) -> Result<Secret, Error> {
        match &callback.state {
            Some(state) if self.is_mine(state) => {}
            None if channel == Channel::Person => {}
            _ => return Err(Error::State),
        }
        if let Some(error) = &callback.error {
            let description = callback.error_description.as_deref();
            return Err(Error::Refused(Refusal::new(error, description, callback.request_id())));
        }
        let code = callback.code.clone().ok_or(Error::NoCode)?;
        match &callback.iss {
            Some(stated) if stated == issuer => Ok(code),
            None if channel == Channel::Person || !issuer_required => Ok(code),
            _ => Err(Error::Issuer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example";

    fn attempt() -> Attempt {
        Attempt::new(Asked {
            redirect_uri: "http://127.0.0.1:4000/".into(),
            scope: "openid".into(),
            response_mode: Some("form_post".into()),
        })
    }

    fn answer(attempt: &Attempt, further: &str) -> Callback {
        Callback::parse(format!("state={}&{further}", attempt.state().expose()).as_bytes())
    }

    #[test]
    fn a_request_carries_each_parameter_once_and_new_secrets_each_time() {
        let (first, second) = (attempt().parameters("cli"), attempt().parameters("cli"));
        let value = |parameters: &[(&str, String)], name| {
            let found: Vec<_> =
                parameters.iter().filter(|(key, _)| *key == name).map(|(_, v)| v.clone()).collect();
            assert_eq!(found.len(), 1, "{name}");
            found[0].clone()
        };
        for name in ["state", "nonce", "code_challenge"] {
            assert_eq!(value(&first, name).len(), 43, "{name}");
            assert_ne!(value(&first, name), value(&second, name), "{name}");
        }
        assert_eq!(value(&first, "code_challenge_method"), "S256");
        assert_eq!(value(&first, "response_mode"), "form_post");
    }

    #[test]
    fn an_attempt_survives_its_journey_only_whole() {
        let attempt = attempt();
        let kept = serde_json::to_value(&attempt).unwrap();
        let again: Attempt = serde_json::from_value(kept.clone()).unwrap();
        assert_eq!(again.parameters("cli"), attempt.parameters("cli"));
        assert_eq!(again.verifier().secret(), attempt.verifier().secret());
        for name in ["state", "nonce", "verifier"] {
            for broken in [serde_json::Value::Null, "".into(), "c2hvcnQ".into()] {
                let mut kept = kept.clone();
                kept[name] = broken;
                assert!(serde_json::from_value::<Attempt>(kept).is_err(), "{name}");
            }
        }
    }

    #[test]
    fn state_is_looked_at_before_anything_else() {
        let attempt = attempt();
        for response in [
            "",
            "state=",
            "state=other",
            "code=c",
            "error=access_denied",
            "state=other&error=access_denied",
        ] {
            let callback = Callback::parse(response.as_bytes());
            let refused = attempt.code(&callback, Channel::Browser, ISSUER, false);
            assert!(matches!(refused, Err(Error::State)), "{response}");
        }
    }

    #[test]
    fn then_a_refusal_then_the_code_then_the_issuer() {
        let attempt = attempt();
        let judge = |further: &str, required| {
            attempt
                .code(&answer(&attempt, further), Channel::Browser, ISSUER, required)
                .map(|c| c.expose().to_owned())
        };
        assert!(
            matches!(judge("error=access_denied&code=c", false), Err(Error::Refused(r)) if r.code() == "access_denied")
        );
        assert!(matches!(judge("iss=https://evil.example", false), Err(Error::NoCode)));
        assert!(matches!(judge("code=", false), Err(Error::NoCode)));
        assert!(matches!(judge("code=c&iss=https://evil.example", false), Err(Error::Issuer)));
        assert!(matches!(judge("code=c", true), Err(Error::Issuer)));
        assert_eq!(judge("code=c", false).unwrap(), "c");
        assert_eq!(judge("code=c&iss=https://id.example", true).unwrap(), "c");
    }

    #[test]
    fn a_person_may_leave_out_what_a_browser_must_bring_but_not_change_it() {
        let attempt = attempt();
        let judge = |text: &str| {
            attempt.code(&Callback::parse(text.as_bytes()), Channel::Person, ISSUER, true)
        };
        assert!(judge("code=c").is_ok());
        assert!(matches!(judge("code=c&state=other"), Err(Error::State)));
        assert!(matches!(judge("code=c&iss=https://evil.example"), Err(Error::Issuer)));
    }
}
