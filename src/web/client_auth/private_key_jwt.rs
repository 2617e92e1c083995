//! A statement that the client signed with its own key (RFC 7521 §4.2, RFC 7523 §2.2). It counts once.

use actix_web::HttpRequest;

use super::{Credential, Presented};
use crate::issuer::Core;
use crate::protocol::client::{Client, ClientAuthMethod};
use crate::protocol::client_assertion::{ClientAssertion, Expected, TYPE, TYPES};
use crate::protocol::error::ProtocolError;
use crate::protocol::jws::Jws;
use crate::protocol::params::Params;
use crate::web::failure::Failure;

/// The assertion in the body, if there is one.
///
/// # Errors
/// When it is of another kind, or cannot be read.
pub fn read(params: &Params) -> Result<Option<Presented<'_>>, ProtocolError> {
    let Some(assertion) = params.get("client_assertion") else { return Ok(None) };
    if params.get("client_assertion_type") != Some(TYPE) {
        return Err(ProtocolError::invalid_request(
            "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ));
    }
    let assertion = Jws::parse(assertion).map_err(|_| ProtocolError::invalid_client())?;
    let subject = assertion.unverified.text("sub").filter(|sub| !sub.contains('\0'));
    Ok(Some(Presented {
        client_id: subject.ok_or(ProtocolError::invalid_client())?.to_owned(),
        method: ClientAuthMethod::PrivateKeyJwt,
        credential: Credential::Assertion(Box::new(assertion)),
    }))
}

/// Whether the client signed it, for us, and nobody has used it yet. The inner error is for the log.
///
/// # Errors
/// When the store fails.
pub async fn prove(
    issuer: &Core,
    request: &HttpRequest,
    client: &Client,
    assertion: &Jws<'_>,
) -> Result<Result<(), &'static str>, Failure> {
    // A request object is not to be passed off as an assertion (RFC 9101 §10.8).
    if assertion.typ.is_some() && !TYPES.iter().any(|typ| assertion.is_typed(typ)) {
        return Ok(Err("another kind of JWT"));
    }
    if !client.may_authenticate_by(assertion.alg) {
        return Ok(Err("an algorithm that the client may not use"));
    }
    let Some(claims) = issuer.signed_by(client, assertion).await else {
        return Ok(Err("no key of the client verifies the signature"));
    };
    // Under FAPI 2.0 (§5.3.2.1 no. 8) an assertion names the issuer, as a text and nothing else.
    if client.is_fapi2() && claims.text("aud") != Some(&*issuer.site.issuer) {
        return Ok(Err("aud is not the issuer"));
    }
    let site = &issuer.site;
    let path = request.path().strip_prefix(&*site.base).unwrap_or_default();
    let audiences = [&*site.issuer, &site.url("/token"), &site.url(path)];
    let expected =
        Expected { client_id: &client.client_id, audiences: &audiences, now: issuer.now() };
    let assertion = match ClientAssertion::check(claims, expected) {
        Ok(assertion) => assertion,
        Err(reason) => return Ok(Err(reason)),
    };
    let first = issuer.spend("assertion", &client.client_id, &assertion.jti, assertion.exp).await?;
    Ok(first.then_some(()).ok_or("it was used before"))
}
