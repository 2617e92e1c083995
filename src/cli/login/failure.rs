//! Exit codes, and which one an error leads to.

use crate::cli::Failure;
use crate::relying_party::{Error, Refusal};

/// The person or the issuer said no.
pub(super) const DENIED: u8 = 3;
/// Nobody signed in in time, or the code had expired.
pub(super) const EXPIRED: u8 = 4;
/// The issuer cannot be reached, or its set-up does not work.
pub(in crate::cli) const ISSUER: u8 = 5;
/// Neither a terminal nor a listener.
pub(super) const NO_WAY: u8 = 6;

/// The end of `--help`.
pub(super) const HELP: &str = "\
Exit codes:
    0  signed in
    1  the sign-in did not work
    2  the command line is wrong
    3  the sign-in was declined
    4  nobody signed in in time, or the code had expired
    5  the issuer cannot be reached, or its set-up does not work
    6  no way to finish: no terminal to paste into and no port to listen on,
       or --never-ask and no good tokens
  130  interrupted (129, 131 and 143 for other signals)";

/// Words and exit code for an error of the sign-in.
pub(in crate::cli) fn of(error: Error) -> Failure {
    let code = match &error {
        Error::Refused(refusal) => refused(refusal),
        Error::Endpoint(refusal) if refusal.code() == "invalid_grant" => EXPIRED,
        Error::Unreachable { .. }
        | Error::TimedOut { .. }
        | Error::Misconfigured(_)
        | Error::Endpoint(_) => ISSUER,
        Error::State
        | Error::NoCode
        | Error::Issuer
        | Error::IdToken(_)
        | Error::Identity(_)
        | Error::NotAnew
        | Error::Busy => 1,
    };
    Failure { code, message: error.to_string() }
}

fn refused(refusal: &Refusal) -> u8 {
    match refusal.code() {
        "access_denied" => DENIED,
        "unauthorized_client"
        | "unsupported_response_type"
        | "unsupported_response_mode"
        | "invalid_scope"
        | "invalid_request"
        | "server_error"
        | "temporarily_unavailable" => ISSUER,
        _ => 1,
    }
}
