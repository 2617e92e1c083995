//! Tokens: got for a code, and renewed.

use std::borrow::Cow;

use openidconnect::core::{CoreClient, CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, OAuth2TokenResponse, RedirectUrl, RefreshToken, RequestTokenError,
    StandardErrorResponse, TokenResponse,
};

use super::http::{Listening, Unanswered};
use super::id_token::{self, Expected};
use super::request::REQUEST_ID;
use super::{Attempt, Claims, Error, IdTokenFault, OpenIdProvider, Refusal, RelyingParty};
use crate::clock::Timestamp;
use crate::secret::Secret;

type TokenError = RequestTokenError<Unanswered, StandardErrorResponse<CoreErrorResponseType>>;
type TokenClient = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a sign-in yields. The ID token was verified.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For resource servers.
    pub access_token: Secret,
    /// When the access token expires, if the issuer says.
    pub expires_at: Option<Timestamp>,
    /// The proof of who signed in.
    pub id_token: Secret,
    /// What the ID token says.
    pub claims: Claims,
    /// For new tokens, when the issuer gives one.
    pub refresh_token: Option<Secret>,
    /// The scopes granted, when they differ from those asked for.
    pub scope: Option<String>,
    /// When these tokens came.
    pub obtained_at: Timestamp,
}

impl RelyingParty {
    /// Spends a code that [`Attempt::code`] accepted, and verifies the ID token that comes for it.
    ///
    /// # Errors
    /// When the issuer cannot be reached, refuses the code, or sends an ID token that proves nothing.
    pub async fn redeem(
        &self,
        attempt: &Attempt,
        code: Secret,
        now: Timestamp,
    ) -> Result<Tokens, Error> {
        let redirect_uri = RedirectUrl::new(attempt.redirect_uri().to_owned())
            .map_err(|_| Error::Misconfigured("The redirect URI is not a URI.".into()))?;
        let listening = Listening::of(&self.http);
        let client = self.token_client();
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .map_err(|_| no_token_endpoint())?
            .set_redirect_uri(Cow::Owned(redirect_uri))
            .set_pkce_verifier(attempt.verifier());
        let answer = request.request_async(&listening).await;
        let answer = answer.map_err(|error| token_error(error, &listening))?;
        let claims = self.verify(&answer, Some(attempt.nonce().expose()), now).await?;
        Ok(tokens(&answer, claims.ok_or(Error::IdToken(IdTokenFault::Malformed))?, None, now))
    }

    /// Gets new tokens for the refresh token of `kept`; what does not come anew stays
    /// (OpenID Connect Core §12.2).
    ///
    /// # Errors
    /// As [`RelyingParty::redeem`], and when the new ID token is about someone else. Tokens without a
    /// refresh token cannot be renewed.
    pub async fn refresh(&self, kept: &Tokens, now: Timestamp) -> Result<Tokens, Error> {
        let refresh_token = kept
            .refresh_token
            .as_ref()
            .ok_or_else(|| Error::Endpoint(Refusal::new("invalid_grant", None, None)))?;
        let (answer, claims) =
            self.exchange_refresh_token(refresh_token, kept.claims.subject(), now).await?;
        let claims = claims.unwrap_or_else(|| kept.claims.clone());
        Ok(tokens(&answer, claims, Some(kept), now))
    }

    /// Gets new tokens about `subject` of whom nothing but the refresh token was kept. An issuer that
    /// sends no new ID token says nothing but that.
    ///
    /// # Errors
    /// As [`RelyingParty::refresh`].
    pub async fn renew(
        &self,
        subject: &str,
        refresh_token: &Secret,
        now: Timestamp,
    ) -> Result<Tokens, Error> {
        let (answer, claims) = self.exchange_refresh_token(refresh_token, subject, now).await?;
        let claims = claims.unwrap_or_else(|| Claims::about(subject));
        let mut renewed = tokens(&answer, claims, None, now);
        renewed.refresh_token.get_or_insert_with(|| refresh_token.clone());
        Ok(renewed)
    }

    async fn exchange_refresh_token(
        &self,
        refresh_token: &Secret,
        subject: &str,
        now: Timestamp,
    ) -> Result<(CoreTokenResponse, Option<Claims>), Error> {
        let refresh_token = RefreshToken::new(refresh_token.expose().to_owned());
        let listening = Listening::of(&self.http);
        let client = self.token_client();
        let request =
            client.exchange_refresh_token(&refresh_token).map_err(|_| no_token_endpoint())?;
        let answer = request.request_async(&listening).await;
        let answer = answer.map_err(|error| token_error(error, &listening))?;
        let claims = self.verify(&answer, None, now).await?;
        if claims.as_ref().is_some_and(|claims| claims.subject() != subject) {
            return Err(Error::IdToken(IdTokenFault::Subject));
        }
        Ok((answer, claims))
    }

    /// The tokens of an answer to a request without a `nonce`, with the ID token verified.
    pub(super) async fn accept(
        &self,
        answer: &CoreTokenResponse,
        now: Timestamp,
    ) -> Result<Tokens, Error> {
        let claims = self.verify(answer, None, now).await?;
        Ok(tokens(answer, claims.ok_or(Error::IdToken(IdTokenFault::Malformed))?, None, now))
    }

    fn token_client(&self) -> TokenClient {
        let secret =
            self.client.secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let id = ClientId::new(self.client.id.clone());
        let client = CoreClient::from_provider_metadata(self.provider.metadata.clone(), id, secret);
        if self.secret_goes_in_the_body() {
            client.set_auth_type(AuthType::RequestBody)
        } else {
            client
        }
    }

    /// The verified claims of the answer's ID token, if it has one. A key that is not known makes the
    /// keys be read once more.
    async fn verify(
        &self,
        answer: &CoreTokenResponse,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Claims>, Error> {
        let Some(token) = answer.id_token() else { return Ok(None) };
        let check = |provider: &OpenIdProvider| {
            let expected = Expected {
                issuer: provider.metadata.issuer(),
                client_id: &self.client.id,
                listed: provider.metadata.id_token_signing_alg_values_supported(),
                keys: provider.metadata.jwks(),
                nonce,
                access_token: answer.access_token(),
                now,
            };
            id_token::verify(token, &expected)
        };
        let verified = match check(&self.provider) {
            Err(IdTokenFault::UnknownKey) => check(&self.provider.with_new_keys(&self.http).await?),
            verified => verified,
        };
        verified.map(Some).map_err(Error::IdToken)
    }
}

fn tokens(
    answer: &CoreTokenResponse,
    claims: Claims,
    kept: Option<&Tokens>,
    now: Timestamp,
) -> Tokens {
    let id_token = answer.id_token().map(|token| Secret::new(token.to_string()));
    let refresh_token = answer.refresh_token().map(|token| Secret::new(token.secret().clone()));
    let scope = answer.scopes().map(|scopes| {
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        names.join(" ")
    });
    Tokens {
        access_token: exposed(answer.access_token()),
        expires_at: answer
            .expires_in()
            .map(|life| now.plus(i64::try_from(life.as_secs()).unwrap_or(i64::MAX))),
        id_token: id_token
            .or_else(|| kept.map(|kept| kept.id_token.clone()))
            .unwrap_or_else(|| Secret::new("")),
        claims,
        refresh_token: refresh_token.or_else(|| kept.and_then(|kept| kept.refresh_token.clone())),
        scope: scope.or_else(|| kept.and_then(|kept| kept.scope.clone())),
        obtained_at: now,
    }
}

fn exposed(token: &AccessToken) -> Secret {
    Secret::new(token.secret().clone())
}

pub(super) fn no_token_endpoint() -> Error {
    Error::Misconfigured("The issuer names no token endpoint, so it cannot be signed in to.".into())
}

fn token_error(error: TokenError, listening: &Listening<'_>) -> Error {
    let request_id = listening.header(REQUEST_ID);
    let refused = |code: &str, description| {
        Error::Endpoint(Refusal::new(code, description, request_id.as_deref()))
    };
    match error {
        RequestTokenError::Request(Unanswered(error)) => error,
        RequestTokenError::ServerResponse(answer) => {
            refused(answer.error().as_ref(), answer.error_description().map(String::as_str))
        }
        _ if listening.status_is_server_error() => refused("server_error", None),
        RequestTokenError::Parse(error, _) if error.path().to_string() == "id_token" => {
            Error::IdToken(IdTokenFault::Malformed)
        }
        _ => Error::Misconfigured(
            "The issuer's token endpoint gave an answer that cannot be read.".into(),
        ),
    }
}
