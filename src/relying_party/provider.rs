//! What an issuer says about itself (OpenID Connect Discovery §4), and whether it is a Doorstep.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

use super::http::{Http, Listening, Unanswered};
use super::{Error, IdTokenFault};

/// The response header by which a Doorstep is known. Its value is the page that a listener sends the
/// browser to when all is done.
const HANDOFF_HEADER: &str = "doorstep-handoff";

pub(super) type Metadata = ProviderMetadata<
    Extensions,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Metadata of the specifications that came after Discovery (RFC 8414, 9126, 9207, RP-Initiated Logout).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Extensions {
    pushed_authorization_request_endpoint: Option<Url>,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    revocation_endpoint: Option<Url>,
    device_authorization_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

impl AdditionalProviderMetadata for Extensions {}

/// An issuer, as its discovery document describes it, with the keys it signs with.
#[derive(Clone, Debug)]
pub struct OpenIdProvider {
    pub(super) metadata: Metadata,
    handoff: Option<Url>,
    newer: Arc<Mutex<Option<NewerKeys>>>,
}

/// Keys that were read after the rest: an issuer may have begun to use a new one.
#[derive(Debug)]
struct NewerKeys {
    keys: CoreJsonWebKeySet,
    read_at: Instant,
}

/// How long newer keys are believed to be the newest: anybody may send what names a key that is not there.
const NEWEST_FOR: Duration = Duration::from_secs(10);

impl OpenIdProvider {
    /// Asks `issuer` for its configuration and keys.
    ///
    /// # Errors
    /// When it cannot be reached, or when what it says about itself cannot work.
    pub async fn discover(http: &Http, issuer: &str) -> Result<Self, Error> {
        let name = IssuerUrl::new(issuer.to_owned())
            .map_err(|_| Error::Misconfigured(format!("{issuer:?} is not a web address.")))?;
        http.permit(name.url(), "The issuer's address")?;
        let found = match Self::ask(http, name.clone()).await {
            // People leave out or add the slash at the end; the name must be exact all the same.
            Err(DiscoveryError::Validation(_)) => Self::ask(http, other_spelling(&name)).await,
            found => found,
        };
        let provider = found.map_err(|error| discovery_error(error, &name))?;
        http.permit(provider.authorization_endpoint(), "The issuer's authorization endpoint")?;
        provider.check_challenges()?;
        Ok(provider)
    }

    async fn ask(http: &Http, issuer: IssuerUrl) -> Result<Self, DiscoveryError<Unanswered>> {
        let configuration = Listening::of(http);
        let origin = issuer.url().origin();
        let metadata = Metadata::discover_async(issuer, &configuration).await?;
        let handoff = configuration.header(HANDOFF_HEADER).and_then(|page| Url::parse(&page).ok());
        Ok(Self {
            metadata,
            handoff: handoff.filter(|page| page.origin() == origin),
            newer: Arc::default(),
        })
    }

    /// Without PKCE a code that is stolen can be used (RFC 9700 §2.1.1). Issuers that list nothing are
    /// given the benefit of the doubt: those that do not know the parameters ignore them.
    fn check_challenges(&self) -> Result<(), Error> {
        match &self.extensions().code_challenge_methods_supported {
            Some(listed) if !listed.iter().any(|method| method == "S256") => {
                Err(Error::Misconfigured(format!(
                    "The issuer {} does not support PKCE with S256, so a stolen code could be used.",
                    self.issuer()
                )))
            }
            _ => Ok(()),
        }
    }

    /// The issuer's name, exactly as it spells it.
    pub fn issuer(&self) -> &str {
        self.metadata.issuer().as_str()
    }

    /// Where a browser goes when all is done; known only of an issuer that is a Doorstep, whose
    /// extensions may then be used.
    pub fn handoff_result(&self) -> Option<&Url> {
        self.handoff.as_ref()
    }

    /// Whether responses can be POSTed to the client.
    pub fn supports_form_post(&self) -> bool {
        let modes = self.metadata.response_modes_supported();
        modes.is_some_and(|modes| modes.contains(&CoreResponseMode::FormPost))
    }

    /// Whether every response names the issuer (RFC 9207 §3).
    pub fn names_itself(&self) -> bool {
        self.extensions().authorization_response_iss_parameter_supported
    }

    /// Those of `scopes` that the issuer lists; all of them when it lists none. An issuer need not list
    /// every scope that it has (RFC 8414 §2), so what a person asks for in so many words is not for this.
    pub fn offered<'a>(&self, scopes: &'a str) -> Vec<&'a str> {
        let listed = self.metadata.scopes_supported();
        let offered = |scope: &&str| {
            *scope == "openid"
                || listed.is_none_or(|listed| listed.iter().any(|known| known.as_str() == *scope))
        };
        scopes.split_whitespace().filter(offered).collect()
    }

    /// Where the browser begins.
    pub fn authorization_endpoint(&self) -> &Url {
        self.metadata.authorization_endpoint().url()
    }

    /// Where requests can be left beforehand (RFC 9126).
    pub fn pushed_request_endpoint(&self) -> Option<&Url> {
        self.extensions().pushed_authorization_request_endpoint.as_ref()
    }

    /// Whether they must be.
    pub fn requires_pushed_requests(&self) -> bool {
        self.extensions().require_pushed_authorization_requests
    }

    /// Where devices begin (RFC 8628 §3.1).
    pub fn device_authorization_endpoint(&self) -> Option<&Url> {
        self.extensions().device_authorization_endpoint.as_ref()
    }

    /// Where tokens come from.
    pub fn token_endpoint(&self) -> Option<&Url> {
        self.metadata.token_endpoint().map(|endpoint| endpoint.url())
    }

    /// Where tokens are given back (RFC 7009).
    pub fn revocation_endpoint(&self) -> Option<&Url> {
        self.extensions().revocation_endpoint.as_ref()
    }

    /// Where people sign out (OpenID Connect RP-Initiated Logout 1.0).
    pub fn end_session_endpoint(&self) -> Option<&Url> {
        self.extensions().end_session_endpoint.as_ref()
    }

    /// Where more is told about the person (OpenID Connect Core §5.3).
    pub fn userinfo_endpoint(&self) -> Option<&Url> {
        self.metadata.userinfo_endpoint().map(|endpoint| endpoint.url())
    }

    fn extensions(&self) -> &Extensions {
        self.metadata.additional_metadata()
    }

    /// The same issuer with its keys read anew, unless that was done a moment ago.
    pub(super) async fn with_new_keys(&self, http: &Http) -> Result<Self, Error> {
        let mut newer = self.newer.lock().await;
        let keys = match &*newer {
            Some(newer) if newer.read_at.elapsed() < NEWEST_FOR => newer.keys.clone(),
            _ => {
                let keys = self.read_keys(http).await?;
                *newer = Some(NewerKeys { keys: keys.clone(), read_at: Instant::now() });
                keys
            }
        };
        Ok(Self { metadata: self.metadata.clone().set_jwks(keys), ..self.clone() })
    }

    async fn read_keys(&self, http: &Http) -> Result<CoreJsonWebKeySet, Error> {
        let keys =
            CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &Listening::of(http)).await;
        keys.map_err(|error| match error {
            DiscoveryError::Request(Unanswered(error)) => error,
            _ => Error::IdToken(IdTokenFault::UnknownKey),
        })
    }
}

/// The same name with the slash at its end removed, or one added.
fn other_spelling(issuer: &IssuerUrl) -> IssuerUrl {
    let other = match issuer.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{}/", issuer.as_str()),
    };
    IssuerUrl::new(other).unwrap_or_else(|_| issuer.clone())
}

fn discovery_error(error: DiscoveryError<Unanswered>, issuer: &IssuerUrl) -> Error {
    let why = match error {
        DiscoveryError::Request(Unanswered(error)) => return error,
        DiscoveryError::Response(status, ..) if status.is_server_error() => "is out of order",
        DiscoveryError::Response(status, ..) if !status.is_success() => {
            "has no OpenID configuration there"
        }
        DiscoveryError::Validation(_) => {
            "goes by another name. Use the name exactly as the issuer spells it"
        }
        _ => "has an OpenID configuration that cannot be read",
    };
    Error::Misconfigured(format!("The issuer {} {why}.", issuer.url()))
}
