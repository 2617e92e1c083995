//! `[[gateway]]`: what an admin says about an app. What a key means is said in `doorstep.default.toml`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::accounts::rules::UsernameRule;
use crate::protocol::client::ResponseMode;
use crate::protocol::issuer_url::IssuerUrl;
use crate::secret::Secret;
use crate::upstream::settings::hidden;
use crate::upstream::{ProviderSettings, Unfit};
use crate::web::site;

/// One app. Missing keys take the defaults of [`AppSettings::default`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct AppSettings {
    /// Names the app in cookies, logs and settings.
    pub id: String,
    /// Names it on pages; the id where empty.
    pub name: String,
    /// Where the gateway's addresses for it lie: the app's own host, and a path.
    pub url: String,
    /// The issuer that people sign in with.
    pub issuer: String,
    /// Who the app is to the issuer.
    pub client_id: String,
    /// How it proves that.
    #[serde(serialize_with = "hidden")]
    pub client_secret: Option<Secret>,
    /// A file with the same.
    pub client_secret_file: Option<PathBuf>,
    /// Certificate authorities trusted besides the system's, in PEM form.
    pub ca_file: Option<PathBuf>,
    /// What is asked for.
    pub scope: String,
    /// A `prompt` that is always sent.
    pub prompt: String,
    /// How responses come back.
    pub response_mode: ResponseMode,
    /// Whether userinfo is asked besides the ID token.
    pub userinfo: bool,
    /// The claim with the user name.
    pub username_claim: String,
    /// Which user names are let in.
    pub usernames: UsernameRule,
    /// The claim with the groups; empty for none.
    pub groups_claim: String,
    /// Of which groups a person must be in one.
    pub required_groups: Vec<String>,
    /// Where a browser goes on when nothing else was asked for, and after signing out.
    pub home: String,
    /// Whether the app's own form may ask for passwords.
    pub login: bool,
    /// Whether desktop apps can wait for a sign-in.
    pub desktop: bool,
    /// Whether they have to run in the same network as the browser.
    pub desktop_same_network: bool,
    /// Whether signing out here signs out at the issuer.
    pub logout: bool,
    /// Seconds that a session counts without the issuer being asked again.
    pub session_lifetime: i64,
    /// Seconds for which it can be.
    pub refresh_lifetime: i64,
    /// Seconds that one step with the issuer may take.
    pub timeout: u64,
    /// The Kubernetes API server that people can download a kubeconfig for; empty for none.
    pub kubeconfig_server: String,
    /// What the cluster is called in it.
    pub kubeconfig_cluster: String,
    /// The cluster's certificate authority, in PEM form.
    pub kubeconfig_ca_file: Option<PathBuf>,
    /// The public client that kubectl signs in as, by `doorstep login`; empty to put in an ID token.
    pub kubeconfig_client_id: String,
}

/// Requests a minute that one address may make at all apps together.
#[derive(Clone, Copy, Debug)]
pub struct GatewayLimits {
    /// That make us ask an issuer, or write.
    pub requests: u32,
    /// Questions of desktop apps.
    pub polls: u32,
    /// Bytes of a request body.
    pub body_bytes: usize,
}

impl Default for GatewayLimits {
    fn default() -> Self {
        Self { requests: 120, polls: 600, body_bytes: crate::protocol::params::MAX_BYTES }
    }
}

impl Default for AppSettings {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            url: String::new(),
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            client_secret_file: None,
            ca_file: None,
            scope: "openid profile email groups offline_access".into(),
            prompt: String::new(),
            response_mode: ResponseMode::Query,
            userinfo: true,
            username_claim: "preferred_username".into(),
            usernames: UsernameRule::Strict,
            groups_claim: "groups".into(),
            required_groups: Vec::new(),
            home: "/".into(),
            login: false,
            desktop: false,
            desktop_same_network: false,
            logout: true,
            session_lifetime: 8 * 3600,
            refresh_lifetime: 30 * 86_400,
            timeout: 10,
            kubeconfig_server: String::new(),
            kubeconfig_cluster: "cluster".into(),
            kubeconfig_ca_file: None,
            kubeconfig_client_id: String::new(),
        }
    }
}

impl AppSettings {
    /// What people read on pages.
    pub fn name(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }

    /// The path of the gateway's addresses for it.
    pub(crate) fn path(&self) -> &str {
        let (_, rest) = self.url.split_once("://").unwrap_or_default();
        rest.find('/').map_or("", |slash| &rest[slash..])
    }

    /// Whether the keys fit each other.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self, allow_insecure_http: bool) -> Result<(), Unfit> {
        self.provider().check()?;
        let url = IssuerUrl::parse(&self.url, allow_insecure_http);
        let url = url.map_err(|reason| Unfit { field: "url", reason })?;
        refuse_unless(
            !url.path().is_empty(),
            "url",
            "should have a path, as in https://app.example.org/auth",
        )?;
        refuse_unless(is_own_path(&self.home), "home", "should be a path like /")?;
        let lifetimes = (60..=self.refresh_lifetime).contains(&self.session_lifetime);
        refuse_unless(
            lifetimes,
            "session_lifetime",
            "should be 60 or more, and not above refresh_lifetime",
        )?;
        let fits = self.refresh_lifetime <= 366 * 86_400;
        refuse_unless(fits, "refresh_lifetime", "should be a year at most")?;
        let fits =
            self.kubeconfig_server.is_empty() || self.kubeconfig_server.starts_with("https://");
        refuse_unless(fits, "kubeconfig_server", "should be like https://cluster.example.org:6443")
    }

    /// The issuer, as sign-in elsewhere is set up everywhere.
    pub(crate) fn provider(&self) -> ProviderSettings {
        ProviderSettings {
            id: self.id.clone(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            client_secret_file: self.client_secret_file.clone(),
            ca_file: self.ca_file.clone(),
            scope: self.scope.clone(),
            prompt: self.prompt.clone(),
            response_mode: self.response_mode,
            userinfo: self.userinfo,
            username_claim: self.username_claim.clone(),
            usernames: self.usernames,
            groups_claim: self.groups_claim.clone(),
            required_groups: self.required_groups.clone(),
            timeout: self.timeout,
            ..ProviderSettings::default()
        }
    }
}

/// Checks each app by itself, and that no two share an id, which names their cookies, or a path.
///
/// # Errors
/// The app's id, and what is wrong with it.
pub fn check_apps(apps: &[AppSettings], allow_insecure_http: bool) -> Result<(), (String, Unfit)> {
    for (index, app) in apps.iter().enumerate() {
        let named = |unfit: Unfit| (app.id.clone(), unfit);
        app.check(allow_insecure_http).map_err(named)?;
        let others = &apps[..index];
        let new_id = others.iter().all(|other| other.id != app.id);
        refuse_unless(new_id, "id", "stands here twice").map_err(named)?;
        let new_path = others.iter().all(|other| other.path() != app.path());
        refuse_unless(new_path, "url", "should have a path that no other app has")
            .map_err(named)?;
    }
    Ok(())
}

/// Whether a browser may be sent on to this path of the app's own host.
pub(super) fn is_own_path(path: &str) -> bool {
    site::is_own_path(path) && path.len() <= 2048
}

fn refuse_unless(fits: bool, field: &'static str, reason: &str) -> Result<(), Unfit> {
    if fits { Ok(()) } else { Err(Unfit { field, reason: reason.into() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_own_host_lead_back() {
        for path in ["/", "/clusters?x=1#y", "/a//b", "/@x", "/%2F%2Fevil.example"] {
            assert!(is_own_path(path), "{path}");
        }
        let long = format!("/{}", "x".repeat(2048));
        for path in [
            "",
            "x",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\t/x",
            "/ü",
            &long,
        ] {
            assert!(!is_own_path(path), "{path}");
        }
    }
}
