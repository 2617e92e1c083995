//! The token endpoint (RFC 6749 §3.2). One file a grant; this table is all that knows them.

mod authorization_code;
mod client_credentials;
mod device_code;
mod password;
mod redemption;
mod refresh_token;
mod token_exchange;

use actix_web::http::header::PRAGMA;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::failure::Failure;
use super::{client_auth, dpop};
use crate::accounts::Account;
use crate::codes::{Direct, Granted, Refusal};
use crate::issuer::{Core, Living};
use crate::protocol::client::{Client, GrantType};
use crate::protocol::dpop::invalid;
use crate::protocol::error::ProtocolError;
use crate::protocol::grant::{Grant, Share};
use crate::protocol::params::Params;
use crate::secret::Secret;
use crate::store::audit::AuditEvent;

/// A token request of an authenticated client.
struct TokenRequest<'a> {
    issuer: &'a Core,
    http: &'a HttpRequest,
    client: &'a Client,
    params: &'a Params,
    /// The key that the request proves.
    jkt: Option<&'a str>,
}

/// `POST /token`.
pub async fn exchange(
    issuer: web::Data<Core>,
    http: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let params = client_auth::parse_form(&http, &body)?;
    let client = client_auth::authenticate(&issuer, &http, &params).await?;
    let grant_type = params.require("grant_type").map_err(Failure::json)?;
    let unsupported = || {
        Failure::json(ProtocolError::new(
            "unsupported_grant_type",
            "this grant_type is not supported",
        ))
    };
    let grant_type = GrantType::parse(grant_type)
        .filter(|grant_type| issuer.grants.allows(*grant_type))
        .ok_or_else(unsupported)?;
    if !client.grant_types.contains(&grant_type) {
        let error =
            ProtocolError::new("unauthorized_client", "the client may not use this grant_type");
        return Err(Failure::json(error));
    }
    let proof = dpop::read(&issuer, &http, &client, None).map_err(Failure::json)?;
    if proof.is_none() && client.must_prove_key() {
        let error = invalid("the client has to prove its key (header DPoP)");
        return Err(Failure::json(error));
    }
    let jkt = proof.as_ref().map(|proof| proof.jkt.as_str());
    let request =
        TokenRequest { issuer: &issuer, http: &http, client: &client, params: &params, jkt };
    let response = match grant_type {
        GrantType::AuthorizationCode => authorization_code::exchange(&request).await?,
        GrantType::RefreshToken => refresh_token::exchange(&request).await?,
        GrantType::DeviceCode => device_code::exchange(&request).await?,
        GrantType::ClientCredentials => client_credentials::exchange(&request).await?,
        GrantType::TokenExchange => token_exchange::exchange(&request).await?,
        GrantType::Password => password::exchange(&request).await?,
    };
    issuer.note_use(&client).await?;
    let mut response = HttpResponse::Ok().insert_header((PRAGMA, "no-cache")).json(response);
    if let Some(proof) = &proof {
        // Last, so that nobody without a grant leaves anything in the store.
        dpop::spend(&issuer, proof).await?;
        dpop::pass_nonce(&issuer.site, &client, &mut response);
    }
    Ok(response)
}

impl TokenRequest<'_> {
    /// The tokens of a grant, bound to the key that the request proves.
    async fn respond(
        &self,
        living: &Living,
        share: &Share,
        refresh_token: Option<Secret>,
    ) -> Answer {
        self.issuer.token_response(self.client, living, share, self.jkt, refresh_token).await
    }

    /// The key that refresh tokens are bound to. Who authenticates need not prove the same key for ever
    /// (RFC 9449 §5).
    fn refresh_jkt(&self) -> &str {
        self.jkt.filter(|_| self.client.is_public()).unwrap_or_default()
    }

    /// The part of a grant that is asked for, if a part is. It is settled before a code or token is used
    /// up: a request that asks for too much must not cost the client its sign-in.
    async fn share(
        &self,
        grant: Option<String>,
        scope: Option<&str>,
    ) -> Result<Option<Share>, Failure> {
        let asks = scope.is_some() || self.params.get("resource").is_some();
        let Some(id) = grant.filter(|_| asks) else { return Ok(None) };
        let stored = self.issuer.handoff.codes().find(&id).await?;
        let stored = stored.filter(|stored| stored.client_id == self.client.client_id);
        let share = |stored| Core::read_grant(&stored).map(|grant| grant.share(self.params, scope));
        stored.map(share).transpose()?.transpose().map_err(Failure::json)
    }

    /// Makes a grant that needs no code, and its tokens.
    async fn grant(&self, grant: Grant, account: Option<Account>) -> Answer {
        let Self { issuer, client, .. } = self;
        let direct = Direct {
            client_id: client.client_id.clone(),
            account_id: account.as_ref().map(|account| account.id.clone()),
            sid: grant.sid.clone(),
            payload: serde_json::to_string(&grant).unwrap_or_default(),
            address: issuer.site.address(self.http),
            jkt: self.refresh_jkt().to_owned(),
            refresh_lifetime: issuer.refresh_lifetime(client, &grant.scope),
            remember: client.access_token_lifetime,
        };
        let Granted { id, refresh_token } = issuer.handoff.codes().grant(direct).await?;
        issuer.expect_logout(client, &grant).await?;
        let (share, living) = (grant.whole(), Living { id, grant, account });
        self.respond(&living, &share, refresh_token).await
    }

    /// The one answer to every code and token that does not work; what is behind it is recorded.
    async fn refuse(&self, what: &str, refusal: Refusal) -> Failure {
        let grant = match refusal {
            Refusal::Store(error) => return error.into(),
            Refusal::Replayed { ref grant } | Refusal::Misused { ref grant } => Some(grant.clone()),
            Refusal::Unknown | Refusal::Over | Refusal::Superseded | Refusal::Unproven => None,
        };
        tracing::debug!(client = self.client.client_id, what, reason = %refusal, "refused");
        match (client_auth::excess(self.issuer, self.http), grant) {
            (None, Some(id)) => {
                let is_replay = matches!(refusal, Refusal::Replayed { .. });
                let suffix = if is_replay { "replayed" } else { "misused" };
                self.record_abuse(&format!("{what}_{suffix}"), &id).await;
            }
            // Whoever had a code that worked is not guessing. The trail tells of the first of many.
            (Some(_), Some(_)) | (None, None) => {}
            (Some(wait), None) => return Failure::too_many(wait),
        }
        self.invalid_grant()
    }

    /// A code or token that was used wrongly or twice: from where this time, and from where before.
    async fn record_abuse(&self, event: &str, id: &str) {
        let event = self.event(event).grant(Some(id));
        let Ok(Some(stored)) = self.issuer.handoff.codes().find(id).await else {
            return self.issuer.audit(event).await;
        };
        let mut detail = redemption::places(&stored);
        detail["of_client"] = stored.client_id.as_str().into();
        detail["differs"] = (event.address != stored.authorized_from).into();
        self.issuer.audit(event.account(stored.account_id.as_deref()).detail(&detail)).await;
    }

    fn event(&self, event: &str) -> AuditEvent {
        self.issuer.event(self.http, event).client(&self.client.client_id)
    }

    fn invalid_grant(&self) -> Failure {
        Failure::json(ProtocolError::invalid_grant())
    }
}

/// A token response.
type Answer = Result<Value, Failure>;
