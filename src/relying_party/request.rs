//! The request on its way out: as a link (RFC 6749 §4.1.1), or left at the issuer beforehand so that
//! the link becomes short (RFC 9126), and the authentication that direct requests carry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::CoreClientAuthMethod;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use openidconnect::http::{Method, Request};
use openidconnect::{HttpRequest, HttpResponse};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{Attempt, Client, Error, Refusal, RelyingParty};
use crate::secret::Secret;

/// A link to a request that was left at the issuer.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// The link.
    pub link: Url,
    /// Seconds for which it works.
    pub expires_in: i64,
}

#[derive(Deserialize)]
struct PushedAnswer {
    request_uri: String,
    expires_in: i64,
    /// Doorstep's extension: an even shorter link to the same request.
    link: Option<Url>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
    error_description: Option<String>,
}

impl RelyingParty {
    /// The link that carries the whole request, with `further` parameters.
    pub fn link(&self, attempt: &Attempt, further: &[(&str, &str)]) -> Url {
        let mut link = self.provider.authorization_endpoint().clone();
        link.query_pairs_mut()
            .extend_pairs(attempt.parameters(&self.client.id))
            .extend_pairs(further);
        link
    }

    /// Leaves the request at `endpoint` and makes the link to it.
    ///
    /// # Errors
    /// When the issuer cannot be reached or refuses the request.
    pub async fn push(
        &self,
        endpoint: &Url,
        attempt: &Attempt,
        further: &[(&str, &str)],
    ) -> Result<Pushed, Error> {
        let mut form = attempt.parameters(&self.client.id);
        form.extend(further.iter().map(|(name, value)| (*name, (*value).to_owned())));
        form.retain(|(name, _)| *name != "client_id");
        let response = self.post(endpoint, form).await?;
        let unreadable = || {
            Error::Misconfigured("The issuer's answer to the pushed request cannot be read.".into())
        };
        let answer: PushedAnswer =
            serde_json::from_slice(response.body()).map_err(|_| unreadable())?;
        let link = answer.link.filter(|link| self.is_own_short_link(link)).unwrap_or_else(|| {
            let mut link = self.provider.authorization_endpoint().clone();
            link.query_pairs_mut()
                .append_pair("client_id", &self.client.id)
                .append_pair("request_uri", &answer.request_uri);
            link
        });
        Ok(Pushed { link, expires_in: answer.expires_in })
    }

    /// A Doorstep's own short link: what people are sent to must lie at the issuer.
    fn is_own_short_link(&self, link: &Url) -> bool {
        let at_issuer = link.as_str().starts_with(&format!("{}/", self.provider.issuer()));
        self.provider.handoff_result().is_some() && at_issuer
    }

    /// POSTs a form as this client and returns the answer if it is a success.
    pub(super) async fn post(
        &self,
        endpoint: &Url,
        form: Vec<(&str, String)>,
    ) -> Result<HttpResponse, Error> {
        let response = self.send_form(endpoint, form).await?;
        if response.status().is_success() { Ok(response) } else { Err(refusal(&response)) }
    }

    /// POSTs a form as this client and returns the answer, whatever it is.
    pub(super) async fn send_form(
        &self,
        endpoint: &Url,
        form: Vec<(&str, String)>,
    ) -> Result<HttpResponse, Error> {
        let request = self.client.form_request(endpoint, form, self.secret_goes_in_the_body());
        self.http.send(request).await
    }

    /// HTTP Basic is what issuers must support (RFC 6749 §2.3.1), so the body is for those that list
    /// it and do not list Basic.
    pub(super) fn secret_goes_in_the_body(&self) -> bool {
        let methods = self.provider.metadata.token_endpoint_auth_methods_supported();
        methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        })
    }
}

impl Client {
    /// A form POSTed as this client, with its secret in the body or in a header of its own.
    pub(super) fn form_request(
        &self,
        endpoint: &Url,
        form: Vec<(&str, String)>,
        secret_in_body: bool,
    ) -> HttpRequest {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(endpoint.as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        match &self.secret {
            Some(secret) if !secret_in_body => {
                request = request.header(AUTHORIZATION, basic(&self.id, secret));
            }
            secret => {
                body.append_pair("client_id", &self.id);
                body.extend_pairs(secret.iter().map(|secret| ("client_secret", secret.expose())));
            }
        }
        request.body(body.finish().into_bytes()).expect("a URL and fixed headers make a request")
    }
}

/// A client's id and secret as a header (RFC 6749 §2.3.1): both are form-urlencoded first, which plain HTTP
/// Basic does not do.
pub(crate) fn basic(id: &str, secret: &Secret) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret.expose()));
    format!("Basic {}", STANDARD.encode(pair))
}

/// The header by which servers name a request in their log.
pub(super) const REQUEST_ID: &str = "x-request-id";

/// The error code of a refusal that may be no more than "not yet".
pub(super) fn refusal_code(response: &HttpResponse) -> Option<String> {
    serde_json::from_slice::<ErrorAnswer>(response.body()).ok().map(|answer| answer.error)
}

/// What a token endpoint's refusal says (RFC 6749 §5.2).
pub(super) fn refusal(response: &HttpResponse) -> Error {
    let id = response.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let answer = serde_json::from_slice::<ErrorAnswer>(response.body());
    Error::Endpoint(match &answer {
        Ok(answer) => Refusal::new(&answer.error, answer.error_description.as_deref(), id),
        Err(_) if response.status().is_server_error() => Refusal::new("server_error", None, id),
        Err(_) => Refusal::new(&format!("http_{}", response.status().as_u16()), None, id),
    })
}
