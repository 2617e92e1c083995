//! What the listener says to a browser: back to a Doorstep's own page, or a plain page in a few words.
//! No text of a request is ever repeated.

use url::Url;

/// How the login ended, as the browser is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli::login) enum Verdict {
    /// The code was redeemed and the tokens hold.
    SignedIn,
    /// The person, or the issuer, said no.
    Denied,
    /// Something went wrong.
    Failed,
}

impl Verdict {
    fn outcome(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// The answer to a response that was taken: 303 to the issuer's result page, if it has one.
pub(super) fn verdict(verdict: Verdict, result_page: Option<&Url>) -> Vec<u8> {
    if let Some(page) = result_page {
        let mut location = page.clone();
        location.query_pairs_mut().append_pair("outcome", verdict.outcome());
        return assemble("303 See Other", &format!("Location: {location}\r\n"), "");
    }
    match verdict {
        Verdict::SignedIn => page(
            "200 OK",
            "You are signed in",
            "You can close this tab and go back to the terminal.",
        ),
        Verdict::Denied => page(
            "200 OK",
            "You are not signed in",
            "The sign-in was declined. You can close this tab.",
        ),
        Verdict::Failed => page(
            "200 OK",
            "The sign-in did not work",
            "The terminal says why. You can close this tab.",
        ),
    }
}

/// A small page of its own.
pub(super) fn page(status: &str, title: &str, words: &str) -> Vec<u8> {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title>\n<main><h1>{title}</h1><p>{words}</p></main></html>\n"
    );
    let headers = "Content-Type: text/html; charset=utf-8\r\n\
        Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";
    assemble(status, headers, &html)
}

/// An answer without a page.
pub(super) fn bare(status: &str, headers: &str) -> Vec<u8> {
    assemble(status, headers, "")
}

fn assemble(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
