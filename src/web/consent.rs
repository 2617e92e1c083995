//! Asks a person whether a web client may have what it asks for. The answer goes back into the
//! request, which is then decided anew.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::authorize::{self, Addressed};
use super::browser::Browser;
use super::envelope::respond;
use super::failure::Failure;
use super::login::{own_path, query_of};
use super::progress::{self, Progress};
use super::session::{self, Session};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::ConsentPage;
use crate::protocol::params::Params;
use crate::protocol::request::AuthorizationRequest;

#[derive(Deserialize)]
pub struct Query {
    next: String,
}

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    next: String,
    answer: Answer,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Allow,
    Deny,
    /// Somebody else is to sign in for the same request (OpenID Connect Core §3.1.2.1, `select_account`).
    Switch,
}

/// `GET /consent`.
pub async fn show(
    issuer: web::Data<Core>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    let (asked, session) = open(&issuer, &request, &browser, &query.next).await?;
    let Some(session) = session else { return Ok(see_other(&query.next)) };
    let Ok(parsed) = AuthorizationRequest::parse(&asked.params, &asked.client) else {
        return Ok(see_other(&query.next));
    };
    let page = ConsentPage {
        frame: issuer.site.frame(&request),
        csrf: browser.csrf(&issuer.site),
        next: query.next.clone(),
        client_name: asked.client.name().to_owned(),
        client_uri: asked.client.page().map(str::to_owned),
        stranger: asked.client.stranger.clone(),
        account: session.account.username,
        scopes: parsed.disclosed().iter().map(str::to_owned).collect(),
    };
    let mut response = respond(&page, StatusCode::OK);
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// `POST /consent`.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let (asked, session) = open(&issuer, &request, &browser, &form.next).await?;
    let Some(session) = session else { return Ok(see_other(&form.next)) };
    if form.answer == Answer::Switch {
        return Ok(switch_account(&issuer, &browser, &asked, &session));
    }
    let agreed = form.answer == Answer::Allow;
    if let Ok(parsed) = AuthorizationRequest::parse(&asked.params, &asked.client) {
        if agreed {
            remember(&issuer, &session, &asked, &parsed).await?;
        }
        let name = if agreed { "consent_given" } else { "consent_refused" };
        let event = issuer.event(&request, name).account(Some(&session.account.id));
        let detail = json!({ "scope": parsed.scope.to_string() });
        issuer.audit(event.client(&asked.client.client_id).detail(&detail)).await;
    }
    let answer = progress::Answer { agreed, sid: session.sid };
    let progress = Progress { answer: Some(answer), ..asked.progress };
    let query = progress.put(&asked.url, &issuer.site, &browser);
    Ok(see_other(&issuer.site.path(&format!("/authorize?{query}"))))
}

/// Sends the person to sign in anew, which is how an account is chosen, and from there to the request.
fn switch_account(
    issuer: &Core,
    browser: &Browser,
    asked: &Addressed,
    session: &Session,
) -> HttpResponse {
    let since = issuer.now().max(session.auth_time.plus(1));
    let progress = Progress { sign_in_since: Some(since), answer: None };
    let query = progress.put(&asked.url, &issuer.site, browser);
    let next = issuer.site.path(&format!("/authorize?{query}"));
    let next = Params::from_iter([("next".to_owned(), next)]);
    see_other(&issuer.site.path(&format!("/login?{}", next.encode())))
}

/// Adds to what the person has agreed to before: a client that asks for its scopes one by one is not
/// asked about again and again.
async fn remember(
    issuer: &Core,
    session: &Session,
    asked: &Addressed,
    parsed: &AuthorizationRequest,
) -> Result<(), Failure> {
    let (account, client) = (&session.account.id, &asked.client.client_id);
    let before = issuer.db.find_consent(account, client).await?.unwrap_or_default();
    issuer
        .db
        .save_consent(account, client, &before.with(&parsed.disclosed()), issuer.now())
        .await?;
    Ok(())
}

async fn open(
    issuer: &Core,
    request: &HttpRequest,
    browser: &Browser,
    next: &str,
) -> Result<(Addressed, Option<Session>), Failure> {
    let ours = own_path(issuer, next) == next;
    let query = query_of(issuer, next).filter(|_| ours).ok_or_else(Failure::not_found)?;
    let asked = authorize::address(issuer, request, browser, query).await?;
    Ok((asked, session::current(issuer, request).await?))
}
