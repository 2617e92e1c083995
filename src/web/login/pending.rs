//! A sign-in that has begun and is not complete: who has proven what so far. It waits in a cookie, sealed
//! and bound to the browser, for a quarter of an hour; nothing is stored, and nothing of it is in the URL.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::steps::SignIn;
use crate::accounts::methods::Methods;
use crate::clock::Timestamp;
use crate::issuer::Core;
use crate::web::browser::{Browser, make_cookie, read_cookie, remove_cookie};
use crate::web::failure::Failure;

const NAME: &str = "sign-in";
const SEAL: &str = "pending sign-in";
/// Seconds between the first proof and the last: time to set up an app.
const LIFETIME: i64 = 900;

/// What is known of a sign-in at another issuer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Federated {
    /// The public id that the session will have: what the issuer gave is stored under it.
    pub sid: String,
    /// When the person proved who they are there.
    pub auth_time: Timestamp,
    /// What the audit trail says of it.
    pub detail: Map<String, Value>,
}

/// What somebody has proven so far.
#[derive(Debug, Serialize, Deserialize)]
pub struct Pending {
    /// Whose account it is.
    pub account_id: String,
    /// How they proved it.
    pub methods: Methods,
    /// What another issuer said, if it was asked.
    pub federated: Option<Federated>,
    /// The account as it was then: a password that was changed meanwhile proves nothing any more.
    pub updated_at: Timestamp,
    browser: String,
    expires_at: Timestamp,
}

impl Pending {
    /// The cookie that remembers these proofs.
    ///
    /// # Errors
    /// When the JOSE library refuses, which no input of ours makes it do.
    pub fn cookie(sign_in: &SignIn<'_>) -> Result<Cookie<'static>, Failure> {
        let SignIn { issuer, browser, account, methods, federated, .. } = sign_in;
        let pending = Self {
            account_id: account.id.clone(),
            methods: methods.clone(),
            federated: federated.clone(),
            updated_at: account.updated_at,
            browser: browser.digest(),
            expires_at: issuer.now().plus(LIFETIME),
        };
        let json = serde_json::to_vec(&pending).unwrap_or_default();
        let sealed = issuer.site.root.seal(SEAL, &json);
        let sealed = sealed.map_err(|error| Failure::Internal(Box::new(error)))?;
        Ok(make_cookie(&issuer.site, NAME, sealed))
    }

    /// What this browser's cookie remembers.
    pub fn read(issuer: &Core, request: &HttpRequest, browser: &Browser) -> Option<Self> {
        let sealed = read_cookie(&issuer.site, request, NAME)?;
        let json = issuer.site.root.open(SEAL, &sealed).ok()?;
        let pending: Self = serde_json::from_slice(&json).ok()?;
        let holds = pending.browser == browser.digest() && issuer.now() < pending.expires_at;
        holds.then_some(pending)
    }

    /// The cookie that forgets.
    pub fn forget(issuer: &Core) -> Cookie<'static> {
        remove_cookie(&issuer.site, NAME)
    }
}
