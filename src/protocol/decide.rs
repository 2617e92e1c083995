//! The one dispatcher of the authorization endpoint: given what is known, what happens next.
//!
//! Steps (signing in, confirming) change state and send the browser back to the authorization URL, so
//! every path comes through here again; a step never calls another step.

use super::acr::Acr;
use super::client::Client;
use super::error::ProtocolError;
use super::redirect_uri;
use super::request::AuthorizationRequest;
use super::scope::Scope;
use crate::clock::Timestamp;

/// Who is signed in in this browser, as far as a decision needs to know.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn<'a> {
    /// The subject, as in the ID token.
    pub sub: &'a str,
    /// Whether this is the person whom a valid `id_token_hint` names, or there is none.
    pub is_hinted: bool,
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
    /// How well they did.
    pub acr: Acr,
}

/// What the dispatcher looks at besides request and client.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Who is signed in, if anybody.
    pub signed_in: Option<SignedIn<'a>>,
    /// The scopes that this person has granted this client before.
    pub consent: Option<&'a Scope>,
    /// Where the response will go.
    pub redirect_uri: &'a str,
    /// Set when this very request sent the person to sign in anew: the earliest time that counts.
    pub sign_in_since: Option<Timestamp>,
    /// What the person said when this very request asked them to agree.
    pub answer: Option<bool>,
    /// The class that the settings, the person's groups and the client ask for at least.
    pub needed: Acr,
    /// The strongest class of sign-in that anybody can reach.
    pub strongest: Acr,
    /// The strongest that this person can reach with what they have.
    pub within_reach: Acr,
    /// Now.
    pub now: Timestamp,
}

/// The earliest time where any will do: a person who chose an account may have proved long ago, at
/// another issuer, that it is theirs.
pub const ANY_TIME: Timestamp = Timestamp(1);

/// OpenID Connect Core Unmet Authentication Requirements 1.0.
const UNMET: ProtocolError = ProtocolError::new(
    "unmet_authentication_requirements",
    "no sign-in of the class that acr asks for is possible",
);

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Show the sign-in page. A time means that an earlier sign-in does not count.
    SignIn {
        /// The earliest time of authentication that will satisfy the request.
        since: Option<Timestamp>,
    },
    /// Ask the person whether to go on.
    Confirm,
    /// Mint a code.
    Issue,
    /// Tell the client.
    Refuse(ProtocolError),
}

/// Decides what happens next.
pub fn decide(request: &AuthorizationRequest, client: &Client, situation: Situation<'_>) -> Next {
    if request.acr.essential && !request.acr.is_met_by(situation.strongest) {
        return Next::Refuse(UNMET);
    }
    let Some(signed_in) = situation.signed_in else {
        // Whoever signs in from here on need not do it again, however long it takes to come back, and
        // has chosen an account by it.
        let wants_new = request.prompt.login || request.max_age.is_some();
        let since = match (situation.sign_in_since, request.prompt.select_account) {
            (None, _) if wants_new => Some(situation.now),
            (None, true) => Some(ANY_TIME),
            (since, _) => since,
        };
        return interact(request, Next::SignIn { since }, "login_required", "nobody is signed in");
    };
    if must_sign_in_anew(request, signed_in, situation) {
        let since = situation.now.max(signed_in.auth_time.plus(1));
        let next = Next::SignIn { since: Some(since) };
        return interact(
            request,
            next,
            "login_required",
            "the sign-in is older than the request allows",
        );
    }
    if !signed_in.is_hinted || !request.claims.accepts(signed_in.sub) {
        let next = Next::SignIn { since: situation.sign_in_since };
        return interact(request, next, "login_required", "somebody else is signed in");
    }
    if signed_in.acr < situation.needed {
        let next = Next::SignIn { since: situation.sign_in_since };
        return interact(request, next, "login_required", "a second factor is needed");
    }
    if let Some(next) = step_up(request, signed_in, situation) {
        return next;
    }
    if situation.answer == Some(false) {
        return Next::Refuse(ProtocolError::new("access_denied", "the person did not agree"));
    }
    if must_confirm(request, client, situation) {
        return interact(
            request,
            Next::Confirm,
            "consent_required",
            "the person has to agree first",
        );
    }
    Next::Issue
}

/// `next`, or under `prompt=none` the error that says that it would be needed.
fn interact(
    request: &AuthorizationRequest,
    next: Next,
    code: &'static str,
    description: &'static str,
) -> Next {
    if request.prompt.none { Next::Refuse(ProtocolError::new(code, description)) } else { next }
}

fn must_sign_in_anew(
    request: &AuthorizationRequest,
    signed_in: SignedIn<'_>,
    situation: Situation<'_>,
) -> bool {
    if let Some(since) = situation.sign_in_since {
        return signed_in.auth_time < since;
    }
    // OpenID Connect Core §3.1.2.1: max_age=0 is prompt=login, even within the second.
    let too_old = |max_age| max_age == 0 || situation.now.since(signed_in.auth_time) > max_age;
    request.prompt.login || request.max_age.is_some_and(too_old)
}

/// Where the sign-in is not of the class that is wanted, the person is asked once for a better one
/// (RFC 9470 §5). What is still not met then matters only if it is essential.
fn step_up(
    request: &AuthorizationRequest,
    signed_in: SignedIn<'_>,
    situation: Situation<'_>,
) -> Option<Next> {
    let wanted = &request.acr;
    let may_ask = situation.sign_in_since.is_none() && (wanted.essential || !request.prompt.none);
    // What is only wished for is no reason to make anybody add a second factor.
    let reach = if wanted.essential { situation.strongest } else { situation.within_reach };
    if may_ask && wanted.asks_for_more(signed_in.acr, reach) {
        let since = situation.now.max(signed_in.auth_time.plus(1));
        let next = Next::SignIn { since: Some(since) };
        return Some(interact(request, next, "login_required", "a stronger sign-in is needed"));
    }
    (wanted.essential && !wanted.is_met_by(signed_in.acr)).then_some(Next::Refuse(UNMET))
}

/// A program on a person's machine proves nothing about itself, so a person confirms it every time
/// (RFC 8252 §8.6); a web client is confirmed once for what it gets to know. The question is also where
/// a person can choose another account.
fn must_confirm(request: &AuthorizationRequest, client: &Client, situation: Situation<'_>) -> bool {
    let selects = request.prompt.select_account && situation.sign_in_since.is_none();
    if redirect_uri::is_native(client, situation.redirect_uri) {
        return !client.trusted || request.prompt.consent || selects;
    }
    if request.prompt.consent || selects {
        return situation.answer != Some(true);
    }
    let is_covered = |granted: &Scope| request.disclosed().first_outside(granted).is_none();
    !client.trusted && !situation.consent.is_some_and(is_covered)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
