//! Recovery codes: ten codes on paper for whoever has lost every app and passkey. Each works once, and
//! only a keyed digest of it is stored.

use crate::protocol::code::{ALPHABET, fold};
use crate::secret::{self, RootKey, Secret};

/// Codes that an account has at first.
pub const COUNT: usize = 10;
/// Symbols of a code: 60 bits, which with few guesses a day is beyond guessing.
const LENGTH: usize = 12;

/// A fresh code in three groups of four, from the alphabet of sign-in codes: no look-alikes, any case.
pub fn generate() -> Secret {
    let symbols =
        secret::random_bytes::<LENGTH>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let groups: Vec<String> = symbols.chunks(4).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

/// What is stored of a code of this account; `None` when the text is no code. Only a holder of the root
/// key can compute it, so the database alone does not tell which codes would work.
pub fn digest(root: &RootKey, account_id: &str, typed: &str) -> Option<String> {
    let plain = fold(typed).ok().filter(|plain| plain.len() == LENGTH)?;
    let parts = [account_id.as_bytes(), plain.as_bytes()];
    Some(secret::base64url(&root.derive("recovery code", &parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_in_any_way() {
        let root = RootKey::generate();
        let stored = digest(&root, "mia-id", "ABCD-0123-45X1").unwrap();
        for typed in ["abcd012345x1", " ABCD 0123 45Xl ", "abcd-o123-45xi"] {
            assert_eq!(digest(&root, "mia-id", typed).as_deref(), Some(&*stored), "{typed}");
        }
        for other in ["ABCD-0123-45X2", "ABCD-0123-45X", "", "ABCD-0123-45X1-7", "ABCD-0123-45X?"] {
            assert_ne!(digest(&root, "mia-id", other).as_deref(), Some(&*stored), "{other}");
        }
        assert_ne!(digest(&root, "noor-id", "ABCD-0123-45X1").unwrap(), stored);
        assert_ne!(digest(&RootKey::generate(), "mia-id", "ABCD-0123-45X1").unwrap(), stored);
    }

    #[test]
    fn codes_differ_and_can_be_read_back() {
        let root = RootKey::generate();
        let (one, two) = (generate(), generate());
        assert_ne!(one, two);
        assert_eq!(one.expose().len(), 14);
        assert!(digest(&root, "mia-id", one.expose()).is_some());
    }
}
