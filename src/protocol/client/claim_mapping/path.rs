//! How a claim is named.

use serde::{Deserialize, Serialize};

/// The name of a claim, or the names that lead to it through objects: `"roles"`, or
/// `["realm_access", "roles"]`. No character parts a text, since names like
/// `https://example.org/roles` have dots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Spelling", into = "Spelling")]
pub struct ClaimPath(pub(super) Vec<String>);

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "should be a name, or a list of names")]
enum Spelling {
    Name(String),
    Path(Vec<String>),
}

impl From<Spelling> for ClaimPath {
    fn from(spelling: Spelling) -> Self {
        match spelling {
            Spelling::Name(name) => Self(vec![name]),
            Spelling::Path(path) => Self(path),
        }
    }
}

impl From<ClaimPath> for Spelling {
    fn from(ClaimPath(mut path): ClaimPath) -> Self {
        match path.len() {
            1 => Self::Name(path.remove(0)),
            _ => Self::Path(path),
        }
    }
}

impl ClaimPath {
    /// The path through these names.
    pub fn new(names: &[&str]) -> Self {
        Self(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
