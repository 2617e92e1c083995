//! The `DPoP` header of a request (RFC 9449), and the nonces that proofs may have to contain.
//!
//! A nonce is derived by the root key from the time, so nothing is stored and replicas agree on it.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use super::failure::Failure;
use super::site::Site;
use crate::clock::Timestamp;
use crate::issuer::Core;
use crate::keys::others;
use crate::protocol::client::Client;
use crate::protocol::dpop::{self, Expected, Proof};
use crate::protocol::error::ProtocolError;
use crate::secret;

/// The header of requests.
const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header of answers.
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// Seconds after which a new nonce is given out. The one before stays good for as long again.
const NONCE_LIFETIME: i64 = 150;

/// The proof that a request of this client brings, if it brings one. It is still to be used up.
///
/// # Errors
/// `invalid_dpop_proof` or `use_dpop_nonce`.
pub fn read(
    issuer: &Core,
    request: &HttpRequest,
    client: &Client,
    access_token: Option<&str>,
) -> Result<Option<Proof>, ProtocolError> {
    let mut headers = request.headers().get_all(DPOP);
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(dpop::invalid("there is more than one proof"));
    }
    let text = header.to_str().map_err(|_| dpop::invalid("the proof is no JWT"))?;
    let (jws, key) = dpop::parse(text)?;
    if !client.may_sign_by(jws.alg) {
        return Err(dpop::invalid(
            "the proof is signed by an algorithm that the client may not use",
        ));
    }
    let claims = others::verify(&jws, [&key]);
    let claims = claims.ok_or(dpop::invalid("the key (jwk) does not verify the signature"))?;
    let path = request.path().strip_prefix(&*issuer.site.base).unwrap_or_default();
    let expected = Expected {
        htm: request.method().as_str(),
        htu: &issuer.site.url(path),
        access_token,
        now: issuer.now(),
    };
    let proof = Proof::check(claims, &key, expected)?;
    match &proof.nonce {
        Some(nonce) if is_current(&issuer.site, nonce) => Ok(Some(proof)),
        None if !client.require_dpop_nonce => Ok(Some(proof)),
        _ => Err(dpop::use_nonce()),
    }
}

/// Uses up a proof, when all else about its request was found right.
///
/// # Errors
/// `invalid_dpop_proof` when it was used before.
pub async fn spend(issuer: &Core, proof: &Proof) -> Result<(), Failure> {
    match issuer.spend("DPoP proof", &proof.jkt, &proof.jti, proof.expires_at).await? {
        true => Ok(()),
        false => Err(Failure::json(dpop::invalid("the proof was used before"))),
    }
}

/// Gives a client the next nonce along with an answer, if it needs one.
pub fn pass_nonce(site: &Site, client: &Client, response: &mut HttpResponse) {
    if client.require_dpop_nonce {
        insert_nonce(site, response);
    }
}

/// Adds the nonce of now to an answer.
pub fn insert_nonce(site: &Site, response: &mut HttpResponse) {
    if let Ok(value) = HeaderValue::from_str(&nonce(site, site.clock.now())) {
        response.headers_mut().insert(DPOP_NONCE, value);
    }
}

fn is_current(site: &Site, nonce: &str) -> bool {
    let now = site.clock.now();
    [now, now.plus(-NONCE_LIFETIME)].iter().any(|at| secret::equal(nonce, &self::nonce(site, *at)))
}

fn nonce(site: &Site, at: Timestamp) -> String {
    let period = at.0.div_euclid(NONCE_LIFETIME).to_be_bytes();
    secret::base64url(&site.root.derive("DPoP nonce", &[&period])[..16])
}
