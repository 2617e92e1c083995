//! `[[providers]]`: what an admin says about a provider. What a key means is said in
//! `doorstep.default.toml`.

mod build;
mod check;

use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

use crate::accounts::linking::Admission;
use crate::accounts::rules::UsernameRule;
use crate::protocol::client::ResponseMode;
use crate::secret::Secret;

/// One provider. Missing keys take the defaults of [`ProviderSettings::default`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderSettings {
    /// Names the provider in addresses and settings.
    pub id: String,
    /// Names it on pages; the id where empty.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its issuer.
    pub issuer: String,
    /// Who we are to it.
    pub client_id: String,
    /// How we prove it.
    #[serde(serialize_with = "hidden")]
    pub client_secret: Option<Secret>,
    /// A file with the same.
    pub client_secret_file: Option<PathBuf>,
    /// Certificate authorities trusted besides the system's, in PEM form.
    pub ca_file: Option<PathBuf>,
    /// What is asked for; by default what the kind needs to know who it is.
    pub scope: String,
    /// How responses come back.
    pub response_mode: ResponseMode,
    /// Whether userinfo is asked besides the ID token.
    pub userinfo: bool,
    /// The claim with the user name.
    pub username_claim: String,
    /// What every user name begins with.
    pub username_prefix: String,
    /// Which user names are let in.
    pub usernames: UsernameRule,
    /// The claim with the groups; empty for none.
    pub groups_claim: String,
    /// Of which groups a person must be in one.
    pub required_groups: Vec<String>,
    /// Who gets in: anybody, or only those whose account was linked.
    pub accounts: Admission,
    /// Whether a verified e-mail address links to the account that has the same.
    pub match_email: bool,
    /// The e-mail domains whose people sign in here.
    pub domains: Vec<String>,
    /// A `prompt` that is always sent.
    pub prompt: String,
    /// `acr_values` that are always sent.
    pub acr_values: String,
    /// Parameters of the program's request that are passed on.
    pub pass_on: Vec<PassOn>,
    /// Whether the provider must say when the person signed in, where a program wants it anew.
    pub require_auth_time: bool,
    /// Seconds after which a refresh asks the provider again; 0 for never.
    pub recheck: i64,
    /// Whether signing out here signs out there.
    pub logout: bool,
    /// Seconds that one step may take, with all requests it needs.
    pub timeout: u64,
    /// `oauth`: where the browser begins.
    pub authorization_endpoint: String,
    /// `oauth`: where codes are redeemed.
    pub token_endpoint: String,
    /// `oauth`: who a token is about.
    pub userinfo_endpoint: String,
    /// `oauth`: the person's addresses.
    pub emails_endpoint: String,
    /// `oauth`: the person's groups.
    pub groups_endpoint: String,
    /// `oauth`: what names a group there.
    pub group_name: String,
    /// `oauth`: what identifies a person.
    pub subject_claim: String,
}

/// What a provider speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// OpenID Connect.
    #[default]
    Oidc,
    /// OAuth 2.0 and an API of its own, as GitHub.
    OAuth,
}

/// A parameter that can be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassOn {
    /// Who will probably sign in.
    LoginHint,
    /// What the person shall be asked.
    Prompt,
    /// How well they shall prove who they are.
    AcrValues,
    /// In which languages.
    UiLocales,
}

/// A key whose value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The key.
    pub field: &'static str,
    /// A sentence that goes on from its name.
    pub reason: String,
}

/// Never writes a secret: what is written is only looked at for its keys.
pub(crate) fn hidden<S: Serializer>(_: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            kind: ProviderKind::Oidc,
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            client_secret_file: None,
            ca_file: None,
            scope: "openid profile email".into(),
            response_mode: ResponseMode::Query,
            userinfo: true,
            username_claim: "preferred_username".into(),
            username_prefix: String::new(),
            usernames: UsernameRule::Strict,
            groups_claim: String::new(),
            required_groups: Vec::new(),
            accounts: Admission::Create,
            match_email: false,
            domains: Vec::new(),
            prompt: String::new(),
            acr_values: String::new(),
            pass_on: vec![PassOn::LoginHint, PassOn::Prompt, PassOn::AcrValues, PassOn::UiLocales],
            require_auth_time: true,
            recheck: 0,
            logout: false,
            timeout: 10,
            authorization_endpoint: String::new(),
            token_endpoint: String::new(),
            userinfo_endpoint: String::new(),
            emails_endpoint: String::new(),
            groups_endpoint: String::new(),
            group_name: "login".into(),
            subject_claim: "id".into(),
        }
    }
}

impl ProviderSettings {
    /// What people read on pages.
    pub fn name(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
}
