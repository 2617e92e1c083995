//! Pushed authorization requests (RFC 9126): the client sends its request directly and gets a short
//! reference for the browser.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::authorize::object;
use super::client_auth;
use super::failure::Failure;
use super::waiting::{self, Origin};
use crate::handoff::see_other;
use crate::issuer::Core;
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
    waiting::admit(&issuer, &request)?;
    let mut params = client_auth::parse_form(&request, &body)?;
    let client = client_auth::authenticate(&issuer, &request, &params).await?;
    if params.get("request_uri").is_some() {
        return Err(Failure::json(ProtocolError::invalid_request("request_uri cannot be pushed")));
    }
    for credential in ["client_secret", "client_assertion", "client_assertion_type"] {
        params.remove(credential);
    }
    params.set("client_id", &client.client_id);
    let params =
        object::open(&issuer, &client, &params, issuer.now()).await.map_err(Failure::json)?;
    let (_, mode_error) =
        ReturnAddress::resolve(&params, &client, &issuer.site.issuer).map_err(|_| {
            Failure::json(ProtocolError::invalid_request(
                "redirect_uri is missing or not registered for the client",
            ))
        })?;
    if let Some(error) = mode_error {
        return Err(Failure::json(error));
    }
    AuthorizationRequest::parse(&params, &client).map_err(Failure::json)?;
    let reference = waiting::store(&issuer, &client.client_id, &params, Origin::Pushed).await?;
    Ok(HttpResponse::Created().json(json!({
        "request_uri": waiting::request_uri(&reference),
        "expires_in": waiting::LIFETIME,
        "link": issuer.site.url(&format!("/s/{reference}")),
    })))
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
