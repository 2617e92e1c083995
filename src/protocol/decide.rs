//! The one dispatcher of the authorization endpoint: given what is known, what happens next.
//!
//! Steps (signing in, confirming) change state and send the browser back to the authorization URL, so
//! every path comes through here again; a step never calls another step.

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
    /// When the person last proved who they are.
    pub auth_time: Timestamp,
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
    /// The subject of a valid `id_token_hint`.
    pub hinted_sub: Option<&'a str>,
    /// Now.
    pub now: Timestamp,
}

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
    let Some(signed_in) = situation.signed_in else {
        // Whoever signs in from here on need not do it again, however long it takes to come back.
        let wants_new = request.prompt.login || request.max_age.is_some();
        let since = situation.sign_in_since.or(wants_new.then_some(situation.now));
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
    if situation.hinted_sub.is_some_and(|sub| sub != signed_in.sub) {
        let next = Next::SignIn { since: situation.sign_in_since };
        return interact(request, next, "login_required", "somebody else is signed in");
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
    request.prompt.login
        || request.max_age.is_some_and(|max_age| situation.now.since(signed_in.auth_time) > max_age)
}

/// A program on a person's machine proves nothing about itself, so a person confirms it every time
/// (RFC 8252 §8.6); a web client is confirmed once for a set of scopes.
fn must_confirm(request: &AuthorizationRequest, client: &Client, situation: Situation<'_>) -> bool {
    if redirect_uri::is_native(client, situation.redirect_uri) {
        return !client.trusted || request.prompt.consent || request.prompt.select_account;
    }
    if request.prompt.consent || request.prompt.select_account {
        return situation.answer != Some(true);
    }
    !client.trusted
        && situation.consent.is_none_or(|granted| request.scope.first_outside(granted).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::client::ClientAuthMethod;
    use crate::protocol::params::Params;

    const NOW: Timestamp = Timestamp(10_000);

    fn request(extra: &str) -> AuthorizationRequest {
        let query = format!("response_type=code&scope=openid%20email&{extra}");
        let client = Client { require_pkce: false, ..Client::default() };
        AuthorizationRequest::parse(&Params::parse(&query).unwrap(), &client).unwrap()
    }

    fn signed_in_at(auth_time: i64) -> Situation<'static> {
        Situation {
            signed_in: Some(SignedIn { sub: "alice", auth_time: Timestamp(auth_time) }),
            consent: None,
            redirect_uri: "https://app.example/cb",
            sign_in_since: None,
            answer: None,
            hinted_sub: None,
            now: NOW,
        }
    }

    fn trusted() -> Client {
        Client { trusted: true, ..Client::default() }
    }

    #[test]
    fn nobody_signed_in() {
        let situation = Situation { signed_in: None, ..signed_in_at(0) };
        assert_eq!(decide(&request(""), &trusted(), situation), Next::SignIn { since: None });
        let Next::Refuse(error) = decide(&request("prompt=none"), &trusted(), situation) else {
            panic!()
        };
        assert_eq!(error.code, "login_required");
    }

    #[test]
    fn a_web_client_is_confirmed_once_for_its_scopes() {
        let (granted, less) = (Scope::parse("openid email profile"), Scope::parse("openid"));
        let with = |consent| Situation { consent, ..signed_in_at(9_990) };
        assert_eq!(decide(&request(""), &Client::default(), with(None)), Next::Confirm);
        assert_eq!(decide(&request(""), &Client::default(), with(Some(&less))), Next::Confirm);
        assert_eq!(decide(&request(""), &Client::default(), with(Some(&granted))), Next::Issue);
        assert_eq!(
            decide(&request("prompt=consent"), &Client::default(), with(Some(&granted))),
            Next::Confirm
        );
        let Next::Refuse(error) = decide(&request("prompt=none"), &Client::default(), with(None))
        else {
            panic!()
        };
        assert_eq!(error.code, "consent_required");
    }

    #[test]
    fn a_native_client_is_confirmed_every_time() {
        let cli =
            Client { token_endpoint_auth_method: ClientAuthMethod::None, ..Client::default() };
        let granted = Scope::parse("openid email");
        let situation = Situation {
            consent: Some(&granted),
            redirect_uri: "http://127.0.0.1:81/",
            ..signed_in_at(9_990)
        };
        assert_eq!(decide(&request(""), &cli, situation), Next::Confirm);
        assert_eq!(decide(&request(""), &Client { trusted: true, ..cli }, situation), Next::Issue);
    }

    #[test]
    fn prompt_login_is_satisfied_by_a_later_sign_in_only() {
        let before = signed_in_at(10_000);
        let since = Timestamp(10_001);
        assert_eq!(
            decide(&request("prompt=login"), &trusted(), before),
            Next::SignIn { since: Some(since) }
        );
        let too_early = Situation { sign_in_since: Some(since), ..before };
        assert!(matches!(
            decide(&request("prompt=login"), &trusted(), too_early),
            Next::SignIn { .. }
        ));
        let after = Situation { sign_in_since: Some(since), ..signed_in_at(10_001) };
        assert_eq!(decide(&request("prompt=login"), &trusted(), after), Next::Issue);
    }

    #[test]
    fn max_age_counts_seconds_since_the_sign_in() {
        let at = |auth_time| decide(&request("max_age=100"), &trusted(), signed_in_at(auth_time));
        assert_eq!(at(9_900), Next::Issue);
        assert_eq!(at(9_899), Next::SignIn { since: Some(NOW) });
        let Next::Refuse(error) =
            decide(&request("max_age=100&prompt=none"), &trusted(), signed_in_at(1))
        else {
            panic!()
        };
        assert_eq!(error.code, "login_required");
    }

    #[test]
    fn a_hint_for_somebody_else_asks_for_a_sign_in() {
        let situation = Situation { hinted_sub: Some("bob"), ..signed_in_at(9_990) };
        assert_eq!(decide(&request(""), &trusted(), situation), Next::SignIn { since: None });
        let same = Situation { hinted_sub: Some("alice"), ..situation };
        assert_eq!(decide(&request(""), &trusted(), same), Next::Issue);
    }
}
