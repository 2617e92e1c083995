//! The device authorization endpoint (RFC 8628 §3.1): a device begins to wait for a person.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::client_auth;
use super::failure::Failure;
use super::waiting;
use crate::issuer::Core;
use crate::protocol::client::{Client, GrantType};
use crate::protocol::device::{DeviceRequest, INTERVAL, LIFETIME};
use crate::protocol::error::ProtocolError;
use crate::protocol::user_code::UserCode;
use crate::secret;
use crate::store::device_requests::NewDeviceRequest;

/// Devices that wait at most: anybody may begin.
const MOST: i64 = 100_000;

/// `POST /device_authorization`.
pub async fn begin(
    issuer: web::Data<Core>,
    http: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let params = client_auth::parse_form(&http, &body)?;
    let client = client_auth::authenticate(&issuer, &http, &params).await?;
    waiting::admit_client(&issuer, &http, &client)?;
    if !client.grant_types.contains(&GrantType::DeviceCode) {
        let description = "the client may not sign people in on another device";
        return Err(Failure::json(ProtocolError::new("unauthorized_client", description)));
    }
    let request = DeviceRequest::parse(&params, &client).map_err(Failure::json)?;
    let (id, device_code) = issuer.handoff.codes().draw();
    let user_code = store(&issuer, &http, &client, &request, &id).await?;
    Ok(HttpResponse::Ok().json(json!({
        "device_code": device_code.expose(),
        "user_code": user_code.to_string(),
        "verification_uri": issuer.site.url("/device"),
        "verification_uri_complete": issuer.site.url(&format!("/device?user_code={user_code}")),
        "expires_in": LIFETIME,
        "interval": INTERVAL,
    })))
}

/// Stores a request under a user code that no other device has.
async fn store(
    issuer: &Core,
    http: &HttpRequest,
    client: &Client,
    request: &DeviceRequest,
    id: &str,
) -> Result<UserCode, Failure> {
    let now = issuer.now();
    loop {
        let user_code = UserCode::from_bits(secret::random_bytes());
        let new = NewDeviceRequest {
            id: id.to_owned(),
            user_code: key_of(issuer, &user_code),
            client_id: client.client_id.clone(),
            request: serde_json::to_string(request).unwrap_or_default(),
            asked_from: issuer.site.address_text(http),
            created_at: now,
            expires_at: now.plus(LIFETIME),
            poll_interval: INTERVAL,
        };
        match issuer.db.insert_device_request(new, MOST).await {
            Ok(true) => return Ok(user_code),
            Ok(false) => return Err(too_many_wait()),
            // One chance in 17 thousand million for each device that waits.
            Err(error) if error.is_unique_violation() => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a user code is stored as. It is too short for a digest that anybody could compute.
pub fn key_of(issuer: &Core, user_code: &UserCode) -> String {
    let key = issuer.site.root.derive("user code", &[user_code.as_str().as_bytes()]);
    secret::base64url(&key[..16])
}

fn too_many_wait() -> Failure {
    let description = "too many devices are waiting; retry later";
    Failure::Json {
        status: StatusCode::SERVICE_UNAVAILABLE,
        error: ProtocolError::new("temporarily_unavailable", description),
        retry_after: Some(30),
    }
}
