//! Requests that a token endpoint has to refuse, and how it does (RFC 6749 §5.2).

use super::document;
use super::probe::{Answer, Probe};
use super::report::Report;
use crate::relying_party::Error;
use crate::secret::{self, Secret};
use openidconnect::http::{StatusCode, header};
use serde_json::Value;

const TOKENS: &str = "tokens";

/// Where tokens come from, and for whom.
pub struct Endpoint<'a> {
    pub probe: &'a Probe,
    pub document: &'a Value,
    pub client_id: Option<&'a str>,
    pub client_secret: Option<&'a Secret>,
    pub redirect_uri: &'a str,
}

impl Endpoint<'_> {
    /// Makes the requests.
    pub async fn check(&self, report: &mut Report) -> Result<(), Error> {
        self.check_stranger(report).await?;
        if let Some(client_id) = self.client_id {
            self.check_client(report, client_id).await?;
        }
        self.check_userinfo(report).await
    }

    async fn check_stranger(&self, report: &mut Report) -> Result<(), Error> {
        let (id, secret) = (format!("doorstep-doctor-{}", secret::random_id()), Secret::generate());
        let answer = self.redeem(&[], Some((&id, &secret))).await?;
        match (answer.status(), answer.error().as_str()) {
            (StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST, "invalid_client") => {
                report.ok(TOKENS, "The token endpoint refuses a client that it does not know.");
            }
            (status, _) if status.is_success() => report.problem(
                TOKENS,
                "The token endpoint accepts a client that nobody registered.",
                "Anybody can redeem a stolen code: make the issuer authenticate clients.",
            ),
            (status, error) => report.problem(
                TOKENS,
                format!("The token endpoint answers an unknown client with {status} {error}."),
                "It should be invalid_client as JSON (RFC 6749 §5.2): is the address the endpoint's, \
                 and does a proxy let POST requests pass?",
            ),
        }
        Ok(())
    }

    async fn check_client(&self, report: &mut Report, client_id: &str) -> Result<(), Error> {
        let answer = match self.client_secret {
            Some(secret) if self.takes_basic() => {
                self.redeem(&[], Some((client_id, secret))).await?
            }
            Some(secret) => {
                let fields = [("client_id", client_id), ("client_secret", secret.expose())];
                self.redeem(&fields, None).await?
            }
            None => self.redeem(&[("client_id", client_id)], None).await?,
        };
        let has_secret = self.client_secret.is_some();
        match answer.error().as_str() {
            "invalid_grant" if has_secret => report.ok(TOKENS, "The client's secret is right."),
            "invalid_grant" => report.ok(TOKENS, "The client needs no secret."),
            "invalid_client" if has_secret => report.problem(
                TOKENS,
                "The client's secret is wrong.",
                "Give the client the present secret, or a new one at the issuer.",
            ),
            "invalid_client" => report.warn(
                TOKENS,
                "The client has to authenticate.",
                "Name the file with its secret by --client-secret-file, to have that checked too.",
            ),
            "unauthorized_client" => report.problem(
                TOKENS,
                "The client may not redeem codes.",
                "Add the grant authorization_code to the client at the issuer.",
            ),
            "use_dpop_nonce" | "invalid_dpop_proof" => {
                report.ok(TOKENS, "The client has to prove a key (DPoP).");
            }
            error => report.warn(
                TOKENS,
                format!("An invented code is answered with {} {error}.", answer.status()),
                "It should be invalid_grant: see the issuer's log.",
            ),
        }
        Ok(())
    }

    /// Whether the secret travels in the header, which is so where nothing else is said.
    fn takes_basic(&self) -> bool {
        let methods = document::list(self.document, "token_endpoint_auth_methods_supported");
        methods.is_none_or(|methods| methods.contains(&"client_secret_basic"))
    }

    async fn redeem(
        &self,
        fields: &[(&str, &str)],
        client: Option<(&str, &Secret)>,
    ) -> Result<Answer, Error> {
        let (code, verifier) = (secret::random_id(), secret::digest(secret::random_id()));
        let endpoint = self.document["token_endpoint"].as_str().unwrap_or_default();
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", &verifier),
        ];
        self.probe.post(endpoint, &[&usual, fields].concat(), client).await
    }

    async fn check_userinfo(&self, report: &mut Report) -> Result<(), Error> {
        let Some(endpoint) = self.document["userinfo_endpoint"].as_str() else { return Ok(()) };
        let answer = self.probe.get(endpoint).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            report.ok(TOKENS, "The userinfo endpoint wants a token.");
            return Ok(());
        }
        let challenge = answer.header(header::WWW_AUTHENTICATE);
        let text = format!(
            "The userinfo endpoint answers a request without a token with {}",
            answer.status()
        );
        match answer.status().is_client_error() {
            true => report.warn(
                TOKENS,
                format!("{text} {challenge}."),
                "It should be 401 (RFC 6750 §3).",
            ),
            false => report.problem(
                TOKENS,
                format!("{text}."),
                "It should be 401 (RFC 6750 §3): is the address the endpoint's?",
            ),
        }
        Ok(())
    }
}
