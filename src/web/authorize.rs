//! The authorization endpoint (OpenID Connect Core §3.1.2). The request's URL is all its state: whoever
//! is sent to sign in or to agree comes back to it, and it is validated and decided anew.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use url::form_urlencoded;

use super::browser::Browser;
use super::failure::Failure;
use super::progress::Progress;
use super::session::{self, Session};
use crate::codes::Binding;
use crate::handoff::{Proposal, see_other};
use crate::issuer::Core;
use crate::protocol::client::Client;
use crate::protocol::decide::{Next, SignedIn, Situation, decide};
use crate::protocol::error::ProtocolError;
use crate::protocol::grant::Grant;
use crate::protocol::params::Params;
use crate::protocol::redirect_uri;
use crate::protocol::request::AuthorizationRequest;
use crate::protocol::response::{NoReturnAddress, ReturnAddress};
use crate::protocol::token::{ID_TOKEN_TYPE, IdTokenHint};
use crate::web::par;

/// The longest query that is put into a redirect; longer requests wait in the store.
const LONGEST_QUERY: usize = 4096;

/// A request whose client and return address are known: from here on errors go to the client.
pub struct Addressed {
    /// Who asks.
    pub client: Arc<Client>,
    /// Where to answer.
    pub address: ReturnAddress,
    /// The request's parameters, pushed ones in place.
    pub params: Params,
    /// The parameters of the URL, which begin the same sign-in again.
    pub url: Params,
    /// How far the person has come with it.
    pub progress: Progress,
    /// What is wrong with it already.
    pub error: Option<ProtocolError>,
}

/// `GET /authorize`.
pub async fn get(issuer: web::Data<Core>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    let mut asked = address(&issuer, &browser, request.query_string()).await?;
    let mut response = match asked.error.take() {
        Some(error) => refuse(&issuer, &request, &asked, &error),
        None => match AuthorizationRequest::parse(&asked.params, &asked.client) {
            Ok(parsed) => go_on(&issuer, &request, &browser, &asked, &parsed).await?,
            Err(error) => refuse(&issuer, &request, &asked, &error),
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
pub async fn post(issuer: web::Data<Core>, body: web::Bytes) -> Result<HttpResponse, Failure> {
    // All of it as it came: what is wrong with it is for the GET to say to the client.
    let mut query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(&body))
        .finish();
    if query.len() > LONGEST_QUERY {
        let params =
            Params::parse(&query).map_err(|error| Failure::bad_request(sentence(&error)))?;
        let client_id = params
            .require("client_id")
            .map_err(|error| Failure::bad_request(sentence(&error)))?
            .to_owned();
        let request_uri = par::store(&issuer, &client_id, &params).await?;
        query = Params::from_iter([
            ("client_id".to_owned(), client_id),
            ("request_uri".to_owned(), request_uri),
        ])
        .encode();
    }
    Ok(see_other(&issuer.site.path(&format!("/authorize?{query}"))))
}

/// Finds client and return address of a request, so that whatever else is wrong can be told to the
/// client.
///
/// # Errors
/// A page, when there is nowhere to send the browser.
pub async fn address(issuer: &Core, browser: &Browser, query: &str) -> Result<Addressed, Failure> {
    let (mut url, mut error) = Params::parse_leniently(query);
    let progress = Progress::take(&mut url, &issuer.site, browser);
    let client_id = url.get("client_id").ok_or_else(|| {
        Failure::bad_request(
            "The request does not say which program it is from: client_id is missing.",
        )
    })?;
    let unknown = || {
        Failure::bad_request(
            "The program that sent you here is not known to this issuer: its client_id is not registered.",
        )
    };
    let client = issuer.clients.find(client_id).await?.ok_or_else(unknown)?;
    let params = match url.get("request_uri").filter(|request_uri| par::is_pushed(request_uri)) {
        Some(request_uri) => par::find(issuer, &client.client_id, request_uri)
            .await?
            .ok_or_else(|| Failure::bad_request(par::EXPIRED))?,
        None => url.clone(),
    };
    let (address, mode_error) =
        ReturnAddress::resolve(&params, &client, &issuer.site.issuer).map_err(|no_address| {
            Failure::bad_request(match no_address {
                NoReturnAddress::Missing => "The request does not say where to return to: redirect_uri is missing.",
                NoReturnAddress::NotRegistered => "The request wants to return to an address that its program has not registered: redirect_uri does not match.",
            })
        })?;
    error = error.or(mode_error);
    Ok(Addressed { client, address, params, url, progress, error })
}

async fn go_on(
    issuer: &Core,
    request: &HttpRequest,
    browser: &Browser,
    asked: &Addressed,
    parsed: &AuthorizationRequest,
) -> Result<HttpResponse, Failure> {
    let session = session::current(issuer, request).await?;
    let hint = match parsed.id_token_hint.as_deref() {
        Some(token) => match own_hint(issuer, token) {
            Some(hint) => Some(hint),
            None => {
                let error = ProtocolError::invalid_request(
                    "id_token_hint is not an ID token of this issuer",
                );
                return Ok(refuse(issuer, request, asked, &error));
            }
        },
        None => None,
    };
    let consent = match &session {
        Some(session) if !asked.client.trusted => {
            issuer.db.find_consent(&session.account.id, &asked.client.client_id).await?
        }
        _ => None,
    };
    let situation = Situation {
        signed_in: session
            .as_ref()
            .map(|session| SignedIn { sub: &session.account.id, auth_time: session.auth_time }),
        consent: consent.as_ref(),
        redirect_uri: &asked.address.redirect_uri,
        sign_in_since: asked.progress.sign_in_since,
        answer: session.as_ref().and_then(|session| asked.progress.answer_in(&session.sid)),
        hinted_sub: hint.as_ref().map(|hint| hint.sub.as_str()),
        now: issuer.now(),
    };
    match (decide(parsed, &asked.client, situation), session) {
        (Next::Refuse(error), _) => Ok(refuse(issuer, request, asked, &error)),
        (Next::Confirm, Some(session)) if is_native(asked) => {
            propose(issuer, request, asked, parsed, session, true).await
        }
        (Next::Confirm, Some(_)) => {
            Ok(see_other(&step(issuer, browser, asked, "/consent", &asked.progress)))
        }
        (Next::Issue, Some(session)) if needs_page(asked) => {
            propose(issuer, request, asked, parsed, session, false).await
        }
        (Next::Issue, Some(session)) => issue(issuer, request, asked, parsed, session).await,
        (Next::SignIn { since }, _) => {
            let progress = Progress { sign_in_since: since, ..asked.progress.clone() };
            Ok(see_other(&step(issuer, browser, asked, "/login", &progress)))
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

/// The page of a step, which comes back to this request with this progress.
fn step(
    issuer: &Core,
    browser: &Browser,
    asked: &Addressed,
    page: &str,
    progress: &Progress,
) -> String {
    let query = if *progress == Progress::default() {
        asked.url.encode()
    } else {
        progress.put(&asked.url, &issuer.site, browser)
    };
    let next =
        Params::from_iter([("next".to_owned(), issuer.site.path(&format!("/authorize?{query}")))]);
    issuer.site.path(&format!("{page}?{}", next.encode()))
}

fn own_hint(issuer: &Core, token: &str) -> Option<IdTokenHint> {
    issuer
        .keys
        .verify::<IdTokenHint>(ID_TOKEN_TYPE, token)
        .filter(|hint| *hint.iss == *issuer.site.issuer)
}

/// Hands a request to the hand-off page.
async fn propose(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    parsed: &AuthorizationRequest,
    session: Session,
    confirm: bool,
) -> Result<HttpResponse, Failure> {
    let restart = issuer.site.path(&format!("/authorize?{}", asked.url.encode()));
    let proposal = Proposal {
        client: &asked.client,
        return_address: asked.address.clone(),
        code_challenge: parsed.code_challenge.clone(),
        account: session.account.username.clone(),
        payload: payload(parsed, &session),
        confirm,
        start: parsed.start,
        has_siblings: parsed.has_siblings,
        restart,
        switch_account: Some(issuer.site.path("/login")),
        refresh_lifetime: issuer.refresh_lifetime(&asked.client, &parsed.scope),
    };
    issuer.handoff.propose(request, proposal).await
}

/// Mints a code and sends it on its way at once.
async fn issue(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    parsed: &AuthorizationRequest,
    session: Session,
) -> Result<HttpResponse, Failure> {
    let client = &asked.client;
    let binding = Binding {
        client_id: client.client_id.clone(),
        redirect_uri: asked.address.redirect_uri.clone(),
        code_challenge: parsed.code_challenge.clone(),
        payload: payload(parsed, &session),
        address: issuer.site.address(request),
        same_network: client.same_network,
        login: None,
        page: None,
        lifetime: client.code_lifetime.unwrap_or(60),
        refresh_lifetime: issuer.refresh_lifetime(client, &parsed.scope),
        remember: client.access_token_lifetime,
    };
    let minted = issuer.handoff.codes().mint(binding).await?;
    Ok(issuer.handoff.send(client.name(), asked.address.deliver_code(minted.code.expose())))
}

fn payload(parsed: &AuthorizationRequest, session: &Session) -> String {
    let grant = Grant {
        sub: session.account.id.clone(),
        scope: parsed.scope.clone(),
        nonce: parsed.nonce.clone(),
        auth_time: session.auth_time,
        amr: session.amr.clone(),
        sid: session.sid.clone(),
    };
    serde_json::to_string(&grant).unwrap_or_default()
}

/// Tells the client, by the mode it asked for. A person is shown the words first where the answer may
/// find nobody, unless the client asked for silence.
pub fn refuse(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    error: &ProtocolError,
) -> HttpResponse {
    tracing::debug!(client = asked.client.client_id, code = error.code, description = %error.description, "request refused");
    if needs_page(asked) {
        issuer.handoff.refuse(request, &asked.client, &asked.address, error)
    } else {
        issuer.handoff.send(asked.client.name(), asked.address.deliver_error(error))
    }
}

/// A protocol error as a page says it.
fn sentence(error: &ProtocolError) -> String {
    format!("The request cannot be understood: {}.", error.description)
}
