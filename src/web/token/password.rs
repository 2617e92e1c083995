//! The resource owner password credentials grant (RFC 6749 §4.3): a client asks people for their password
//! itself. It teaches people to type their password anywhere, and RFC 9700 §2.4 forbids it; it is here for
//! programs that know no other way, each of which an admin has named. It asks for as much as the sign-in
//! page does: a code, where one is needed, comes in `totp`, a parameter of our own.

use actix_web::http::StatusCode;
use serde_json::json;

use super::{Answer, TokenRequest};
use crate::accounts::factors::CheckFailure;
use crate::accounts::methods::{Method, Methods};
use crate::accounts::next_step::{Standing, Step, next_step};
use crate::accounts::{Account, SignInFailure};
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
    let proven = prove(request, &account).await?;
    let event = request.event("signed_in").account(Some(&account.id));
    issuer.audit(event.detail(&json!({ "by": "password grant" }))).await;
    let amr: Vec<_> = proven.amr().into_iter().map(str::to_owned).collect();
    let grant = Grant::of_person(&account.id, issuer.now(), &amr, share);
    request.grant(grant, Some(account)).await
}

/// What the person has proven, once it is enough.
async fn prove(request: &TokenRequest<'_>, account: &Account) -> Result<Methods, Failure> {
    let TokenRequest { issuer, client, params, .. } = request;
    let must_change = issuer.accounts.must_change_password(&account.id).await;
    let standing = Standing {
        within_reach: issuer.factors.within_reach(&account.id).await?,
        needed: issuer.needed_acr(account, Some(client)),
        must_change_password: must_change.map_err(|cause| Failure::Internal(Box::new(cause)))?,
    };
    let mut proven = Methods::from(Method::Password);
    if let (Step::SecondFactor, Some(code)) = (next_step(&proven, standing), params.get("totp")) {
        let checked = credentials::check_code(issuer, request.http, account, code).await;
        checked.map_err(|failure| refuse_code(request, failure))?;
        proven = proven.and(Method::Otp);
    }
    let missing = match next_step(&proven, standing) {
        Step::Done => return Ok(proven),
        Step::SecondFactor => "a second factor is needed: a code in totp, or the sign-in page",
        Step::Enrol => "a second factor is needed, which the sign-in page lets the person add",
        Step::ChangePassword => "the password has to be changed on the sign-in page first",
    };
    Err(Failure::json(ProtocolError::new("invalid_grant", missing)))
}

fn refuse_code(request: &TokenRequest<'_>, failure: CheckFailure) -> Failure {
    match failure {
        CheckFailure::Refused => {
            let error = ProtocolError::new("invalid_grant", "the code in totp does not work");
            client_auth::count_failure(request.issuer, request.http, error)
        }
        CheckFailure::TooManyAttempts { retry_after } => {
            Failure::too_many(retry_after.unsigned_abs())
        }
        CheckFailure::Store(error) => error.into(),
    }
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
