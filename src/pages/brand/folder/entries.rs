//! The keys of a TOML file, each with its line.

use std::path::Path;

use toml::de::DeTable;
use toml::{Table, Value};

use super::BadBrand;

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The section that it is in; empty at the top.
    pub section: String,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Its line, counted from 1.
    pub line: usize,
}

impl Entry {
    /// The name with its section, as in `light.text`.
    pub fn key(&self) -> String {
        match self.section.as_str() {
            "" => self.name.clone(),
            section => format!("{section}.{}", self.name),
        }
    }

    /// What is wrong with it.
    pub fn bad(&self, file: &Path, reason: String) -> BadBrand {
        BadBrand::new(file, reason).at(self.line).about(self.key())
    }
}

/// Reads a file.
///
/// # Errors
/// The line at which it is no TOML, and why.
pub fn read(file: &Path, text: &str) -> Result<Vec<Entry>, BadBrand> {
    let syntax = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        let reason = format!("cannot be read: {}", error.message().replace('\n', ", "));
        BadBrand::new(file, reason).at(line_of(text, at))
    };
    let spans = DeTable::parse(text).map_err(syntax)?;
    let values: Table = text.parse().map_err(syntax)?;
    let mut entries = Vec::new();
    for (name, value) in values {
        let (key, spanned) = spans.get_ref().get_key_value(name.as_str()).expect("the same keys");
        match (value, spanned.get_ref().as_table()) {
            (Value::Table(section), Some(spans)) => {
                for (key, value) in section {
                    let (spanned, _) = spans.get_key_value(key.as_str()).expect("the same keys");
                    let line = line_of(text, spanned.span().start);
                    entries.push(Entry { section: name.clone(), name: key, value, line });
                }
            }
            (value, _) => {
                let line = line_of(text, key.span().start);
                entries.push(Entry { section: String::new(), name, value, line });
            }
        }
    }
    Ok(entries)
}

/// The line of an offset, counted from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
