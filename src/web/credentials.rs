//! User name and password, however they came in: one door to the accounts, with its throttle.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;

use crate::accounts::{Account, Refusal, SignInFailure};
use crate::issuer::Core;
use crate::secret::Secret;

/// Longer input is nobody's user name or password.
pub const LONGEST_INPUT: usize = 1024;

/// The account that they belong to.
///
/// # Errors
/// Why nobody is signed in; what a person hears of it does not depend on the cause.
pub async fn check(
    issuer: &Core,
    request: &HttpRequest,
    username: &str,
    password: &Secret,
) -> Result<Account, SignInFailure> {
    if username.len() > LONGEST_INPUT || password.expose().len() > LONGEST_INPUT {
        return Err(SignInFailure::Refused(Refusal::UnknownUser));
    }
    let address = issuer.site.address(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let outcome = issuer.accounts.authenticate(username, password, address, issuer.now()).await;
    if let Err(SignInFailure::Refused(cause)) = &outcome {
        tracing::info!(%address, ?cause, "a sign-in was refused");
    }
    outcome
}
