//! The words of every page, apart from the pages: keys here, texts in `static/messages/`.
//!
//! A key is `section.name`. A text may have placeholders as in `{client}`; what fills them in comes
//! from strangers, so it is escaped and kept apart from the text around it, in which it could otherwise
//! turn the reading direction (`<bdi>` in HTML, isolating characters in plain text).

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use askama::filters::{Escaper, Html, HtmlSafe};

const ENGLISH: &str = include_str!("../../static/messages/en.toml");

/// The words in one language.
#[derive(Clone, Debug)]
pub struct Messages {
    texts: HashMap<String, String>,
}

impl Messages {
    /// The English words, which are complete.
    ///
    /// # Panics
    /// Never: the embedded file is read by a test.
    pub fn english() -> Self {
        Self::from_toml(ENGLISH).expect("the embedded messages are well-formed")
    }

    /// Reads a table of sections.
    ///
    /// # Errors
    /// When the text is not a table of tables of texts.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let sections: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text)?;
        let texts = sections
            .into_iter()
            .flat_map(|(section, texts)| {
                texts.into_iter().map(move |(name, text)| (format!("{section}.{name}"), text))
            })
            .collect();
        Ok(Self { texts })
    }

    /// The text of `key`; the key itself where there is none, which is better than an empty button.
    pub fn text(&self, key: &'static str) -> &str {
        self.texts.get(key).map_or(key, String::as_str)
    }

    /// The text of `key`, with placeholders to be filled in.
    pub fn words(&self, key: &'static str) -> Words<'_> {
        Words { text: self.text(key), values: Vec::new() }
    }

    /// The language tag (BCP 47) for the attribute `lang`.
    pub fn lang(&self) -> &str {
        self.text("language.tag")
    }

    /// The reading direction, `ltr` or `rtl`, for the attribute `dir`.
    pub fn dir(&self) -> &str {
        self.text("language.direction")
    }

    /// Every key, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }
}

/// A text and what fills in its placeholders. `Display` writes HTML.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    text: &'a str,
    values: Vec<(&'static str, String)>,
}

impl Words<'_> {
    /// A text that is none of the messages, and is treated like a value.
    pub fn verbatim(text: &str) -> Self {
        Words { text: "{text}", values: Vec::new() }.with("text", text)
    }

    /// Fills in `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// The text without markup, for attributes and titles. Values in plain ASCII have no direction to keep.
    pub fn plain(&self) -> String {
        self.pieces()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Value(value) if value.is_ascii() => value.to_owned(),
                Piece::Value(value) => {
                    format!("\u{2068}{}\u{2069}", value.replace(is_bidi_control, ""))
                }
            })
            .collect()
    }

    /// Cuts the text at its placeholders. One that nothing was given for stays as it is.
    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let next = self
                .values
                .iter()
                .filter_map(|(name, value)| {
                    Some((find_placeholder(rest, name)?, name.len() + 2, value))
                })
                .min_by_key(|(at, ..)| *at);
            let (piece, length) = match next {
                Some((0, length, value)) => (Piece::Value(value), length),
                Some((at, ..)) => (Piece::Text(&rest[..at]), at),
                None => (Piece::Text(rest), rest.len()),
            };
            rest = &rest[length..];
            Some(piece)
        })
    }
}

enum Piece<'a> {
    Text(&'a str),
    Value(&'a str),
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.pieces() {
            match piece {
                Piece::Text(text) => Html.write_escaped_str(&mut *f, text)?,
                Piece::Value(value) => {
                    f.write_str("<bdi>")?;
                    Html.write_escaped_str(&mut *f, value)?;
                    f.write_str("</bdi>")?;
                }
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Words<'_> {}

fn find_placeholder(text: &str, name: &str) -> Option<usize> {
    text.match_indices('{')
        .map(|(at, _)| at)
        .find(|at| text[at + 1..].strip_prefix(name).is_some_and(|after| after.starts_with('}')))
}

fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Messages {
        Messages::from_toml("[a]\nb = 'Hi {name}, <{time}> {other}'").unwrap()
    }

    #[test]
    fn values_are_escaped_and_isolated() {
        let messages = messages();
        let words = messages.words("a.b").with("time", 5).with("name", "<i>\u{202e}{time}");
        assert_eq!(
            words.to_string(),
            "Hi <bdi>&#60;i&#62;\u{202e}{time}</bdi>, &#60;<bdi>5</bdi>&#62; {other}"
        );
        assert_eq!(words.plain(), "Hi \u{2068}<i>{time}\u{2069}, <5> {other}");
    }

    #[test]
    fn a_missing_text_shows_its_key() {
        assert_eq!(messages().text("a.c"), "a.c");
    }
}
