//! What an access token opens: more about the person (OpenID Connect Core §5.3, RFC 6750 §2.1).

use openidconnect::HttpRequest;
use openidconnect::http::header::{ACCEPT, AUTHORIZATION};
use openidconnect::http::{Method, Request, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::{Error, Http, IdTokenFault, Refusal, RelyingParty};
use crate::secret::Secret;

impl Http {
    /// Reads JSON with a bearer token.
    pub(super) async fn read(&self, url: &Url, token: &Secret) -> Result<Value, Error> {
        let response = self.send(request(url, token)?).await?;
        let refused = |code: &str| Err(Error::Endpoint(Refusal::new(code, None, None)));
        match response.status() {
            status if status.is_success() => serde_json::from_slice(response.body())
                .map_err(|_| Error::Misconfigured(format!("{url} did not answer with JSON."))),
            StatusCode::UNAUTHORIZED => refused("invalid_token"),
            StatusCode::FORBIDDEN => refused("insufficient_scope"),
            status if status.is_server_error() => refused("server_error"),
            status => refused(&format!("http_{}", status.as_u16())),
        }
    }
}

fn request(url: &Url, token: &Secret) -> Result<HttpRequest, Error> {
    let request = Request::builder()
        .method(Method::GET)
        .uri(url.as_str())
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {}", token.expose()));
    let unfit = |_| Error::Misconfigured("The access token cannot be sent as a header.".into());
    request.body(Vec::new()).map_err(unfit)
}

impl RelyingParty {
    /// What the userinfo endpoint tells about `subject`; nothing where there is no such endpoint.
    ///
    /// # Errors
    /// When it cannot be read, or is about somebody else (OpenID Connect Core §5.3.2).
    pub async fn userinfo(
        &self,
        access_token: &Secret,
        subject: &str,
    ) -> Result<Map<String, Value>, Error> {
        let Some(endpoint) = self.provider.userinfo_endpoint() else { return Ok(Map::new()) };
        match self.http.read(endpoint, access_token).await? {
            Value::Object(claims) if claims.get("sub").and_then(Value::as_str) == Some(subject) => {
                Ok(claims)
            }
            _ => Err(Error::IdToken(IdTokenFault::Subject)),
        }
    }
}
