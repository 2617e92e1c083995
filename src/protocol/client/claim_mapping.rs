//! Claims where and how a client looks for them: under another name, in another token, as the roles of
//! one program. A list of rules in the client's settings; without any, tokens hold the protocol's own
//! claims and userinfo tells what the scopes cover.

mod path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use path::ClaimPath;

use crate::protocol::claims::{self, Claims};

/// Rules of one client at most, and parts of one name.
const MAX_RULES: usize = 50;
const MAX_PARTS: usize = 5;

/// Claims that say something about the token or its use. No rule touches them.
const PROTOCOL: [&str; 26] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "sid",
    "client_id",
    "scope",
    "cnf",
    "act",
    "may_act",
    "events",
    "active",
    "token_type",
    "_claim_names",
    "_claim_sources",
];

/// Puts one claim into tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimRule {
    /// The claim about the person that is told, if the scope covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// A fixed value that is told instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The name to tell it under; the claim's own when empty.
    #[serde(rename = "as", skip_serializing_if = "ClaimPath::is_empty")]
    pub name: ClaimPath,
    /// Where it is told.
    #[serde(rename = "in")]
    pub places: Vec<Place>,
    /// Only the groups that begin like this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Tells them without their beginning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strip_prefix: bool,
}

/// Where a claim can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The ID token.
    IdToken,
    /// The access token.
    AccessToken,
    /// The userinfo response.
    Userinfo,
}

impl ClaimRule {
    /// Tells a claim under its own name.
    pub fn tell(claim: &str, places: &[Place]) -> Self {
        Self { claim: Some(claim.into()), places: places.to_vec(), ..Self::default() }
    }

    fn path(&self) -> &[String] {
        if self.name.is_empty() { self.claim.as_slice() } else { &self.name.0 }
    }

    fn is_for(&self, place: Place) -> bool {
        // Settings were checked when they came in; a host's own may not have been.
        self.places.contains(&place)
            && self.path().first().is_some_and(|name| !PROTOCOL.contains(&name.as_str()))
    }

    fn told(&self, source: &Claims) -> Option<Value> {
        let Some(claim) = &self.claim else { return self.value.clone() };
        let value = source.get(claim)?;
        let (Some(prefix), Value::Array(items)) = (&self.prefix, value) else {
            return Some(value.clone());
        };
        let kept: Vec<Value> = items
            .iter()
            .filter_map(|item| {
                let (text, rest) = (item.as_str()?, item.as_str()?.strip_prefix(prefix.as_str())?);
                Some(if self.strip_prefix { rest } else { text }).filter(|text| !text.is_empty())
            })
            .map(Value::from)
            .collect();
        (!kept.is_empty()).then(|| kept.into())
    }

    fn check(&self) -> Result<(), String> {
        match (&self.claim, &self.value) {
            (Some(claim), None) if claims::scope_of(claim).is_none() => {
                return Err(format!("claim has {claim:?}, which no person has"));
            }
            (Some(_), None) => {}
            (None, Some(value)) if !is_plain(value) => {
                return Err(
                    "value should be a text, a number, true, false or a list of texts".into()
                );
            }
            (None, Some(_)) if self.name.is_empty() => {
                return Err("as should name the claim that has the value".into());
            }
            (None, Some(_)) => {}
            _ => return Err("should have either claim or value".into()),
        }
        if self.places.is_empty() {
            return Err("in should name id_token, access_token or userinfo".into());
        }
        if self.prefix.is_some() && self.claim.as_deref() != Some("groups") {
            return Err("prefix is for claim = \"groups\"".into());
        }
        if self.prefix.as_deref() == Some("") || (self.strip_prefix && self.prefix.is_none()) {
            return Err("prefix should say how the groups begin".into());
        }
        self.check_name()
    }

    fn check_name(&self) -> Result<(), String> {
        let path = self.path();
        let sound = |name: &String| {
            !name.is_empty() && name.len() <= 200 && !name.chars().any(char::is_control)
        };
        if path.len() > MAX_PARTS || !path.iter().all(sound) {
            return Err(format!(
                "as should be a name of at most 200 bytes, or a list of at most {MAX_PARTS}"
            ));
        }
        match path.first().filter(|name| PROTOCOL.contains(&name.as_str())) {
            Some(name) => Err(format!("as has {name:?}, which the protocol itself sets")),
            None => Ok(()),
        }
    }
}

/// Whether a fixed value can be told: nothing empty, which relying parties trip over.
fn is_plain(value: &Value) -> bool {
    let is_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::Array(items) => !items.is_empty() && items.iter().all(is_text),
        value => is_text(value),
    }
}

/// Whether the rules make sense, each for itself and together.
///
/// # Errors
/// The reason, which names the rule and its key.
pub fn check(rules: &[ClaimRule]) -> Result<(), String> {
    if rules.len() > MAX_RULES {
        return Err(format!("should have at most {MAX_RULES} rules"));
    }
    for (i, rule) in rules.iter().enumerate() {
        let n = i + 1;
        rule.check().map_err(|reason| format!("rule {n}: {reason}"))?;
        let meets = |other: &ClaimRule| {
            let (a, b) = (rule.path(), other.path());
            (a.starts_with(b) || b.starts_with(a))
                && other.places.iter().any(|place| rule.places.contains(place))
        };
        if rules[..i].iter().any(meets) {
            return Err(format!("rule {n}: as is where an earlier rule puts its claim"));
        }
    }
    Ok(())
}

/// Follows the rules for one place. A claim that has a rule there is told by it, not under its own name.
pub fn apply(rules: &[ClaimRule], place: Place, source: &Claims, told: &mut Claims) {
    let rules = rules.iter().filter(|rule| rule.is_for(place));
    for claim in rules.clone().filter_map(|rule| rule.claim.as_ref()) {
        told.remove(claim);
    }
    for rule in rules {
        if let Some(value) = rule.told(source) {
            put(told, rule.path(), value);
        }
    }
}

fn put(into: &mut Map<String, Value>, path: &[String], value: Value) {
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        into.insert(name.clone(), value);
        return;
    }
    let object = into.entry(name.clone()).or_insert_with(|| Map::new().into());
    if !object.is_object() {
        *object = Map::new().into();
    }
    if let Value::Object(object) = object {
        put(object, rest, value);
    }
}

#[cfg(test)]
#[path = "claim_mapping_tests.rs"]
mod tests;
