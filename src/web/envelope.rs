//! The envelope of every answer: a request id, the headers that protect pages, and failures turned
//! into a page or JSON.

mod json;
mod reader;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web};
use serde_json::json;

use reader::Reader;
pub use reader::wants_json;

use super::compression;
use super::deadline::{Answer, Body};
use super::dpop;
use super::failure::{Failure, ProviderFailure};
use super::site::Site;
use crate::pages::{ErrorPage, Page, ProviderPage, explanation};
use crate::protocol::error::ProtocolError;
use crate::secret;

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Wraps a handler; see the module.
///
/// # Errors
/// None of ours: failures become responses here.
pub async fn wrap(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // The connection knows by itself that an answer to HEAD has no body (RFC 9110 §9.3.2).
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let site = request.app_data::<web::Data<Site>>().cloned();
    let id = secret::base64url(&secret::random_bytes::<9>());
    let body = Body::watch(&mut request);
    let mut response = next.call(request).await?.map_into_boxed_body();
    let Some(site) = site else { return Ok(response) };
    let request = response.request().clone();
    let envelope = Envelope::of(&site, &id, &request);
    let failed = match body.as_ref().is_some_and(Body::is_late) {
        true => Some(envelope.render(&envelope.unreadable(StatusCode::REQUEST_TIMEOUT))),
        false => envelope.failed(response.response()),
    };
    if let Some(mut rendered) = failed {
        // A handler that failed may have taken a cookie away all the same.
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            rendered.headers_mut().append(header::SET_COOKIE, cookie.clone());
        }
        response = response.into_response(rendered);
    }
    let reader = envelope.reader;
    protect(response.headers_mut(), site.secure, reader);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    let (request, response) = response.into_parts();
    let response = compression::compress(&request, response);
    let response = match body {
        Some(request) => response.map_body(|_, body| Answer { body, request }.boxed()),
        None => response,
    };
    Ok(ServiceResponse::new(request, response))
}

/// What a failure is rendered with.
struct Envelope<'a> {
    site: &'a Site,
    id: &'a str,
    request: &'a HttpRequest,
    reader: Reader,
}

impl<'a> Envelope<'a> {
    fn of(site: &'a Site, id: &'a str, request: &'a HttpRequest) -> Self {
        Self { site, id, request, reader: Reader::of(site, request) }
    }

    /// What to send in place of a response that has nothing to read in it.
    fn failed(&self, response: &HttpResponse) -> Option<HttpResponse> {
        if let Some(error) = response.error() {
            let failure = error.as_error::<Failure>();
            return Some(failure.map_or_else(
                || self.render(&self.unreadable(response.status())),
                |failure| self.render(failure),
            ));
        }
        if response.status() != StatusCode::METHOD_NOT_ALLOWED {
            return None;
        }
        let mut rendered = self.render(&self.unreadable(response.status()));
        if let Some(allowed) = response.headers().get(header::ALLOW) {
            rendered.headers_mut().insert(header::ALLOW, allowed.clone());
        }
        Some(rendered)
    }

    fn render(&self, failure: &Failure) -> HttpResponse {
        let (request_id, path) = (self.id, self.request.path());
        let status = failure.status_code();
        match failure {
            Failure::Page { title, words, .. } => {
                tracing::debug!(request_id, path, %failure, "refused");
                self.say(status, title, words)
            }
            Failure::Provider(failed) => {
                tracing::warn!(request_id, path, %failure, "a sign-in with a provider failed");
                self.tell(failed)
            }
            Failure::Json { error, retry_after, .. } => {
                tracing::debug!(request_id, path, code = error.code, "refused");
                if self.reader == Reader::App {
                    return json::plain(status, error.code, &error.description, *retry_after);
                }
                if self.reader == Reader::Program {
                    let mut response =
                        json::error(status, error.code, &error.description, *retry_after);
                    if error.code == "use_dpop_nonce" {
                        dpop::insert_nonce(self.site, &mut response);
                    }
                    return response;
                }
                self.translate(status, error, *retry_after)
            }
            Failure::Internal(cause) => {
                tracing::error!(request_id, path, %cause, "a request failed");
                let is_outage = status == StatusCode::SERVICE_UNAVAILABLE;
                self.render_internal(status, is_outage)
            }
        }
    }

    /// Says why signing in with a provider came to nothing.
    fn tell(&self, failed: &ProviderFailure) -> HttpResponse {
        let page = ProviderPage {
            frame: self.site.frame(self.request),
            provider: failed.provider.clone(),
            problem: failed.problem,
            again: failed.again.clone(),
            request_id: self.id.to_owned(),
        };
        let mut response = respond(&page, failed.status);
        if failed.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }

    /// Says to a person what [`Failure::Json`] says to a program.
    fn translate(
        &self,
        status: StatusCode,
        error: &ProtocolError,
        retry_after: Option<u64>,
    ) -> HttpResponse {
        let Some(seconds) = retry_after else {
            return self.say(status, "error.request", &error.description);
        };
        let title = match status {
            StatusCode::TOO_MANY_REQUESTS => "error.too_many",
            _ => "error.unavailable",
        };
        let mut response = self.say(status, title, "");
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        response
    }

    fn render_internal(&self, status: StatusCode, is_outage: bool) -> HttpResponse {
        let (code, title) = match is_outage {
            true => ("temporarily_unavailable", "error.unavailable"),
            false => ("server_error", "error.internal"),
        };
        let description = format!("the request failed; quote request id {}", self.id);
        let retry_after = is_outage.then_some(5);
        match self.reader {
            Reader::Program => json::error(status, code, &description, retry_after),
            Reader::App => json::plain(status, code, &description, retry_after),
            Reader::Person | Reader::Script => self.say(status, title, ""),
        }
    }

    /// What actix itself refused: a method, form or query that the handler does not take, or too long.
    fn unreadable(&self, status: StatusCode) -> Failure {
        let what = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "too long",
            StatusCode::REQUEST_TIMEOUT => "sent too slowly",
            StatusCode::METHOD_NOT_ALLOWED => "sent with a method that is not for this address",
            _ => "not understood",
        };
        if matches!(self.reader, Reader::Program | Reader::App) {
            let error = ProtocolError::naming("invalid_request", "the request was ", what, "");
            return Failure::Json { status, error, retry_after: None };
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            return Failure::Page { status, title: "error.not_found", words: String::new() };
        }
        Failure::Page { status, title: "error.request", words: format!("The request was {what}.") }
    }

    /// Says it in words: on a page, or to the script of one. The detail is for whoever made the request
    /// and stays in English, like everything that the protocol says.
    fn say(&self, status: StatusCode, title: &'static str, detail: &str) -> HttpResponse {
        let frame = self.site.frame(self.request);
        if self.reader == Reader::Script {
            let words = frame.t(explanation(title));
            return HttpResponse::build(status).json(json!({ "error": words, "location": null }));
        }
        let (detail, request_id) = (detail.to_owned(), self.id.to_owned());
        respond(&ErrorPage { frame, title, detail, request_id }, status)
    }
}

/// A page with its policy.
pub fn respond(page: &impl Page, status: StatusCode) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, page.csp()))
        .insert_header((OPENER_POLICY, page.opener_policy()))
        .body(Page::render(page))
}

/// Headers that every answer has unless a handler chose otherwise.
fn protect(headers: &mut HeaderMap, secure: bool, reader: Reader) {
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::CACHE_CONTROL, "no-store");
    default(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    // Programs in pages of other origins may read what any program may (RFC 6749 has no cookies).
    if reader == Reader::Program {
        default(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        default(header::ACCESS_CONTROL_EXPOSE_HEADERS, "DPoP-Nonce, WWW-Authenticate");
    }
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(header::REFERRER_POLICY, "no-referrer");
    if secure {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
