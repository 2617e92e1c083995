//! Public keys of clients: JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2) read member by member, so that nothing
//! odd reaches the cryptography, and their thumbprints (RFC 7638).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::client::SigningAlg;
use crate::secret;

/// Keys that one set may hold.
const MOST_KEYS: usize = 50;
/// Members that only private and symmetric keys have.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key that can verify signatures by one of our algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    /// The key's id, if its owner gave it one.
    pub kid: Option<String>,
    /// The one algorithm it is for, if its owner said so.
    pub alg: Option<SigningAlg>,
    material: Material,
}

/// The numbers of a key, base64url as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: String, e: String },
    P256 { x: String, y: String },
    Ed25519 { x: String },
}

/// Why a JSON value is no key that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAKey {
    /// Another type, curve, algorithm or use than ours; other keys of the same set may do.
    Unsuitable,
    /// It holds what nobody but its owner may know.
    Private,
    /// A member is missing or malformed; the text names it.
    Malformed(&'static str),
}

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsuitable => {
                f.write_str("is for none of the algorithms RS256, PS256, ES256 and EdDSA")
            }
            Self::Private => f.write_str(
                "is private or symmetric: replace it by a new one, and give its public part",
            ),
            Self::Malformed(member) => write!(f, "has no proper member {member}"),
        }
    }
}

impl std::error::Error for NotAKey {}

impl PublicJwk {
    /// Reads one JWK.
    ///
    /// # Errors
    /// [`NotAKey`] says why it cannot be used.
    pub fn parse(jwk: &Value) -> Result<Self, NotAKey> {
        let jwk = jwk.as_object().ok_or(NotAKey::Malformed("kty"))?;
        let kty = text(jwk, "kty")?.ok_or(NotAKey::Malformed("kty"))?;
        if kty == "oct" || PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
            return Err(NotAKey::Private);
        }
        let for_signatures = text(jwk, "use")?.is_none_or(|purpose| purpose == "sig");
        let verifies = jwk.get("key_ops").is_none_or(|operations| {
            operations.as_array().is_some_and(|list| list.contains(&json!("verify")))
        });
        let alg = match text(jwk, "alg")? {
            Some(name) => Some(SigningAlg::parse(name).ok_or(NotAKey::Unsuitable)?),
            None => None,
        };
        let material = Material::parse(jwk, kty)?;
        if !for_signatures || !verifies || !alg.is_none_or(|alg| material.suits(alg)) {
            return Err(NotAKey::Unsuitable);
        }
        Ok(Self { kid: text(jwk, "kid")?.map(str::to_owned), alg, material })
    }

    /// Whether the key can verify signatures by this algorithm.
    pub fn suits(&self, alg: SigningAlg) -> bool {
        self.alg.is_none_or(|only| only == alg) && self.material.suits(alg)
    }

    /// The members of the key that matter.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut jwk = self.material.to_json();
        if let Some(kid) = &self.kid {
            jwk.insert("kid".into(), kid.as_str().into());
        }
        if let Some(alg) = self.alg {
            jwk.insert("alg".into(), alg.as_str().into());
        }
        jwk
    }

    /// The key's SHA-256 thumbprint (RFC 7638 §3): the same whatever else was said of the key.
    pub fn thumbprint(&self) -> String {
        secret::digest(self.material.canonical())
    }
}

impl Material {
    fn parse(jwk: &Map<String, Value>, kty: &str) -> Result<Self, NotAKey> {
        let crv = text(jwk, "crv")?;
        match (kty, crv) {
            // Bounds keep strangers from having us calculate with huge numbers.
            ("RSA", _) => Ok(Self::Rsa {
                n: number(jwk, "n", |n| (256..=512).contains(&n.len()) && n[0] != 0)?,
                e: number(jwk, "e", |e| {
                    (1..=4).contains(&e.len()) && e != [1] && e[e.len() - 1] & 1 == 1
                })?,
            }),
            ("EC", Some("P-256")) => Ok(Self::P256 {
                x: number(jwk, "x", |x| x.len() == 32)?,
                y: number(jwk, "y", |y| y.len() == 32)?,
            }),
            ("OKP", Some("Ed25519")) => {
                Ok(Self::Ed25519 { x: number(jwk, "x", |x| x.len() == 32)? })
            }
            _ => Err(NotAKey::Unsuitable),
        }
    }

    fn suits(&self, alg: SigningAlg) -> bool {
        match self {
            Self::Rsa { .. } => matches!(alg, SigningAlg::RS256 | SigningAlg::PS256),
            Self::P256 { .. } => alg == SigningAlg::ES256,
            Self::Ed25519 { .. } => alg == SigningAlg::EdDSA,
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        serde_json::from_str(&self.canonical()).unwrap_or_default()
    }

    /// The required members in alphabetical order without white space (RFC 7638 §3.2). Base64url needs
    /// no escapes.
    fn canonical(&self) -> String {
        match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
        }
    }
}

fn text<'a>(jwk: &'a Map<String, Value>, member: &'static str) -> Result<Option<&'a str>, NotAKey> {
    jwk.get(member).map(|value| value.as_str().ok_or(NotAKey::Malformed(member))).transpose()
}

fn number(
    jwk: &Map<String, Value>,
    member: &'static str,
    fits: impl Fn(&[u8]) -> bool,
) -> Result<String, NotAKey> {
    let text = text(jwk, member)?.ok_or(NotAKey::Malformed(member))?;
    match secret::from_base64url(text) {
        Some(bytes) if fits(&bytes) => Ok(text.to_owned()),
        _ => Err(NotAKey::Malformed(member)),
    }
}

/// The public keys of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwkSet(Vec<PublicJwk>);

impl JwkSet {
    /// Reads a JWK set (RFC 7517 §5). Keys that are for other things are left out.
    ///
    /// # Errors
    /// Words that go on from the set's name.
    pub fn parse(set: &Value) -> Result<Self, String> {
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("should be a JWK set: an object with a list called keys")?;
        if keys.len() > MOST_KEYS {
            return Err(format!("should have at most {MOST_KEYS} keys"));
        }
        let mut usable = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            match PublicJwk::parse(key) {
                Ok(key) => usable.push(key),
                Err(NotAKey::Unsuitable) => {}
                Err(reason) => return Err(format!("has a key, number {}, that {reason}", at + 1)),
            }
        }
        Ok(Self(usable))
    }

    /// The keys that a signature with this algorithm and key id may have been made by. An id narrows the
    /// choice among keys that have ids.
    pub fn candidates<'a>(
        &'a self,
        alg: SigningAlg,
        kid: Option<&'a str>,
    ) -> impl Iterator<Item = &'a PublicJwk> {
        let named = move |key: &PublicJwk| match (&key.kid, kid) {
            (Some(key), Some(kid)) => key == kid,
            _ => true,
        };
        self.0.iter().filter(move |key| key.suits(alg) && named(key))
    }

    /// Whether there is no key in it that can be used.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for JwkSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys: Vec<_> = self.0.iter().map(PublicJwk::to_json).collect();
        json!({ "keys": keys }).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JwkSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[path = "jwk_tests.rs"]
mod tests;
