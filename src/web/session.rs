//! The session: a browser in which somebody is signed in. Only a digest of its cookie is stored, and
//! every sign-in gets a new one.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::header::USER_AGENT;
use serde_json::json;

use super::audience;
use super::browser::{make_cookie, read_cookie, remove_cookie};
use super::failure::Failure;
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::issuer::Core;
use crate::protocol::acr::Acr;
use crate::protocol::grant::{Grant, Share};
use crate::protocol::request::AuthorizationRequest;
use crate::secret::{self, Secret};
use crate::store::sessions::StoredSession;

/// Sessions in use are noted at most this often, so that reading pages does not write.
const TOUCH_EVERY: i64 = 300;

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Session {
    /// The public id, the `sid` of tokens.
    pub sid: String,
    /// Who.
    pub account: Account,
    /// When they last proved who they are.
    pub auth_time: Timestamp,
    /// How.
    pub amr: Vec<String>,
}

impl Session {
    /// What the person grants who agrees to a request in this session.
    pub fn grant(&self, request: &AuthorizationRequest) -> Grant {
        let share = Share { scope: request.scope.clone(), resource: request.resource.clone() };
        Grant {
            claims: request.claim_names.clone(),
            nonce: request.nonce.clone(),
            acr: Some(request.acr.told(Acr::of(&self.amr))),
            sid: Some(self.sid.clone()),
            ..Grant::of_person(&self.account.id, self.auth_time, &self.amr, share)
        }
    }
}

/// Who is signed in in the browser that sent this request.
///
/// # Errors
/// When the store or the accounts cannot be reached.
pub async fn current(issuer: &Core, request: &HttpRequest) -> Result<Option<Session>, Failure> {
    let Some(stored) = stored(issuer, request).await? else { return Ok(None) };
    let now = issuer.now();
    let account = issuer
        .accounts
        .find(&stored.account_id)
        .await
        .map_err(|cause| Failure::Internal(Box::new(cause)))?;
    let Some(account) = account.filter(|account| !account.disabled) else { return Ok(None) };
    audience::note_account(request, &account);
    if now.since(stored.last_seen_at) >= TOUCH_EVERY {
        issuer.db.touch_session(&stored.id, now, expiry(issuer, stored.created_at, now)).await?;
    }
    Ok(Some(Session {
        sid: stored.id,
        account,
        auth_time: stored.auth_time,
        amr: stored.amr.split(' ').map(str::to_owned).collect(),
    }))
}

/// The session of this browser as it is stored.
async fn stored(issuer: &Core, request: &HttpRequest) -> Result<Option<StoredSession>, Failure> {
    let Some(cookie) = read_cookie(&issuer.site, request, "session") else { return Ok(None) };
    Ok(issuer.db.find_session(&secret::digest(cookie), issuer.now()).await?)
}

/// What a session begins with.
#[derive(Clone, Debug)]
pub struct Proof {
    /// When the person proved who they are.
    pub auth_time: Timestamp,
    /// How, separated by spaces.
    pub amr: String,
    /// The public id that was promised to it, see [`promise`].
    pub sid: Option<String>,
}

/// The public id that a session of this account will have, for what has to be stored before it begins.
///
/// # Errors
/// When the store fails.
pub async fn promise(
    issuer: &Core,
    request: &HttpRequest,
    account: &Account,
) -> Result<String, Failure> {
    let present = stored(issuer, request).await?;
    let same = present.filter(|present| present.account_id == account.id);
    Ok(same.map_or_else(secret::random_id, |same| same.id))
}

/// Begins a session. When the same person was signed in in this browser, it is their session that goes
/// on: clients that know it by its `sid` are not signed out. Another person's ends. Gives its cookie.
///
/// # Errors
/// When the store fails.
pub async fn begin(
    issuer: &Core,
    request: &HttpRequest,
    account: &Account,
    proof: Proof,
) -> Result<Cookie<'static>, Failure> {
    let cookie = Secret::generate();
    let session = new_session(issuer, request, account, &cookie, proof);
    match stored(issuer, request).await? {
        Some(same) if same.account_id == account.id => {
            let renewed = StoredSession { id: same.id, ..session.clone() };
            if !issuer.db.renew_session(renewed).await? {
                issuer.db.insert_session(session).await?;
            }
        }
        other => {
            if let Some(other) = other {
                issuer.end_session(&other.id).await?;
            }
            issuer.db.insert_session(session).await?;
        }
    }
    Ok(make_cookie(&issuer.site, "session", cookie.expose().to_owned()))
}

fn new_session(
    issuer: &Core,
    request: &HttpRequest,
    account: &Account,
    cookie: &Secret,
    proof: Proof,
) -> StoredSession {
    let now = issuer.now();
    let user_agent =
        request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    StoredSession {
        id: proof.sid.unwrap_or_else(secret::random_id),
        cookie_digest: secret::digest(cookie.expose()),
        account_id: account.id.clone(),
        auth_time: proof.auth_time,
        amr: proof.amr,
        address: issuer.site.address_text(request),
        user_agent: user_agent.chars().take(200).collect(),
        created_at: now,
        last_seen_at: now,
        expires_at: expiry(issuer, now, now),
    }
}

/// Ends the session of this browser and gives the cookie that removes its cookie.
///
/// # Errors
/// When the store fails; then nobody was signed out.
pub async fn end(issuer: &Core, request: &HttpRequest) -> Result<Cookie<'static>, Failure> {
    if let Some(session) = stored(issuer, request).await? {
        issuer.end_session(&session.id).await?;
        issuer.audit_of(request, "signed_out", Some(&session.account_id), json!({})).await;
    }
    Ok(remove_cookie(&issuer.site, "session"))
}

fn expiry(issuer: &Core, created_at: Timestamp, now: Timestamp) -> Timestamp {
    created_at.plus(issuer.sessions.lifetime).min(now.plus(issuer.sessions.idle_lifetime))
}
