//! `[[providers]]`: what an admin says about a provider. What a key means is said in
//! `doorstep.default.toml`.

mod build;

use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};
use url::Url;

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
fn hidden<S: Serializer>(_: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
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

    /// Whether the keys fit each other.
    ///
    /// # Errors
    /// The first that does not.
    pub fn check(&self) -> Result<(), Unfit> {
        refuse_unless(
            is_id(&self.id),
            "id",
            "should be 1 to 32 letters from a to z, digits and hyphens",
        )?;
        refuse_unless(
            is_web(&self.issuer),
            "issuer",
            "should be an address like https://login.example.org",
        )?;
        refuse_unless(!self.client_id.is_empty(), "client_id", "is missing")?;
        let both = self.client_secret.is_some() && self.client_secret_file.is_some();
        refuse_unless(!both, "client_secret_file", "stands beside client_secret: leave one out")?;
        refuse_unless((1..=60).contains(&self.timeout), "timeout", "should be from 1 to 60")?;
        let fits = self.recheck == 0 || (60..=86_400 * 366).contains(&self.recheck);
        refuse_unless(fits, "recheck", "should be 0, or 60 and more")?;
        let gate = self.required_groups.is_empty() || !self.groups_claim.is_empty();
        refuse_unless(gate, "required_groups", "needs groups_claim to say where the groups are")?;
        let fits = self.domains.iter().all(|domain| domain.contains('.') && !domain.contains('@'));
        refuse_unless(fits, "domains", "should be domains like example.org")?;
        let fits = !self.prompt.split(' ').any(|prompt| prompt == "none");
        refuse_unless(fits, "prompt", "should not be none: the person is there to be asked")?;
        match self.kind {
            ProviderKind::Oidc => self.check_oidc(),
            ProviderKind::OAuth => self.check_oauth(),
        }
    }

    fn check_oidc(&self) -> Result<(), Unfit> {
        let openid = self.scope.split(' ').any(|scope| scope == "openid");
        refuse_unless(openid, "scope", "should have openid in it")?;
        let fits = self.response_mode != ResponseMode::Fragment;
        refuse_unless(fits, "response_mode", "should be query or form_post")?;
        for (field, value) in self.endpoints() {
            refuse_unless(
                value.is_empty(),
                field,
                "is for kind = \"oauth\": discovery tells it here",
            )?;
        }
        Ok(())
    }

    fn check_oauth(&self) -> Result<(), Unfit> {
        let fits = self.response_mode == ResponseMode::Query;
        refuse_unless(fits, "response_mode", "should be query where kind = \"oauth\"")?;
        for (field, value) in &self.endpoints()[..3] {
            refuse_unless(is_web(value), field, "should be an address like https://example.org/x")?;
        }
        for (field, value) in &self.endpoints()[3..] {
            let fits = value.is_empty() || is_web(value);
            refuse_unless(fits, field, "should be an address like https://example.org/x")?;
        }
        refuse_unless(!self.subject_claim.is_empty(), "subject_claim", "is missing")?;
        refuse_unless(!self.logout, "logout", "is for kind = \"oidc\"")
    }

    /// The addresses that discovery tells of an OpenID Connect issuer: those that are needed first.
    fn endpoints(&self) -> [(&'static str, &str); 5] {
        [
            ("authorization_endpoint", &self.authorization_endpoint),
            ("token_endpoint", &self.token_endpoint),
            ("userinfo_endpoint", &self.userinfo_endpoint),
            ("emails_endpoint", &self.emails_endpoint),
            ("groups_endpoint", &self.groups_endpoint),
        ]
    }
}

fn refuse_unless(fits: bool, field: &'static str, reason: &str) -> Result<(), Unfit> {
    if fits { Ok(()) } else { Err(Unfit { field, reason: reason.into() }) }
}

fn is_id(id: &str) -> bool {
    (1..=32).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_web(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}
