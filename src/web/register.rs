//! Dynamic registration (RFC 7591, OpenID Connect Registration 1.0): programs that enter themselves.
//! What a client registered stands for nothing but itself: people are told, and asked.

mod manage;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

pub use manage::{change, remove, show};

use super::client_auth;
use super::failure::Failure;
use crate::issuer::{Core, InitialToken, RegistrationMode, check_sector};
use crate::protocol::client::rules::BadMetadata;
use crate::protocol::client::{Client, ClientSecret, Stranger};
use crate::protocol::error::ProtocolError;
use crate::secret::{self, Secret};
use crate::store::registrations::Registration;

/// Bytes of a registration at most.
const LARGEST: usize = 16 * 1024;

/// `POST /register`.
pub async fn register(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    admit(&issuer, &request)?;
    let warrant = warrant(&issuer, &request)?;
    let said = read(&request, &body)?;
    let token = Secret::new(format!("dsm_{}", Secret::generate().expose()));
    let registration = Registration {
        client: describe(&issuer, &said, secret::random_id(), &token).await?,
        token_digest: secret::digest(token.expose()),
        issued_at: issuer.now(),
    };
    // Who was let in by an admin stays.
    let expires_at = match &warrant {
        Some(_) => None,
        None => Some(issuer.now().plus(issuer.registration.unused_lifetime)),
    };
    let most = issuer.registration.most_clients;
    if !issuer.db.insert_registration(&registration, expires_at, most).await? {
        let error = ProtocolError::new(
            "temporarily_unavailable",
            "so many clients have registered themselves that there is room for no more",
        );
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(Failure::Json { status, error, retry_after: Some(3600) });
    }
    let detail = json!({ "name": registration.client.client_name, "token": warrant });
    record(&issuer, &request, "client_registered", &registration, detail).await;
    Ok(HttpResponse::Created().json(answer(&issuer, &registration, &token)))
}

fn admit(issuer: &Core, request: &HttpRequest) -> Result<(), Failure> {
    let Some(address) = issuer.site.address(request) else { return Ok(()) };
    issuer
        .limits
        .registrations
        .admit(address, issuer.now())
        .map_err(|wait| Failure::too_many(wait.0.unsigned_abs()))
}

fn bearer(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim().to_owned())
}

/// The id of the token by which an admin allows this. Without one, anybody may come where the settings
/// say so.
fn warrant(issuer: &Core, request: &HttpRequest) -> Result<Option<String>, Failure> {
    let refuse = |error| Err(client_auth::count_failure(issuer, request, error));
    match bearer(request) {
        Some(text) => match InitialToken::read(&issuer.site.root, &text, issuer.now()) {
            Some(token) => Ok(Some(token.id)),
            None => refuse(ProtocolError::new(
                "invalid_token",
                "the initial access token is not valid or has expired",
            )),
        },
        None if issuer.registration.mode == RegistrationMode::Open => Ok(None),
        None => refuse(ProtocolError::new(
            "invalid_token",
            "registration needs an initial access token, which the admin of this issuer can make",
        )),
    }
}

/// The members of the JSON object that a request is.
fn read(request: &HttpRequest, body: &[u8]) -> Result<Map<String, Value>, Failure> {
    let refuse = |sentence| Err(Failure::json(ProtocolError::new(INVALID_METADATA, sentence)));
    let header = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = header.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return refuse("the body must be application/json");
    }
    if body.len() > LARGEST {
        return refuse("the body is longer than 16384 bytes");
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => refuse("the body is not a JSON object"),
    }
}

const INVALID_METADATA: &str = "invalid_client_metadata";

fn refused(bad: &BadMetadata) -> Failure {
    let code = if bad.field == "redirect_uris" { "invalid_redirect_uri" } else { INVALID_METADATA };
    Failure::json(ProtocolError::telling(code, &bad.to_string()))
}

/// The client that says this of itself, checked.
async fn describe(
    issuer: &Core,
    said: &Map<String, Value>,
    client_id: String,
    token: &Secret,
) -> Result<Client, Failure> {
    let mut client = Client::from_metadata(said).map_err(|bad| refused(&bad))?;
    let by_secret = client.token_endpoint_auth_method.uses_secret();
    let secret = by_secret.then(|| client_secret(issuer, &client_id, token.expose()));
    client.client_secret = secret.map(|secret| ClientSecret::new(secret.expose()));
    client.client_id = client_id;
    client.stranger = Some(Stranger::Registered);
    client.check().map_err(|bad| refused(&bad))?;
    for (field, address) in
        [("jwks_uri", &client.jwks_uri), ("backchannel_logout_uri", &client.backchannel_logout_uri)]
    {
        if let Some(Err(error)) = address.as_ref().map(|address| issuer.outgoing.permit(address)) {
            tracing::info!(%error, "a client wanted to register an address that is not asked");
            let reason = "is an address that this issuer sends no requests to".into();
            return Err(refused(&BadMetadata { field, reason }));
        }
    }
    check_sector(&issuer.outgoing, &client).await.map_err(|bad| refused(&bad))?;
    Ok(client)
}

/// The client's secret. It is not stored: the token that manages the registration makes it again, for
/// whoever presents that, with the root key.
fn client_secret(issuer: &Core, client_id: &str, token: &str) -> Secret {
    let parts = [client_id.as_bytes(), token.as_bytes()];
    let bits = issuer.site.root.derive("client secret", &parts);
    Secret::new(format!("dsc_{}", secret::base64url(&bits)))
}

/// The client information response (RFC 7591 §3.2.1, RFC 7592 §3).
fn answer(issuer: &Core, registration: &Registration, token: &Secret) -> Value {
    let Registration { client, issued_at, .. } = registration;
    let client_id = client.client_id.as_str();
    let mut members = client.to_metadata();
    let mut tell = |name: &str, value: Value| members.insert(name.to_owned(), value);
    tell("client_id", client_id.into());
    tell("client_id_issued_at", issued_at.0.into());
    tell("registration_access_token", token.expose().into());
    tell("registration_client_uri", issuer.site.url(&format!("/register/{client_id}")).into());
    if let Some(known) = &client.client_secret {
        let secret = client_secret(issuer, client_id, token.expose());
        // An admin may have given it another one.
        if known.matches(secret.expose()) {
            tell("client_secret", secret.expose().into());
        }
        tell("client_secret_expires_at", 0.into());
    }
    members.into()
}

async fn record(
    issuer: &Core,
    request: &HttpRequest,
    event: &str,
    registration: &Registration,
    detail: Value,
) {
    let event = issuer.event(request, event).client(&registration.client.client_id);
    issuer.audit(event.detail(&detail)).await;
}
