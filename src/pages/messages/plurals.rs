//! Which of its plural forms a language uses with a number: the cardinal rules of Unicode CLDR.

use std::fmt;

use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use unic_langid::LanguageIdentifier;

/// The plural rules of one language.
#[derive(Clone)]
pub struct Plurals(PluralRules);

impl Plurals {
    /// The rules of the language with this tag; `None` when it is no tag, or CLDR does not know it.
    pub fn of(tag: &str) -> Option<Self> {
        let tag: LanguageIdentifier = tag.parse().ok()?;
        let language = LanguageIdentifier::from_parts(tag.language, None, None, &[]);
        [tag, language]
            .into_iter()
            .find_map(|tag| PluralRules::create(tag, PluralRuleType::CARDINAL).ok())
            .map(Self)
    }

    /// The name of a number's form, as in `one`; `other` for what is no number.
    pub fn category(&self, number: &str) -> &'static str {
        match self.0.select(number) {
            Ok(PluralCategory::ZERO) => "zero",
            Ok(PluralCategory::ONE) => "one",
            Ok(PluralCategory::TWO) => "two",
            Ok(PluralCategory::FEW) => "few",
            Ok(PluralCategory::MANY) => "many",
            Ok(PluralCategory::OTHER) | Err(_) => "other",
        }
    }
}

impl fmt::Debug for Plurals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plurals({})", self.0.get_locale())
    }
}
