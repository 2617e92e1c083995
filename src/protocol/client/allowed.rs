//! What of a request a client may have (RFC 6749 §3.3).

use super::{Client, GrantType};
use crate::protocol::error::ProtocolError;
use crate::protocol::scope::{self, Scope};

impl Client {
    /// The scopes that a person can grant, of those that are asked for.
    ///
    /// # Errors
    /// `invalid_scope` names the one that was not assigned to the client.
    pub fn scope_of_person(&self, asked: &str) -> Result<Scope, ProtocolError> {
        let mut scope = Scope::parse(asked);
        self.check_assigned(&scope)?;
        // OpenID Connect Core §11: without a refresh token to come, offline_access is ignored.
        if !self.grant_types.contains(&GrantType::RefreshToken) {
            scope.remove("offline_access");
        }
        Ok(scope)
    }

    /// The scopes of a client that acts for itself: those that are asked for, else all that it has. What
    /// is about a person is not among them.
    ///
    /// # Errors
    /// `invalid_scope` names the one that cannot be given.
    pub fn scope_of_its_own(&self, asked: Option<&str>) -> Result<Scope, ProtocolError> {
        let Some(asked) = asked else {
            let mut scope = Scope::parse(&self.scope);
            scope::KNOWN.iter().for_each(|known| scope.remove(known));
            return Ok(scope);
        };
        let scope = Scope::parse(asked);
        self.check_assigned(&scope)?;
        if let Some(known) = scope::KNOWN.into_iter().find(|known| scope.contains(known)) {
            let after = " is about a person, and there is none";
            return Err(ProtocolError::naming("invalid_scope", "the scope ", known, after));
        }
        Ok(scope)
    }

    fn check_assigned(&self, scope: &Scope) -> Result<(), ProtocolError> {
        match scope.first_outside(&Scope::parse(&self.scope)) {
            Some(outside) => {
                let after = " is not assigned to this client";
                Err(ProtocolError::naming("invalid_scope", "the scope ", outside, after))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client { scope: "openid email offline_access read write".into(), ..Client::default() }
    }

    #[test]
    fn a_person_grants_what_the_client_was_assigned() {
        let scope = |asked| client().scope_of_person(asked).map(|scope| scope.to_string());
        assert_eq!(scope("read openid offline_access").unwrap(), "offline_access openid read");
        let error = scope("openid groups").unwrap_err();
        assert_eq!(
            (error.code, &*error.description),
            ("invalid_scope", "the scope groups is not assigned to this client")
        );
        let without = Client { grant_types: vec![GrantType::AuthorizationCode], ..client() };
        assert_eq!(without.scope_of_person("openid offline_access").unwrap().to_string(), "openid");
    }

    #[test]
    fn what_is_about_a_person_is_not_for_a_client_alone() {
        let scope = |asked| client().scope_of_its_own(asked).map(|scope| scope.to_string());
        assert_eq!(scope(None).unwrap(), "read write");
        assert_eq!(scope(Some("write")).unwrap(), "write");
        for refused in ["openid", "read email", "offline_access", "admin"] {
            assert_eq!(scope(Some(refused)).unwrap_err().code, "invalid_scope", "{refused}");
        }
    }
}
