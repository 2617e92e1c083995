//! Scopes: an unordered set of names (RFC 6749 §3.3).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The scopes that mean something here, in the order of discovery.
pub const KNOWN: [&str; 7] =
    ["openid", "profile", "email", "address", "phone", "groups", "offline_access"];

/// A set of scope names, written with spaces in alphabetical order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Scope(BTreeSet<String>);

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl<'a> FromIterator<&'a str> for Scope {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }
}

impl Scope {
    /// Reads space-separated names; order and repetition do not matter.
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter(|name| !name.is_empty()).collect()
    }

    /// Whether `name` is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The first name, in alphabetical order, that `allowed` lacks.
    pub fn first_outside<'a>(&'a self, allowed: &Self) -> Option<&'a str> {
        self.iter().find(|name| !allowed.contains(name))
    }

    /// The names of both.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// Whether there is no name in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Removes `name`.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The names in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}
