//! Whether the keys of a provider fit each other.

use url::Url;

use super::{ProviderKind, ProviderSettings, Unfit};
use crate::protocol::client::ResponseMode;

impl ProviderSettings {
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
        refuse_unless(self.id != "ldap", "id", "is what the directory of [ldap] is called")?;
        refuse_unless(
            is_web(&self.issuer),
            "issuer",
            "should be an address like https://login.example.org",
        )?;
        refuse_unless(!self.client_id.is_empty(), "client_id", "is missing")?;
        let both = self.client_secret.is_some() && self.client_secret_file.is_some();
        refuse_unless(!both, "client_secret_file", "stands beside client_secret: leave one out")?;
        refuse_unless((1..=60).contains(&self.timeout), "timeout", "should be from 1 to 60")?;
        let fits = self.recheck == 0 || (10..=86_400 * 366).contains(&self.recheck);
        refuse_unless(fits, "recheck", "should be 0, or 10 and more")?;
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
