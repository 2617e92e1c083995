//! Why a brand cannot be used: a file, and if it is about one, a line and a key.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a brand cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBrand {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1, if it is about one.
    pub line: Option<usize>,
    /// The key, if it is about one.
    pub key: Option<String>,
    /// A sentence that goes on from there.
    pub reason: String,
}

impl fmt::Display for BadBrand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        self.line.map_or(Ok(()), |line| write!(f, " line {line}"))?;
        f.write_str(if self.key.is_some() { ": " } else { " " })?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key} "))?;
        f.write_str(&self.reason)
    }
}

impl std::error::Error for BadBrand {}

impl BadBrand {
    /// Something about a file.
    pub(super) fn new(file: &Path, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, key: None, reason: reason.into() }
    }

    /// The same at a line.
    pub(super) fn at(self, line: impl Into<Option<usize>>) -> Self {
        Self { line: line.into(), ..self }
    }

    /// The same about a key.
    pub(super) fn about(self, key: impl Into<Option<String>>) -> Self {
        Self { key: key.into(), ..self }
    }
}
