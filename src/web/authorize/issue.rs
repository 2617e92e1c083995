//! What a decided request comes to: a hand-off page, or a code that is on its way at once.

use actix_web::{HttpRequest, HttpResponse};

use super::Addressed;
use crate::codes::Binding;
use crate::handoff::Proposal;
use crate::issuer::Core;
use crate::protocol::channel::Channel;
use crate::protocol::request::AuthorizationRequest;
use crate::web::failure::Failure;
use crate::web::session::Session;

/// Hands a request to the hand-off page.
///
/// # Errors
/// When the store fails.
pub async fn propose(
    issuer: &Core,
    request: &HttpRequest,
    asked: &Addressed,
    parsed: &AuthorizationRequest,
    session: Session,
    confirm: bool,
) -> Result<HttpResponse, Failure> {
    let url = asked.url_to_return_to(issuer, request).await?;
    let restart = issuer.site.path(&format!("/authorize?{}", url.encode()));
    let proposal = Proposal {
        client: &asked.client,
        return_address: asked.address.clone(),
        code_challenge: parsed.code_challenge.clone(),
        dpop_jkt: parsed.dpop_jkt.clone(),
        account: session.account.username.clone(),
        account_id: Some(session.account.id.clone()),
        payload: payload(parsed, &session),
        sid: Some(session.sid),
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
///
/// # Errors
/// When the store fails.
pub async fn issue(
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
        jkt: parsed.dpop_jkt.clone(),
        account_id: Some(session.account.id.clone()),
        channel: Channel::to(&asked.address.redirect_uri),
        login: None,
        sid: Some(session.sid),
        page: None,
        lifetime: client.seconds_of_code(false),
        refresh_lifetime: issuer.refresh_lifetime(client, &parsed.scope),
        remember: client.access_token_lifetime,
    };
    let minted = issuer.handoff.codes().mint(binding).await?;
    let delivery = issuer.handoff.deliver(asked.address.code(minted.code.expose())).await?;
    Ok(issuer.handoff.send(request, client.name(), delivery))
}

fn payload(parsed: &AuthorizationRequest, session: &Session) -> String {
    serde_json::to_string(&session.grant(parsed)).unwrap_or_default()
}
