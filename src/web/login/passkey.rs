//! Signing in with a passkey: alone, from the sign-in page, or as the second factor after a password. The
//! challenge stands in the page; what has to be remembered of it comes back with the form, sealed.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::own_path;
use super::steps::SignIn;
use crate::accounts::Account;
use crate::accounts::factors::CheckFailure;
use crate::accounts::factors::ticket::{Ceremony, Ticket};
use crate::accounts::methods::{Method, Methods};
use crate::accounts::next_step::Step;
use crate::issuer::Core;
use crate::pages::{PasskeyPrompt, SecondFactorError, SignInError};
use crate::web::browser::Browser;
use crate::web::failure::Failure;
use crate::web::login::{self, second_factor};

#[derive(Deserialize)]
pub struct Form {
    csrf: String,
    #[serde(default)]
    next: String,
    ticket: String,
    credential: String,
}

/// What a page needs to ask for a passkey: one of this account's, or any. `None` where there are none.
///
/// # Errors
/// When the store cannot be reached.
pub async fn prompt(
    issuer: &Core,
    browser: &Browser,
    account_id: Option<&str>,
) -> Result<Option<PasskeyPrompt>, Failure> {
    let Some(passkeys) = issuer.factors.passkeys() else { return Ok(None) };
    let allowed = match account_id {
        Some(id) => issuer.factors.credential_ids(id).await?,
        None => Vec::new(),
    };
    let internal = |error| Failure::Internal(error);
    let (options, state) = passkeys.begin(allowed).map_err(|error| internal(Box::new(error)))?;
    let ticket = Ticket {
        ceremony: Ceremony::SignIn(state),
        account_id: account_id.map(str::to_owned),
        browser: browser.digest(),
        made_at: issuer.now(),
    };
    let ticket = ticket.seal(&issuer.site.root).map_err(|error| internal(Box::new(error)))?;
    Ok(Some(PasskeyPrompt { options: options.to_string(), ticket }))
}

/// `POST /login/passkey`.
pub async fn submit(
    issuer: web::Data<Core>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, &request);
    browser.check_post(&issuer.site, &request, &form.csrf)?;
    let next = own_path(&issuer, &form.next);
    let under_way = SignIn::resume(&issuer, &request, &browser, &next).await?;
    if let Some(sign_in) = under_way
        && sign_in.step().await? == Step::SecondFactor
        && let Some(ticket) = open(&issuer, &browser, &form, Some(&sign_in.account.id))
    {
        return as_second_factor(sign_in, ticket, &form.credential).await;
    }
    let proven = match open(&issuer, &browser, &form, None).filter(|_| issuer.passwords) {
        Some(ticket) => alone(&issuer, ticket, &form.credential).await?,
        None => None,
    };
    let Some((account, method)) = proven else {
        let detail = json!({ "by": "passkey" });
        issuer.audit_stranger(&request, "sign_in_refused", None, detail).await;
        return login::page(&issuer, &request, &next, None, Some(SignInError::Passkey)).await;
    };
    let (issuer, request, browser) = (&*issuer, &request, &browser);
    let methods = Methods::from(method);
    let federated = None;
    SignIn { issuer, request, browser, next, account, methods, federated }.go_on().await
}

fn open(issuer: &Core, browser: &Browser, form: &Form, account_id: Option<&str>) -> Option<Ticket> {
    let (root, digest) = (&issuer.site.root, browser.digest());
    Ticket::open(root, &form.ticket, &digest, account_id, issuer.now())
}

async fn as_second_factor(
    mut sign_in: SignIn<'_>,
    ticket: Ticket,
    answer: &str,
) -> Result<HttpResponse, Failure> {
    let id = &sign_in.account.id;
    match check(sign_in.issuer, ticket, answer, Some(id)).await? {
        Some((_, method)) => {
            sign_in.methods = sign_in.methods.and(method);
            sign_in.go_on().await
        }
        None => {
            let detail = json!({ "factor": "passkey" });
            sign_in
                .issuer
                .audit_of(sign_in.request, "second_factor_refused", Some(id), detail)
                .await;
            second_factor::page(&sign_in, false, Some(SecondFactorError::Passkey)).await
        }
    }
}

async fn alone(
    issuer: &Core,
    ticket: Ticket,
    answer: &str,
) -> Result<Option<(Account, Method)>, Failure> {
    let Some((id, method)) = check(issuer, ticket, answer, None).await? else { return Ok(None) };
    let found = issuer.accounts.find(&id).await;
    let found = found.map_err(|cause| Failure::Internal(Box::new(cause)))?;
    Ok(found.filter(|account| !account.disabled).map(|account| (account, method)))
}

async fn check(
    issuer: &Core,
    ticket: Ticket,
    answer: &str,
    account_id: Option<&str>,
) -> Result<Option<(String, Method)>, Failure> {
    let Ceremony::SignIn(challenge) = ticket.ceremony else { return Ok(None) };
    let checked = issuer
        .factors
        .check_passkey(challenge, ticket.made_at, answer, account_id, issuer.now())
        .await;
    match checked {
        Ok(proven) => Ok(Some(proven)),
        Err(CheckFailure::Store(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}
