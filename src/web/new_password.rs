//! Gives an account another password, which signs it out of every other browser.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use serde_json::json;

use super::failure::Failure;
use crate::accounts::{Account, PasswordFailure};
use crate::issuer::Core;
use crate::pages::PasswordError;
use crate::secret::Secret;

/// Sets the password that was typed twice, and ends every session of the account but this one.
///
/// # Errors
/// When the accounts cannot be reached.
pub async fn set(
    issuer: &Core,
    request: &HttpRequest,
    account: &Account,
    sid: &str,
    [new, again]: [&Secret; 2],
) -> Result<Result<(), PasswordError>, Failure> {
    if new != again {
        return Ok(Err(PasswordError::Differ));
    }
    match issuer.accounts.change_password(account, new, issuer.now()).await {
        Ok(()) => {
            issuer.end_other_sessions(&account.id, sid).await?;
            issuer.audit_of(request, "password_changed", Some(&account.id), json!({})).await;
            Ok(Ok(()))
        }
        Err(PasswordFailure::Bad(bad)) => Ok(Err(PasswordError::Bad(bad))),
        Err(PasswordFailure::Busy) => Ok(Err(PasswordError::Busy)),
        Err(PasswordFailure::Unavailable(cause)) => Err(Failure::Internal(Box::new(cause))),
    }
}

/// The status of a page that says this.
pub fn status(error: PasswordError) -> StatusCode {
    match error {
        PasswordError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        PasswordError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        PasswordError::WrongCurrent => StatusCode::UNAUTHORIZED,
        PasswordError::Differ | PasswordError::Bad(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
