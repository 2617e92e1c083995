//! The authorization endpoint (OpenID Connect Core §3.1.2). The request's URL is all its state: whoever
//! is sent to sign in or to agree comes back to it, and it is validated and decided anew.

mod address;
mod issue;
mod keep;
pub(super) mod object;

use actix_web::{HttpRequest, HttpResponse, web};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use self::address::find_client;
pub use self::address::{Addressed, address};
use self::issue::{issue, propose};
use super::browser::Browser;
use super::failure::Failure;
use super::hint::Hint;
use super::progress::Progress;
use super::session;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::protocol::acr::Acr;
use crate::protocol::decide::{Next, SignedIn, Situation, decide};
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::protocol::redirect_uri;
use crate::protocol::request::AuthorizationRequest;

/// What does not stand as it is in a form-urlencoded text.
const NOT_OF_A_FORM: AsciiSet = NON_ALPHANUMERIC
    .remove(b'*')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'+')
    .remove(b'%')
    .remove(b'&')
    .remove(b'=');

/// `GET /authorize`.
pub async fn get(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    let mut asked = address(&issuer, &request, &browser, request.query_string()).await?;
    let mut response = match asked.error.take() {
        Some(error) => refuse(&issuer, &request, &asked, &error).await?,
        None => match AuthorizationRequest::parse(&asked.params, &asked.client) {
            Ok(parsed) => go_on(&issuer, &request, &asked, &parsed).await?,
            Err(error) => refuse(&issuer, &request, &asked, &error).await?,
        },
    };
    // A hand-off page has set the same cookie already.
    if response.cookies().next().is_none() {
        browser.remember(&issuer.site, &mut response)?;
    }
    Ok(response)
}

/// `POST /authorize`: comes from the client's site without our cookies, so the browser is sent on to
/// the same request by GET.
pub async fn post(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    // All of it as it came: what is wrong with it is for the GET to say to the client.
    let mut query = percent_encode(&body, &NOT_OF_A_FORM).to_string();
    if keep::is_long(&query) {
        let params = Params::parse(&query).map_err(|error| Failure::unreadable(&error))?;
        let client = find_client(&issuer, &params).await?;
        query = keep::keep(&issuer, &request, &client.client_id, &params).await?.encode();
    }
    Ok(see_other(&issuer.site.path(&format!("/authorize?{query}"))))
}

async fn go_on(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    parsed: &AuthorizationRequest,
) -> Result<HttpResponse, Failure> {
    let session = session::current(issuer, request).await?;
    let hint = match hint(issuer, parsed.id_token_hint.as_deref()).await? {
        Ok(hint) => hint,
        Err(error) => return refuse(issuer, request, asked, &error).await,
    };
    let consent = match &session {
        Some(session) if !asked.client.trusted => {
            issuer.db.find_consent(&session.account.id, &asked.client.client_id).await?
        }
        _ => None,
    };
    let sub = session.as_ref().map(|session| issuer.subject(&asked.client, &session.account.id));
    let situation = Situation {
        signed_in: session.as_ref().zip(sub.as_ref()).map(|(session, sub)| SignedIn {
            sub,
            is_hinted: hint.as_ref().is_none_or(|hint| hint.names(issuer, &session.account)),
            auth_time: session.auth_time,
            acr: Acr::of(&session.amr),
        }),
        consent: consent.as_ref(),
        redirect_uri: &asked.address.redirect_uri,
        sign_in_since: asked.progress.sign_in_since,
        answer: session.as_ref().and_then(|session| asked.progress.answer_in(&session.sid)),
        needed: session.as_ref().map_or(Acr::SingleFactor, |session| {
            issuer.needed_acr(&session.account, Some(&asked.client))
        }),
        strongest: issuer.factors.strongest(),
        within_reach: match &session {
            Some(session) if !parsed.acr.is_empty() => {
                issuer.factors.within_reach(&session.account.id).await?
            }
            _ => Acr::SingleFactor,
        },
        now: issuer.now(),
    };
    match (decide(parsed, &asked.client, situation), session) {
        (Next::Refuse(error), _) => refuse(issuer, request, asked, &error).await,
        (Next::Confirm, Some(session)) if is_native(asked) => {
            propose(issuer, request, asked, parsed, session, true).await
        }
        (Next::Confirm, Some(_)) => step(issuer, request, asked, "/consent", &asked.progress).await,
        (Next::Issue, Some(session)) if needs_page(asked) => {
            propose(issuer, request, asked, parsed, session, false).await
        }
        (Next::Issue, Some(session)) => issue(issuer, request, asked, parsed, session).await,
        (Next::SignIn { since }, _) => {
            let progress = Progress { sign_in_since: since, ..asked.progress.clone() };
            step(issuer, request, asked, "/login", &progress).await
        }
        (Next::Confirm | Next::Issue, None) => Err(Failure::forbidden()),
    }
}

fn is_native(asked: &Addressed) -> bool {
    redirect_uri::is_native(&asked.client, &asked.address.redirect_uri)
}

/// Whether a response to a program on the person's machine waits on a page. Not when the client asked
/// for silence, unless there is nowhere else to go.
fn needs_page(asked: &Addressed) -> bool {
    let prompt = asked.params.get("prompt").unwrap_or_default();
    let silent = prompt.split(' ').any(|value| value == "none");
    is_native(asked) && (!silent || asked.address.is_out_of_band())
}

/// Sends the browser to the page of a step, which comes back to this request with this progress.
async fn step(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    page: &str,
    progress: &Progress,
) -> Result<HttpResponse, Failure> {
    let url = asked.url_to_return_to(issuer, request).await?;
    let next = Params::from_iter([("next".to_owned(), asked.path(issuer, &url, progress))]);
    Ok(see_other(&issuer.site.path(&format!("{page}?{}", next.encode()))))
}

/// The request's `id_token_hint`, which has to be ours.
async fn hint(
    issuer: &Core,
    token: Option<&str>,
) -> Result<Result<Option<Hint>, ProtocolError>, Failure> {
    let Some(token) = token else { return Ok(Ok(None)) };
    Ok(Hint::read(issuer, token)
        .await?
        .map(Some)
        .ok_or(ProtocolError::invalid_request("id_token_hint is not an ID token of this issuer")))
}

/// Tells the client, by the mode it asked for. A person is shown the words first where the answer may
/// find nobody, unless the client asked for silence.
async fn refuse(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    error: &ProtocolError,
) -> Result<HttpResponse, Failure> {
    tracing::debug!(client = asked.client.client_id, code = error.code, description = %error.description, "request refused");
    if needs_page(asked) {
        issuer.handoff.refuse(request, &asked.client, &asked.address, error).await
    } else {
        let delivery = issuer.handoff.deliver(asked.address.error(error)).await?;
        Ok(issuer.handoff.send(request, asked.client.name(), delivery))
    }
}
