//! From settings to a provider that can be asked.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::{ProviderKind, ProviderSettings, Unfit};
use crate::outgoing::Permitted;
use crate::protocol::client::ResponseMode;
use crate::relying_party::{
    ClaimRules, Client, Guard, Http, HttpSettings, OAuth, OAuthSettings, OpenId, OpenIdSettings,
    Provider,
};
use crate::secret::Secret;

impl ProviderSettings {
    /// The provider of these settings, which were checked.
    ///
    /// # Errors
    /// When a file cannot be read, or an address may not be asked.
    pub(in crate::upstream) fn provider(
        &self,
        allow_http: bool,
        permitted: &Permitted,
    ) -> Result<Arc<dyn Provider>, Unfit> {
        let http = self.permitted_http(allow_http, permitted)?;
        Ok(match self.kind {
            ProviderKind::Oidc => Arc::new(self.issuer_on(http)?),
            ProviderKind::OAuth => {
                let provider = OAuth::new(http, self.oauth()?);
                Arc::new(provider.map_err(|error| unfit("authorization_endpoint", error))?)
            }
        })
    }

    /// The same where it is known to be an OpenID Connect issuer.
    ///
    /// # Errors
    /// As above.
    pub(crate) fn openid_issuer(
        &self,
        allow_http: bool,
        permitted: &Permitted,
    ) -> Result<OpenId, Unfit> {
        self.issuer_on(self.permitted_http(allow_http, permitted)?)
    }

    fn permitted_http(&self, allow_http: bool, permitted: &Permitted) -> Result<Http, Unfit> {
        let http = self.http(allow_http, permitted)?;
        let issuer = parsed("issuer", &self.issuer)?;
        http.permit(&issuer, "It").map_err(|error| unfit("issuer", error))?;
        Ok(http)
    }

    fn issuer_on(&self, http: Http) -> Result<OpenId, Unfit> {
        Ok(OpenId::new(http, self.openid()?))
    }

    fn openid(&self) -> Result<OpenIdSettings, Unfit> {
        let form_post = self.response_mode == ResponseMode::FormPost;
        Ok(OpenIdSettings {
            issuer: self.issuer.clone(),
            client: self.client()?,
            scope: self.scope.clone(),
            response_mode: form_post.then(|| ResponseMode::FormPost.as_str().to_owned()),
            userinfo: self.userinfo,
            rules: self.rules(),
        })
    }

    fn oauth(&self) -> Result<OAuthSettings, Unfit> {
        let optional = |field, address: &str| match address {
            "" => Ok(None),
            address => parsed(field, address).map(Some),
        };
        Ok(OAuthSettings {
            issuer: self.issuer.clone(),
            client: self.client()?,
            scope: self.scope.clone(),
            authorization_endpoint: parsed("authorization_endpoint", &self.authorization_endpoint)?,
            token_endpoint: parsed("token_endpoint", &self.token_endpoint)?,
            userinfo_endpoint: parsed("userinfo_endpoint", &self.userinfo_endpoint)?,
            emails_endpoint: optional("emails_endpoint", &self.emails_endpoint)?,
            groups_endpoint: optional("groups_endpoint", &self.groups_endpoint)?,
            group_name: self.group_name.clone(),
            subject: self.subject_claim.clone(),
            rules: self.rules(),
        })
    }

    fn rules(&self) -> ClaimRules {
        ClaimRules {
            username: self.username_claim.clone(),
            username_prefix: self.username_prefix.clone(),
            usernames: self.usernames,
            groups: Some(self.groups_claim.clone()).filter(|claim| !claim.is_empty()),
            required_groups: self.required_groups.clone(),
        }
    }

    fn client(&self) -> Result<Client, Unfit> {
        let secret = match &self.client_secret_file {
            Some(file) => {
                let text = String::from_utf8_lossy(&read("client_secret_file", file)?).into_owned();
                Some(Secret::new(text.trim_end()))
            }
            None => self.client_secret.clone(),
        };
        Ok(Client { id: self.client_id.clone(), secret })
    }

    fn http(&self, allow_http: bool, permitted: &Permitted) -> Result<Http, Unfit> {
        let extra_authorities =
            self.ca_file.as_deref().map(|file| read("ca_file", file)).transpose()?;
        let timeout = Duration::from_secs(self.timeout);
        let guard = Some(Guard { named: self.hosts(), permitted: permitted.clone() });
        Http::new(&HttpSettings { extra_authorities, allow_http, timeout, guard })
            .map_err(|error| unfit("ca_file", error))
    }
}

impl ProviderSettings {
    /// The hosts that stand in the settings.
    fn hosts(&self) -> Vec<String> {
        let addresses = [
            &self.issuer,
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.userinfo_endpoint,
            &self.emails_endpoint,
            &self.groups_endpoint,
        ];
        let host = |address: &&String| Some(Url::parse(address).ok()?.host_str()?.to_owned());
        addresses.iter().filter_map(host).collect()
    }
}

fn read(field: &'static str, file: &Path) -> Result<Vec<u8>, Unfit> {
    std::fs::read(file).map_err(|error| Unfit {
        field,
        reason: format!("{} cannot be read: {error}", file.display()),
    })
}

fn parsed(field: &'static str, address: &str) -> Result<Url, Unfit> {
    Url::parse(address).map_err(|_| Unfit { field, reason: "is not a web address".into() })
}

fn unfit(field: &'static str, error: impl ToString) -> Unfit {
    Unfit { field, reason: format!("cannot be used: {}", error.to_string()) }
}
