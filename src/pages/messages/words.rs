//! A message on its way to a page: its pattern, and what fills it in.

use std::fmt;

use askama::filters::{Escaper, Html, HtmlSafe};

use super::pattern::{Pattern, Piece};
use super::plurals::Plurals;
use crate::protocol::bidi::is_bidi_control;

/// A text and what fills in its placeholders. `Display` writes HTML.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    source: Source<'a>,
    values: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Message(&'a Pattern, &'a Plurals),
    /// The key of a message that there is not.
    Missing(&'static str),
    /// The one value.
    Verbatim,
}

impl<'a> Words<'a> {
    pub(super) fn new(
        key: &'static str,
        pattern: Option<&'a Pattern>,
        plurals: &'a Plurals,
    ) -> Self {
        let source =
            pattern.map_or(Source::Missing(key), |pattern| Source::Message(pattern, plurals));
        Self { source, values: Vec::new() }
    }

    /// A text that is none of the messages, and is treated like a value.
    pub fn verbatim(text: &str) -> Words<'static> {
        Words { source: Source::Verbatim, values: vec![("", text.to_owned())] }
    }

    /// Fills in `{ $name }`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// The text without markup, for attributes and titles. Values in plain ASCII have no direction to keep.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        let written: Result<(), fmt::Error> = self.each(&mut |piece| {
            match piece {
                Piece::Value(value) if !value.is_ascii() => {
                    plain += &format!("\u{2068}{}\u{2069}", value.replace(is_bidi_control, ""));
                }
                Piece::Text(text) | Piece::Value(text) => plain += text,
            }
            Ok(())
        });
        debug_assert!(written.is_ok(), "a string takes whatever is written");
        plain
    }

    /// The pieces, with the values themselves in place of their names. A name that nothing was given for
    /// shows itself.
    fn each(&self, take: &mut impl FnMut(Piece<'_>) -> fmt::Result) -> fmt::Result {
        let value_of = |wanted: &str| {
            let given = self.values.iter().find(|(name, _)| *name == wanted);
            given.map(|(_, value)| value.as_str())
        };
        match self.source {
            Source::Missing(key) => take(Piece::Text(key)),
            Source::Verbatim => take(Piece::Value(&self.values[0].1)),
            Source::Message(pattern, plurals) => {
                pattern.each(plurals, &value_of, &mut |piece| match piece {
                    Piece::Text(text) => take(Piece::Text(text)),
                    Piece::Value(name) => match value_of(name) {
                        Some(value) => take(Piece::Value(value)),
                        None => take(Piece::Text(&format!("{{${name}}}"))),
                    },
                })
            }
        }
    }
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each(&mut |piece| match piece {
            Piece::Text(text) => Html.write_escaped_str(&mut *f, text),
            Piece::Value(value) => {
                f.write_str("<bdi>")?;
                Html.write_escaped_str(&mut *f, value)?;
                f.write_str("</bdi>")
            }
        })
    }
}

impl HtmlSafe for Words<'_> {}

#[cfg(test)]
mod tests {
    use super::super::Messages;

    #[test]
    fn values_are_escaped_and_isolated() {
        let text = "[language]\ntag = 'en'\n[a]\nb = 'Hi { $name }, <{ $time }> { $other }'";
        let messages = Messages::from_toml(text).unwrap();
        let words = messages.words("a.b").with("time", 5).with("name", "<i>\u{202e}{ $time }");
        assert_eq!(
            words.to_string(),
            "Hi <bdi>&#60;i&#62;\u{202e}{ $time }</bdi>, &#60;<bdi>5</bdi>&#62; {$other}"
        );
        assert_eq!(words.plain(), "Hi \u{2068}<i>{ $time }\u{2069}, <5> {$other}");
    }
}
