//! Signing in where there is no browser at all (RFC 8628): the person enters a short code on a device of
//! their choice, and this one asks until they have decided.

use openidconnect::core::CoreTokenResponse;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use serde::Deserialize;
use url::Url;

use super::request::refusal_code;
use super::tokens::no_token_endpoint;
use super::{Error, IdTokenFault, Refusal, RelyingParty, Tokens};
use crate::clock::Timestamp;
use crate::secret::Secret;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A request under way: what to show, and what to ask with.
#[derive(Debug)]
pub struct DeviceAttempt {
    /// The code that the person enters.
    pub user_code: String,
    /// Where.
    pub verification_uri: Url,
    /// The same with the code filled in, if the issuer has such a link.
    pub verification_uri_complete: Option<Url>,
    /// Seconds until the code no longer works.
    pub expires_in: u64,
    /// Seconds between two questions.
    pub interval: u64,
    device_code: Secret,
    verifier: Option<PkceCodeVerifier>,
}

/// What the issuer answers to a question.
#[derive(Debug)]
pub enum DeviceAnswer {
    /// The person agreed.
    Tokens(Box<Tokens>),
    /// They have not decided yet.
    Pending,
    /// They have not decided yet, and questions come too often.
    SlowDown,
}

#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    verification_uri: Url,
    verification_uri_complete: Option<Url>,
    expires_in: u64,
    #[serde(default = "five")]
    interval: u64,
}

fn five() -> u64 {
    5
}

impl DeviceAttempt {
    /// The S256 challenge that the request carries, from which a match phrase derives; only a Doorstep
    /// gets one.
    pub fn challenge(&self) -> Option<String> {
        self.verifier.as_ref().map(challenge)
    }
}

impl RelyingParty {
    /// Begins to sign in on another device (§3.1).
    ///
    /// # Errors
    /// When the issuer knows no such sign-in, cannot be reached or refuses.
    pub async fn begin_on_device(&self, scope: String) -> Result<DeviceAttempt, Error> {
        let endpoint = self.provider.device_authorization_endpoint().ok_or_else(|| {
            Error::Misconfigured("The issuer does not sign people in on other devices.".into())
        })?;
        let verifier = self.provider.handoff_result().map(|_| new_verifier());
        let mut form = vec![("scope", scope)];
        if let Some(verifier) = &verifier {
            form.push(("code_challenge", challenge(verifier)));
            form.push(("code_challenge_method", "S256".to_owned()));
        }
        let response = self.post(endpoint, form).await?;
        let begun: Begun = serde_json::from_slice(response.body()).map_err(|_| {
            Error::Misconfigured(
                "The issuer's answer to the device's request cannot be read.".into(),
            )
        })?;
        self.http.permit(&begun.verification_uri, "The page for the code")?;
        let complete = begun.verification_uri_complete;
        Ok(DeviceAttempt {
            user_code: begun.user_code,
            verification_uri: begun.verification_uri,
            verification_uri_complete: complete
                .filter(|link| self.http.permit(link, "The page for the code").is_ok()),
            expires_in: begun.expires_in,
            interval: begun.interval.max(1),
            device_code: Secret::new(begun.device_code),
            verifier,
        })
    }

    /// Asks once whether the person has decided (§3.4), and verifies the ID token if they have.
    ///
    /// # Errors
    /// When the person said no ([`Error::Refused`]), the code has expired, the issuer cannot be reached,
    /// or the ID token proves nothing.
    pub async fn ask_on_device(
        &self,
        attempt: &DeviceAttempt,
        now: Timestamp,
    ) -> Result<DeviceAnswer, Error> {
        let endpoint = self.provider.token_endpoint().ok_or_else(no_token_endpoint)?;
        let mut form = vec![
            ("grant_type", GRANT_TYPE.to_owned()),
            ("device_code", attempt.device_code.expose().to_owned()),
        ];
        if let Some(verifier) = &attempt.verifier {
            form.push(("code_verifier", verifier.secret().clone()));
        }
        let response = self.send_form(endpoint, form).await?;
        if response.status().is_success() {
            let answer: CoreTokenResponse = serde_json::from_slice(response.body())
                .map_err(|_| Error::IdToken(IdTokenFault::Malformed))?;
            let tokens = self.accept(&answer, now).await?;
            return Ok(DeviceAnswer::Tokens(Box::new(tokens)));
        }
        match refusal_code(&response).as_deref() {
            Some("authorization_pending") => Ok(DeviceAnswer::Pending),
            Some("slow_down") => Ok(DeviceAnswer::SlowDown),
            Some("access_denied") => Err(Error::Refused(Refusal::new("access_denied", None, None))),
            _ => Err(super::request::refusal(&response)),
        }
    }
}

fn new_verifier() -> PkceCodeVerifier {
    PkceCodeVerifier::new(Secret::generate().expose().to_owned())
}

fn challenge(verifier: &PkceCodeVerifier) -> String {
    PkceCodeChallenge::from_code_verifier_sha256(verifier).as_str().to_owned()
}
