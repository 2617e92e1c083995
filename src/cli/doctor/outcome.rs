//! What comes of an authorization request: a response to the client, or something for a person.

use openidconnect::http::StatusCode;
use url::Url;
use url::form_urlencoded;

use super::probe::Answer;

/// What an issuer says that would go on if somebody were signed in.
const GOES_ON: [&str; 4] =
    ["login_required", "interaction_required", "consent_required", "account_selection_required"];

/// What came of a request.
pub enum Outcome {
    /// The client hears of it: the parameters of the response.
    Response(Vec<(String, String)>),
    /// A form brings it to the client.
    Form,
    /// A page for a person.
    Page(StatusCode),
    /// The browser is sent to another page of the issuer's, to sign in for example.
    Onward,
}

/// Whether the issuer would go on with a request that it answers with this error.
pub fn goes_on(error: &str) -> bool {
    GOES_ON.contains(&error)
}

/// The parameter of this name, or nothing.
pub fn value<'a>(params: &'a [(String, String)], name: &str) -> &'a str {
    let found = params.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}

impl Outcome {
    /// Reads an answer of the authorization endpoint.
    pub fn read(answer: &Answer, endpoint: &str, redirect_uri: &str) -> Self {
        match answer.location(endpoint) {
            Some(url) if is_at(&url, redirect_uri) => {
                let carried = url.fragment().or(url.query()).unwrap_or_default();
                let params = form_urlencoded::parse(carried.as_bytes());
                Self::Response(params.into_owned().collect())
            }
            Some(_) => Self::Onward,
            // Some send the form of an error with the status of an error.
            None if is_form(&answer.text()) => Self::Form,
            None if !answer.status().is_success() => Self::Page(answer.status()),
            None => Self::Onward,
        }
    }
}

/// Whether a page is the form that brings such an error to the client (form_post).
fn is_form(page: &str) -> bool {
    page.contains("<form") && GOES_ON.iter().any(|error| page.contains(error))
}

/// Whether a URL is this redirect URI with parameters added.
fn is_at(url: &Url, redirect_uri: &str) -> bool {
    let Ok(registered) = Url::parse(redirect_uri) else { return false };
    let place = |url: &Url| {
        let (host, port) = (url.host_str().map(str::to_owned), url.port_or_known_default());
        (url.scheme().to_owned(), host, port, url.path().to_owned())
    };
    place(url) == place(&registered)
}
