//! A device that waits for a person's decision, and what that person has to have proven to take it.

use std::sync::Arc;

use actix_web::HttpRequest;

use crate::issuer::Core;
use crate::pages::DeviceProblem;
use crate::protocol::acr::Acr;
use crate::protocol::client::{Client, GrantType};
use crate::protocol::decide::{Next, SignedIn, Situation, decide};
use crate::protocol::device::DeviceRequest;
use crate::protocol::params::Params;
use crate::protocol::user_code::UserCode;
use crate::secret;
use crate::store;
use crate::store::device_requests::StoredDeviceRequest;
use crate::web::audience;
use crate::web::device_authorization::key_of;
use crate::web::failure::Failure;
use crate::web::session::Session;

/// A device that waits for a decision.
pub struct Waiting {
    pub user_code: UserCode,
    pub stored: StoredDeviceRequest,
    pub request: DeviceRequest,
    pub client: Arc<Client>,
}

/// The device with this code, or what is wrong with the code; nothing is wrong where none was typed.
pub async fn find(
    issuer: &Core,
    http: &HttpRequest,
    typed: &str,
) -> Result<Result<Waiting, Option<DeviceProblem>>, Failure> {
    if typed.trim().is_empty() {
        return Ok(Err(None));
    }
    let Some(user_code) = UserCode::parse(typed) else {
        return Ok(Err(Some(DeviceProblem::Malformed)));
    };
    if let Some(address) = issuer.site.address(http) {
        let admitted = issuer.limits.user_codes.admit(address, issuer.now());
        admitted.map_err(|wait| Failure::too_many(wait.0.unsigned_abs()))?;
    }
    let unknown = Ok(Err(Some(DeviceProblem::Unknown)));
    let key = key_of(issuer, &user_code);
    let Some(stored) = issuer.db.find_waiting_device(&key, issuer.now()).await? else {
        return unknown;
    };
    let Some(client) = issuer.clients.find(&stored.client_id).await? else { return unknown };
    audience::note_client(http, &client.client_id);
    let request = serde_json::from_str(&stored.request)
        .map_err(|_| store::Error::Corrupt("device request"))?;
    Ok(Ok(Waiting { user_code, stored, request, client }))
}

/// The device to whose page the sign-in page is to go back.
pub async fn find_at(issuer: &Core, http: &HttpRequest, path: &str) -> Option<Waiting> {
    let query = path.strip_prefix(&issuer.site.path("/device?"))?;
    let params = Params::parse(query).ok()?;
    find(issuer, http, params.get("user_code")?).await.ok()?.ok()
}

impl Waiting {
    /// Whether the person has to sign in anew, or better, before they may decide. The dispatcher of the
    /// authorization endpoint says so; a sign-in since the device asked is the new one that it wants.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn needs_sign_in(&self, issuer: &Core, session: &Session) -> Result<bool, Failure> {
        let asked_at = self.stored.created_at;
        let situation = Situation {
            signed_in: Some(SignedIn {
                sub: &issuer.subject(&self.client, &session.account.id),
                is_hinted: true,
                auth_time: session.auth_time,
                acr: Acr::of(&session.amr),
            }),
            consent: None,
            redirect_uri: GrantType::DeviceCode.as_str(),
            sign_in_since: (session.auth_time >= asked_at).then_some(asked_at),
            answer: None,
            needed: issuer.needed_acr(&session.account, Some(&self.client)),
            strongest: issuer.factors.strongest(),
            within_reach: issuer.factors.within_reach(&session.account.id).await?,
            now: issuer.now(),
        };
        let next = decide(&self.request.as_authorization_request(), &self.client, situation);
        Ok(matches!(next, Next::SignIn { .. }))
    }

    /// Proves that this request was shown to whoever is signed in.
    pub fn shown(&self, issuer: &Core, session: &Session) -> String {
        let parts = [self.stored.id.as_bytes(), session.sid.as_bytes()];
        secret::base64url(&issuer.site.root.derive("device page", &parts)[..16])
    }
}
