//! Why a key cannot be had or used, in words for whoever runs the issuer.

use josekit::JoseError;

use crate::protocol::client::SigningAlg;
use crate::store;

/// Why there is no signature.
#[derive(Debug)]
pub enum Error {
    /// The store failed.
    Store(store::Error),
    /// A key could not be made or used; a sealed one was sealed by another root key.
    Key(JoseError),
    /// There is no key of this algorithm that signs now.
    Missing(SigningAlg),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(source) => source.fmt(f),
            Self::Key(_) => f.write_str(
                "a signing key in the database cannot be opened: the key file is not the one it was sealed with; put \
                 back the file that belongs to this database, or name it with key_file",
            ),
            Self::Missing(alg) => write!(f, "there is no {} key that signs now", alg.as_str()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(source) => Some(source),
            Self::Key(source) => Some(source),
            Self::Missing(_) => None,
        }
    }
}

impl From<store::Error> for Error {
    fn from(source: store::Error) -> Self {
        Self::Store(source)
    }
}

impl From<JoseError> for Error {
    fn from(source: JoseError) -> Self {
        Self::Key(source)
    }
}
