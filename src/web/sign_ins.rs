//! A person's own sign-ins: browsers, terminals and apps, each with place and time, to be taken back.
//! Taking something back asks for no new sign-in: whoever finds a stranger there is in a hurry.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::browser::Browser;
use super::envelope::respond;
use super::failure::Failure;
use super::login::steps::path_with_next;
use super::session::{self, Session};
use crate::handoff::see_other;
use crate::issuer::{Core, Revoked};
use crate::pages::{BrowserSignIn, ProgramSignIn, SignInsPage};
use crate::protocol::channel::Channel;
use crate::secret;
use crate::store::grants::StoredGrant;
use crate::store::sessions::StoredSession;

const LIST: &str = "/account/sign-ins";

#[derive(Deserialize)]
pub struct Query {
    done: Option<String>,
}

/// One of the buttons, and the token of the form.
#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    session: Option<String>,
    grant: Option<String>,
    others: Option<String>,
}

impl Form {
    fn asks(&self) -> Option<Revoked> {
        let id = |id: &Option<String>| id.clone().filter(|id| secret::is_id(id));
        id(&self.session)
            .map(Revoked::Session)
            .or_else(|| id(&self.grant).map(Revoked::Grant))
            .or_else(|| self.others.as_ref().map(|_| Revoked::Others))
    }
}

/// `GET /account/sign-ins`.
pub async fn list(
    issuer: web::Data<Core>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Failure> {
    let Some(session) = session::current(&issuer, &request).await? else {
        return Ok(sign_in(&issuer));
    };
    let browser = Browser::of(&issuer.site, &request);
    let found = issuer.sign_ins(&session.account.id).await?;
    let (terminals, apps) =
        found.grants.into_iter().map(program).partition(ProgramSignIn::is_terminal);
    let page = SignInsPage {
        frame: issuer.site.frame(&request),
        csrf: browser.csrf(&issuer.site),
        account: session.account.username.clone(),
        browsers: found.sessions.into_iter().map(|stored| of_browser(stored, &session)).collect(),
        terminals,
        apps,
        cut_at: found.cut_at,
        done: query.done.is_some(),
    };
    let mut response = respond(&page, StatusCode::OK);
    browser.remember(&issuer.site, &mut response)?;
    Ok(response)
}

/// `POST /account/sign-ins`. What is gone already is as good as taken back.
pub async fn revoke(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    Browser::of(&issuer.site, &request).check_post(&issuer.site, &request, &form.csrf)?;
    let Some(session) = session::current(&issuer, &request).await? else {
        return Ok(sign_in(&issuer));
    };
    let what = form.asks().ok_or_else(Failure::not_found)?;
    if let Some((event, detail)) = issuer.take_back(&session, &what).await? {
        issuer.audit_of(&request, event, Some(&session.account.id), detail).await;
    }
    Ok(see_other(&issuer.site.path(&format!("{LIST}?done=1"))))
}

fn sign_in(issuer: &Core) -> HttpResponse {
    see_other(&path_with_next(issuer, "/login", &issuer.site.path(LIST)))
}

fn of_browser(stored: StoredSession, present: &Session) -> BrowserSignIn {
    BrowserSignIn {
        is_this: stored.id == present.sid,
        id: stored.id,
        user_agent: stored.user_agent,
        address: stored.address,
        since: stored.created_at,
        used_at: stored.last_seen_at,
    }
}

fn program((name, grant): (String, StoredGrant)) -> ProgramSignIn {
    let since = grant.redeemed_at.unwrap_or(grant.created_at);
    // A website's server is always elsewhere, so that tells nobody anything.
    let tells = grant.channel != Channel::Redirect;
    let elsewhere = grant.redeemed_from.filter(|from| tells && *from != grant.authorized_from);
    ProgramSignIn {
        id: grant.id,
        name,
        channel: grant.channel,
        address: grant.authorized_from,
        elsewhere,
        since,
        used_at: grant.rotated_at.unwrap_or(since),
    }
}
