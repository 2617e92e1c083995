//! Why a sign-in came to nothing, for those who can do something about it. A person hears what a person may
//! know; an app gets a code; and where the set-up is wrong, the app and the log are told what to change.
//! What an issuer wrote is never repeated: only names that stand in our own settings are.

use actix_web::http::StatusCode;
use url::Url;

use super::App;
use crate::pages::ProviderProblem;
use crate::protocol::error::ProtocolError;
use crate::protocol::params::Params;
use crate::relying_party::{Error, IdentityFault, Refusal};
use crate::web::failure::{Failure, ProviderFailure};

/// What there is to say.
#[derive(Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The status of the answer.
    pub status: StatusCode,
    /// The code for an app.
    pub code: &'static str,
    /// The sentence for whoever set up the app.
    pub words: String,
    problem: ProviderProblem,
}

impl Trouble {
    /// Finds out what to say. A wrong set-up is logged here, since nobody else will tell the admin.
    pub fn of(app: &App, error: &Error) -> Self {
        let trouble = Self::judge(app, error);
        if trouble.is_set_up() {
            tracing::error!(app = app.id(), problem = trouble.words, %error, "the set-up is wrong");
        }
        trouble
    }

    fn judge(app: &App, error: &Error) -> Self {
        if let Some(words) = wrong_set_up(app, error) {
            let (status, problem) = (StatusCode::BAD_GATEWAY, ProviderProblem::Failed);
            return Self { status, code: "misconfigured", words, problem };
        }
        let (status, code, problem) = match error {
            Error::State => (StatusCode::BAD_REQUEST, "expired", ProviderProblem::Over),
            Error::Refused(refusal) if refusal.code() == "access_denied" => {
                (StatusCode::FORBIDDEN, "access_denied", ProviderProblem::Declined)
            }
            Error::Identity(_) => (StatusCode::FORBIDDEN, "not_let_in", ProviderProblem::NotLetIn),
            error if error.is_passing() => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", ProviderProblem::Down)
            }
            _ => (StatusCode::BAD_REQUEST, "failed", ProviderProblem::Failed),
        };
        Self { status, code, words: error.to_string(), problem }
    }

    /// Whether an admin has to change something.
    pub fn is_set_up(&self) -> bool {
        self.code == "misconfigured"
    }

    /// Whether the same may go well in a moment.
    pub fn is_passing(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// The answer to an app.
    pub fn json(&self) -> Failure {
        let error = ProtocolError::telling(self.code, &self.words);
        Failure::Json { status: self.status, error, retry_after: self.is_passing().then_some(5) }
    }

    /// The page for a person, who can try again at `again`, a path below the app's.
    pub fn page(&self, app: &App, again: Option<&str>) -> Failure {
        if self.is_set_up() {
            let words = format!(
                "Signing in to {} is not set up right: {}.",
                app.settings.name(),
                self.words
            );
            return Failure::Page { status: self.status, title: "error.internal", words };
        }
        Failure::Provider(Box::new(ProviderFailure {
            status: self.status,
            problem: self.problem,
            provider: issuer_host(app),
            id: app.id().to_owned(),
            again: again.map(|again| app.site.path(again)),
            cause: self.words.clone(),
        }))
    }
}

/// Where a person can try the same again.
pub fn again(next: &str) -> String {
    let query = Params::from_iter([("next".to_owned(), next.to_owned())]).encode();
    format!("/authorize?{query}")
}

/// The issuer's host, as people are told of it.
fn issuer_host(app: &App) -> String {
    let url = Url::parse(&app.settings.issuer).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// What to change, if it is the set-up that is wrong: a clause without an end.
fn wrong_set_up(app: &App, error: &Error) -> Option<String> {
    let client = &app.settings.client_id;
    Some(match error {
        Error::Misconfigured(why) => why.trim_end_matches('.').to_owned(),
        Error::Refused(refusal) | Error::Endpoint(refusal) => match refusal.code() {
            "invalid_scope" => unassigned_scope(app, refusal),
            "invalid_client" => format!(
                "the issuer does not know the client {client}, or its client_secret is wrong"
            ),
            "unauthorized_client" | "unsupported_grant_type" => {
                format!("the issuer does not let the client {client} sign people in this way")
            }
            "unsupported_response_mode" | "unsupported_response_type" => {
                format!("the issuer does not give the client {client} this response_mode")
            }
            _ => return None,
        },
        Error::Identity(IdentityFault::NoGroups) => format!(
            "required_groups is set, and the issuer sends no claim {}: its scope is not assigned to the \
             client {client}, or groups_claim has another name there",
            app.settings.groups_claim
        ),
        Error::Identity(IdentityFault::Groups) => {
            format!("the issuer's claim {} is not a list of names", app.settings.groups_claim)
        }
        Error::IdToken(fault) => format!("the ID token was not accepted: {fault}"),
        _ => return None,
    })
}

/// Names the scope that the issuer does not give, if it is one of those that we asked for.
fn unassigned_scope(app: &App, refusal: &Refusal) -> String {
    let client = &app.settings.client_id;
    let named = app.settings.scope.split_whitespace().find(|scope| refusal.mentions(scope));
    match named {
        Some(scope) => format!("scope `{scope}` is not assigned to this client ({client})"),
        None => format!(
            "one of the scopes `{}` is not assigned to this client ({client})",
            app.settings.scope
        ),
    }
}
