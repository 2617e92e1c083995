//! What a user name may be. User names travel into tokens, file names, shell prompts and access rules of
//! programs we do not know, so the strict rule leaves nothing in them that any of these could misread.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Bytes of a user name at most.
const MAX_USERNAME: usize = 128;

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

/// The spelling under which guesses at a name are counted: what the store, a directory (RFC 4518 §2) or an
/// issuer takes for one name has one count, or guessing would be free for whoever spells it in ever new ways.
pub fn counted_as(typed: &str) -> String {
    let folded = typed.nfkc().flat_map(char::to_lowercase);
    let seen: String = folded.filter(|c| !is_ignored(*c)).collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that directories pass over (RFC 4518 §2.2).
fn is_ignored(c: char) -> bool {
    let is_invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'..='\u{e007f}');
    is_invisible || c.is_control() && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_counted_together_however_a_name_is_spelled() {
        for name in
            ["ada", " ADA ", "a\u{ad}da", "\u{ff41}da", "\u{1d41a}d\u{1d44e}", "a\u{200b}da\0"]
        {
            assert_eq!(counted_as(name), "ada", "{name:?}");
        }
        assert_eq!(counted_as("Ada  Lovelace\t"), "ada lovelace");
        // Whoever signs in as one of these must not be known as another.
        for other in ["adam", "a.da", "a-da", "a da", "\u{e1}da"] {
            assert_ne!(counted_as(other), "ada", "{other:?}");
        }
    }

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
}
