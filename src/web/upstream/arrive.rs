//! Back from a provider: the chain, the account, the session, and on to where the sign-in began.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::{door, failed, path, refuse, tokens};
use crate::accounts::linking::How;
use crate::accounts::methods::Methods;
use crate::accounts::{Account, Arrival, Arrived, SignInFailure};
use crate::clock::Timestamp;
use crate::issuer::Core;
use crate::pages::ProviderProblem;
use crate::relying_party::{Callback, Error, LoginState, ResolvedIdentity};
use crate::upstream::Upstream;
use crate::web::browser::Browser;
use crate::web::failure::{Failure, ProviderFailure};
use crate::web::login::pending::Federated;
use crate::web::login::steps::SignIn;
use crate::web::session;

/// Clocks of two machines may differ by this many seconds.
const LEEWAY: i64 = 30;
/// Methods of a provider that are told on at most.
const MOST_METHODS: usize = 8;
/// Characters of a reason that are recorded at most: a provider may have written it.
const LONGEST_REASON: usize = 300;

/// Takes in a response. Whatever comes of it, the sign-in that it names is over.
///
/// # Errors
/// None: failures are in the response.
pub async fn arrive(
    issuer: &Core,
    request: &HttpRequest,
    upstream: &Upstream,
    callback: &Callback,
) -> Result<HttpResponse, Failure> {
    let arrived = sign_in(issuer, request, upstream, callback).await;
    if let Err(Failure::Provider(failed)) = &arrived {
        record(issuer, request, failed).await;
    }
    let mut response = arrived.unwrap_or_else(HttpResponse::from_error);
    door(issuer, upstream, &path(upstream, "")).forget(callback, &mut response);
    Ok(response)
}

/// Records a sign-in that the provider or the settings refused, or that was tampered with; a provider
/// that is down and a page that was open for too long are nobody's doing.
async fn record(issuer: &Core, request: &HttpRequest, failed: &ProviderFailure) {
    if matches!(failed.problem, ProviderProblem::Down | ProviderProblem::Over) {
        return;
    }
    let reason: String = failed.cause.chars().take(LONGEST_REASON).collect();
    let detail = json!({ "by": "provider", "provider": failed.id, "reason": reason });
    issuer.audit_stranger(request, "sign_in_refused", None, detail).await;
}

async fn sign_in(
    issuer: &Core,
    request: &HttpRequest,
    upstream: &Upstream,
    callback: &Callback,
) -> Result<HttpResponse, Failure> {
    let browser = Browser::of(&issuer.site, request);
    let path = path(upstream, "");
    let state = door(issuer, upstream, &path)
        .under_way(request, &browser, callback)
        .ok_or_else(|| failed(issuer, upstream, None, &Error::State))?;
    let fail = |error: Error| failed(issuer, upstream, Some(&state.next), &error);
    let identity = upstream.arrive(&state.attempt, callback, issuer.now()).await.map_err(fail)?;
    let settings = &upstream.settings;
    let auth_time = auth_time(&identity, &state, settings.require_auth_time, issuer.now());
    let auth_time = auth_time.map_err(fail)?;
    let Arrived { account, how } = welcome(issuer, upstream, &state.next, &identity).await?;
    let sid = session::promise(issuer, request, &account).await?;
    tokens::keep(issuer, upstream, &sid, &account, &identity).await?;
    let detail = detail(upstream, &identity, &account);
    note(issuer, request, &account, how, &detail).await;
    let (browser, next, methods) = (&browser, state.next, told_methods(&identity));
    let federated = Some(Federated { sid, auth_time, detail });
    SignIn { issuer, request, browser, next, account, methods, federated }.go_on().await
}

/// The account of whoever the provider is sure of.
async fn welcome(
    issuer: &Core,
    upstream: &Upstream,
    next: &str,
    identity: &ResolvedIdentity,
) -> Result<Arrived, Failure> {
    let settings = &upstream.settings;
    let arrival = Arrival {
        provider: &settings.id,
        identity,
        admission: settings.accounts,
        match_email: settings.match_email,
    };
    match issuer.accounts.welcome(arrival, issuer.now()).await {
        Ok(arrived) => Ok(arrived),
        Err(SignInFailure::Refused(cause)) => {
            let cause = format!("the account was refused: {cause:?}");
            let (status, problem) = (StatusCode::FORBIDDEN, ProviderProblem::NotLetIn);
            Err(refuse(issuer, upstream, Some(next), status, problem, cause))
        }
        Err(SignInFailure::Unavailable(cause)) => Err(Failure::Internal(Box::new(cause))),
        Err(SignInFailure::Busy | SignInFailure::TooManyAttempts { .. }) => {
            Err(failed(issuer, upstream, Some(next), &Error::Busy))
        }
    }
}

/// When the person proved who they are: when the provider says they did. Where the program wants them
/// to do it anew, the provider has to say that they did, unless it is trusted to have asked.
fn auth_time(
    identity: &ResolvedIdentity,
    state: &LoginState,
    must_say: bool,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let said = identity.raw.get("auth_time").and_then(Value::as_i64).map(Timestamp);
    match (state.since, said) {
        (None, said) => Ok(said.map_or(now, |said| said.min(now))),
        (Some(since), Some(said)) if said >= state.begun_at.plus(-LEEWAY) => Ok(since.max(now)),
        (Some(since), None) if !must_say => Ok(since.max(now)),
        _ => Err(Error::NotAnew),
    }
}

/// How the person proved it: at another issuer, and what that says of how it was done there
/// (RFC 8176).
fn told_methods(identity: &ResolvedIdentity) -> Methods {
    let told = identity.raw.get("amr").and_then(Value::as_array).into_iter().flatten();
    let spelled = |name: &&str| {
        let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=32).contains(&name.len()) && name.bytes().all(letters)
    };
    let told = told.filter_map(Value::as_str).filter(spelled).take(MOST_METHODS);
    Methods::told_by_issuer(told.map(str::to_owned).collect())
}

async fn note(
    issuer: &Core,
    request: &HttpRequest,
    account: &Account,
    how: How,
    detail: &Map<String, Value>,
) {
    let event = match how {
        How::Known => return,
        How::Linked => "account_linked",
        How::Made => "account_made",
    };
    issuer.audit_of(request, event, Some(&account.id), detail.clone().into()).await;
}

fn detail(
    upstream: &Upstream,
    identity: &ResolvedIdentity,
    account: &Account,
) -> Map<String, Value> {
    let fields = [
        ("provider", json!(upstream.settings.id)),
        ("kind", json!(upstream.kind())),
        ("issuer", json!(identity.issuer)),
        ("subject", json!(identity.subject)),
        ("username", json!(account.username)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
