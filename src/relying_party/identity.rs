//! Who signed in elsewhere, and the end of the verification chain: claims picked, groups checked.
//!
//! The provider's name for a person is issuer and subject, and nothing else: a user name or an e-mail
//! address may be somebody else's tomorrow (OpenID Connect Core §5.7).

use std::fmt;

use serde_json::{Map, Value};

use crate::accounts::rules::UsernameRule;
use crate::secret::Secret;

/// A `sub` has 255 characters at most (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;
/// They have to fit into our own tokens.
const MOST_GROUPS: usize = 500;

/// A person, as a provider that was believed describes them.
#[derive(Clone, Debug)]
pub struct ResolvedIdentity {
    /// The provider's issuer, as [`issuer_key`] spells it.
    pub issuer: String,
    /// Who it is there: never given to anybody else.
    pub subject: String,
    /// How the person is called, by the user name rule.
    pub preferred_username: String,
    /// An e-mail address: for information, never a key.
    pub email: Option<String>,
    /// Whether the provider says that the address was verified.
    pub email_verified: bool,
    /// The groups; none where no claim is set to be read for them.
    pub groups: Option<Vec<String>>,
    /// Everything the provider said.
    pub raw: Map<String, Value>,
    /// The ID token, by which the provider knows its session again when the person signs out.
    pub id_token: Option<Secret>,
    /// What the provider can be asked again with.
    pub token: Option<Secret>,
}

/// Which claims are read, and what they must say.
#[derive(Clone, Debug, Default)]
pub struct ClaimRules {
    /// The claim with the user name.
    pub username: String,
    /// What every user name begins with.
    pub username_prefix: String,
    /// Which user names there may be.
    pub usernames: UsernameRule,
    /// The claim with the groups, if any: a name, or a JSON pointer (RFC 6901).
    pub groups: Option<String>,
    /// Groups of which a person must be in one; anybody when empty.
    pub required_groups: Vec<String>,
}

/// Why a person of whom the provider is sure cannot come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityFault {
    /// There is no subject, or it is none that can be kept.
    Subject,
    /// The user name is not one that there may be.
    Username,
    /// The claim with the groups is not a list of names.
    Groups,
    /// Groups let in, and the claim that has them is missing.
    NoGroups,
    /// The person is in none of the groups that are let in.
    NotAMember,
}

impl fmt::Display for IdentityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "it does not say who signed in",
            Self::Username => "the user name has characters that are not allowed here",
            Self::Groups => "the claim with the groups is not a list of names",
            Self::NoGroups => {
                "the claim with the groups is missing; is its scope assigned to this client?"
            }
            Self::NotAMember => "the person is in none of the groups that are let in",
        })
    }
}

impl std::error::Error for IdentityFault {}

impl ClaimRules {
    /// Picks the identity out of verified claims.
    ///
    /// # Errors
    /// [`IdentityFault`] names the first rule that does not hold.
    pub fn resolve(
        &self,
        issuer: &str,
        subject: &str,
        raw: Map<String, Value>,
    ) -> Result<ResolvedIdentity, IdentityFault> {
        if !is_subject(subject) {
            return Err(IdentityFault::Subject);
        }
        let text = |name: &str| raw.get(name).and_then(Value::as_str);
        let name = text(&self.username).unwrap_or(subject);
        if name.trim().is_empty() {
            return Err(IdentityFault::Username);
        }
        let name = self.usernames.apply(&format!("{}{name}", self.username_prefix));
        let groups = self.groups(&raw)?;
        Ok(ResolvedIdentity {
            issuer: issuer_key(issuer).to_owned(),
            subject: subject.to_owned(),
            preferred_username: name.map_err(|_| IdentityFault::Username)?,
            email: text("email").map(str::to_owned),
            email_verified: raw.get("email_verified") == Some(&Value::Bool(true)),
            groups,
            raw,
            id_token: None,
            token: None,
        })
    }

    /// The groups, if they are read at all. A text where a list belongs is a mistake, not one group.
    fn groups(&self, raw: &Map<String, Value>) -> Result<Option<Vec<String>>, IdentityFault> {
        let Some(name) = &self.groups else { return Ok(None) };
        let mut groups = match find(raw, name) {
            None if !self.required_groups.is_empty() => return Err(IdentityFault::NoGroups),
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(names)) if names.len() <= MOST_GROUPS => {
                let texts = names.iter().map(|name| name.as_str().map(str::to_owned));
                texts.collect::<Option<Vec<_>>>().ok_or(IdentityFault::Groups)?
            }
            Some(_) => return Err(IdentityFault::Groups),
        };
        let mut seen = std::collections::HashSet::new();
        groups.retain(|group| seen.insert(group.clone()));
        let lets_in = |group: &String| self.required_groups.contains(group);
        if !self.required_groups.is_empty() && !groups.iter().any(lets_in) {
            return Err(IdentityFault::NotAMember);
        }
        Ok(Some(groups))
    }
}

/// An issuer as links know it: without the slash at its end, which people leave out or add.
pub fn issuer_key(issuer: &str) -> &str {
    issuer.trim_end_matches('/')
}

fn is_subject(subject: &str) -> bool {
    !subject.trim().is_empty()
        && subject.chars().count() <= LONGEST_SUBJECT
        && !subject.chars().any(char::is_control)
}

/// A claim by its name, or by a pointer where it lies inside of others.
fn find<'a>(raw: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(path) = name.strip_prefix('/') else { return raw.get(name) };
    let (first, rest) =
        path.split_once('/').map_or((path, ""), |(first, _)| (first, &path[first.len()..]));
    raw.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
