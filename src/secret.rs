//! Randomness, digests and secrets: the only file that draws randomness, and the one place that
//! derives tokens from the root key.
//!
//! Codes, cookies and refresh tokens are never stored. A row holds a digest, or an identifier from
//! which [`RootKey::derive`] makes the token again; a stolen database alone redeems nothing.

use std::fmt;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use josekit::JoseError;
use josekit::jwe::enc::A256GCM;
use josekit::jwe::zip::DEF;
use josekit::jwe::{JweCompression, JweContentEncryption};
use rand::TryRng;
use serde::{Deserialize, Deserializer};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// Bytes of a nonce and of a tag of AES-GCM.
const NONCE: usize = 12;
const TAG: usize = 16;

/// A text that must not reach logs or errors: `Debug` hides it, [`Secret::expose`] is easy to grep.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A fresh secret of 256 bits, base64url without padding. Its alphabet has neither `+` nor `%`,
    /// which clients encode differently in HTTP Basic.
    pub fn generate() -> Self {
        Self(base64url(&random_bytes::<32>()))
    }

    /// The text itself, for the one place that must have it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// `N` bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give: nothing that follows would be safe.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .expect("the operating system provides randomness");
    bytes
}

/// A fresh identifier of 127 random bits.
pub fn random_id() -> String {
    id_of(random_bytes())
}

/// Bytes as an identifier: 22 characters of base64url, safe in a URL path. The first bit is dropped, so that none
/// begins with a dash and reads as an option on a command line.
pub fn id_of(mut bytes: [u8; 16]) -> String {
    bytes[0] &= 0x7f;
    base64url(&bytes)
}

/// Whether a text from outside can be such an identifier.
pub fn is_id(text: &str) -> bool {
    from_base64url(text).is_some_and(|bytes| bytes.len() == 16)
}

/// Base64url without padding (RFC 4648 §5), the spelling of JOSE and PKCE.
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text, or `None` when it is not one.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// SHA-256 of `bytes` as base64url: how a secret of full entropy is stored.
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    base64url(&sha256(bytes))
}

/// SHA-256 of `bytes`.
pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes.as_ref()).into()
}

/// SHA-512 of `bytes`.
pub fn sha512(bytes: impl AsRef<[u8]>) -> [u8; 64] {
    Sha512::digest(bytes.as_ref()).into()
}

/// SHA-1 of `bytes`, the digest by which lists of breached passwords are kept; it protects nothing here.
pub fn sha1(bytes: impl AsRef<[u8]>) -> [u8; 20] {
    Sha1::digest(bytes.as_ref()).into()
}

/// HMAC-SHA-1, which one-time passwords are made of (RFC 4226 §5.3).
pub fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Whether two texts are equal, in a time that depends on their lengths only.
pub fn equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// The key that is not in the database: it seals private keys at rest and derives every token that
/// is looked up by identifier. Whoever has it and the database has everything.
#[derive(Clone)]
pub struct RootKey([u8; 32]);

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[root key]")
    }
}

impl RootKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self(random_bytes())
    }

    /// Reads the key from its text form, 43 characters of base64url; `None` when it is anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        from_base64url(text.trim())?.try_into().ok().map(Self)
    }

    /// The text form that [`RootKey::from_text`] reads.
    pub fn to_text(&self) -> Secret {
        Secret::new(base64url(&self.0))
    }

    /// 256 bits that only a holder of this key can compute for this `purpose` and these `parts`
    /// (HMAC-SHA-256). Parts are length-prefixed, so no two lists of parts share an input.
    pub fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Deflates and encrypts `plain` with AES-256-GCM under a key derived for `purpose`: a nonce, the
    /// ciphertext and its tag, as base64url.
    ///
    /// # Errors
    /// When the JOSE library refuses, which no input of ours makes it do.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<String, JoseError> {
        let key = self.derive("seal", &[purpose.as_bytes()]);
        let nonce = random_bytes::<NONCE>();
        let deflated = DEF.compress(plain).map_err(unreadable)?;
        let (ciphertext, tag) = A256GCM.encrypt(&key, Some(&nonce), &deflated, &[])?;
        Ok(base64url(&[&nonce[..], &ciphertext, &tag.unwrap_or_default()].concat()))
    }

    /// Decrypts what [`RootKey::seal`] made for the same `purpose`.
    ///
    /// # Errors
    /// When the text was sealed by another key or for another purpose, or was altered.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, JoseError> {
        let key = self.derive("seal", &[purpose.as_bytes()]);
        let cut = || unreadable(io::ErrorKind::UnexpectedEof.into());
        let sealed = from_base64url(sealed).ok_or_else(cut)?;
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>().ok_or_else(cut)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG>().ok_or_else(cut)?;
        let deflated = A256GCM.decrypt(&key, Some(nonce), ciphertext, &[], Some(tag))?;
        DEF.decompress(&deflated).map_err(unreadable)
    }
}

fn unreadable(source: io::Error) -> JoseError {
    JoseError::InvalidJweFormat(source.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_keys_do_not_show_in_debug() {
        let secret = Secret::generate();
        let key = RootKey::generate();
        assert!(!format!("{secret:?} {key:?}").contains(secret.expose()));
        assert!(!format!("{key:?}").contains(key.to_text().expose()));
    }

    #[test]
    fn no_id_reads_as_an_option_of_a_command() {
        for first in 0..=u8::MAX {
            let id = id_of([first; 16]);
            assert!(id.starts_with(|c: char| c.is_ascii_alphanumeric()) && is_id(&id), "{id}");
        }
    }

    #[test]
    fn derivation_depends_on_key_purpose_and_the_split_of_parts() {
        let key = RootKey::generate();
        let base = key.derive("code", &[b"ab", b"c"]);
        assert_eq!(base, key.derive("code", &[b"ab", b"c"]));
        assert_ne!(base, key.derive("code", &[b"a", b"bc"]));
        assert_ne!(base, key.derive("csrf", &[b"ab", b"c"]));
        assert_ne!(base, RootKey::generate().derive("code", &[b"ab", b"c"]));
    }

    #[test]
    fn sealed_text_opens_only_with_its_key_and_purpose() {
        let key = RootKey::generate();
        let sealed = key.seal("signing key", b"private").unwrap();
        assert_eq!(key.open("signing key", &sealed).unwrap(), b"private");
        assert!(key.open("totp", &sealed).is_err());
        assert!(RootKey::generate().open("signing key", &sealed).is_err());
        let mut altered = sealed.into_bytes();
        let inside_tag = altered.len() - 5;
        altered[inside_tag] = if altered[inside_tag] == b'A' { b'B' } else { b'A' };
        assert!(key.open("signing key", &String::from_utf8(altered).unwrap()).is_err());
        for cut in ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(key.open("signing key", cut).is_err());
        }
    }

    #[test]
    fn a_root_key_survives_its_text_form() {
        let key = RootKey::generate();
        let again = RootKey::from_text(&format!("{}\n", key.to_text().expose())).unwrap();
        assert_eq!(key.derive("x", &[]), again.derive("x", &[]));
        assert!(RootKey::from_text("too short").is_none());
    }
}
