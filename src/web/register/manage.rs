//! What a client may do with its own registration (RFC 7592): look at it, replace it, end it.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::{INVALID_METADATA, answer, bearer, describe, read, record};
use crate::issuer::Core;
use crate::protocol::error::ProtocolError;
use crate::secret::{self, Secret};
use crate::store::registrations::Registration;
use crate::web::client_auth;
use crate::web::failure::Failure;

/// `GET /register/{client_id}`.
pub async fn show(
    issuer: web::Data<Core>,
    request: HttpRequest,
    client_id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let (registration, token) = open(&issuer, &request, &client_id).await?;
    Ok(HttpResponse::Ok().json(answer(&issuer, &registration, &token)))
}

/// `PUT /register/{client_id}`: what is left out takes its default again (§2.2).
pub async fn change(
    issuer: web::Data<Core>,
    request: HttpRequest,
    client_id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let (registration, token) = open(&issuer, &request, &client_id).await?;
    let said = read(&request, &body)?;
    let refuse = |sentence| Err(Failure::json(ProtocolError::new(INVALID_METADATA, sentence)));
    if said.get("client_id").and_then(|id| id.as_str()) != Some(client_id.as_str()) {
        return refuse("client_id should be the id of the client that is changed");
    }
    let matches = |secret: &str| {
        registration.client.client_secret.as_ref().is_some_and(|known| known.matches(secret))
    };
    if said.get("client_secret").is_some_and(|said| !said.as_str().is_some_and(matches)) {
        return refuse("client_secret is not the secret of the client, and cannot be chosen");
    }
    let client = describe(&issuer, &said, client_id.into_inner(), &token).await?;
    if !issuer.db.update_client(&client, issuer.now()).await? {
        return Err(stranger(&issuer, &request));
    }
    let registration = Registration { client, ..registration };
    let detail = json!({ "name": registration.client.client_name });
    record(&issuer, &request, "client_changed", &registration, detail).await;
    Ok(HttpResponse::Ok().json(answer(&issuer, &registration, &token)))
}

/// `DELETE /register/{client_id}`: tokens of the client end with it, since whoever takes one looks for
/// its client.
pub async fn remove(
    issuer: web::Data<Core>,
    request: HttpRequest,
    client_id: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let (registration, _) = open(&issuer, &request, &client_id).await?;
    issuer.db.delete_client(&client_id).await?;
    record(&issuer, &request, "client_unregistered", &registration, json!({})).await;
    Ok(HttpResponse::NoContent().finish())
}

/// The registration that this token belongs to.
async fn open(
    issuer: &Core,
    request: &HttpRequest,
    client_id: &str,
) -> Result<(Registration, Secret), Failure> {
    let token = bearer(request).ok_or_else(|| stranger(issuer, request))?;
    let found = match secret::is_id(client_id) {
        true => issuer.db.find_registration(client_id).await?,
        false => None,
    };
    let digest = secret::digest(&token);
    match found.filter(|found| secret::equal(&found.token_digest, &digest)) {
        Some(registration) => Ok((registration, Secret::new(token))),
        None => Err(stranger(issuer, request)),
    }
}

fn stranger(issuer: &Core, request: &HttpRequest) -> Failure {
    let error = ProtocolError::new(
        "invalid_token",
        "the registration access token is missing or is not the one of this client",
    );
    client_auth::count_failure(issuer, request, error)
}
