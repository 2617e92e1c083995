//! User name, password and codes, however they came in: one door to the accounts, with its throttle.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use serde_json::json;

use crate::accounts::factors::{CheckFailure, CodeKind};
use crate::accounts::rules::UsernameRule;
use crate::accounts::{Account, Refusal, SignInFailure};
use crate::issuer::Core;
use crate::secret::Secret;

/// Longer input is nobody's user name or password.
pub const LONGEST_INPUT: usize = 1024;
/// Longer input is no code.
const LONGEST_CODE: usize = 100;

/// The account that they belong to.
///
/// # Errors
/// Why nobody is signed in; what a person hears of it does not depend on the cause.
pub async fn check(
    issuer: &Core,
    request: &HttpRequest,
    username: &str,
    password: &Secret,
) -> Result<Account, SignInFailure> {
    if username.len() > LONGEST_INPUT || password.expose().len() > LONGEST_INPUT {
        return Err(SignInFailure::Refused(Refusal::UnknownUser));
    }
    let address = address(issuer, request);
    let outcome = issuer.accounts.authenticate(username, password, address, issuer.now()).await;
    if let Err(SignInFailure::Refused(cause)) = &outcome {
        refused(issuer, request, username, *cause).await;
    }
    outcome
}

/// Records a password that did not work: for whom, if anybody goes by the name. What was typed is not
/// recorded, since it may be a password in the wrong field.
async fn refused(issuer: &Core, request: &HttpRequest, username: &str, cause: Refusal) {
    let known = match UsernameRule::Email.apply(username) {
        Ok(username) => issuer.db.find_account_by_username(&username).await.unwrap_or_default(),
        Err(_) => None,
    };
    let account = known.as_ref().map(|(account, _)| account.id.as_str());
    let detail = json!({ "by": "password", "reason": cause.as_str() });
    issuer.audit_stranger(request, "sign_in_refused", account, detail).await;
}

/// Checks a code of an authenticator app, or a recovery code.
///
/// # Errors
/// Why it proves nothing.
pub async fn check_code(
    issuer: &Core,
    request: &HttpRequest,
    account: &Account,
    code: &str,
) -> Result<(), CheckFailure> {
    let code = if code.len() > LONGEST_CODE { "" } else { code };
    let address = address(issuer, request);
    let outcome = issuer.factors.check_code(&account.id, code, address, issuer.now()).await;
    match outcome {
        Ok(CodeKind::Recovery) => {
            issuer.audit_of(request, "recovery_code_used", Some(&account.id), json!({})).await;
        }
        Err(CheckFailure::Refused) => {
            let detail = json!({ "factor": "code" });
            issuer.audit_of(request, "second_factor_refused", Some(&account.id), detail).await;
        }
        _ => {}
    }
    outcome.map(|_| ())
}

fn address(issuer: &Core, request: &HttpRequest) -> IpAddr {
    issuer.site.address(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}
