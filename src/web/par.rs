//! Pushed authorization requests (RFC 9126): the client sends its request directly and gets a short
//! reference for the browser.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::authorize::object;
use super::failure::Failure;
use super::waiting::{self, Origin};
use super::{client_auth, dpop};
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::protocol::client::Client;
use crate::protocol::dpop::{Proof, invalid};
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::protocol::request::AuthorizationRequest;
use crate::protocol::response::ReturnAddress;
use crate::secret;

/// `POST /par`.
pub async fn push(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let mut params = client_auth::parse_form(&request, &body)?;
    let client = client_auth::authenticate(&issuer, &request, &params).await?;
    waiting::admit_client(&issuer, &request, &client)?;
    if params.get("request_uri").is_some() {
        return Err(Failure::json(ProtocolError::invalid_request("request_uri cannot be pushed")));
    }
    for credential in ["client_secret", "client_assertion", "client_assertion_type"] {
        params.remove(credential);
    }
    params.set("client_id", &client.client_id);
    let mut params =
        object::open(&issuer, &client, &params, issuer.now()).await.map_err(Failure::json)?;
    let proof = bind(&issuer, &request, &client, &mut params).map_err(Failure::json)?;
    check(&issuer, &client, &params).map_err(Failure::json)?;
    let reference = waiting::store(&issuer, &client.client_id, &params, Origin::Pushed).await?;
    let mut response = HttpResponse::Created().json(json!({
        "request_uri": waiting::request_uri(&reference),
        "expires_in": waiting::LIFETIME,
        "link": issuer.site.url(&format!("/s/{reference}")),
    }));
    if let Some(proof) = &proof {
        dpop::spend(&issuer, proof).await?;
        dpop::pass_nonce(&issuer.site, &client, &mut response);
    }
    Ok(response)
}

/// Binds the code to the key that the push proves, as if the request had named it (RFC 9449 §10.1).
fn bind(
    issuer: &Core,
    request: &HttpRequest,
    client: &Client,
    params: &mut Params,
) -> Result<Option<Proof>, ProtocolError> {
    let proof = dpop::read(issuer, request, client, None)?;
    if let Some(proof) = &proof {
        if params.get("dpop_jkt").is_some_and(|jkt| jkt != proof.jkt) {
            return Err(invalid("dpop_jkt is not the key of the proof"));
        }
        params.set("dpop_jkt", &proof.jkt);
    }
    Ok(proof)
}

/// Whether the request would be accepted at the authorization endpoint.
fn check(issuer: &Core, client: &Client, params: &Params) -> Result<(), ProtocolError> {
    let resolved = ReturnAddress::resolve(params, client, &issuer.site.issuer);
    let (_, mode_error) = resolved.map_err(|_| {
        ProtocolError::invalid_request("redirect_uri is missing or not registered for the client")
    })?;
    mode_error.map_or(Ok(()), Err)?;
    AuthorizationRequest::parse(params, client).map(drop)
}

/// `GET /s/{id}`: the short link to a pushed request, for terminals that break long lines.
pub async fn open(
    issuer: web::Data<Core>,
    reference: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let key = secret::digest(&*reference);
    let client_id = issuer.db.find_pushed_request_client(&key, issuer.now()).await?;
    let client_id = client_id.ok_or_else(|| Failure::bad_request(waiting::EXPIRED))?;
    let request_uri = waiting::request_uri(&reference);
    let params = [("client_id".to_owned(), client_id), ("request_uri".to_owned(), request_uri)];
    let query = Params::from_iter(params).encode();
    Ok(see_other(&issuer.site.path(&format!("/authorize?{query}"))))
}
