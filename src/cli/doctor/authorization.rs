//! Authorization requests without anybody signed in (`prompt=none`): what the issuer answers shows how the
//! client is registered, and what it lets pass (OpenID Connect Core 1.0 §3.1.2.6, RFC 9700 §2.1).

use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::document;
use super::outcome::{Outcome, goes_on, value};
use super::probe::Probe;
use super::report::Report;
use crate::protocol::redirect_uri::{OUT_OF_BAND, is_loopback};
use crate::relying_party::Error;
use crate::secret;

const CLIENT: &str = "client";
/// The registration that is looked at.
pub struct Registration<'a> {
    pub probe: &'a Probe,
    pub document: &'a Value,
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub scope: &'a str,
}

impl Registration<'_> {
    /// Makes the requests, one after the other.
    pub async fn check(&self, report: &mut Report) -> Result<(), Error> {
        if self.document["require_pushed_authorization_requests"] == Value::Bool(true) {
            report.warn(
                CLIENT,
                "The issuer takes pushed requests only (RFC 9126), so nothing can be tried from here.",
                "See whether the client pushes its requests.",
            );
            return Ok(());
        }
        if !self.check_registered(report).await? {
            return Ok(());
        }
        self.check_pkce(report).await?;
        if self.redirect_uri == OUT_OF_BAND {
            return Ok(());
        }
        self.check_redirect(report).await?;
        if is_loopback(self.redirect_uri) {
            self.check_port(report).await?;
        }
        if document::list(self.document, "response_modes_supported")
            .is_some_and(|modes| modes.contains(&"form_post"))
        {
            self.check_form_post(report).await?;
        }
        Ok(())
    }

    /// Whether the issuer would go on; the other requests tell nothing if it would not.
    async fn check_registered(&self, report: &mut Report) -> Result<bool, Error> {
        let state = secret::random_id();
        let outcome = self.ask(self.redirect_uri, &[("state", &state)]).await?;
        let params = match outcome {
            Outcome::Response(params) => params,
            Outcome::Page(status) => {
                report.problem(
                    CLIENT,
                    format!(
                        "The issuer answers with a page ({status}) and not to {}.",
                        self.redirect_uri
                    ),
                    format!(
                        "It knows no client {}, or the client has another redirect URI: register this \
                         one to the letter.",
                        self.client_id
                    ),
                );
                return Ok(false);
            }
            Outcome::Onward | Outcome::Form => {
                report.warn(
                    CLIENT,
                    "The issuer shows a page though it was asked not to (prompt=none).",
                    "How the client is registered cannot be seen without signing in.",
                );
                return Ok(false);
            }
        };
        let error = value(&params, "error");
        if !goes_on(error) {
            let said = value(&params, "error_description");
            report.problem(
                CLIENT,
                format!("The issuer refuses the client's request: {error} ({said})."),
                advice(error),
            );
            return Ok(false);
        }
        report.ok(CLIENT, "Client, redirect URI and scopes are accepted.");
        if value(&params, "state") != state {
            report.problem(
                CLIENT,
                "The response does not give the state back.",
                "The client cannot tell its own sign-in from a forged one: correct the issuer.",
            );
        }
        self.check_iss(report, value(&params, "iss"));
        Ok(true)
    }

    fn check_iss(&self, report: &mut Report, iss: &str) {
        let document = self.document;
        let is_promised = document["authorization_response_iss_parameter_supported"] == true;
        if is_promised && document["issuer"] != iss {
            let said = match iss {
                "" => "The response does not say where it comes from.".to_owned(),
                other => format!("The response says that it comes from {other:?}."),
            };
            report.problem(
                CLIENT,
                said,
                "It should be the issuer as in discovery: clients refuse anything else (RFC 9207).",
            );
        }
    }

    async fn check_pkce(&self, report: &mut Report) -> Result<(), Error> {
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        match self.ask(self.redirect_uri, &without).await? {
            Outcome::Response(params) if goes_on(value(&params, "error")) => report.warn(
                CLIENT,
                "A request without PKCE is accepted.",
                "Require PKCE of this client at the issuer, so that a stolen code is of no use.",
            ),
            Outcome::Response(_) | Outcome::Page(_) => {
                report.ok(CLIENT, "A request without PKCE is refused.");
            }
            Outcome::Onward | Outcome::Form => {}
        }
        Ok(())
    }

    async fn check_redirect(&self, report: &mut Report) -> Result<(), Error> {
        let other = format!("{}doorstep-doctor", with_slash(self.redirect_uri));
        match self.ask(&other, &[]).await? {
            Outcome::Response(_) | Outcome::Form => report.problem(
                CLIENT,
                format!("The issuer sends responses to {other} too, which nobody registered."),
                "Register redirect URIs without wildcards: whoever controls such an address gets codes.",
            ),
            Outcome::Page(_) | Outcome::Onward => {
                report.ok(CLIENT, "An address that is not registered gets no response.");
            }
        }
        Ok(())
    }

    async fn check_port(&self, report: &mut Report) -> Result<(), Error> {
        let Some(other) = on_another_port(self.redirect_uri) else { return Ok(()) };
        match self.ask(&other, &[]).await? {
            Outcome::Response(_) => report.ok(CLIENT, "Any port of this machine may be used."),
            _ => report.warn(
                CLIENT,
                "The port of the redirect URI must be the registered one (against RFC 8252 §7.3).",
                "Let the program listen on that port, as in `doorstep login --listen-port`.",
            ),
        }
        Ok(())
    }

    async fn check_form_post(&self, report: &mut Report) -> Result<(), Error> {
        match self.ask(self.redirect_uri, &[("response_mode", "form_post")]).await? {
            Outcome::Form => {
                report.ok(CLIENT, "The response mode form_post is good for this client.");
            }
            _ => report.warn(
                CLIENT,
                "The response mode form_post is offered, and not to this client.",
                "See whether the client may use it at the issuer.",
            ),
        }
        Ok(())
    }

    /// Makes a request that differs from a good one in these parameters; an empty one is left out.
    async fn ask(&self, redirect_uri: &str, other: &[(&str, &str)]) -> Result<Outcome, Error> {
        let challenge = secret::digest(secret::random_id());
        let nonce = secret::random_id();
        let mut params = vec![
            ("client_id", self.client_id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", self.scope),
            ("prompt", "none"),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in other {
            params.retain(|(known, _)| known != name);
            params.push((name, value));
        }
        params.retain(|(_, value)| !value.is_empty());
        let endpoint = self.document["authorization_endpoint"].as_str().unwrap_or_default();
        let query = Serializer::new(String::new()).extend_pairs(params).finish();
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        let answer = self.probe.get(&format!("{endpoint}{joint}{query}")).await?;
        Ok(Outcome::read(&answer, endpoint, redirect_uri))
    }
}

fn with_slash(uri: &str) -> String {
    if uri.ends_with('/') { uri.to_owned() } else { format!("{uri}/") }
}

fn on_another_port(uri: &str) -> Option<String> {
    let mut url = Url::parse(uri).ok()?;
    let port = if url.port() == Some(50_017) { 50_018 } else { 50_017 };
    url.set_port(Some(port)).ok()?;
    Some(url.into())
}

fn advice(error: &str) -> &'static str {
    match error {
        "invalid_scope" => "Assign the scopes to the client at the issuer, or ask for fewer.",
        "unauthorized_client" => "Let the client use the authorization code flow at the issuer.",
        "unsupported_response_type" => "Let the client use response_type=code at the issuer.",
        "request_not_supported" | "invalid_request_object" => {
            "The issuer wants signed requests of this client."
        }
        "server_error" | "temporarily_unavailable" => "Look into the issuer's log.",
        _ => "See what the issuer's log says of it.",
    }
}
