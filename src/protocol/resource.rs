//! Whom an access token is for: resource indicators (RFC 8707) and the claim `aud` (RFC 7519 §4.1.3).

use serde::{Deserialize, Serialize};

use super::error::ProtocolError;
use super::params::Params;

/// The resources that a request names, each once, all of which must be `known`.
///
/// # Errors
/// `invalid_target` names the first that is not.
pub fn asked(params: &Params, known: &[String]) -> Result<Vec<String>, ProtocolError> {
    let mut asked = Vec::new();
    for resource in params.all("resource") {
        if !known.iter().any(|known| known == resource) {
            return Err(unknown(resource));
        }
        if !asked.iter().any(|named| named == resource) {
            asked.push(resource.to_owned());
        }
    }
    Ok(asked)
}

/// The refusal of a token for somebody whom the client may not name.
pub fn unknown(target: &str) -> ProtocolError {
    let after = " is not one that this client was given";
    ProtocolError::naming("invalid_target", "the resource ", target, after)
}

/// Whom a token is for. In JSON one is a text and several are an array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
pub struct Audience(Vec<String>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Audience {
    fn from(value: OneOrMany) -> Self {
        Self(match value {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        })
    }
}

impl From<Audience> for OneOrMany {
    fn from(Audience(mut many): Audience) -> Self {
        match many.len() {
            1 => Self::One(many.swap_remove(0)),
            _ => Self::Many(many),
        }
    }
}

impl Audience {
    /// These resources, or the issuer itself when there are none.
    pub fn of(resources: &[String], iss: &str) -> Self {
        if resources.is_empty() { Self(vec![iss.to_owned()]) } else { Self(resources.to_vec()) }
    }

    /// Whether it is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_resources_may_be_named() {
        let known = ["https://a.example".to_owned(), "https://b.example".to_owned()];
        let asked = |query: &str| asked(&Params::parse(query).unwrap(), &known);
        assert_eq!(asked("scope=openid").unwrap(), Vec::<String>::new());
        let twice =
            "resource=https://b.example&resource=https://a.example&resource=https://b.example";
        assert_eq!(asked(twice).unwrap(), ["https://b.example", "https://a.example"]);
        for other in ["https://a.example/", "https://A.example", "https://c.example", "a"] {
            let error = asked(&format!("resource=https://a.example&resource={other}")).unwrap_err();
            assert_eq!(error.code, "invalid_target", "{other}");
        }
    }

    #[test]
    fn one_is_a_text_and_several_are_an_array() {
        for text in ["\"a\"", "[\"a\",\"b\"]"] {
            let audience: Audience = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&audience).unwrap(), text);
            assert!(audience.contains("a") && !audience.contains("c"));
        }
        assert!(Audience::of(&[], "https://id.example").contains("https://id.example"));
    }
}
