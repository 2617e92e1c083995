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
}
