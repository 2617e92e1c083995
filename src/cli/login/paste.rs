//! What a person pastes or types, read generously: a bare code, a grouped one, `code=…&state=…`, or
//! the whole address that the browser ended on. Pure.

use std::fmt;

use crate::protocol::code::{Code, NotACode};
use crate::relying_party::Callback;

/// Why a text is of no use, in words for the person who pasted it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotAnAnswer {
    /// The text should be one of Doorstep's codes and is not quite.
    Code(NotACode),
    /// An address or a set of parameters that carries neither code nor error.
    NothingInIt,
}

impl fmt::Display for NotAnAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(fault) => {
                let words = fault.to_string();
                let mut letters = words.chars();
                let first = letters.next().into_iter().flat_map(char::to_uppercase);
                write!(f, "{}{}.", first.collect::<String>(), letters.as_str())
            }
            Self::NothingInIt => {
                f.write_str("There is no code in that link. Paste the code that the page shows.")
            }
        }
    }
}

/// Reads `text`. The codes of a Doorstep have a known form, so a cut or mistyped one is told before it
/// is spent; another issuer's code is taken as it is.
pub(super) fn read(text: &str, doorstep: bool) -> Result<Callback, NotAnAnswer> {
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let callback = match parameters(&squeezed) {
        Some(parameters) => Callback::parse(parameters.as_bytes()),
        None if doorstep => Callback::of_code(text),
        None => Callback::of_code(squeezed),
    };
    match &callback.code {
        Some(code) if doorstep => {
            // In groups, as the page shows it: the issuer keeps a record of codes that people carry.
            let code = Code::parse(code.expose()).map_err(NotAnAnswer::Code)?.grouped();
            Ok(Callback { code: Some(crate::secret::Secret::new(code)), ..callback })
        }
        _ if callback.is_response() => Ok(callback),
        _ => Err(NotAnAnswer::NothingInIt),
    }
}

/// The part of a text that is parameters: after the `?` or `#` of an address, or all of it when it
/// names a parameter that responses have.
fn parameters(text: &str) -> Option<&str> {
    if text.contains("://") {
        let start = text.find(['?', '#']).map_or(text.len(), |mark| mark + 1);
        let tail = &text[start..];
        return Some(tail.split('#').next().unwrap_or(tail));
    }
    let named = ["code=", "state=", "error=", "iss="];
    let bare = text.trim_start_matches(['?', '#', '&']);
    named
        .iter()
        .any(|name| bare.starts_with(name) || bare.contains(&format!("&{name}")))
        .then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn code() -> Code {
        Code::from_bits(&std::array::from_fn(|i| (i * 53 + 7) as u8))
    }

    #[test]
    fn a_code_is_found_however_it_was_pasted() {
        let code = code();
        let (plain, grouped) = (code.expose(), code.grouped());
        for text in [
            plain.to_owned(),
            format!("  {}\r\n", grouped.to_lowercase()),
            format!("code={plain}&state=s"),
            format!("?state=s&code={grouped}"),
            format!("http://127.0.0.1:4000/?code={plain}&st\n ate=s&iss=https%3A%2F%2Fid.example"),
            format!("http://127.0.0.1:4000/#code={plain}"),
            format!("http://127.0.0.1:4000/?code={plain}#_=_"),
        ] {
            let callback = read(&text, true).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!(callback.code, Some(Secret::new(grouped.as_str())), "{text}");
            assert!(callback.state.is_none_or(|state| state == "s"), "{text}");
        }
    }

    #[test]
    fn a_cut_or_mistyped_code_is_told() {
        let plain = code().expose().to_owned();
        let told = |text: &str| read(text, true).unwrap_err().to_string();
        assert_eq!(told(&plain[..30]), "The code was cut: the last 6 characters are missing.");
        assert_eq!(
            told(&format!("code={}", &plain[..30])),
            "The code was cut: the last 6 characters are missing."
        );
        assert_eq!(told("hunter2"), "This is not a sign-in code; a code starts with DS.");
        assert!(
            told("http://id.example/authorize?client_id=x")
                .starts_with("There is no code in that link")
        );
        assert!(told("http://id.example/").starts_with("There is no code in that link"));
    }

    #[test]
    fn another_issuers_code_is_taken_as_it_is() {
        let callback = read(" 4/0AbC_d-e%2F \n", false).unwrap();
        assert_eq!(callback.code, Some(Secret::new("4/0AbC_d-e%2F")));
        let callback = read("https://localhost/cb?code=4%2F0A&state=s", false).unwrap();
        assert_eq!(
            (callback.code, callback.state.as_deref()),
            (Some(Secret::new("4/0A")), Some("s"))
        );
    }

    #[test]
    fn a_refusal_can_be_pasted_too() {
        assert_eq!(
            read("http://127.0.0.1/?error=access_denied", true).unwrap().error.as_deref(),
            Some("access_denied")
        );
    }
}
