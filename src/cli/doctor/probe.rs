//! Requests to an issuer, made as the rest of Doorstep makes them, and what came back.

use openidconnect::http::{Request, StatusCode, header};
use openidconnect::{HttpRequest, HttpResponse};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::relying_party::{Error, Http, basic};
use crate::secret::Secret;

/// An issuer that can be asked.
pub struct Probe {
    pub http: Http,
}

/// What came back.
pub struct Answer(pub HttpResponse);

impl Probe {
    /// GETs an address; redirects are not followed.
    pub async fn get(&self, url: &str) -> Result<Answer, Error> {
        self.send(Request::get(url).header(header::ACCEPT, "application/json, text/html;q=0.9"), "")
            .await
    }

    /// POSTs a form, with a client's id and secret in the header if there are any (RFC 6749 §2.3.1).
    pub async fn post(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        client: Option<(&str, &Secret)>,
    ) -> Result<Answer, Error> {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        if let Some((id, secret)) = client {
            request = request.header(header::AUTHORIZATION, basic(id, secret));
        }
        self.send(request, &body).await
    }

    async fn send(
        &self,
        request: openidconnect::http::request::Builder,
        body: &str,
    ) -> Result<Answer, Error> {
        let unusable = |_| Error::Misconfigured("The issuer names an address that is none.".into());
        let request: HttpRequest = request.body(body.as_bytes().to_vec()).map_err(unusable)?;
        self.http.send(request).await.map(Answer)
    }
}

impl Answer {
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub fn header(&self, name: header::HeaderName) -> &str {
        self.0.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(self.0.body()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.0.body()).into_owned()
    }

    /// The `error` of a JSON answer (RFC 6749 §5.2), or empty.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// Where a redirect leads.
    pub fn location(&self, base: &str) -> Option<Url> {
        let location = self.header(header::LOCATION);
        let leads = self.status().is_redirection() && !location.is_empty();
        leads.then(|| Url::parse(base).ok()?.join(location).ok()).flatten()
    }
}
