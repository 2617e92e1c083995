//! The request of a token exchange (RFC 8693 §2.1), as far as it is supported.

use super::client::Client;
use super::error::ProtocolError;
use super::grant::Share;
use super::params::Params;
use super::resource;
use super::scope::Scope;

/// The type of our access tokens.
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The same tokens by what they are made of, as clients ask for that have no other use for them.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What a client wants for its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRequest<'a> {
    /// The token that it has.
    pub subject_token: &'a str,
    /// The type of what it gets.
    pub issued_token_type: &'static str,
    /// Whom the new token is for.
    pub audience: Vec<String>,
    /// The scopes that it names, if it names any.
    scope: Option<&'a str>,
}

impl<'a> ExchangeRequest<'a> {
    /// Parses the request of this client.
    ///
    /// # Errors
    /// What the client is told.
    pub fn parse(params: &'a Params, client: &Client) -> Result<Self, ProtocolError> {
        if params.get("actor_token").is_some() {
            return Err(ProtocolError::invalid_request(
                "actor_token is not supported: a client gets tokens for itself alone",
            ));
        }
        if params.require("subject_token_type")? != ACCESS_TOKEN {
            return Err(ProtocolError::invalid_request(
                "subject_token_type must be urn:ietf:params:oauth:token-type:access_token",
            ));
        }
        let issued_token_type = match params.get("requested_token_type") {
            None | Some(ACCESS_TOKEN) => ACCESS_TOKEN,
            Some(JWT) => JWT,
            Some(_) => {
                return Err(ProtocolError::invalid_request(
                    "this requested_token_type is not supported",
                ));
            }
        };
        Ok(Self {
            subject_token: params.require("subject_token")?,
            issued_token_type,
            audience: audience(params, client)?,
            scope: params.get("scope"),
        })
    }

    /// What the new token gives of one with this scope.
    ///
    /// # Errors
    /// `invalid_scope` for what that does not have.
    pub fn share(&self, scope: &Scope) -> Result<Share, ProtocolError> {
        let narrowed = self.scope.map_or(Ok(scope.clone()), |asked| scope.narrow(asked))?;
        Ok(Share { scope: narrowed, resource: self.audience.clone() })
    }
}

/// Whom the new token is for. The two ways of naming them are one to us: both are names that the client
/// was given.
fn audience(params: &Params, client: &Client) -> Result<Vec<String>, ProtocolError> {
    let mut named: Vec<String> = Vec::new();
    for name in params.all("resource").chain(params.all("audience")) {
        if !client.token_exchange_audiences.iter().any(|known| known == name) {
            return Err(resource::unknown(name));
        }
        if !named.iter().any(|known| known == name) {
            named.push(name.to_owned());
        }
    }
    match named.is_empty() {
        true => Err(ProtocolError::invalid_request(
            "the request does not say whom the token is for: audience or resource is missing",
        )),
        false => Ok(named),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str =
        "subject_token=x&subject_token_type=urn:ietf:params:oauth:token-type:access_token";

    fn check<T>(
        query: &str,
        check: impl FnOnce(Result<ExchangeRequest<'_>, ProtocolError>) -> T,
    ) -> T {
        let audiences = ["blue", "https://green.example"].map(str::to_owned).into();
        let client = Client { token_exchange_audiences: audiences, ..Client::default() };
        check(ExchangeRequest::parse(&Params::parse(query).unwrap(), &client))
    }

    #[test]
    fn it_says_whom_the_new_token_is_for() {
        for (query, expected) in [
            ("audience=blue", vec!["blue"]),
            ("resource=https://green.example&audience=blue", vec!["https://green.example", "blue"]),
            ("audience=blue&audience=blue&resource=blue", vec!["blue"]),
        ] {
            check(&format!("{TOKEN}&{query}"), |asked| {
                assert_eq!(asked.unwrap().audience, expected)
            });
        }
    }

    #[test]
    fn the_type_is_what_was_asked_for() {
        for (query, expected) in [
            ("", ACCESS_TOKEN),
            ("&requested_token_type=urn:ietf:params:oauth:token-type:access_token", ACCESS_TOKEN),
            ("&requested_token_type=urn:ietf:params:oauth:token-type:jwt", JWT),
        ] {
            check(&format!("{TOKEN}&audience=blue{query}"), |asked| {
                assert_eq!(asked.unwrap().issued_token_type, expected);
            });
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let id_token = "urn:ietf:params:oauth:token-type:id_token";
        for (query, code) in [
            (TOKEN.to_owned(), "invalid_request"),
            (format!("{TOKEN}&audience=red"), "invalid_target"),
            (format!("{TOKEN}&audience=blue&resource=https://green.example/"), "invalid_target"),
            (format!("{TOKEN}&audience=blue&actor_token=y"), "invalid_request"),
            (format!("{TOKEN}&audience=blue&requested_token_type={id_token}"), "invalid_request"),
            (
                format!("subject_token=x&subject_token_type={id_token}&audience=blue"),
                "invalid_request",
            ),
            ("subject_token=x&audience=blue".into(), "invalid_request"),
        ] {
            check(&query, |asked| assert_eq!(asked.unwrap_err().code, code, "{query}"));
        }
    }

    #[test]
    fn scopes_only_become_fewer() {
        let share = |query: &str| {
            check(&format!("{TOKEN}&audience=blue&{query}"), |asked| {
                asked.unwrap().share(&Scope::parse("openid groups"))
            })
        };
        assert_eq!(share("").unwrap().scope.to_string(), "groups openid");
        assert_eq!(share("scope=groups").unwrap().scope.to_string(), "groups");
        assert_eq!(share("scope=groups%20email").unwrap_err().code, "invalid_scope");
    }
}
