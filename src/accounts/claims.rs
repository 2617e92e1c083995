//! The standard claims about a person (OpenID Connect Core §5.1), and `groups`.
//!
//! They are checked when they come in, so that what goes out needs no care: the right JSON type each,
//! nothing null, nothing empty, no name that no client would look for.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

/// Bytes of one text at most.
const MAX_TEXT: usize = 1000;
/// Groups of one person at most: they have to fit into a token, and that into an HTTP header.
const MAX_GROUPS: usize = 500;

/// The members of `address` (OpenID Connect Core §5.1.1).
const ADDRESS: [&str; 6] =
    ["formatted", "street_address", "locality", "region", "postal_code", "country"];

/// The kinds of claim there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// An http or https URL, which pages of others may link to.
    Url,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    Birthdate,
    /// A real boolean.
    Boolean,
    /// An object of texts.
    Address,
    /// A list of texts.
    Groups,
}

/// Every claim that an account can have, with its kind.
pub const STANDARD: [(&str, Kind); 18] = [
    ("name", Kind::Text),
    ("given_name", Kind::Text),
    ("family_name", Kind::Text),
    ("middle_name", Kind::Text),
    ("nickname", Kind::Text),
    ("profile", Kind::Url),
    ("picture", Kind::Url),
    ("website", Kind::Url),
    ("gender", Kind::Text),
    ("birthdate", Kind::Birthdate),
    ("zoneinfo", Kind::Text),
    ("locale", Kind::Text),
    ("email", Kind::Email),
    ("email_verified", Kind::Boolean),
    ("phone_number", Kind::Phone),
    ("phone_number_verified", Kind::Boolean),
    ("address", Kind::Address),
    ("groups", Kind::Groups),
];

/// The claims that say whether another was verified, each with that other.
pub const VERIFIED: [(&str, &str); 2] =
    [("email_verified", "email"), ("phone_number_verified", "phone_number")];

/// Claims that passed the rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Claims(Map<String, Value>);

/// A claim that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadClaim {
    /// The claim's name.
    pub name: String,
    /// A sentence that goes on from the name.
    pub reason: &'static str,
}

impl fmt::Display for BadClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.reason)
    }
}

impl std::error::Error for BadClaim {}

impl Claims {
    /// Checks every claim.
    ///
    /// # Errors
    /// [`BadClaim`] names the first that does not fit.
    pub fn new(claims: Map<String, Value>) -> Result<Self, BadClaim> {
        for (name, value) in &claims {
            check(name, value).map_err(|reason| BadClaim { name: name.clone(), reason })?;
        }
        for (flag, subject) in VERIFIED {
            if claims.contains_key(flag) && !claims.contains_key(subject) {
                return Err(BadClaim {
                    name: flag.into(),
                    reason: "says something about a claim that is not there",
                });
            }
        }
        Ok(Self(claims))
    }

    /// Reads what [`Claims`] wrote; `None` when it is no JSON object. The rules of the day they were
    /// written hold for them.
    pub(crate) fn from_stored(json: &str) -> Option<Self> {
        Map::deserialize(&mut serde_json::Deserializer::from_str(json)).ok().map(Self)
    }

    /// The claims by name.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

fn check(name: &str, value: &Value) -> Result<(), &'static str> {
    match name {
        "sub" => return Err("is the account's id, which Doorstep gives"),
        "preferred_username" => return Err("is the user name; leave it out"),
        "updated_at" => return Err("is kept by Doorstep; leave it out"),
        _ => {}
    }
    let kind = STANDARD.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    match (kind.ok_or("is not a claim of OpenID Connect")?, value) {
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::Boolean, _) => Err("should be true or false, without quotes"),
        (Kind::Address, Value::Object(members)) if !members.is_empty() => check_address(members),
        (Kind::Address, _) => Err("should be an object with members like locality and country"),
        (Kind::Groups, Value::Array(groups)) => check_groups(groups),
        (Kind::Groups, _) => Err("should be a list of names"),
        (kind, Value::String(text)) => check_text(kind, text),
        _ => Err("should be text"),
    }
}

fn check_address(members: &Map<String, Value>) -> Result<(), &'static str> {
    if members.keys().any(|member| !ADDRESS.contains(&member.as_str())) {
        return Err(
            "has members formatted, street_address, locality, region, postal_code and country",
        );
    }
    // The two written as on an envelope may have several lines (§5.1.1).
    let plain = |text: &str| is_plain(&text.replace(['\n', '\r'], " "));
    match members.values().all(|value| value.as_str().is_some_and(plain)) {
        true => Ok(()),
        false => Err("should have a text for each member that it has, of at most 1000 bytes"),
    }
}

fn check_groups(groups: &[Value]) -> Result<(), &'static str> {
    let names: Vec<&str> = groups.iter().filter_map(Value::as_str).collect();
    if names.len() != groups.len() || !names.iter().all(|name| is_plain(name)) {
        return Err("should be a list of names of at most 1000 bytes each");
    }
    if names.is_empty() {
        return Err("should have at least one name; leave it out for none");
    }
    if names.len() > MAX_GROUPS {
        return Err("should have at most 500 names");
    }
    Ok(())
}

fn check_text(kind: Kind, text: &str) -> Result<(), &'static str> {
    if !is_plain(text) {
        return Err("should be text of at most 1000 bytes, not empty, without control characters");
    }
    match kind {
        Kind::Url if !is_web(text) => Err("should be a URL like https://people.example.org/mia"),
        Kind::Email if !is_email(text) => Err("should be an e-mail address like mia@example.org"),
        Kind::Phone if !is_phone(text) => Err("should be a telephone number like +1 555 0100"),
        Kind::Birthdate if !is_birthdate(text) => {
            Err("should be a date like 1990-12-31, 0000-12-31 or 1990")
        }
        _ => Ok(()),
    }
}

fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= MAX_TEXT && !text.chars().any(char::is_control)
}

fn is_web(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

/// One `@` that parts two sides without spaces: more only a message sent there can tell.
fn is_email(text: &str) -> bool {
    let sides = text.rsplit_once('@');
    sides.is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !local.contains('@')
    }) && !text.contains(char::is_whitespace)
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number = text.split_once(";ext=").map_or(text, |(number, _)| number);
    digits >= 3 && number.chars().all(|c| c.is_ascii_digit() || "+-. ()".contains(c))
}

fn is_birthdate(text: &str) -> bool {
    let number = |part: &str, length: usize| {
        Some(part)
            .filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))?
            .parse::<u16>()
            .ok()
    };
    let mut parts = text.split('-');
    let year = parts.next().and_then(|part| number(part, 4));
    let (month, day) = (parts.next(), parts.next());
    match (year, month, day, parts.next()) {
        (Some(year), None, None, None) => year > 0,
        (Some(year), Some(month), Some(day), None) => {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let days = [31, 28 + u16::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let month = number(month, 2).filter(|month| (1..=12).contains(month));
            month
                .zip(number(day, 2))
                .is_some_and(|(month, day)| (1..=days[usize::from(month) - 1]).contains(&day))
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
