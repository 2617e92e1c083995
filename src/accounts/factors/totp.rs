//! Codes of authenticator apps (RFC 6238): six digits that change every thirty seconds, from a secret
//! that app and server share. SHA-1 as every app understands it; HMAC does not need more of it
//! (RFC 6238 §1.2).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::secret::{self, Secret};

/// Seconds that a code is shown.
const PERIOD: i64 = 30;
/// Digits of a code.
const DIGITS: usize = 6;
/// The alphabet of base32 (RFC 4648 §6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret that an app shares with us: 160 bits (RFC 4226 §4).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TotpSecret([u8; 20]);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl TotpSecret {
    /// A fresh secret.
    pub fn generate() -> Self {
        Self(secret::random_bytes())
    }

    /// The secret of these bytes, for tests and for secrets that come from elsewhere.
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The secret itself.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as it is typed into an app: groups of four, 32 letters and digits in all.
    pub fn key(&self) -> Secret {
        let mut text = String::new();
        for (i, symbol) in base32(&self.0).chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                text.push(' ');
            }
            text.push(symbol);
        }
        Secret::new(text)
    }

    /// The address that the QR code holds, in the form that authenticator apps have agreed on.
    pub fn uri(&self, issuer: &str, account: &str) -> Secret {
        let encode = |text: &str| {
            url::form_urlencoded::byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        // A colon parts issuer and account in the label.
        let (issuer, account) = (encode(&issuer.replace(':', " ")), encode(account));
        let key = base32(&self.0);
        Secret::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={key}&issuer={issuer}&algorithm=SHA1\
             &digits={DIGITS}&period={PERIOD}"
        ))
    }

    /// The code of a time step (RFC 4226 §5.3).
    fn at(&self, step: i64) -> String {
        let mac = secret::hmac_sha1(&self.0, &step.to_be_bytes());
        let offset = usize::from(mac[19] & 15);
        let word =
            mac[offset..offset + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }

    /// The code that an app shows now.
    pub fn code(&self, now: Timestamp) -> Secret {
        Secret::new(self.at(now.0.div_euclid(PERIOD)))
    }

    /// The time step whose code this is, if it is that of now or of one step before or after: clocks
    /// differ, and people type slowly (RFC 6238 §5.2).
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let present = now.0.div_euclid(PERIOD);
        [present, present - 1, present + 1]
            .into_iter()
            .find(|step| secret::equal(&self.at(*step), code))
    }
}

/// A code as a person typed it, without the space that apps show in its middle; `None` when it is none.
pub fn read_code(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let fits = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(digits)
}

fn base32(bytes: &[u8]) -> String {
    let spell = |chunk: &[u8]| {
        let word = chunk.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        (0..8).rev().map(move |i| char::from(BASE32[(word >> (5 * i) & 31) as usize]))
    };
    bytes.chunks_exact(5).flat_map(spell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn known() -> TotpSecret {
        TotpSecret(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_specification() {
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(known().code(Timestamp(time)).expose(), code);
        }
    }

    #[test]
    fn a_code_counts_one_step_early_or_late() {
        let now = Timestamp(59);
        for (away, counts) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let code = known().code(now.plus(away));
            let step = (now.0 + away).div_euclid(30);
            assert_eq!(known().step_of(code.expose(), now), counts.then_some(step), "{away}");
        }
    }

    #[test]
    fn a_key_can_be_typed_and_scanned() {
        assert_eq!(known().key().expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_eq!(
            known().uri("Acme: Sign-in", "mia@example.org").expose(),
            "otpauth://totp/Acme%20%20Sign-in:mia%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Acme%20%20Sign-in&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn only_six_digits_are_a_code() {
        assert_eq!(read_code(" 287 082\n").as_deref(), Some("287082"));
        for typed in ["", "28708", "2870822", "28708a", "٢٨٧٠٨٢"] {
            assert_eq!(read_code(typed), None, "{typed}");
        }
        assert!(!format!("{:?}", known()).contains('1'));
    }
}
