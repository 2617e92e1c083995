//! What a user name and a password may be. Passwords are judged by length, and by a list of those that
//! attackers know, as NIST SP 800-63B-4 §3.1.1.2 asks: no required mixtures of characters, no expiry, any
//! Unicode.

mod username;

use std::fmt;

use unicode_normalization::UnicodeNormalization;

pub use username::{UsernameRule, counted_as};

use super::breached::BreachedList;
use crate::secret::Secret;

/// Bytes of a password at most: 64 characters of any script fit, and nobody can make us hash a book.
pub const MAX_PASSWORD: usize = 256;

/// The spelling of a password that is hashed (RFC 8265 §4.2, OpaqueString): every kind of space is a
/// space, and composed characters are one, whatever keyboard typed them.
pub fn prepare(password: &Secret) -> Secret {
    let spaced = password.expose().chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    Secret::new(spaced.nfc().collect::<String>())
}

/// What a new password has to be.
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// Characters that it has at least.
    pub minimum_length: usize,
    /// Passwords that it must not be.
    pub breached: Option<BreachedList>,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { minimum_length: 8, breached: None }
    }
}

/// Why a text cannot become somebody's password. `Display` goes on from "the password".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPassword {
    /// It has fewer characters than this.
    TooShort(usize),
    /// It has more bytes than [`MAX_PASSWORD`].
    TooLong,
    /// There is a control character in it.
    ControlCharacter,
    /// It has only a few characters, repeated.
    Monotonous,
    /// It is little more than the user name.
    UserName,
    /// It is on the list of breached passwords.
    Breached,
    /// It is the password that is to be changed.
    Same,
}

impl fmt::Display for BadPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort(minimum) => write!(
                f,
                "should have at least {minimum} characters; a few words in a row are easy to remember"
            ),
            Self::TooLong => write!(f, "should be at most {MAX_PASSWORD} bytes long"),
            Self::ControlCharacter => f.write_str("should not have control characters in it"),
            Self::Monotonous => f.write_str("should have more than four different characters"),
            Self::UserName => f.write_str("should be more than the user name"),
            Self::Breached => f.write_str(
                "is known from a breach of another service, so attackers try it first; choose another",
            ),
            Self::Same => f.write_str("should not be the one that it is now"),
        }
    }
}

impl PasswordRules {
    /// Whether `password` may become the password of `username`. With a list of breached passwords it
    /// reads a file, so call it where it may block. A list that can no longer be read is logged and
    /// keeps nobody from having a password.
    ///
    /// # Errors
    /// [`BadPassword`] says which rule it breaks.
    pub fn check(&self, password: &Secret, username: &str) -> Result<(), BadPassword> {
        self.check_text(password, username)?;
        match self.breached.as_ref().map(|list| list.contains(password)) {
            Some(Ok(true)) => Err(BadPassword::Breached),
            Some(Err(error)) => {
                tracing::error!(%error, "the list of breached passwords cannot be read");
                Ok(())
            }
            Some(Ok(false)) | None => Ok(()),
        }
    }

    fn check_text(&self, password: &Secret, username: &str) -> Result<(), BadPassword> {
        let prepared = prepare(password);
        let text = prepared.expose();
        if text.chars().count() < self.minimum_length {
            return Err(BadPassword::TooShort(self.minimum_length));
        }
        if text.len() > MAX_PASSWORD || password.expose().len() > MAX_PASSWORD {
            return Err(BadPassword::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(BadPassword::ControlCharacter);
        }
        let mut distinct: Vec<char> = text.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() < 5 {
            return Err(BadPassword::Monotonous);
        }
        let folded = text.to_lowercase();
        if !username.is_empty() && folded.replace(&username.to_lowercase(), "").chars().count() < 4
        {
            return Err(BadPassword::UserName);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_judged_by_length() {
        let rules = PasswordRules { minimum_length: 15, breached: None };
        let check = |text: &str| rules.check(&Secret::new(text), "mia.lind");
        assert_eq!(check("eleven lemons ride"), Ok(()));
        assert_eq!(check("ÄÖÜäöüß-шестнадцать"), Ok(()));
        assert_eq!(check("fourteen chars"), Err(BadPassword::TooShort(15)));
        assert_eq!(check(&"long ".repeat(52)), Err(BadPassword::TooLong));
        assert_eq!(check("aaaaaaaaaaaaaaaaaaaa"), Err(BadPassword::Monotonous));
        assert_eq!(check("Mia.LindMia.Lind123"), Err(BadPassword::UserName));
        assert_eq!(check("a control \u{7} character"), Err(BadPassword::ControlCharacter));
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one() {
        let typed =
            [Secret::new("Zoe\u{308}\u{a0}likes plums"), Secret::new("Zo\u{eb} likes plums")];
        assert_eq!(prepare(&typed[0]), prepare(&typed[1]));
        assert_ne!(prepare(&typed[0]), prepare(&Secret::new("zo\u{eb} likes plums")));
    }
}
