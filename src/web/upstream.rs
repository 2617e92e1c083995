//! Signing in with a provider: there, back, and out again. A sign-in that begins for a request comes
//! back to that request, in the browser that it began in.
//!
//! A response by form_post comes from the provider's site, so it brings none of our cookies, which are
//! `SameSite=Lax`. It is sent on to ourselves by GET, which does; on that way it is sealed, so that
//! neither code nor state stand in an address. Cookies with `SameSite=None` would do without the detour,
//! but only over https, and every other site could make browsers send them.

mod arrive;
mod begin;
mod leave;
mod recheck;
mod tokens;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

pub use begin::{way, ways};
pub use leave::detour;
pub use recheck::still_stands;

use super::away::{Door, posted};
use super::failure::{Failure, ProviderFailure};
use crate::issuer::Core;
use crate::pages::ProviderProblem;
use crate::protocol::params::Params;
use crate::relying_party::Error;
use crate::upstream::Upstream;

/// `GET /upstream/{id}`: to the provider, with `next` as the place to go on afterwards.
pub async fn start(
    issuer: web::Data<Core>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let upstream = find(&issuer, &id)?;
    let query = Params::parse_leniently(request.query_string()).0;
    let next = super::login::own_path(&issuer, query.get("next").unwrap_or_default());
    begin::go(&issuer, &request, upstream, &next).await
}

/// `GET /upstream/{id}/callback`: back from the provider.
pub async fn callback(
    issuer: web::Data<Core>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let upstream = find(&issuer, &id)?;
    admit(&issuer, &request)?;
    let response =
        posted::response(&door(&issuer, upstream, &path(upstream, "")), request.query_string());
    arrive::arrive(&issuer, &request, upstream, &response).await
}

/// `POST /upstream/{id}/callback`: back from a provider that posts.
pub async fn callback_posted(
    issuer: web::Data<Core>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let upstream = find(&issuer, &id)?;
    admit(&issuer, &request)?;
    posted::send_on(&door(&issuer, upstream, &path(upstream, "")), &body)
}

/// `GET /upstream/{id}/signed-out`: back after signing out at the provider.
pub async fn signed_out(
    issuer: web::Data<Core>,
    request: HttpRequest,
    id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let upstream = find(&issuer, &id)?;
    Ok(leave::returned(&issuer, &request, upstream))
}

fn find<'a>(issuer: &'a Core, id: &str) -> Result<&'a Upstream, Failure> {
    issuer.upstreams.find(id).ok_or_else(Failure::not_found)
}

/// Counts a request that makes us ask others.
fn admit(issuer: &Core, request: &HttpRequest) -> Result<(), Failure> {
    let Some(address) = issuer.site.address(request) else { return Ok(()) };
    let admitted = issuer.limits.upstream.admit(address, issuer.now());
    admitted.map_err(|wait| Failure::too_many(wait.0.unsigned_abs()))
}

/// The path of one of a provider's own addresses, as in `path(upstream, "/callback")`.
fn path(upstream: &Upstream, rest: &str) -> String {
    format!("/upstream/{}{rest}", upstream.settings.id)
}

/// Where people come back from a provider, whose own path this is.
fn door<'a>(issuer: &'a Core, upstream: &'a Upstream, path: &'a str) -> Door<'a> {
    Door { site: &issuer.site, kind: "upstream", id: &upstream.settings.id, path }
}

/// Tells the person. Whoever plays with responses learns nothing from the answer; the cause is logged.
fn failed(issuer: &Core, upstream: &Upstream, next: Option<&str>, error: &Error) -> Failure {
    let (status, problem) = match error {
        Error::State => (StatusCode::BAD_REQUEST, ProviderProblem::Over),
        Error::Refused(refusal) if refusal.code() == "access_denied" => {
            (StatusCode::FORBIDDEN, ProviderProblem::Declined)
        }
        Error::Identity(_) => (StatusCode::FORBIDDEN, ProviderProblem::NotLetIn),
        Error::NotAnew => (StatusCode::FORBIDDEN, ProviderProblem::NotAnew),
        error if error.is_passing() => (StatusCode::SERVICE_UNAVAILABLE, ProviderProblem::Down),
        _ => (StatusCode::BAD_REQUEST, ProviderProblem::Failed),
    };
    refuse(issuer, upstream, next, status, problem, error.to_string())
}

fn refuse(
    issuer: &Core,
    upstream: &Upstream,
    next: Option<&str>,
    status: StatusCode,
    problem: ProviderProblem,
    cause: String,
) -> Failure {
    let again = next.map(|next| {
        let query = [("next".to_owned(), next.to_owned()), ("choose".to_owned(), "1".to_owned())];
        issuer.site.path(&format!("/login?{}", Params::from_iter(query).encode()))
    });
    let provider = upstream.settings.name().to_owned();
    let failure = ProviderFailure {
        status,
        problem,
        provider,
        id: upstream.settings.id.clone(),
        again,
        cause,
    };
    Failure::Provider(Box::new(failure))
}
