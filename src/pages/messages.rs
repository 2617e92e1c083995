//! The words of every page, apart from the pages: keys here, texts in `static/messages/`.
//!
//! A key is `section.name`. What fills in a text's placeholders comes from strangers, so it is escaped
//! and kept apart from the text around it, in which it could otherwise turn the reading direction
//! (`<bdi>` in HTML, isolating characters in plain text).

mod pattern;
mod plurals;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use toml::Spanned;

use pattern::Pattern;
use plurals::Plurals;
pub use words::Words;

/// The words in one language.
#[derive(Clone, Debug)]
pub struct Messages {
    texts: HashMap<String, Pattern>,
    plurals: Plurals,
}

/// Why a file of messages cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMessage {
    /// The line, counted from 1.
    pub line: usize,
    /// The key, if the file could be read that far.
    pub key: Option<String>,
    /// A sentence that goes on from the key.
    pub reason: String,
}

impl fmt::Display for BadMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key} "))?;
        f.write_str(&self.reason)
    }
}

impl std::error::Error for BadMessage {}

impl Messages {
    /// Reads a table of sections, complete in itself.
    ///
    /// # Errors
    /// [`BadMessage`] names the first text that cannot be used.
    pub fn from_toml(text: &str) -> Result<Self, BadMessage> {
        let texts = read(text)?.into_iter().map(|read| (read.key, read.pattern)).collect();
        let mut messages = Self { texts, plurals: Plurals::of("en").expect("CLDR knows English") };
        let tag = messages.lang();
        let unknown =
            || bad(text, 0, Some("language.tag"), format!("is not a known language: {tag}"));
        messages.plurals = Plurals::of(tag).ok_or_else(unknown)?;
        Ok(messages)
    }

    /// Lays texts, each with its key and line, over those of a language; without a language before, they
    /// have to be all that English has.
    ///
    /// # Errors
    /// [`BadMessage`] names the first text that cannot be used.
    pub fn overlaid<'a>(
        tag: &str,
        before: Option<&Arc<Self>>,
        english: &Self,
        texts: impl Iterator<Item = (String, Option<&'a str>, usize)>,
    ) -> Result<Self, BadMessage> {
        let bad =
            |line, key: &str, reason: String| BadMessage { line, key: Some(key.into()), reason };
        let plurals = Plurals::of(tag).ok_or_else(|| {
            bad(0, "", format!("is not named after a known language: {tag}.toml"))
        })?;
        let mut messages =
            Self { texts: before.map(|before| before.texts.clone()).unwrap_or_default(), plurals };
        for (key, text, line) in texts {
            let wrong = |reason| bad(line, &key, reason);
            if !english.texts.contains_key(&key) {
                return Err(wrong("is not a text of ours".into()));
            }
            let text = text.ok_or_else(|| wrong("should be a text".into()))?;
            let pattern = Pattern::parse(text).map_err(wrong)?;
            let known = english.names(&key);
            if let Some(unknown) = pattern.names().into_iter().find(|name| !known.contains(name)) {
                return Err(wrong(format!("has {{ ${unknown} }}, which nothing is given for")));
            }
            messages.texts.insert(key, pattern);
        }
        match english.keys().find(|key| !messages.texts.contains_key(*key)) {
            Some(missing) => Err(bad(0, missing, "is missing".into())),
            None if messages.lang() != tag => {
                Err(bad(0, "language.tag", format!("should be {tag}, as the file is named")))
            }
            None => Ok(messages),
        }
    }

    /// The text of `key`; the key itself where there is none, which is better than an empty button.
    pub fn text(&self, key: &'static str) -> &str {
        self.texts.get(key).and_then(Pattern::as_text).unwrap_or(key)
    }

    /// The text of `key`, with placeholders to be filled in.
    pub fn words(&self, key: &'static str) -> Words<'_> {
        Words::new(key, self.texts.get(key), &self.plurals)
    }

    /// The language tag (BCP 47) for the attribute `lang`.
    pub fn lang(&self) -> &str {
        self.text("language.tag")
    }

    /// The reading direction, `ltr` or `rtl`, for the attribute `dir`.
    pub fn dir(&self) -> &str {
        self.text("language.direction")
    }

    /// The language's own name for itself.
    pub fn name(&self) -> &str {
        self.text("language.name")
    }

    /// Every key, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// The names of the values that a text asks for.
    pub fn names(&self, key: &str) -> BTreeSet<&str> {
        self.texts.get(key).map(Pattern::names).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn pattern(&self, key: &str) -> Option<&Pattern> {
        self.texts.get(key)
    }

    #[cfg(test)]
    pub(super) fn plural_of(&self, number: &str) -> &'static str {
        self.plurals.category(number)
    }
}

/// One text of a file.
struct Read {
    key: String,
    pattern: Pattern,
}

/// The texts of a file, in no order.
fn read(text: &str) -> Result<Vec<Read>, BadMessage> {
    let sections: BTreeMap<String, BTreeMap<String, Spanned<String>>> = toml::from_str(text)
        .map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            bad(text, at, None, error.message().replace('\n', ", "))
        })?;
    let texts = sections.into_iter().flat_map(|(section, texts)| {
        texts.into_iter().map(move |(name, value)| (format!("{section}.{name}"), value))
    });
    texts
        .map(|(key, value)| match Pattern::parse(value.get_ref()) {
            Ok(pattern) => Ok(Read { key, pattern }),
            Err(reason) => Err(bad(text, value.span().start, Some(&key), reason)),
        })
        .collect()
}

fn bad(text: &str, at: usize, key: Option<&str>, reason: String) -> BadMessage {
    let line = text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    BadMessage { line: line + 1, key: key.map(str::to_owned), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_text_shows_its_key() {
        let messages = Messages::from_toml("[language]\ntag = 'de'\n[a]\nb = 'B { $c }'").unwrap();
        assert_eq!(messages.text("a.c"), "a.c");
        assert_eq!(messages.words("a.c").plain(), "a.c");
        assert_eq!(messages.words("a.b").plain(), "B {$c}");
    }

    #[test]
    fn a_bad_file_is_refused_with_line_and_key() {
        for (text, expected) in [
            ("[language]\ntag = 'en'\n[a]\nb = '{ $c'", "line 4: a.b is not a text of Fluent"),
            (
                "[language]\ntag = 'klingon'",
                "line 1: language.tag is not a known language: klingon",
            ),
            ("[a]\nb = 1", "line 2: invalid type"),
            ("[a\n", "line 1: "),
        ] {
            let error = Messages::from_toml(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
