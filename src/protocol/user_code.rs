//! The user code of the device grant (RFC 8628 §6.1): nine letters that a person reads off one screen and
//! types on another.
//!
//! There are 19 letters: no vowels, so that no code is a word, and no L, which looks like I. Eight carry
//! 34 bits. The ninth is a check: the sum of all letters' values times their positions is a multiple of
//! 19, a prime, which no single wrong letter and no two that changed places leave true. So a mistyped
//! code is told from an unknown one, and is not somebody else's.

use std::fmt;

use super::code::is_separator;

const ALPHABET: &[u8; 19] = b"BCDFGHJKMNPQRSTVWXZ";
const PAYLOAD: usize = 8;
const LENGTH: usize = PAYLOAD + 1;
const GROUP: usize = 3;

/// A user code in its plain spelling: upper case, no separators. `Display` groups it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Spells 64 random bits, of which it takes 34.
    pub fn from_bits(bits: [u8; 8]) -> Self {
        let mut rest = u64::from_be_bytes(bits);
        let mut text = String::with_capacity(LENGTH);
        for _ in 0..PAYLOAD {
            text.push(char::from(ALPHABET[(rest % 19) as usize]));
            rest /= 19;
        }
        let sum = check_sum(&text);
        let check = ALPHABET.iter().find(|letter| (sum + 9 * value(**letter)).is_multiple_of(19));
        text.push(char::from(*check.expect("9 and 19 have no common divisor")));
        Self(text)
    }

    /// Reads a code as a person typed it: any case, with or without separators. `None` when it is not one.
    pub fn parse(typed: &str) -> Option<Self> {
        let letters = typed.chars().filter(|character| !is_separator(*character));
        let text: String =
            letters.map(|letter| letter.to_ascii_uppercase()).take(LENGTH + 1).collect();
        let spelled = text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte));
        (spelled && check_sum(&text).is_multiple_of(19)).then_some(Self(text))
    }

    /// The plain spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = self.0.split_at(GROUP);
        let (middle, tail) = tail.split_at(GROUP);
        write!(f, "{head}-{middle}-{tail}")
    }
}

fn value(letter: u8) -> usize {
    ALPHABET.iter().position(|known| *known == letter).unwrap_or_default()
}

fn check_sum(text: &str) -> usize {
    text.bytes().zip(1..).map(|(letter, position)| position * value(letter)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> UserCode {
        UserCode::from_bits([7, 1, 200, 33, 5, 90, 41, 18])
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = example();
        let text = code.to_string();
        assert_eq!((text.len(), code.as_str().len()), (11, 9));
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            text.replace('-', " \u{2013} "),
            format!("\t{text}\r\n"),
        ] {
            assert_eq!(UserCode::parse(&typed), Some(code.clone()), "{typed:?}");
        }
    }

    #[test]
    fn every_wrong_letter_and_every_swap_is_noticed() {
        let text = example().as_str().to_owned().into_bytes();
        let parse = |text: Vec<u8>| UserCode::parse(&String::from_utf8(text).unwrap());
        for at in 0..text.len() {
            for other in ALPHABET.iter().filter(|letter| **letter != text[at]) {
                let mut wrong = text.clone();
                wrong[at] = *other;
                assert_eq!(parse(wrong), None, "{at} {other}");
            }
            for with in 0..at {
                let mut swapped = text.clone();
                swapped.swap(at, with);
                assert!(swapped == text || parse(swapped).is_none(), "{at} {with}");
            }
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let text = example().as_str().to_owned();
        for typed in
            ["", "-", &text[..8], &format!("{text}{text}"), "AEIOULYY1", &"B".repeat(100_000)]
        {
            assert_eq!(UserCode::parse(typed), None, "{}", &typed[..typed.len().min(20)]);
        }
    }

    #[test]
    fn all_letters_occur_and_no_others() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..=255_u8 {
            let code = UserCode::from_bits(std::array::from_fn(|i| {
                seed.wrapping_mul(31).wrapping_add((i as u8).wrapping_mul(57))
            }));
            assert_eq!(UserCode::parse(code.as_str()), Some(code.clone()));
            seen.extend(code.as_str().bytes());
        }
        assert_eq!(seen.len(), ALPHABET.len());
    }
}
