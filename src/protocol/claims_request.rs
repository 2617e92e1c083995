//! The `claims` request parameter (OpenID Connect Core §5.5): single claims, each asked for where it is
//! wanted, beside those that scopes cover.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::acr::WantedAcr;
use super::claims;
use super::error::ProtocolError;
use super::scope::Scope;

/// More than any list of claims that we know needs.
const MAX_BYTES: usize = 8 * 1024;
const AUTH_TIME: &str = "auth_time";

/// What a request asks for by name. Other members than these two mean nothing to us (§5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ClaimsRequest {
    #[serde(default)]
    userinfo: Option<BTreeMap<String, Option<Wish>>>,
    #[serde(default)]
    id_token: Option<BTreeMap<String, Option<Wish>>>,
}

/// How one claim is asked for (§5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Wish {
    #[serde(default)]
    essential: bool,
    value: Option<Value>,
    values: Option<Vec<Value>>,
}

/// The names that were asked for and may be told, as a grant keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimNames {
    /// Those for the userinfo response.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<String>,
    /// Those for the ID token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<String>,
}

impl ClaimNames {
    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Asks the ID token for the time of the sign-in.
    pub fn want_auth_time(&mut self) {
        if !self.wants_auth_time() {
            self.id_token.push(AUTH_TIME.into());
        }
    }

    /// Whether the ID token has to hold the time of the sign-in.
    pub fn wants_auth_time(&self) -> bool {
        self.id_token.iter().any(|name| name == AUTH_TIME)
    }

    /// The scopes that cover these claims: what a person has to agree to.
    pub fn scopes(&self) -> Scope {
        self.userinfo
            .iter()
            .chain(&self.id_token)
            .filter_map(|name| claims::scope_of(name))
            .collect()
    }
}

impl Wish {
    /// The values that will do, if not any will.
    fn values(&self) -> Option<Vec<&Value>> {
        match (&self.value, &self.values) {
            (Some(value), _) => Some(vec![value]),
            (None, Some(values)) => Some(values.iter().collect()),
            (None, None) => None,
        }
    }
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request` when it is no JSON object of the form that §5.5 describes.
    pub fn parse(text: &str) -> Result<Self, ProtocolError> {
        if text.len() > MAX_BYTES {
            return Err(ProtocolError::invalid_request("claims is too long"));
        }
        // A list would fill the members in turn; only an object has names.
        let value: Value = serde_json::from_str(text)
            .map_err(|_| ProtocolError::invalid_request("claims is not JSON"))?;
        let form = ProtocolError::invalid_request(
            "claims must be an object with the members userinfo and id_token, each with names of claims",
        );
        if !value.is_object() {
            return Err(form);
        }
        serde_json::from_value(value).map_err(|_| form)
    }

    /// The names that a client with these scopes may be told. The client's scopes bound what it gets to
    /// know, whichever way it asks; what we do not know is passed over (§5.5).
    pub fn names(&self, assigned: &Scope) -> ClaimNames {
        let assigned =
            |name: &&String| claims::scope_of(name).is_some_and(|scope| assigned.contains(scope));
        let of = |member: &Option<BTreeMap<String, Option<Wish>>>| {
            member.iter().flat_map(BTreeMap::keys).filter(assigned).cloned().collect()
        };
        let mut names = ClaimNames { userinfo: of(&self.userinfo), id_token: of(&self.id_token) };
        if self.id_token.as_ref().is_some_and(|member| member.contains_key(AUTH_TIME)) {
            names.want_auth_time();
        }
        names
    }

    /// Whether an answer about this subject is what was asked for. No other may be given (§5.5.1).
    pub fn accepts(&self, sub: &str) -> bool {
        [&self.userinfo, &self.id_token]
            .into_iter()
            .filter_map(|member| member.as_ref()?.get("sub")?.as_ref()?.values())
            .all(|values| values.iter().any(|value| *value == sub))
    }

    /// The classes of sign-in that are asked for, if any are.
    pub fn acr(&self) -> Option<WantedAcr> {
        let wish = self.id_token.as_ref()?.get("acr")?.as_ref()?;
        let values = wish.values()?;
        Some(WantedAcr::new(values.into_iter().filter_map(Value::as_str), wish.essential))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::acr::Acr;

    fn parse(text: &str) -> ClaimsRequest {
        ClaimsRequest::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    #[test]
    fn every_way_to_ask_is_understood() {
        let asked = parse(
            r#"{"userinfo": {"name": {"essential": true}, "email": null, "picture": {"value": "x"},
                "nickname": {}, "locale": {"values": ["a"], "more": 1}, "name#de": null},
                "id_token": {"birthdate": null, "auth_time": {"essential": true}, "acr": null},
                "other": [1]}"#,
        );
        let names = asked.names(&Scope::parse("openid profile email"));
        assert_eq!(names.userinfo, ["email", "locale", "name", "nickname", "picture"]);
        assert_eq!(names.id_token, ["birthdate", "auth_time"]);
        assert_eq!(names.scopes(), Scope::parse("profile email"));
    }

    #[test]
    fn the_clients_scopes_bound_what_it_gets_to_know() {
        let asked = parse(r#"{"userinfo": {"email": null, "name": null, "groups": null}}"#);
        assert_eq!(asked.names(&Scope::parse("openid email")).userinfo, ["email"]);
        assert!(asked.names(&Scope::parse("openid")).is_empty());
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "",
            "x",
            "[]",
            "[null,null]",
            "1",
            "null",
            "\"{}\"",
            "{",
            "{}{}",
            "{\"userinfo\": []}",
            "{\"userinfo\": \"name\"}",
            "{\"id_token\": {\"name\": true}}",
            "{\"id_token\": {\"name\": {\"essential\": \"true\"}}}",
            "{\"id_token\": {\"acr\": {\"values\": \"1fa\"}}}",
        ] {
            assert_eq!(ClaimsRequest::parse(text).unwrap_err().code, "invalid_request", "{text}");
        }
        let deep = format!("{{\"x\": {}1{}}}", "[".repeat(2000), "]".repeat(2000));
        let long = format!("{{\"x\": \"{}\"}}", "x".repeat(MAX_BYTES));
        for text in [deep, long] {
            assert!(ClaimsRequest::parse(&text).is_err());
        }
        assert_eq!(parse("{}"), ClaimsRequest::default());
        assert!(parse("{\"userinfo\": null}").names(&Scope::parse("profile")).is_empty());
    }

    #[test]
    fn a_subject_that_is_asked_for_is_the_only_one_accepted() {
        for (text, accepted) in [
            ("{}", "a b c"),
            (r#"{"id_token": {"sub": null}}"#, "a b c"),
            (r#"{"id_token": {"sub": {"value": "a"}}}"#, "a"),
            (r#"{"userinfo": {"sub": {"values": ["a", "b"]}}}"#, "a b"),
            (
                r#"{"userinfo": {"sub": {"values": ["a", "b"]}}, "id_token": {"sub": {"value": "b"}}}"#,
                "b",
            ),
            (r#"{"id_token": {"sub": {"value": 1}}}"#, ""),
            (r#"{"id_token": {"sub": {"values": []}}}"#, ""),
        ] {
            let asked = parse(text);
            let subs: Vec<_> =
                ["a", "b", "c"].into_iter().filter(|sub| asked.accepts(sub)).collect();
            assert_eq!(subs.join(" "), accepted, "{text}");
        }
    }

    #[test]
    fn a_class_is_essential_only_with_values() {
        let acr = |wish: &str| parse(&format!(r#"{{"id_token": {{"acr": {wish}}}}}"#)).acr();
        assert_eq!(acr("null"), None);
        assert_eq!(acr(r#"{"essential": true}"#), None, "there is always one");
        let wanted = acr(r#"{"essential": true, "values": ["phr", "mfa"]}"#).unwrap();
        assert!(
            wanted.essential
                && wanted.is_met_by(Acr::MultiFactor)
                && !wanted.is_met_by(Acr::SingleFactor)
        );
        assert!(!acr(r#"{"value": "mfa"}"#).unwrap().essential);
        let unknown = acr(r#"{"essential": true, "value": "gold"}"#).unwrap();
        assert!(!unknown.is_met_by(Acr::PhishingResistant));
    }
}
