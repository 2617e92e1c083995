//! What a user name and a password may be.
//!
//! User names travel into tokens, file names, shell prompts and access rules of programs we do not
//! know, so the strict rule leaves nothing in them that any of these could misread. Passwords are
//! judged by length alone, as NIST SP 800-63B-4 §3.1.1.2 asks: no required mixtures of characters, no
//! expiry, any Unicode.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::secret::Secret;

/// Bytes of a user name at most.
const MAX_USERNAME: usize = 128;

/// Bytes of a password at most: 64 characters of any script fit, and nobody can make us hash a book.
pub const MAX_PASSWORD: usize = 256;

/// Which user names there may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsernameRule {
    /// ASCII letters, digits, `.`, `-` and `_`, beginning with a letter or digit.
    #[default]
    Strict,
    /// E-mail addresses too: also letters of every script, `@` and `+`.
    Email,
}

impl UsernameRule {
    /// The user name as it is stored and looked up: lower case, so that a phone's capital letter does
    /// not matter and nobody can be mistaken for somebody else.
    ///
    /// # Errors
    /// A sentence that goes on from "the user name".
    pub fn apply(self, typed: &str) -> Result<String, &'static str> {
        if typed.trim().is_empty() {
            return Err("should not be empty");
        }
        if typed.len() > MAX_USERNAME {
            return Err("should be at most 128 bytes long");
        }
        let name: String = typed.nfkc().flat_map(char::to_lowercase).collect();
        if !name.starts_with(char::is_alphanumeric)
            || !name.chars().all(|c| self.allows(c))
            || name.contains("..")
        {
            return Err(match self {
                Self::Strict => {
                    "should be letters from a to z, digits, single dots, hyphens and underscores, and \
                                 begin with a letter or digit"
                }
                Self::Email => {
                    "should look like an e-mail address, or be letters, digits, single dots, hyphens and \
                                underscores, and begin with a letter or digit"
                }
            });
        }
        Ok(name)
    }

    fn allows(self, c: char) -> bool {
        let strict = c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        strict || self == Self::Email && (c.is_alphanumeric() || matches!(c, '@' | '+'))
    }
}

/// The spelling of a password that is hashed (RFC 8265 §4.2, OpaqueString): every kind of space is a
/// space, and composed characters are one, whatever keyboard typed them.
pub fn prepare(password: &Secret) -> Secret {
    let spaced = password.expose().chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    Secret::new(spaced.nfc().collect::<String>())
}

/// Whether `password` may become the password of `username`.
///
/// # Errors
/// A sentence that goes on from "the password".
pub fn check_password(password: &Secret, username: &str, minimum: usize) -> Result<(), String> {
    let prepared = prepare(password);
    let text = prepared.expose();
    if text.chars().count() < minimum {
        return Err(format!(
            "should have at least {minimum} characters; a few words in a row are easy to remember"
        ));
    }
    if text.len() > MAX_PASSWORD || password.expose().len() > MAX_PASSWORD {
        return Err(format!("should be at most {MAX_PASSWORD} bytes long"));
    }
    if text.chars().any(char::is_control) {
        return Err("should not have control characters in it".into());
    }
    let mut distinct: Vec<char> = text.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 {
        return Err("should have more than four different characters".into());
    }
    let folded = text.to_lowercase();
    if !username.is_empty() && folded.replace(&username.to_lowercase(), "").chars().count() < 4 {
        return Err("should be more than the user name".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t23_username_injection() {
        let dangerous = [
            "",
            " ",
            "\t",
            "a\0b",
            "a\nb",
            "a\r",
            "a'b",
            "a\"b",
            "a`b",
            "a/b",
            "a\\b",
            "../etc",
            "a..b",
            ".a",
            "-rf",
            "a b",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{7f}",
            "a;b",
            "a<b",
            "a&b",
            "a%00",
            "a$b",
            "a:b",
            "a,b",
            "a=b",
            "a*b",
            "a\u{ff0f}b",
        ];
        for name in dangerous {
            assert!(UsernameRule::Strict.apply(name).is_err(), "{name:?}");
            assert!(UsernameRule::Email.apply(name).is_err(), "{name:?}");
        }
        for name in ["zoë", "mia@example.org", "mia+x", &"x".repeat(129)] {
            assert!(UsernameRule::Strict.apply(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn harmless_user_names_are_folded_to_one_spelling() {
        assert_eq!(UsernameRule::Strict.apply("Mia.Lind-2_x").as_deref(), Ok("mia.lind-2_x"));
        assert_eq!(UsernameRule::Strict.apply("\u{ff2d}ia").as_deref(), Ok("mia"));
        assert_eq!(
            UsernameRule::Email.apply("Zoe\u{308}+k8s@example.org").as_deref(),
            Ok("zoë+k8s@example.org")
        );
    }

    #[test]
    fn passwords_are_judged_by_length() {
        let check = |text: &str| check_password(&Secret::new(text), "mia.lind", 15);
        assert_eq!(check("eleven lemons ride"), Ok(()));
        assert_eq!(check("ÄÖÜäöüß-шестнадцать"), Ok(()));
        assert!(check("fourteen chars").is_err());
        assert!(check(&"long ".repeat(52)).is_err());
        assert!(check("aaaaaaaaaaaaaaaaaaaa").is_err());
        assert!(check("Mia.LindMia.Lind123").is_err());
        assert!(check("a control \u{7} character").is_err());
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one() {
        let typed =
            [Secret::new("Zoe\u{308}\u{a0}likes plums"), Secret::new("Zo\u{eb} likes plums")];
        assert_eq!(prepare(&typed[0]), prepare(&typed[1]));
        assert_ne!(prepare(&typed[0]), prepare(&Secret::new("zo\u{eb} likes plums")));
    }
}
