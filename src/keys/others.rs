//! Signatures that others made, verified with their public keys.

use josekit::jwk::Jwk;

use super::signature;
use crate::protocol::jwk::PublicJwk;
use crate::protocol::jws::{Jws, JwtClaims};

/// What a statement says, if one of these keys signed it by the algorithm that it names.
pub fn verify<'a, 'k>(
    jws: &'a Jws<'_>,
    keys: impl IntoIterator<Item = &'k PublicJwk>,
) -> Option<&'a JwtClaims> {
    keys.into_iter().any(|key| is_signed_by(jws, key)).then_some(&jws.unverified)
}

fn is_signed_by(jws: &Jws<'_>, key: &PublicJwk) -> bool {
    let verifies = || {
        let key = Jwk::from_map(key.to_json()).ok()?;
        let verifier = signature::verifier(jws.alg, &key).ok()?;
        verifier.verify(jws.message.as_bytes(), &jws.signature).ok()
    };
    key.suits(jws.alg) && verifies().is_some()
}
