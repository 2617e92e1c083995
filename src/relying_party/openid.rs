//! An OpenID Connect issuer as a [`Provider`]. What it says about itself is read when it is first
//! needed and read again now and then, so an issuer that is down when we start is no obstacle.

mod party;

use std::sync::RwLock;
use std::time::Instant;

use serde_json::Map;
use tokio::sync::Mutex;
use url::Url;

use self::party::Known;
use super::kind::{Ask, Provider, SignedOut};
use super::{
    Asked, Attempt, Callback, Channel, ClaimRules, Client, Credentials, Error, Http, LoggedOut,
    RelyingParty, ResolvedIdentity, Tokens,
};
use crate::accounts::Answer;
use crate::clock::Timestamp;
use crate::secret::Secret;

/// What is fixed about an issuer.
#[derive(Clone, Debug)]
pub struct OpenIdSettings {
    /// Its name, which is where its configuration is found.
    pub issuer: String,
    /// Who we are to it.
    pub client: Client,
    /// What is asked for, separated by spaces.
    pub scope: String,
    /// The `response_mode`, where it is not the default.
    pub response_mode: Option<String>,
    /// Whether its userinfo endpoint is asked too.
    pub userinfo: bool,
    /// Which claims are read, and what they must say.
    pub rules: ClaimRules,
}

/// Somebody who has signed in, and what the issuer gave for them.
#[derive(Debug)]
pub struct SignedIn {
    /// Who it is.
    pub identity: ResolvedIdentity,
    /// Their tokens.
    pub tokens: Tokens,
}

/// An issuer, discovered when needed.
#[derive(Debug)]
pub struct OpenId {
    settings: OpenIdSettings,
    http: Http,
    known: RwLock<Option<Known>>,
    /// When it last did not answer; held while it is asked, so that it is asked once.
    silent_since: Mutex<Option<Instant>>,
}

impl OpenId {
    /// An issuer of which nothing is known yet.
    pub fn new(http: Http, settings: OpenIdSettings) -> Self {
        Self { settings, http, known: RwLock::default(), silent_since: Mutex::default() }
    }

    async fn begin(&self, ask: &Ask) -> Result<(Attempt, Url), Error> {
        let party = self.party().await?;
        let attempt = Attempt::new(Asked {
            redirect_uri: ask.redirect_uri.clone(),
            scope: self.settings.scope.clone(),
            response_mode: self.settings.response_mode.clone(),
        });
        let further: Vec<_> =
            ask.further.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let pushed = party.provider.pushed_request_endpoint();
        let link = match pushed.filter(|_| party.provider.requires_pushed_requests()) {
            Some(endpoint) => party.push(endpoint, &attempt, &further).await?.link,
            None => party.link(&attempt, &further),
        };
        Ok((attempt, link))
    }

    /// Judges a response by the whole chain, and spends its code.
    ///
    /// # Errors
    /// The first link of the chain that does not hold.
    pub async fn sign_in(
        &self,
        attempt: &Attempt,
        callback: &Callback,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let party = self.party().await?;
        let (issuer, named) = (party.provider.issuer(), party.provider.names_itself());
        let code = attempt.code(callback, Channel::Browser, issuer, named)?;
        let tokens = party.redeem(attempt, code, now).await?;
        self.identity(&party, tokens).await
    }

    /// Signs in by user name and password, where the issuer lets this client do so.
    ///
    /// # Errors
    /// When the issuer refuses, or says nothing that can be believed.
    pub async fn sign_in_by_password(
        &self,
        credentials: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let party = self.party().await?;
        let tokens = party.by_password(credentials, &self.settings.scope, now).await?;
        self.identity(&party, tokens).await
    }

    /// Gets new tokens for a refresh token, and asks anew who the person is.
    ///
    /// # Errors
    /// When the issuer refuses, or they are no longer who they were, or let in.
    pub async fn renew(
        &self,
        subject: &str,
        token: &Secret,
        now: Timestamp,
    ) -> Result<SignedIn, Error> {
        let party = self.party().await?;
        let tokens = party.renew(subject, token, now).await?;
        self.identity(&party, tokens).await
    }

    /// The rest of the chain: everything said about the person, picked and checked. What the ID token
    /// says wins over what userinfo does.
    async fn identity(&self, party: &RelyingParty, tokens: Tokens) -> Result<SignedIn, Error> {
        let subject = tokens.claims.subject();
        let mut raw = match self.settings.userinfo {
            true => party.userinfo(&tokens.access_token, subject).await?,
            false => Map::new(),
        };
        raw.extend(tokens.claims.all().clone());
        let issuer = party.provider.issuer();
        let identity = self.settings.rules.resolve(issuer, subject, raw);
        let identity = identity.map_err(Error::Identity)?;
        let id_token = Some(tokens.id_token.clone()).filter(|token| !token.expose().is_empty());
        let token = tokens.refresh_token.clone();
        Ok(SignedIn { identity: ResolvedIdentity { id_token, token, ..identity }, tokens })
    }

    /// Gives a refresh token back, with which all tokens of its family end.
    ///
    /// # Errors
    /// When the issuer cannot be reached or refuses.
    pub async fn give_back(&self, refresh_token: &Secret) -> Result<bool, Error> {
        self.party().await?.revoke_refresh_token(refresh_token).await
    }

    /// Judges a logout token: who has signed out.
    ///
    /// # Errors
    /// When it is not one that this issuer made for us a moment ago.
    pub async fn hear_of_logout(&self, token: &str, now: Timestamp) -> Result<LoggedOut, Error> {
        self.party().await?.accept_logout(token, now).await
    }

    async fn leave(&self, leaving: SignedOut<'_>) -> Result<Option<Url>, Error> {
        let party = self.party().await?;
        let Some(mut url) = party.provider.end_session_endpoint().cloned() else {
            return Ok(None);
        };
        self.http.permit(&url, "The issuer's sign-out page")?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &party.client.id)
            .append_pair("post_logout_redirect_uri", leaving.return_to)
            .append_pair("state", leaving.state);
        query.extend_pairs(leaving.id_token.map(|token| ("id_token_hint", token.expose())));
        drop(query);
        Ok(Some(url))
    }
}

impl Provider for OpenId {
    fn kind(&self) -> &'static str {
        "oidc"
    }

    fn login_url<'a>(&'a self, ask: &'a Ask) -> Answer<'a, Result<(Attempt, Url), Error>> {
        Box::pin(self.begin(ask))
    }

    fn handle_callback<'a>(
        &'a self,
        attempt: &'a Attempt,
        callback: &'a Callback,
        now: Timestamp,
    ) -> Answer<'a, Result<ResolvedIdentity, Error>> {
        Box::pin(async move { Ok(self.sign_in(attempt, callback, now).await?.identity) })
    }

    fn ask_again<'a>(
        &'a self,
        subject: &'a str,
        token: &'a Secret,
        now: Timestamp,
    ) -> Answer<'a, Result<ResolvedIdentity, Error>> {
        Box::pin(async move { Ok(self.renew(subject, token, now).await?.identity) })
    }

    fn logout_url<'a>(&'a self, leaving: SignedOut<'a>) -> Answer<'a, Result<Option<Url>, Error>> {
        Box::pin(self.leave(leaving))
    }

    fn prepare(&self) -> Answer<'_, Result<(), Error>> {
        Box::pin(async { self.party().await.map(|_| ()) })
    }
}
