//! Pushed authorization requests (RFC 9126): the client sends its request directly and gets a short
//! reference for the browser. Requests too long for a URL are kept in the same way.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::client_auth;
use super::failure::Failure;
use crate::handoff::see_other;
use crate::issuer::Core;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::protocol::request::AuthorizationRequest;
use crate::protocol::response::ReturnAddress;
use crate::secret;

const URN: &str = "urn:ietf:params:oauth:request_uri:";
/// Seconds that a person has to open the link and sign in.
const LIFETIME: i64 = 600;
/// What a person is told whose link came too late, or was cut.
pub const EXPIRED: &str =
    "This sign-in link has expired, or was not copied whole. Start again in your program.";
/// Requests that wait at most: anybody may push.
const MOST: i64 = 100_000;

/// `POST /par`.
pub async fn push(
    issuer: web::Data<Core>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    admit(&issuer, &request)?;
    let mut params = client_auth::parse_form(&request, &body)?;
    let client = client_auth::authenticate(&issuer, &request, &params).await?;
    if params.get("request_uri").is_some() {
        return Err(Failure::json(ProtocolError::invalid_request("request_uri cannot be pushed")));
    }
    for credential in ["client_secret", "client_assertion", "client_assertion_type"] {
        params.remove(credential);
    }
    params.set("client_id", &client.client_id);
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
    let request_uri = store(&issuer, &client.client_id, &params).await?;
    let link = request_uri.strip_prefix(URN).map(|id| issuer.site.url(&format!("/s/{id}")));
    Ok(HttpResponse::Created().json(json!({
        "request_uri": request_uri,
        "expires_in": LIFETIME,
        "link": link,
    })))
}

/// `GET /s/{id}`: the short link to a pushed request, for terminals that break long lines.
pub async fn open(issuer: web::Data<Core>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let client_id =
        issuer.db.find_pushed_request_client(&secret::digest(&*id), issuer.now()).await?;
    let client_id = client_id.ok_or_else(|| Failure::bad_request(EXPIRED))?;
    let request_uri = format!("{URN}{id}");
    let params = [("client_id".to_owned(), client_id), ("request_uri".to_owned(), request_uri)];
    let query = Params::from_iter(params).encode();
    Ok(see_other(&issuer.site.path(&format!("/authorize?{query}"))))
}

/// Counts a request that will be stored.
///
/// # Errors
/// 429 when its address has pushed too many in a minute.
pub fn admit(issuer: &Core, request: &HttpRequest) -> Result<(), Failure> {
    let Some(address) = issuer.site.address(request) else { return Ok(()) };
    let admitted = issuer.limits.pushed_requests.admit(address, issuer.now());
    admitted.map_err(|wait| Failure::too_many(wait.0.unsigned_abs()))
}

/// Stores a request and gives its `request_uri`.
///
/// # Errors
/// 503 when too many are waiting.
pub async fn store(issuer: &Core, client_id: &str, params: &Params) -> Result<String, Failure> {
    let id = secret::random_id();
    let now = issuer.now();
    // The row's key is a digest: whoever reads the store cannot use the references in it.
    let key = secret::digest(&id);
    if !issuer
        .db
        .insert_pushed_request(&key, client_id, params.encode(), now, now.plus(LIFETIME), MOST)
        .await?
    {
        return Err(Failure::Json {
            status: actix_web::http::StatusCode::SERVICE_UNAVAILABLE,
            error: ProtocolError::new(
                "temporarily_unavailable",
                "too many requests are waiting; retry later",
            ),
            retry_after: Some(30),
        });
    }
    Ok(format!("{URN}{id}"))
}

/// Whether a `request_uri` is one that we gave out. Others are not followed (RFC 9101 §5.2.2).
pub fn is_pushed(request_uri: &str) -> bool {
    request_uri.starts_with(URN)
}

/// The parameters behind a `request_uri` of this client.
///
/// # Errors
/// When the store fails.
pub async fn find(
    issuer: &Core,
    client_id: &str,
    request_uri: &str,
) -> Result<Option<Params>, Failure> {
    let Some(id) = request_uri.strip_prefix(URN) else { return Ok(None) };
    let stored =
        issuer.db.find_pushed_request(&secret::digest(id), client_id, issuer.now()).await?;
    Ok(stored.map(|parameters| Params::parse_leniently(&parameters).0))
}
