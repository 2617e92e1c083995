//! Why a request to somebody else came to nothing.

use std::fmt;

/// Why a request brought nothing. The words are for the log: they tell what the inside of the network
/// looks like, so the outside gets none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The address must not be asked.
    Forbidden(String),
    /// Nobody answered.
    Unreachable(String),
    /// The answer is not what was asked for.
    Unfit(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden(words) | Self::Unreachable(words) | Self::Unfit(words) => {
                f.write_str(words)
            }
        }
    }
}

impl std::error::Error for Error {}
