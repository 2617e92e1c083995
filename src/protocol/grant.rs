//! What a client was granted: the payload of a code, kept for as long as tokens come of it.

use serde::{Deserialize, Serialize};

use super::acr::Acr;
use super::claims_request::ClaimNames;
use super::error::ProtocolError;
use super::params::Params;
use super::resource;
use super::scope::Scope;
use crate::clock::Timestamp;

/// A grant, stored as JSON beside its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The account's id, or the client's where it acts for itself. What a client knows the person by
    /// may be another name.
    pub sub: String,
    /// Whether the client acts for itself: there is no person behind it (RFC 6749 §4.4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_itself: bool,
    /// The granted scopes.
    pub scope: Scope,
    /// The resources that access tokens may be for; the issuer alone when there are none (RFC 8707).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// Claims that were asked for by name.
    #[serde(default, skip_serializing_if = "ClaimNames::is_empty")]
    pub claims: ClaimNames,
    /// The request's `nonce`, for the ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// When the person last proved who they are. It stays as it is through every refresh.
    pub auth_time: Timestamp,
    /// How they did (RFC 8176).
    pub amr: Vec<String>,
    /// The class of sign-in that the client is told of; none where nobody signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<Acr>,
    /// The public id of the session, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// What one response gives of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The scopes of its access token.
    pub scope: Scope,
    /// The resources that its access token is for.
    pub resource: Vec<String>,
}

impl Grant {
    /// All of it.
    pub fn whole(&self) -> Share {
        Share { scope: self.scope.clone(), resource: self.resource.clone() }
    }

    /// What a token request asks for of it: the named resources, and this scope if one is named.
    ///
    /// # Errors
    /// `invalid_scope` or `invalid_target` for what was not granted.
    pub fn share(&self, params: &Params, scope: Option<&str>) -> Result<Share, ProtocolError> {
        let asked = resource::asked(params, &self.resource)?;
        Ok(Share {
            scope: scope.map_or(Ok(self.scope.clone()), |scope| self.narrow(scope))?,
            resource: if asked.is_empty() { self.resource.clone() } else { asked },
        })
    }

    /// The asked scopes, all of which must have been granted. `offline_access` may be repeated though it
    /// was never granted: some clients always send it.
    fn narrow(&self, asked: &str) -> Result<Scope, ProtocolError> {
        let mut asked = Scope::parse(asked);
        if !self.scope.contains("offline_access") {
            asked.remove("offline_access");
        }
        match asked.first_outside(&self.scope) {
            Some(outside) => Err(ProtocolError::naming(
                "invalid_scope",
                "the scope ",
                outside,
                " was not granted",
            )),
            None => Ok(asked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        Grant {
            sub: "a1".into(),
            for_itself: false,
            scope: Scope::parse("openid email"),
            resource: vec!["https://a.example".into(), "https://b.example".into()],
            claims: ClaimNames::default(),
            nonce: None,
            auth_time: Timestamp(90),
            amr: vec!["pwd".into()],
            acr: None,
            sid: Some("s1".into()),
        }
    }

    fn share(query: &str) -> Result<Share, ProtocolError> {
        let params = Params::parse(query).unwrap();
        grant().share(&params, params.get("scope"))
    }

    #[test]
    fn a_share_is_the_whole_unless_less_is_asked_for() {
        assert_eq!(share("").unwrap(), grant().whole());
        let less = share("resource=https://b.example&scope=email%20offline_access").unwrap();
        assert_eq!(
            (less.scope.to_string(), less.resource),
            ("email".into(), vec!["https://b.example".into()])
        );
    }

    #[test]
    fn a_share_is_never_more() {
        assert_eq!(share("scope=email%20groups").unwrap_err().code, "invalid_scope");
        assert_eq!(share("resource=https://c.example").unwrap_err().code, "invalid_target");
    }

    #[test]
    fn a_stored_grant_is_read_back() {
        let text = serde_json::to_string(&grant()).unwrap();
        assert_eq!(serde_json::from_str::<Grant>(&text).unwrap(), grant());
    }
}
