//! The device authorization grant (RFC 8628): what a device asks for, and what it hears while it waits.

use serde::{Deserialize, Serialize};

use super::acr::WantedAcr;
use super::claims_request::{ClaimNames, ClaimsRequest};
use super::client::Client;
use super::error::ProtocolError;
use super::params::Params;
use super::pkce;
use super::request::{self, AuthorizationRequest};
use super::resource;
use super::scope::Scope;
use crate::clock::Timestamp;

/// Seconds that a person has to enter the code.
pub const LIFETIME: i64 = 600;
/// Seconds between two questions of a device, at first.
pub const INTERVAL: i64 = 5;
/// Seconds by which they move apart each time a device asks too soon (§3.5).
const SLOWER: i64 = 5;

/// What a device asks for, kept as JSON until the person has decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRequest {
    /// Scopes asked for, all of which the client may have.
    pub scope: Scope,
    /// The resources that access tokens shall be for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// The classes of sign-in that are wanted.
    pub acr: WantedAcr,
    /// Seconds since the person last signed in, at most.
    pub max_age: Option<i64>,
    /// An S256 challenge, or empty. RFC 8628 has none; a device that sends one binds its code to itself
    /// as RFC 7636 does, and shows the same match phrase as the page.
    pub code_challenge: String,
}

impl DeviceRequest {
    /// Parses a device authorization request (§3.1). Whoever names no scope wants to know who it is.
    ///
    /// # Errors
    /// What the client is told.
    pub fn parse(params: &Params, client: &Client) -> Result<Self, ProtocolError> {
        Ok(Self {
            scope: client.scope_of_person(params.get("scope").unwrap_or("openid"))?,
            resource: resource::asked(params, &client.resources)?,
            acr: request::wanted_acr(params, client, &ClaimsRequest::default()),
            max_age: request::max_age(params, client)?,
            code_challenge: pkce::challenge(params, false)?,
        })
    }

    /// What a browser would have asked for the device, so that one dispatcher decides for both, and a
    /// sign-in that is not enough for a browser is not enough for a device.
    pub fn as_authorization_request(&self) -> AuthorizationRequest {
        let mut claim_names = ClaimNames::default();
        if self.max_age.is_some() {
            claim_names.want_auth_time();
        }
        AuthorizationRequest {
            scope: self.scope.clone(),
            resource: self.resource.clone(),
            acr: self.acr.clone(),
            max_age: self.max_age,
            claim_names,
            code_challenge: self.code_challenge.clone(),
            ..AuthorizationRequest::default()
        }
    }
}

/// How far a request is, as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether a person agreed.
    pub approved: bool,
    /// Whether a person refused.
    pub denied: bool,
    /// Seconds that the device should wait between questions.
    pub interval: i64,
    /// When it last asked.
    pub polled_at: Option<Timestamp>,
}

/// What a device hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// It may have its tokens.
    Redeem,
    /// This error, and the request is over.
    End(ProtocolError),
    /// This error, and from now on it should wait so many seconds between questions.
    Wait {
        /// `authorization_pending` or `slow_down`.
        error: ProtocolError,
        /// The interval that counts from now on.
        interval: i64,
    },
}

impl Progress {
    /// Answers a question of the device (§3.5).
    pub fn poll(self, now: Timestamp) -> Poll {
        if self.expires_at <= now {
            return Poll::End(ProtocolError::new("expired_token", "the device code has expired"));
        }
        if self.denied {
            let description = "the person chose not to sign in";
            return Poll::End(ProtocolError::new("access_denied", description));
        }
        if self.approved {
            return Poll::Redeem;
        }
        if self.polled_at.is_some_and(|polled_at| now.since(polled_at) < self.interval) {
            let error = ProtocolError::new("slow_down", "the device asks too often");
            return Poll::Wait { error, interval: self.interval + SLOWER };
        }
        let error = ProtocolError::new("authorization_pending", "the person has not decided yet");
        Poll::Wait { error, interval: self.interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1000);

    fn waiting() -> Progress {
        Progress {
            expires_at: NOW.plus(1),
            approved: false,
            denied: false,
            interval: 5,
            polled_at: None,
        }
    }

    #[test]
    fn a_device_hears_how_far_the_person_is() {
        let heard = |progress: Progress| match progress.poll(NOW) {
            Poll::Redeem => ("tokens", 0),
            Poll::End(error) => (error.code, 0),
            Poll::Wait { error, interval } => (error.code, interval),
        };
        for (progress, expected) in [
            (waiting(), ("authorization_pending", 5)),
            (Progress { polled_at: Some(NOW.plus(-5)), ..waiting() }, ("authorization_pending", 5)),
            (Progress { polled_at: Some(NOW.plus(-4)), ..waiting() }, ("slow_down", 10)),
            (Progress { polled_at: Some(NOW), interval: 10, ..waiting() }, ("slow_down", 15)),
            (Progress { approved: true, ..waiting() }, ("tokens", 0)),
            (Progress { approved: true, polled_at: Some(NOW), ..waiting() }, ("tokens", 0)),
            (Progress { denied: true, ..waiting() }, ("access_denied", 0)),
            (Progress { expires_at: NOW, ..waiting() }, ("expired_token", 0)),
            (Progress { expires_at: NOW, approved: true, ..waiting() }, ("expired_token", 0)),
        ] {
            assert_eq!(heard(progress), expected, "{progress:?}");
        }
    }

    #[test]
    fn a_request_asks_for_what_the_client_may_have() {
        let client = Client { scope: "openid email".into(), ..Client::default() };
        let parse = |query: &str| DeviceRequest::parse(&Params::parse(query).unwrap(), &client);
        assert_eq!(parse("").unwrap().scope.to_string(), "openid");
        assert_eq!(parse("scope=email%20openid").unwrap().scope.to_string(), "email openid");
        for (query, code) in [
            ("scope=groups", "invalid_scope"),
            ("resource=https://api.example", "invalid_target"),
            ("code_challenge=short&code_challenge_method=S256", "invalid_request"),
        ] {
            assert_eq!(parse(query).unwrap_err().code, code, "{query}");
        }
    }
}
