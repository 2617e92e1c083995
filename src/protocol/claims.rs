//! Claims about a person: which of them a scope covers (OpenID Connect Core §5.4), and which are told.

use serde_json::{Map, Value};

use super::scope::Scope;

/// Claims by name, as in a userinfo response.
pub type Claims = Map<String, Value>;

/// The claims that each scope covers, in the order of discovery.
const BY_SCOPE: [(&str, &[&str]); 5] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    ("groups", &["groups"]),
];

/// The claims of `all` that `scope` covers. Nulls, empty texts and empty structures are left out:
/// relying parties trip over them.
pub fn covered_by(scope: &Scope, all: &Claims) -> Claims {
    let covered = BY_SCOPE.iter().filter(|(name, _)| scope.contains(name));
    pick(covered.flat_map(|(_, names)| names.iter().copied()), all)
}

/// Those of `all` that were asked for by name (§5.5), as far as there is something to tell.
pub fn named(names: &[String], all: &Claims) -> Claims {
    pick(names.iter().map(String::as_str), all)
}

/// The scope that covers a claim; `None` for what is no claim about a person.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    BY_SCOPE.iter().find(|(_, names)| names.contains(&claim)).map(|(scope, _)| *scope)
}

/// Every claim that can be had, for discovery.
pub fn supported() -> impl Iterator<Item = &'static str> {
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"]
        .into_iter()
        .chain(BY_SCOPE.iter().flat_map(|(_, names)| names.iter().copied()))
}

fn pick<'a>(names: impl Iterator<Item = &'a str>, all: &Claims) -> Claims {
    names
        .filter_map(|name| {
            Some((name.to_owned(), all.get(name).filter(|value| says_something(value))?.clone()))
        })
        .collect()
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_scope_covers_its_claims_and_no_others() {
        let Value::Object(all) = json!({
            "name": "Ada Example", "nickname": "", "picture": null, "email": "ada@example.org",
            "email_verified": false, "groups": ["a"], "address": {}, "favourite_colour": "green",
        }) else {
            panic!()
        };
        let names = |scope| {
            covered_by(&Scope::parse(scope), &all).keys().cloned().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names("openid"), "");
        assert_eq!(names("openid profile address"), "name");
        assert_eq!(names("openid email groups"), "email email_verified groups");
        let asked = ["nickname", "groups", "website", "email"].map(str::to_owned);
        let named: Vec<_> = named(&asked, &all).keys().cloned().collect();
        assert_eq!(named.join(" "), "groups email");
    }
}
