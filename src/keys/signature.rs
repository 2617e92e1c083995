//! The signature algorithms (RFC 7518 §3, RFC 8037), in one table: what makes their keys, signs and
//! verifies.

use josekit::JoseError;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jwk::alg::ed::EdCurve;
use josekit::jws::{ES256, EdDSA, JwsSigner, JwsVerifier, PS256, RS256};

use crate::protocol::client::SigningAlg;

/// Signs with one key, by one algorithm.
pub(super) type Signer = Box<dyn JwsSigner + Send + Sync>;
/// Verifies with one key. It is bound to its algorithm, so a token cannot choose another.
pub(super) type Verifier = Box<dyn JwsVerifier + Send + Sync>;

/// A fresh private key.
pub(super) fn generate(alg: SigningAlg) -> Result<Jwk, JoseError> {
    match alg {
        SigningAlg::RS256 | SigningAlg::PS256 => Jwk::generate_rsa_key(2048),
        SigningAlg::ES256 => Jwk::generate_ec_key(EcCurve::P256),
        SigningAlg::EdDSA => Jwk::generate_ed_key(EdCurve::Ed25519),
    }
}

/// What signs with a private key.
pub(super) fn signer(alg: SigningAlg, key: &Jwk) -> Result<Signer, JoseError> {
    Ok(match alg {
        SigningAlg::RS256 => Box::new(RS256.signer_from_jwk(key)?),
        SigningAlg::PS256 => Box::new(PS256.signer_from_jwk(key)?),
        SigningAlg::ES256 => Box::new(ES256.signer_from_jwk(key)?),
        SigningAlg::EdDSA => Box::new(EdDSA.signer_from_jwk(key)?),
    })
}

/// What verifies with a public key.
pub(super) fn verifier(alg: SigningAlg, key: &Jwk) -> Result<Verifier, JoseError> {
    Ok(match alg {
        SigningAlg::RS256 => Box::new(RS256.verifier_from_jwk(key)?),
        SigningAlg::PS256 => Box::new(PS256.verifier_from_jwk(key)?),
        SigningAlg::ES256 => Box::new(ES256.verifier_from_jwk(key)?),
        SigningAlg::EdDSA => Box::new(EdDSA.verifier_from_jwk(key)?),
    })
}
