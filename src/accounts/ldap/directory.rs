//! What is said to the directory: find the entry, bind as it, find its groups (RFC 4511 §4.2, §4.5).
//!
//! What a person typed goes into a search filter, escaped (RFC 4515 §3); into a name it never does. An
//! entry is told apart from others by an attribute that outlives its name.

use std::sync::Arc;
use std::time::Duration;

use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions, dn_escape,
    ldap_escape,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Map, Value};

use super::LdapSettings;
use crate::accounts::Refusal;
use crate::relying_party::{ClaimRules, IdentityFault, ResolvedIdentity};
use crate::secret::{self, Secret};

/// Result codes of RFC 4511, appendix A.1, that say something about the person.
const INVALID_CREDENTIALS: u32 = 49;
const UNWILLING_TO_PERFORM: u32 = 53;
const CONSTRAINT_VIOLATION: u32 = 19;
const INSUFFICIENT_ACCESS_RIGHTS: u32 = 50;
const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
/// Groups of one person that are asked for.
const MOST_GROUPS: i32 = 501;

/// Why nobody was bound.
#[derive(Debug)]
pub enum NotBound {
    /// The directory says no.
    Refused(Refusal),
    /// The entry is not one that is let in.
    Unfit(IdentityFault),
    /// The directory cannot be asked.
    Failed(LdapError),
    /// It does not answer.
    Silent,
}

impl From<LdapError> for NotBound {
    fn from(error: LdapError) -> Self {
        Self::Failed(error)
    }
}

/// A directory.
#[derive(Clone, Debug)]
pub struct Directory {
    settings: Arc<LdapSettings>,
    tls: Option<Arc<ClientConfig>>,
}

impl Directory {
    /// The directory of these settings. Nobody is asked yet.
    ///
    /// # Errors
    /// A sentence that goes on from `ldap.ca_file`.
    pub fn new(settings: &LdapSettings) -> Result<Self, String> {
        let tls = settings.ca_file.as_deref().map(trusting).transpose()?;
        Ok(Self { settings: Arc::new(settings.clone()), tls })
    }

    /// Who `username` is, if `password` is theirs.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &Secret,
    ) -> Result<ResolvedIdentity, NotBound> {
        let mut ldap = self.connect().await?;
        let outcome = self.ask(&mut ldap, username, password).await;
        // It is closed in any case when it is dropped.
        let _ = ldap.unbind().await;
        outcome
    }

    async fn ask(
        &self,
        ldap: &mut Ldap,
        username: &str,
        password: &Secret,
    ) -> Result<ResolvedIdentity, NotBound> {
        self.bind_as_ourselves(ldap).await?;
        let Some(entry) = self.find(ldap, username).await? else {
            // Takes about as long as the bind of somebody who is there.
            let nobody = format!("cn={},{}", dn_escape(secret::random_id()), self.base());
            let _ = ldap.simple_bind(&nobody, password.expose()).await;
            return Err(NotBound::Refused(Refusal::UnknownUser));
        };
        match ldap.simple_bind(&entry.dn, password.expose()).await?.rc {
            0 => {}
            INVALID_CREDENTIALS => return Err(NotBound::Refused(Refusal::WrongPassword)),
            UNWILLING_TO_PERFORM
            | CONSTRAINT_VIOLATION
            | INSUFFICIENT_ACCESS_RIGHTS
            | INAPPROPRIATE_AUTHENTICATION => return Err(NotBound::Refused(Refusal::Disabled)),
            code => {
                tracing::warn!(code, "the directory answered a sign-in in an unexpected way");
                return Err(NotBound::Silent);
            }
        }
        let groups = match &self.settings.group_filter {
            Some(filter) => Some(self.groups(ldap, filter, &entry.dn, username).await?),
            None => None,
        };
        self.identity(&entry, groups).map_err(NotBound::Unfit)
    }

    async fn connect(&self) -> Result<Ldap, LdapError> {
        let patience = Duration::from_secs(self.settings.timeout);
        let mut how =
            LdapConnSettings::new().set_conn_timeout(patience).set_starttls(self.settings.starttls);
        if let Some(tls) = &self.tls {
            how = how.set_config(Arc::clone(tls));
        }
        let url = self.settings.url.as_ref().map(url::Url::as_str).unwrap_or_default();
        let (connection, ldap) = LdapConnAsync::with_settings(how, url).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "a connection to the directory ended");
            }
        });
        Ok(ldap)
    }

    async fn bind_as_ourselves(&self, ldap: &mut Ldap) -> Result<(), LdapError> {
        let (Some(dn), Some(password)) = (&self.settings.bind_dn, &self.settings.bind_password)
        else {
            ldap.simple_bind("", "").await?.success()?;
            return Ok(());
        };
        ldap.simple_bind(dn, password.expose()).await?.success()?;
        Ok(())
    }

    /// The one entry that goes by this name.
    async fn find(&self, ldap: &mut Ldap, username: &str) -> Result<Option<SearchEntry>, NotBound> {
        let settings = &self.settings;
        let filter = settings.filter.replace("{username}", &ldap_escape(username));
        let attributes = [
            &settings.id_attribute,
            &settings.username_attribute,
            &settings.name_attribute,
            &settings.given_name_attribute,
            &settings.family_name_attribute,
            &settings.email_attribute,
        ];
        let mut found = search(ldap, self.base(), &filter, &attributes, 2).await?;
        if found.len() > 1 {
            tracing::warn!(username, "more than one entry of the directory goes by this name");
            return Err(NotBound::Refused(Refusal::LinkedToAnother));
        }
        Ok(found.pop())
    }

    /// The names of the groups that an entry is in, as far as we may see them.
    async fn groups(
        &self,
        ldap: &mut Ldap,
        filter: &str,
        dn: &str,
        username: &str,
    ) -> Result<Vec<String>, NotBound> {
        self.bind_as_ourselves(ldap).await?;
        let filter =
            filter.replace("{dn}", &ldap_escape(dn)).replace("{username}", &ldap_escape(username));
        let base = self.settings.group_base.as_deref().unwrap_or_else(|| self.base());
        let name = &self.settings.group_attribute;
        let found = search(ldap, base, &filter, &[name], MOST_GROUPS).await?;
        Ok(found.iter().filter_map(|group| first(group, name)).collect())
    }

    fn identity(
        &self,
        entry: &SearchEntry,
        groups: Option<Vec<String>>,
    ) -> Result<ResolvedIdentity, IdentityFault> {
        let settings = &self.settings;
        let subject = first(entry, &settings.id_attribute).unwrap_or_default();
        let mut raw: Map<String, Value> = [
            ("preferred_username", &settings.username_attribute),
            ("name", &settings.name_attribute),
            ("given_name", &settings.given_name_attribute),
            ("family_name", &settings.family_name_attribute),
            ("email", &settings.email_attribute),
        ]
        .into_iter()
        .filter_map(|(claim, attribute)| Some((claim.to_owned(), first(entry, attribute)?.into())))
        .collect();
        raw.insert("email_verified".into(), settings.email_verified.into());
        let read_groups = groups.is_some();
        raw.extend(groups.map(|groups| ("groups".to_owned(), groups.into())));
        let rules = ClaimRules {
            username: "preferred_username".into(),
            username_prefix: String::new(),
            usernames: settings.usernames,
            groups: read_groups.then(|| "groups".to_owned()),
            required_groups: settings.required_groups.clone(),
        };
        rules.resolve(&settings.issuer(), &subject, raw)
    }

    fn base(&self) -> &str {
        self.settings.base.as_deref().unwrap_or_default()
    }
}

/// The first value of an attribute, whose name knows no case; one that is no text as base64url.
fn first(entry: &SearchEntry, attribute: &str) -> Option<String> {
    let named = |name: &String| name.eq_ignore_ascii_case(attribute);
    let text = entry.attrs.iter().find(|(name, _)| named(name)).and_then(|(_, all)| all.first());
    let bytes = || {
        let found = entry.bin_attrs.iter().find(|(name, _)| named(name));
        found.and_then(|(_, all)| all.first()).map(|bytes| secret::base64url(bytes))
    };
    text.cloned().or_else(bytes)
}

async fn search<A: AsRef<str> + Send + Sync>(
    ldap: &mut Ldap,
    base: &str,
    filter: &str,
    attributes: &[A],
    most: i32,
) -> Result<Vec<SearchEntry>, LdapError> {
    ldap.with_search_options(SearchOptions::new().sizelimit(most));
    let found = ldap.search(base, Scope::Subtree, filter, attributes).await?;
    // Beyond the limit there is a code for it, and as many entries as were asked for (§4.5.1.9).
    let entries = match found.1.rc {
        4 => found.0,
        _ => found.success()?.0,
    };
    let kept = entries.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate());
    Ok(kept.map(SearchEntry::construct).collect())
}

/// TLS that trusts the authorities of this file.
fn trusting(file: &std::path::Path) -> Result<Arc<ClientConfig>, String> {
    let unreadable = || format!("{} holds no certificates in PEM form", file.display());
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_| unreadable())?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(unreadable());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
