//! The one door for requests to an issuer: a time limit, a size limit, no redirects, and nothing that
//! matters in plain text over a network.
//!
//! A redirect is not followed because a token request repeated elsewhere would hand the code to
//! whoever is named there (RFC 9700 §4.11).

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openidconnect::http::{HeaderMap, StatusCode};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::{Error, Guard};

/// No document or token answer comes near this size.
const LARGEST_ANSWER: usize = 1 << 20;

/// How requests are made.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Certificate authorities trusted besides the system's, in PEM form.
    pub extra_authorities: Option<Vec<u8>>,
    /// Whether plain http is allowed to hosts other than this machine.
    pub allow_http: bool,
    /// How long one request may take, from the first byte sent to the last received.
    pub timeout: Duration,
    /// What keeps an issuer from sending us elsewhere; a person's own machine needs none.
    pub guard: Option<Guard>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            extra_authorities: None,
            allow_http: false,
            timeout: Duration::from_secs(20),
            guard: None,
        }
    }
}

/// A client with those settings.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    allow_http: bool,
    guard: Option<Guard>,
}

impl Http {
    /// Prepares a client.
    ///
    /// # Errors
    /// When the extra authorities are not certificates in PEM form.
    pub fn new(settings: &HttpSettings) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .tls_info(true)
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout.min(Duration::from_secs(10)))
            .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")));
        let unreadable =
            || Error::Misconfigured("The CA file holds no certificates in PEM form.".into());
        if let Some(pem) = &settings.extra_authorities {
            let authorities =
                reqwest::Certificate::from_pem_bundle(pem).map_err(|_| unreadable())?;
            if authorities.is_empty() {
                return Err(unreadable());
            }
            for authority in authorities {
                builder = builder.add_root_certificate(authority);
            }
        }
        if let Some(guard) = &settings.guard {
            builder = builder.no_proxy().dns_resolver(Arc::new(guard.clone()));
        }
        let client = builder.build().map_err(|_| unreadable())?;
        Ok(Self { client, allow_http: settings.allow_http, guard: settings.guard.clone() })
    }

    /// Sends one request and reads its answer, whatever its status is.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] for an address that must not be asked or an answer that is too large,
    /// else [`Error::Unreachable`] or [`Error::TimedOut`].
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let url =
            Url::parse(&request.uri().to_string()).map_err(|_| not_web("The issuer's address"))?;
        self.permit(&url, "The issuer's address")?;
        if let Some(guard) = &self.guard {
            guard.check(&url)?;
        }
        let origin = url.origin().ascii_serialization();
        let request = request.try_into().map_err(|error| unreachable(&origin, &error))?;
        let response =
            self.client.execute(request).await.map_err(|error| unreachable(&origin, &error))?;
        read(response, &origin).await
    }

    /// Checks that `url` is one to send people or secrets to: https, or http on this machine.
    ///
    /// # Errors
    /// [`Error::Misconfigured`], with `what` as the name of the address.
    pub fn permit(&self, url: &Url, what: &str) -> Result<(), Error> {
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.allow_http || is_this_machine(url) => Ok(()),
            "http" => Err(Error::Misconfigured(format!(
                "{what} ({}) is plain http. Everyone on the way could read the tokens, so it is not used.",
                url.origin().ascii_serialization()
            ))),
            _ => Err(not_web(what)),
        }
    }
}

fn not_web(what: &str) -> Error {
    Error::Misconfigured(format!("{what} is not a web address."))
}

/// Whether a URL stays on this machine: a loopback address, or a name that always means one
/// (RFC 6761 §6.3).
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

async fn read(mut response: reqwest::Response, origin: &str) -> Result<HttpResponse, Error> {
    let too_large = || Error::Misconfigured(format!("{origin} sent far more than was asked for."));
    let mut answer = HttpResponse::new(Vec::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    *answer.extensions_mut() = std::mem::take(response.extensions_mut());
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(origin, &error))? {
        if answer.body().len() + chunk.len() > LARGEST_ANSWER {
            return Err(too_large());
        }
        answer.body_mut().extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// Names the innermost cause, as in "Connection refused": the outer ones repeat the whole URL.
fn unreachable(origin: &str, error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::TimedOut { origin: origin.to_owned() };
    }
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    let cause = match cause.map(ToString::to_string) {
        // What the first bytes of plain http are when they are read as TLS.
        Some(cause) if cause.contains("InvalidContentType") => {
            "it does not speak TLS there, so https:// does not fit this address".to_owned()
        }
        Some(cause) => cause,
        None => "the request failed".to_owned(),
    };
    Error::Unreachable { origin: origin.to_owned(), cause }
}

/// An [`Http`] as openidconnect calls it, which remembers how each request was answered: the headers
/// carry what the protocol's own types do not.
pub(super) struct Listening<'a> {
    http: &'a Http,
    heard: Mutex<Vec<(StatusCode, HeaderMap)>>,
}

impl<'a> Listening<'a> {
    pub(super) fn of(http: &'a Http) -> Self {
        Self { http, heard: Mutex::default() }
    }

    /// A header of the first answer, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.first(|_, headers| headers.get(name)?.to_str().ok().map(str::to_owned)).flatten()
    }

    /// Whether the first answer says that the server failed.
    pub(super) fn status_is_server_error(&self) -> bool {
        self.first(|status, _| status.is_server_error()).unwrap_or_default()
    }

    fn first<T>(&self, read: impl FnOnce(StatusCode, &HeaderMap) -> T) -> Option<T> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.first().map(|(status, headers)| read(*status, headers))
    }
}

impl<'c> AsyncHttpClient<'c> for Listening<'_> {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.http.send(request).await.map_err(Unanswered)?;
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push((response.status(), response.headers().clone()));
            Ok(response)
        })
    }
}

/// An [`Error`] on its way through openidconnect, which wants an error type of its own to wrap.
#[derive(Debug)]
pub(super) struct Unanswered(pub(super) Error);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unanswered {}

#[cfg(test)]
mod tests;
