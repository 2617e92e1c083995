//! A settings file while it is read: where each key stands in it.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Error, Origin};

/// A file while it is read, to tell lines.
pub struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> File<'a> {
    /// The file at `path`, which has this text.
    pub fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text }
    }

    fn at(&self, offset: usize) -> Origin {
        let line = 1 + self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        Origin::File { path: self.path.into(), line }
    }

    /// The folder it lies in.
    pub fn folder(&self) -> Option<&Path> {
        self.path.parent()
    }

    /// An error of the file's syntax.
    pub fn syntax(&self, error: &toml::de::Error) -> Error {
        let offset = error.span().map_or(0, |span| span.start);
        Error::Syntax { origin: self.at(offset), reason: error.message().into() }
    }

    /// Where a key of `table` was written, and its value with positions.
    pub fn find<'s, 'i>(&self, table: &'s DeTable<'i>, key: &str) -> (Origin, &'s DeValue<'i>) {
        let (name, value) = table.get_key_value(key).expect("both readers find the same keys");
        (self.at(name.span().start), Spanned::get_ref(value))
    }
}
