//! The page where a person lets a device sign in (RFC 8628 §3.3): enter its code, compare, agree or not.
//!
//! A code can be talked out of people, or be sent to them in a link (RFC 10027). So a link only fills in
//! the code, every request is confirmed by hand, and the page says who asked, from where and when.

mod waiting;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

pub use self::waiting::find_at;
use self::waiting::{Waiting, find};
use super::browser::Browser;
use super::envelope::respond;
use super::failure::Failure;
use super::session::{self, Session};
use crate::codes::Binding;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::pages::{DeviceAnswer, DeviceConfirmation, DevicePage, DeviceProblem, DeviceStep};
use crate::protocol::channel::Channel;
use crate::protocol::client::GrantType;
use crate::protocol::match_phrase::match_phrase;
use crate::protocol::params::Params;
use crate::secret;
use crate::store;

/// More of what was typed is not shown again.
const LONGEST_SHOWN: usize = 40;

#[derive(Deserialize)]
pub struct Query {
    user_code: Option<String>,
    outcome: Option<DeviceAnswer>,
}

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    user_code: String,
    shown: String,
    answer: DeviceAnswer,
}

/// `GET /device`.
pub async fn show(
    issuer: web::Data<Core>,
    http: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let typed = query.user_code.as_deref().unwrap_or_default();
    if let Some(answer) = query.outcome {
        return page(&issuer, &http, DeviceStep::Decided(answer));
    }
    let Some(session) = session::current(&issuer, &http).await? else {
        return Ok(see_other(&sign_in(&issuer, typed)));
    };
    let step = match find(&issuer, &http, typed).await? {
        Ok(waiting) if waiting.needs_sign_in(&issuer, &session).await? => {
            return Ok(see_other(&sign_in(&issuer, typed)));
        }
        Ok(waiting) => confirmation(&issuer, &http, &session, &waiting),
        Err(problem) => enter(typed, problem),
    };
    page(&issuer, &http, step)
}

/// `POST /device`.
pub async fn decide(
    issuer: web::Data<Core>,
    http: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    Browser::of(&issuer.site, &http).check_post(&issuer.site, &http, &form.csrf)?;
    let Some(session) = session::current(&issuer, &http).await? else {
        return Ok(see_other(&sign_in(&issuer, &form.user_code)));
    };
    let waiting = match find(&issuer, &http, &form.user_code).await? {
        Ok(waiting) => waiting,
        Err(problem) => return page(&issuer, &http, enter(&form.user_code, problem)),
    };
    if waiting.needs_sign_in(&issuer, &session).await? {
        return Ok(see_other(&sign_in(&issuer, &form.user_code)));
    }
    if !secret::equal(&form.shown, &waiting.shown(&issuer, &session)) {
        return Ok(see_other(&place(&issuer, "user_code", &waiting.user_code.to_string())));
    }
    let done = match form.answer {
        DeviceAnswer::Approved => approve(&issuer, &http, &session, &waiting).await?,
        DeviceAnswer::Denied => issuer.db.deny_device(&waiting.stored.id, issuer.now()).await?,
    };
    if !done {
        return page(&issuer, &http, enter(&form.user_code, Some(DeviceProblem::Unknown)));
    }
    record(&issuer, &http, &session, &waiting, form.answer).await;
    Ok(see_other(&place(&issuer, "outcome", form.answer.name())))
}

fn enter(typed: &str, problem: Option<DeviceProblem>) -> DeviceStep {
    DeviceStep::Enter { typed: typed.chars().take(LONGEST_SHOWN).collect(), problem }
}

fn confirmation(
    issuer: &Core,
    http: &HttpRequest,
    session: &Session,
    waiting: &Waiting,
) -> DeviceStep {
    let Waiting { user_code, stored, request, client } = waiting;
    let here = issuer.site.address_text(http);
    let has_phrase = client.match_phrase && !request.code_challenge.is_empty();
    DeviceStep::Confirm(Box::new(DeviceConfirmation {
        csrf: Browser::of(&issuer.site, http).csrf(&issuer.site),
        user_code: user_code.to_string(),
        shown: waiting.shown(issuer, session),
        client_name: client.name().to_owned(),
        client_uri: client.client_uri.clone(),
        account: session.account.username.clone(),
        switch_account: sign_in(issuer, &user_code.to_string()),
        match_phrase: has_phrase.then(|| match_phrase(&request.code_challenge)),
        is_same_address: stored.asked_from == here,
        address: stored.asked_from.clone(),
        asked_at: stored.created_at,
    }))
}

/// Lets the device have its tokens, as the person who is signed in. False when it was decided before.
async fn approve(
    issuer: &Core,
    http: &HttpRequest,
    session: &Session,
    waiting: &Waiting,
) -> Result<bool, store::Error> {
    let Waiting { stored, request, client, .. } = waiting;
    let grant = session.grant(&request.as_authorization_request());
    let binding = Binding {
        client_id: client.client_id.clone(),
        redirect_uri: GrantType::DeviceCode.as_str().into(),
        code_challenge: request.code_challenge.clone(),
        payload: serde_json::to_string(&grant).unwrap_or_default(),
        address: issuer.site.address(http),
        jkt: String::new(),
        same_network: client.same_network,
        account_id: Some(session.account.id.clone()),
        channel: Channel::Device,
        login: None,
        sid: Some(session.sid.clone()),
        page: None,
        lifetime: stored.expires_at.since(issuer.now()),
        refresh_lifetime: issuer.refresh_lifetime(client, &grant.scope),
        remember: client.access_token_lifetime,
    };
    issuer.handoff.codes().approve(&stored.id, binding).await
}

/// Who decided what, and whether device and person seem to be at different places.
async fn record(
    issuer: &Core,
    http: &HttpRequest,
    session: &Session,
    waiting: &Waiting,
    answer: DeviceAnswer,
) {
    let (asked_from, here) = (&waiting.stored.asked_from, issuer.site.address_text(http));
    let detail = json!({ "asked_from": asked_from, "differs": *asked_from != here });
    let event = issuer
        .event(http, &format!("device_{}", answer.name()))
        .account(Some(&session.account.id))
        .client(&waiting.client.client_id)
        .grant(Some(&waiting.stored.id));
    issuer.audit(event.detail(&detail)).await;
}

fn page(issuer: &Core, http: &HttpRequest, step: DeviceStep) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, http);
    let mut response =
        respond(&DevicePage { frame: issuer.site.frame(http), step }, StatusCode::OK);
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// The sign-in page, which comes back to this code.
fn sign_in(issuer: &Core, typed: &str) -> String {
    let next = match typed {
        "" => issuer.site.path("/device"),
        typed => place(issuer, "user_code", typed),
    };
    let params = Params::from_iter([("next".to_owned(), next)]);
    issuer.site.path(&format!("/login?{}", params.encode()))
}

fn place(issuer: &Core, name: &str, value: &str) -> String {
    let params = Params::from_iter([(name.to_owned(), value.to_owned())]);
    issuer.site.path(&format!("/device?{}", params.encode()))
}
