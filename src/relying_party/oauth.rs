//! An authorization server without OpenID Connect as a [`Provider`], as GitHub is one: there is no ID
//! token, so who signed in is what the server's API says to the access token that came for the code
//! (RFC 6749 §4.1). State and PKCE protect the way there as everywhere.

use openidconnect::HttpResponse;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::kind::{Ask, Provider, SignedOut};
use super::request::refusal;
use super::{
    Asked, Attempt, Callback, Channel, ClaimRules, Client, Error, Http, IdentityFault, Refusal,
    ResolvedIdentity,
};
use crate::accounts::Answer;
use crate::clock::Timestamp;
use crate::secret::Secret;

/// What is fixed about a server. Everything that discovery would tell stands here.
#[derive(Clone, Debug)]
pub struct OAuthSettings {
    /// Its name, under which people are known.
    pub issuer: String,
    /// Who we are to it.
    pub client: Client,
    /// What is asked for, separated by spaces.
    pub scope: String,
    /// Where the browser begins.
    pub authorization_endpoint: Url,
    /// Where codes are redeemed.
    pub token_endpoint: Url,
    /// Who the access token is about.
    pub userinfo_endpoint: Url,
    /// The person's addresses, each with `email`, `primary` and `verified`.
    pub emails_endpoint: Option<Url>,
    /// The person's groups.
    pub groups_endpoint: Option<Url>,
    /// What names a group in the answer of the groups endpoint.
    pub group_name: String,
    /// The member of the userinfo answer that never changes and is never given to another.
    pub subject: String,
    /// Which members are read, and what they must say.
    pub rules: ClaimRules,
}

/// Such a server.
#[derive(Debug)]
pub struct OAuth {
    settings: OAuthSettings,
    http: Http,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

impl OAuth {
    /// The server with these settings.
    ///
    /// # Errors
    /// When one of its addresses is plain http and may not be.
    pub fn new(http: Http, settings: OAuthSettings) -> Result<Self, Error> {
        let further = [&settings.emails_endpoint, &settings.groups_endpoint].into_iter().flatten();
        let endpoints = [
            &settings.authorization_endpoint,
            &settings.token_endpoint,
            &settings.userinfo_endpoint,
        ];
        for endpoint in endpoints.into_iter().chain(further) {
            http.permit(endpoint, "The provider's address")?;
        }
        Ok(Self { settings, http })
    }

    fn begin(&self, ask: &Ask) -> (Attempt, Url) {
        let attempt = Attempt::new(Asked {
            redirect_uri: ask.redirect_uri.clone(),
            scope: self.settings.scope.clone(),
            response_mode: None,
        });
        let mut parameters = attempt.parameters(&self.settings.client.id);
        parameters.retain(|(name, _)| *name != "nonce");
        let mut link = self.settings.authorization_endpoint.clone();
        link.query_pairs_mut().extend_pairs(parameters).extend_pairs(&ask.further);
        (attempt, link)
    }

    async fn arrive(
        &self,
        attempt: &Attempt,
        callback: &Callback,
    ) -> Result<ResolvedIdentity, Error> {
        let code = attempt.code(callback, Channel::Browser, &self.settings.issuer, false)?;
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.expose().to_owned()),
            ("redirect_uri", attempt.redirect_uri().to_owned()),
            ("code_verifier", attempt.verifier().into_secret()),
        ];
        let client = &self.settings.client;
        let request = client.form_request(&self.settings.token_endpoint, form, true);
        let token = access_token(&self.http.send(request).await?)?;
        self.identity(token).await
    }

    /// Who the token is about, by the API.
    async fn identity(&self, token: Secret) -> Result<ResolvedIdentity, Error> {
        let Value::Object(mut raw) =
            self.http.read(&self.settings.userinfo_endpoint, &token).await?
        else {
            return Err(Error::Identity(IdentityFault::Subject));
        };
        let subject = subject(raw.get(&self.settings.subject));
        self.add_address(&mut raw, &token).await?;
        self.add_groups(&mut raw, &token).await?;
        let rules = &self.settings.rules;
        let identity = rules.resolve(&self.settings.issuer, &subject, raw);
        let identity = identity.map_err(Error::Identity)?;
        Ok(ResolvedIdentity { token: Some(token), ..identity })
    }

    /// The primary address, if it was verified, in place of what the profile says: that is what the
    /// person wants to show, not what was checked.
    async fn add_address(&self, raw: &mut Map<String, Value>, token: &Secret) -> Result<(), Error> {
        let Some(endpoint) = &self.settings.emails_endpoint else { return Ok(()) };
        let addresses: Vec<Address> =
            serde_json::from_value(self.http.read(endpoint, token).await?).map_err(|_| {
                Error::Misconfigured(format!("{endpoint} is not a list of addresses."))
            })?;
        raw.remove("email");
        raw.remove("email_verified");
        if let Some(found) = addresses.into_iter().find(|found| found.primary && found.verified) {
            raw.insert("email".into(), found.email.into());
            raw.insert("email_verified".into(), true.into());
        }
        Ok(())
    }

    /// The groups as a list of names, under the claim that the rules read.
    async fn add_groups(&self, raw: &mut Map<String, Value>, token: &Secret) -> Result<(), Error> {
        let Some(endpoint) = &self.settings.groups_endpoint else { return Ok(()) };
        let Some(claim) = &self.settings.rules.groups else { return Ok(()) };
        let Value::Array(groups) = self.http.read(endpoint, token).await? else {
            return Err(Error::Identity(IdentityFault::Groups));
        };
        let name = |group: &Value| group.get(&self.settings.group_name).cloned();
        let names: Option<Vec<Value>> = groups.iter().map(name).collect();
        raw.insert(claim.clone(), names.ok_or(Error::Identity(IdentityFault::Groups))?.into());
        Ok(())
    }

    async fn renew(&self, subject: &str, token: &Secret) -> Result<ResolvedIdentity, Error> {
        let identity = self.identity(token.clone()).await?;
        match identity.subject == subject {
            true => Ok(identity),
            false => Err(Error::Identity(IdentityFault::Subject)),
        }
    }
}

/// A subject that is a text or a whole number; anything else is none.
fn subject(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.to_string(),
        _ => String::new(),
    }
}

/// The access token of an answer. GitHub reports errors with status 200.
fn access_token(response: &HttpResponse) -> Result<Secret, Error> {
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    let answer: TokenAnswer = serde_json::from_slice(response.body()).map_err(|_| {
        Error::Misconfigured("The token endpoint gave an answer that cannot be read.".into())
    })?;
    let refused = answer.error.as_deref().unwrap_or("invalid_grant");
    let description = answer.error_description.as_deref();
    match answer.access_token {
        Some(token) if answer.error.is_none() => Ok(Secret::new(token)),
        _ => Err(Error::Endpoint(Refusal::new(refused, description, None))),
    }
}

impl Provider for OAuth {
    fn kind(&self) -> &'static str {
        "oauth"
    }

    fn login_url<'a>(&'a self, ask: &'a Ask) -> Answer<'a, Result<(Attempt, Url), Error>> {
        Box::pin(async { Ok(self.begin(ask)) })
    }

    fn handle_callback<'a>(
        &'a self,
        attempt: &'a Attempt,
        callback: &'a Callback,
        _now: Timestamp,
    ) -> Answer<'a, Result<ResolvedIdentity, Error>> {
        Box::pin(self.arrive(attempt, callback))
    }

    fn ask_again<'a>(
        &'a self,
        subject: &'a str,
        token: &'a Secret,
        _now: Timestamp,
    ) -> Answer<'a, Result<ResolvedIdentity, Error>> {
        Box::pin(self.renew(subject, token))
    }

    fn logout_url<'a>(&'a self, _leaving: SignedOut<'a>) -> Answer<'a, Result<Option<Url>, Error>> {
        Box::pin(async { Ok(None) })
    }

    fn prepare(&self) -> Answer<'_, Result<(), Error>> {
        Box::pin(async { Ok(()) })
    }
}
