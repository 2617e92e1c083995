//! What an admin says about second factors.

use serde_json::Value;
use url::Url;

use crate::accounts::Account;

/// Which factors there are, and who has to have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSettings {
    /// Whether authenticator apps may be added and are asked for.
    pub totp: bool,
    /// Whether passkeys may be added and are asked for. They need an issuer with a host name.
    pub passkeys: bool,
    /// Whether everybody needs a second factor.
    pub require_mfa: bool,
    /// The groups whose members need one.
    pub require_mfa_groups: Vec<String>,
}

impl FactorSettings {
    /// Whether these settings ask anybody for a second factor.
    pub fn is_required_of_anybody(&self) -> bool {
        self.require_mfa || !self.require_mfa_groups.is_empty()
    }

    /// Whether anybody can have a second factor of an issuer at this origin.
    pub fn can_be_met_at(&self, origin: &str) -> bool {
        let has_host_name = || Url::parse(origin).is_ok_and(|url| url.domain().is_some());
        self.totp || (self.passkeys && has_host_name())
    }

    /// Whether they ask this person for one.
    pub fn is_required_of(&self, account: &Account) -> bool {
        let groups = account.claims.as_map().get("groups").and_then(Value::as_array);
        let is_listed = |group: &Value| {
            group.as_str().is_some_and(|group| {
                self.require_mfa_groups.iter().any(|required| required == group)
            })
        };
        self.require_mfa || groups.is_some_and(|groups| groups.iter().any(is_listed))
    }
}

impl Default for FactorSettings {
    fn default() -> Self {
        Self { totp: true, passkeys: true, require_mfa: false, require_mfa_groups: Vec::new() }
    }
}
