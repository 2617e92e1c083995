//! The authorization code as people see it: 160 bits that survive being read aloud, typed and pasted.
//!
//! A code is 36 symbols of Crockford's base32: the prefix `DS`, 32 symbols that carry the bits and two
//! check symbols. It has no look-alikes, is accepted in any case, with or without separators, and a
//! program can tell a cut or mistyped code before it spends it: the check is a weighted sum modulo the
//! prime 1021, which catches every single wrong symbol and every two that changed places.

use std::fmt;

/// Crockford's base32: digits and capitals without look-alikes.
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "DS";
const PAYLOAD: usize = 32;
const LENGTH: usize = PREFIX.len() + PAYLOAD + 2;
const GROUP: usize = 4;

/// A well-formed code in its plain spelling: upper case, no separators. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

/// What is wrong with a text that should be a code, in words for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotACode {
    /// Nothing was entered.
    Empty,
    /// It does not start with `DS`: something else was pasted.
    Foreign,
    /// A character that no code contains.
    Symbol(char),
    /// It starts as a code does, and `missing` symbols were cut off.
    Cut {
        /// How many symbols are missing.
        missing: usize,
    },
    /// There are `extra` symbols too many.
    Long {
        /// How many symbols are too many.
        extra: usize,
    },
    /// The length is right, the check symbols disagree.
    Mistyped,
}

impl fmt::Display for NotACode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing was entered"),
            Self::Foreign => f.write_str("this is not a sign-in code; a code starts with DS"),
            Self::Symbol(symbol) => write!(f, "a sign-in code has no {symbol:?} in it"),
            Self::Cut { missing } => {
                write!(f, "the code was cut: the last {missing} characters are missing")
            }
            Self::Long { extra } => write!(f, "there are {extra} characters too many for a code"),
            Self::Mistyped => {
                f.write_str("the code was mistyped: one or more characters are wrong")
            }
        }
    }
}

impl std::error::Error for NotACode {}

impl Code {
    /// Spells the first 160 of these bits.
    pub fn from_bits(bits: &[u8; 32]) -> Self {
        let mut text = String::with_capacity(LENGTH);
        text.push_str(PREFIX);
        for chunk in bits[..20].chunks_exact(5) {
            let word = chunk.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            text.extend((0..8).rev().map(|i| symbol((word >> (5 * i) & 31) as u32)));
        }
        let check = check_sum(&text);
        text.push(symbol(check >> 5));
        text.push(symbol(check & 31));
        Self(text)
    }

    /// Reads a code as a person typed or pasted it: any case, white space, hyphens and other
    /// separators anywhere, `O` for `0`, `I` and `L` for `1`, `U` for `V`.
    ///
    /// # Errors
    /// [`NotACode`] says what is wrong, in words that help to mend it.
    pub fn parse(typed: &str) -> Result<Self, NotACode> {
        let text = fold(typed)?;
        if text.is_empty() {
            return Err(NotACode::Empty);
        }
        if !text.starts_with(&PREFIX[..text.len().min(PREFIX.len())]) {
            return Err(NotACode::Foreign);
        }
        if text.len() < LENGTH {
            return Err(NotACode::Cut { missing: LENGTH - text.len() });
        }
        if text.len() > LENGTH {
            return Err(NotACode::Long { extra: text.len() - LENGTH });
        }
        let (body, check) = text.split_at(LENGTH - 2);
        let stated = check.bytes().fold(0, |sum, byte| sum << 5 | value(byte));
        if check_sum(body) == stated { Ok(Self(text)) } else { Err(NotACode::Mistyped) }
    }

    /// The plain spelling that travels in requests.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The spelling for eyes: groups of four with hyphens.
    pub fn grouped(&self) -> String {
        let mut grouped = String::with_capacity(LENGTH + LENGTH / GROUP);
        for (i, symbol) in self.0.chars().enumerate() {
            if i > 0 && i % GROUP == 0 {
                grouped.push('-');
            }
            grouped.push(symbol);
        }
        grouped
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[code]")
    }
}

/// Upper case without separators, look-alikes folded. Gives up on text far longer than any code.
pub(crate) fn fold(typed: &str) -> Result<String, NotACode> {
    let mut text = String::with_capacity(LENGTH);
    for character in typed.chars() {
        let folded = match character.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            'U' => 'V',
            upper if upper.is_ascii_alphanumeric() => upper,
            separator if is_separator(separator) => continue,
            other => return Err(NotACode::Symbol(other)),
        };
        text.push(folded);
        if text.len() > 4 * LENGTH {
            break;
        }
    }
    Ok(text)
}

/// What people and programs put between the symbols of a code.
pub(super) fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '_' | '.' | ':' | '·' | '\u{2010}'..='\u{2015}' | '\u{200b}' | '\u{feff}'
        )
}

fn symbol(value: u32) -> char {
    char::from(ALPHABET[(value & 31) as usize])
}

fn value(symbol: u8) -> u32 {
    ALPHABET.iter().position(|s| *s == symbol).map_or(0, |i| i as u32)
}

fn check_sum(body: &str) -> u32 {
    body.bytes().zip(1..).map(|(byte, weight)| weight * value(byte)).sum::<u32>() % 1021
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Code {
        Code::from_bits(&std::array::from_fn(|i| (i * 37 + 11) as u8))
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let code = example();
        let spoken =
            code.grouped().to_lowercase().replace('-', "  ").replace('0', "o").replace('1', "l");
        for typed in
            [code.expose(), &code.grouped(), &spoken, &format!("\r\n\t{} ", code.grouped())]
        {
            assert_eq!(Code::parse(typed), Ok(code.clone()), "{typed}");
        }
        assert_eq!(code.expose().len(), 36);
        assert_eq!(code.grouped().len(), 44);
    }

    #[test]
    fn every_wrong_symbol_and_every_swap_is_noticed() {
        let code = example();
        let symbols: Vec<char> = code.expose().chars().collect();
        for at in 2..symbols.len() {
            for other in ALPHABET.iter().map(|s| char::from(*s)).filter(|s| *s != symbols[at]) {
                let mut wrong = symbols.clone();
                wrong[at] = other;
                assert_eq!(
                    Code::parse(&String::from_iter(wrong)),
                    Err(NotACode::Mistyped),
                    "{at} {other}"
                );
            }
            for with in 2..at {
                let mut swapped = symbols.clone();
                swapped.swap(at, with);
                if swapped != symbols {
                    assert_eq!(
                        Code::parse(&String::from_iter(swapped)),
                        Err(NotACode::Mistyped),
                        "{at} {with}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let text = example().expose().to_owned();
        assert_eq!(Code::parse(&text[..30]), Err(NotACode::Cut { missing: 6 }));
        assert_eq!(Code::parse(&format!("{text}Z2")), Err(NotACode::Long { extra: 2 }));
        assert_eq!(Code::parse("hunter2"), Err(NotACode::Foreign));
        assert_eq!(Code::parse(" - "), Err(NotACode::Empty));
        assert_eq!(Code::parse("DS4K!"), Err(NotACode::Symbol('!')));
        assert!(matches!(Code::parse(&"DS".repeat(100_000)), Err(NotACode::Long { .. })));
    }

    #[test]
    fn a_code_does_not_show_in_debug() {
        assert_eq!(format!("{:?}", example()), "[code]");
    }
}
