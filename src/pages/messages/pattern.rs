//! One message as a pattern of Fluent (<https://projectfluent.org>). A message here is one of many in a
//! table, so of Fluent it takes what a single text needs: text, `{ $value }`, and a choice by a value, as
//! in `{ $count -> [one] … *[other] … }`. Whatever else Fluent knows is refused when the text is read.

use std::collections::BTreeSet;

use fluent_syntax::ast::{
    Entry, Expression, InlineExpression, PatternElement, Variant, VariantKey,
};
use fluent_syntax::parser;
use fluent_syntax::unicode::unescape_unicode_to_string;

use super::plurals::Plurals;

type Source<'a> = fluent_syntax::ast::Pattern<&'a str>;

/// A text, read and ready to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(String),
    Choice { by: String, variants: Vec<(String, Pattern)>, otherwise: usize },
}

/// What a text consists of once its choices are made.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Our own words.
    Text(&'a str),
    /// A value's name.
    Value(&'a str),
}

impl Pattern {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it, in words that go on from its name.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Lines after the first belong to the text where they are indented.
        let source = format!("m = {}\n", text.trim().replace('\n', "\n    "));
        let resource = parser::parse_runtime(source.as_str())
            .map_err(|(_, errors)| errors.first().map_or_else(String::new, reason))?;
        match &resource.body[..] {
            [Entry::Message(message)] if message.attributes.is_empty() => {
                message.value.as_ref().map_or_else(|| Err("is empty".into()), Self::read)
            }
            _ => Err("is more than one text".into()),
        }
    }

    fn read(source: &Source<'_>) -> Result<Self, String> {
        let mut parts: Vec<Part> = Vec::new();
        for element in &source.elements {
            let part = match element {
                PatternElement::TextElement { value } => Part::Text((*value).to_owned()),
                PatternElement::Placeable { expression } => read_placeable(expression)?,
            };
            match (parts.last_mut(), part) {
                (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
                (_, part) => parts.push(part),
            }
        }
        Ok(Self(parts))
    }

    /// The text, where nothing in it is to be filled in.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0[..] {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The names of the values that it asks for.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.collect_names(&mut names);
        names
    }

    fn collect_names<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        for part in &self.0 {
            match part {
                Part::Text(_) => {}
                Part::Value(name) => _ = names.insert(name),
                Part::Choice { by, variants, .. } => {
                    names.insert(by);
                    variants.iter().for_each(|(_, variant)| variant.collect_names(names));
                }
            }
        }
    }

    /// Hands over the pieces in their order, with choices made by the values.
    ///
    /// # Errors
    /// When `take` cannot go on.
    pub fn each<'a, E>(
        &'a self,
        plurals: &Plurals,
        value_of: &impl Fn(&str) -> Option<&'a str>,
        take: &mut impl FnMut(Piece<'a>) -> Result<(), E>,
    ) -> Result<(), E> {
        for part in &self.0 {
            match part {
                Part::Text(text) => take(Piece::Text(text))?,
                Part::Value(name) => take(Piece::Value(name))?,
                Part::Choice { by, variants, otherwise } => {
                    let value = value_of(by).unwrap_or_default();
                    let category = plurals.category(value);
                    let meant = variants.iter().find(|(key, _)| key == value || *key == category);
                    let (_, variant) = meant.unwrap_or(&variants[*otherwise]);
                    variant.each(plurals, value_of, take)?;
                }
            }
        }
        Ok(())
    }

    /// The keys of each choice in it.
    #[cfg(test)]
    pub fn choices(&self) -> Vec<Vec<&str>> {
        let choices = self.0.iter().filter_map(|part| match part {
            Part::Choice { variants, .. } => Some(variants),
            _ => None,
        });
        choices.map(|variants| variants.iter().map(|(key, _)| key.as_str()).collect()).collect()
    }
}

impl From<&str> for Pattern {
    /// A text in which nothing is filled in.
    fn from(text: &str) -> Self {
        Self(vec![Part::Text(text.to_owned())])
    }
}

fn read_placeable(expression: &Expression<&str>) -> Result<Part, String> {
    match expression {
        Expression::Inline(InlineExpression::VariableReference { id }) => {
            Ok(Part::Value(id.name.to_owned()))
        }
        Expression::Inline(InlineExpression::StringLiteral { value }) => {
            Ok(Part::Text(unescape_unicode_to_string(value).into_owned()))
        }
        Expression::Select { selector: InlineExpression::VariableReference { id }, variants } => {
            read_choice(id.name, variants)
        }
        _ => {
            Err("has braces around something else than { $value }, { $value -> … } or { \"text\" }"
                .into())
        }
    }
}

fn read_choice(by: &str, variants: &[Variant<&str>]) -> Result<Part, String> {
    let read = |variant: &Variant<&str>| {
        let (VariantKey::Identifier { name: key } | VariantKey::NumberLiteral { value: key }) =
            variant.key;
        Ok((key.to_owned(), Pattern::read(&variant.value)?))
    };
    let otherwise = variants.iter().position(|variant| variant.default).unwrap_or_default();
    let variants = variants.iter().map(read).collect::<Result<_, String>>()?;
    Ok(Part::Choice { by: by.to_owned(), variants, otherwise })
}

/// What the parser says, without the capital and with what it is about.
fn reason(error: &parser::ParserError) -> String {
    format!("is not a text of Fluent: {}", error.kind.to_string().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, lang: &str, value: &str) -> String {
        let pattern = Pattern::parse(text).unwrap();
        let mut out = String::new();
        let value_of = |name: &str| (name == "n").then_some(value);
        pattern
            .each(&Plurals::of(lang).unwrap(), &value_of, &mut |piece| {
                out += match piece {
                    Piece::Text(text) => text,
                    Piece::Value(name) => value_of(name).unwrap_or("?"),
                };
                Ok::<_, ()>(())
            })
            .unwrap();
        out
    }

    #[test]
    fn a_text_is_filled_in() {
        assert_eq!(filled("a { $n } b {\"{\"} { $m }", "en", "7"), "a 7 b { ?");
        assert_eq!(filled("one\ntwo", "en", ""), "one\ntwo");
    }

    #[test]
    fn plurals_follow_the_language() {
        let text =
            "{ $n ->\n [0] none\n [one] { $n } one\n [few] few\n [many] many\n*[other] other\n}!";
        for (lang, value, expected) in [
            ("en", "0", "none!"),
            ("en", "1", "1 one!"),
            ("en", "2", "other!"),
            ("pl", "2", "few!"),
            ("pl", "12", "many!"),
            ("uk", "21", "21 one!"),
            ("ar", "11", "many!"),
            ("ja", "1", "other!"),
            ("en", "x", "other!"),
        ] {
            assert_eq!(filled(text, lang, value), expected, "{lang} {value}");
        }
    }

    #[test]
    fn what_a_single_text_cannot_have_is_refused() {
        for (text, part) in [
            ("", "expected"),
            ("{ $n", "expected"),
            ("}", "unbalanced"),
            ("{ other }", "braces"),
            ("{ -term }", "braces"),
            ("{ NUMBER($n) }", "braces"),
            ("{ $n -> [one] a }", "expected"),
            ("a\n.attribute = b", "is more than one text"),
            ("a\nb = c", ""),
        ] {
            match Pattern::parse(text) {
                Ok(pattern) => assert_eq!((text, pattern.as_text()), ("a\nb = c", Some(text))),
                Err(reason) => assert!(reason.contains(part), "{text}: {reason}"),
            }
        }
    }
}
