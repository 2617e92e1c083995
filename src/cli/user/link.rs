//! `doorstep user link` and `unlink`: who a person is at a provider.

use serde::Serialize;
use serde_json::json;

use super::desk::Desk;
use crate::accounts::Account;
use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::relying_party::issuer_key;
use crate::store::links::Link;

/// A link as `doorstep user show` writes it.
#[derive(Serialize)]
pub(super) struct ShownLink {
    provider: String,
    issuer: String,
    subject: String,
    made: bool,
    linked_at: String,
}

/// A place of the settings where people are known.
struct Elsewhere {
    id: String,
    name: String,
    issuer: String,
    vouches: bool,
}

impl Desk {
    /// Links an account to who its owner is at a provider.
    pub(super) async fn link(
        &self,
        username: &str,
        provider: &str,
        subject: &str,
    ) -> Result<(), Failure> {
        let account = self.find(username).await?;
        let provider = self.provider(provider)?;
        if subject.trim().is_empty() || subject.contains(char::is_control) {
            return Err(Failure::new("the subject is empty or has control characters in it"));
        }
        let detail = json!({ "issuer": provider.issuer, "subject": subject });
        let link = Link {
            issuer: provider.issuer,
            subject: subject.to_owned(),
            account_id: account.id.clone(),
            provider: provider.id,
            made: false,
            vouches: provider.vouches,
            linked_at: Clock::system().now(),
        };
        if !self.db.insert_link(link).await? {
            return Err(Failure::new(format!(
                "{} is linked to somebody at {} already, or {subject:?} is to another account; nothing was changed",
                account.username, provider.name
            )));
        }
        self.record("account_linked", &account, detail).await?;
        output::line(format!(
            "{} can sign in with {} as {subject}.",
            account.username, provider.name
        ))
    }

    /// Takes the link to a provider away.
    pub(super) async fn unlink(&self, username: &str, provider: &str) -> Result<(), Failure> {
        let account = self.find(username).await?;
        let provider = self.provider(provider)?;
        let links = self.db.links_of(&account.id).await?;
        let Some(link) = links.iter().find(|link| link.issuer == provider.issuer) else {
            return Err(Failure::new(format!(
                "{} is not linked to {}",
                account.username, provider.name
            )));
        };
        self.db.delete_link(&link.issuer, &link.subject).await?;
        let detail = json!({ "issuer": link.issuer, "subject": link.subject });
        self.record("account_unlinked", &account, detail).await?;
        output::line(format!("{} can no longer sign in with {}.", account.username, provider.name))
    }

    /// Who the person is elsewhere.
    pub(super) async fn links(&self, account: &Account) -> Result<Vec<ShownLink>, Failure> {
        let shown = |link: Link| ShownLink {
            provider: link.provider,
            issuer: link.issuer,
            subject: link.subject,
            made: link.made,
            linked_at: link.linked_at.to_rfc3339(),
        };
        Ok(self.db.links_of(&account.id).await?.into_iter().map(shown).collect())
    }

    fn provider(&self, id: &str) -> Result<Elsewhere, Failure> {
        let ldap = &self.config.ldap;
        if id == "ldap" && ldap.url.is_some() {
            let (issuer, name) = (ldap.issuer(), "the directory".to_owned());
            return Ok(Elsewhere { id: id.to_owned(), name, issuer, vouches: false });
        }
        let found = self.config.providers.iter().find(|provider| provider.id == id);
        let provider = found.ok_or_else(|| {
            Failure::new(format!(
                "there is no provider {id:?} among the [[providers]] of the settings"
            ))
        })?;
        Ok(Elsewhere {
            id: id.to_owned(),
            name: provider.name().to_owned(),
            issuer: issuer_key(&provider.issuer).to_owned(),
            vouches: provider.match_email,
        })
    }
}
