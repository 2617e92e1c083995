//! The resource owner password credentials grant (RFC 6749 §4.3): a client asks people for their password
//! itself. It teaches people to type their password anywhere, and RFC 9700 §2.4 forbids it; it is here for
//! programs that know no other way, each of which an admin has named.

use actix_web::http::StatusCode;
use serde_json::json;

use super::{Answer, TokenRequest};
use crate::accounts::SignInFailure;
use crate::protocol::error::ProtocolError;
use crate::protocol::grant::{Grant, Share};
use crate::protocol::resource;
use crate::secret::Secret;
use crate::web::failure::Failure;
use crate::web::{client_auth, credentials};

/// Signs a person in by user name and password.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let username = params.require("username").map_err(Failure::json)?;
    let password = Secret::new(params.require("password").map_err(Failure::json)?);
    let scope = params.get("scope").unwrap_or("openid");
    let share = Share {
        scope: client.scope_of_person(scope).map_err(Failure::json)?,
        resource: resource::asked(params, &client.resources).map_err(Failure::json)?,
    };
    let account = credentials::check(issuer, request.http, username, &password)
        .await
        .map_err(|failure| refuse(request, failure))?;
    let mut event =
        request.event("signed_in".into(), None, json!({ "by": "password grant" }).to_string());
    event.account_id = Some(account.id.clone());
    issuer.audit(event).await;
    let grant = Grant::of_person(&account.id, issuer.now(), &["pwd".to_owned()], share);
    request.grant(grant, Some(account)).await
}

fn refuse(request: &TokenRequest<'_>, failure: SignInFailure) -> Failure {
    match failure {
        SignInFailure::Refused(_) => {
            let description = "the user name and password do not go together";
            let error = ProtocolError::new("invalid_grant", description);
            client_auth::count_failure(request.issuer, request.http, error)
        }
        SignInFailure::TooManyAttempts { retry_after } => {
            Failure::too_many(retry_after.unsigned_abs())
        }
        SignInFailure::Busy => Failure::Json {
            status: StatusCode::SERVICE_UNAVAILABLE,
            error: ProtocolError::new(
                "temporarily_unavailable",
                "many people are signing in right now; retry later",
            ),
            retry_after: Some(3),
        },
        SignInFailure::Unavailable(cause) => Failure::Internal(Box::new(cause)),
    }
}
