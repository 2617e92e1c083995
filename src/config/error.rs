//! What can be wrong with a setting, in words that name the file and line, or the variable.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file, on this line.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// Its line, counted from 1.
        line: usize,
    },
    /// In this environment variable.
    Environment(String),
    /// As this option of a command.
    Option(&'static str),
    /// Nowhere: the default holds, so another setting must be out of step with it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Option(name) => f.write_str(name),
            Self::Default => f.write_str("settings"),
        }
    }
}

/// Why the settings cannot be used. Never quotes a value: it may be a secret.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read.
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    Syntax {
        /// Where the reader gave up.
        origin: Origin,
        /// What it expected there.
        reason: String,
    },
    /// There is no such setting.
    Unknown {
        /// Where it was written.
        origin: Origin,
        /// The name that nothing goes by.
        key: String,
        /// The setting that was probably meant.
        nearest: Option<String>,
    },
    /// The setting's value is not one that it can have.
    Value {
        /// Where it was written.
        origin: Origin,
        /// The setting.
        key: String,
        /// What it should be.
        reason: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, source } => {
                write!(f, "the settings in {} cannot be read: {source}", path.display())
            }
            Self::Syntax { origin, reason } => {
                write!(f, "{origin}: {}", reason.replace('\n', ", "))
            }
            Self::Unknown { origin, key, nearest } => {
                write!(f, "{origin}: there is no setting {key}")?;
                nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest}?"))
            }
            Self::Value { origin, key, reason } => write!(f, "{origin}: {key} {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A setting that has the right type and cannot be used all the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The setting, as `section.key`.
    pub key: String,
    /// A sentence that goes on from its name, as in "should be above 0".
    pub reason: String,
}

impl Misfit {
    /// A misfit of `key`, for this `reason`.
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}
