//! What goes wrong in a handler, as a value. One middleware turns it into a page or JSON, since only
//! there brand and language are at hand, and logs the cause once.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::accounts::Unavailable;
use crate::pages::ProviderProblem;
use crate::protocol::error::ProtocolError;
use crate::{keys, store};

/// Why a handler has no ordinary answer.
#[derive(Debug)]
pub enum Failure {
    /// A page for a person: title key, and what is wrong in particular.
    Page {
        /// HTTP status.
        status: StatusCode,
        /// Key of the title in the section `error`.
        title: &'static str,
        /// What is wrong with the request, in English, for whoever made it; may be empty.
        words: String,
    },
    /// A page that says why signing in with a provider came to nothing.
    Provider(Box<ProviderFailure>),
    /// JSON for a program.
    Json {
        /// HTTP status.
        status: StatusCode,
        /// What the program is told.
        error: ProtocolError,
        /// For 503 and 429: seconds until a retry makes sense.
        retry_after: Option<u64>,
    },
    /// Our own fault. The outside hears that it is; the log hears the cause.
    Internal(Box<dyn std::error::Error>),
}

/// Why signing in with a provider came to nothing.
#[derive(Debug)]
pub struct ProviderFailure {
    /// HTTP status.
    pub status: StatusCode,
    /// What the person is told.
    pub problem: ProviderProblem,
    /// The provider's name.
    pub provider: String,
    /// Its id, for the log.
    pub id: String,
    /// Where the sign-in can be tried in another way.
    pub again: Option<String>,
    /// What the log is told.
    pub cause: String,
}

impl Failure {
    /// A page that says what is wrong with a request.
    pub fn bad_request(words: impl Into<String>) -> Self {
        Self::Page { status: StatusCode::BAD_REQUEST, title: "error.request", words: words.into() }
    }

    /// A page that says why the parameters of a request cannot be read.
    pub fn unreadable(error: &ProtocolError) -> Self {
        Self::bad_request(format!("The request cannot be understood: {}.", error.description))
    }

    /// A page that says that nothing was done because the request did not come from our page.
    pub fn forbidden() -> Self {
        Self::Page { status: StatusCode::FORBIDDEN, title: "error.forbidden", words: String::new() }
    }

    /// A page that says that there is nothing at this address.
    pub fn not_found() -> Self {
        Self::Page { status: StatusCode::NOT_FOUND, title: "error.not_found", words: String::new() }
    }

    /// JSON with status 400, or 401 for a failed client authentication (RFC 6749 §5.2).
    pub fn json(error: ProtocolError) -> Self {
        let status = match error.code {
            "invalid_client" | "invalid_token" => StatusCode::UNAUTHORIZED,
            "insufficient_scope" => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::Json { status, error, retry_after: None }
    }

    /// JSON that says that something we depend on is out of order for the moment.
    pub fn unavailable(description: &'static str) -> Self {
        let error = ProtocolError::new("temporarily_unavailable", description);
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::Json { status, error, retry_after: Some(5) }
    }

    /// JSON that asks to come back later.
    pub fn too_many(retry_after: u64) -> Self {
        let error = ProtocolError::new("slow_down", "too many requests; retry later");
        Self::Json { status: StatusCode::TOO_MANY_REQUESTS, error, retry_after: Some(retry_after) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page { words, title, .. } => write!(f, "{title} {words}"),
            Self::Provider(failure) => write!(f, "provider {}: {}", failure.id, failure.cause),
            Self::Json { error, .. } => write!(f, "{}: {}", error.code, error.description),
            Self::Internal(cause) => cause.fmt(f),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Page { status, .. } | Self::Json { status, .. } => *status,
            Self::Provider(failure) => failure.status,
            Self::Internal(cause) if is_outage(&**cause) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        // The middleware replaces this; it is what a handler outside of it would send.
        HttpResponse::new(self.status_code())
    }
}

/// Whether the store could not be reached: a retry may help, so the answer is 503, not 500.
fn is_outage(cause: &(dyn std::error::Error + 'static)) -> bool {
    // Accounts say why they cannot be reached; those elsewhere may be back in a moment.
    if let Some(Unavailable(inner)) = cause.downcast_ref() {
        return !inner.is::<store::Error>() || is_outage(&**inner);
    }
    let store = match cause.downcast_ref::<keys::Error>() {
        Some(keys::Error::Store(source)) => Some(source),
        _ => cause.downcast_ref::<store::Error>(),
    };
    store.is_some_and(store::Error::is_outage)
}

impl From<store::Error> for Failure {
    fn from(source: store::Error) -> Self {
        Self::Internal(Box::new(source))
    }
}

impl From<keys::Error> for Failure {
    fn from(source: keys::Error) -> Self {
        Self::Internal(Box::new(source))
    }
}
