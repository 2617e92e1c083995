//! Whether the providers and clients of the settings fit each other and the rest.

use super::{Config, Misfit, tables};
use crate::protocol::client::Client;
use crate::protocol::client::builtin::DOORSTEP_CLI;
use crate::upstream::ProviderSettings;

impl Config {
    pub(super) fn check_providers(&self) -> Result<(), Misfit> {
        let mut seen = Vec::new();
        for provider in &self.providers {
            let id = provider.id.as_str();
            let key = |field: &str| tables::key::<ProviderSettings>(id, field);
            provider.check().map_err(|unfit| Misfit::new(key(unfit.field), unfit.reason))?;
            if seen.contains(&id) {
                return Err(Misfit::new(key("id"), "stands here twice"));
            }
            seen.push(id);
        }
        if !self.accounts.passwords && seen.is_empty() {
            let reason = "leaves no way in: add [[providers]] first";
            return Err(Misfit::new("accounts.passwords", reason));
        }
        Ok(())
    }

    pub(super) fn check_clients(&self) -> Result<(), Misfit> {
        let mut seen = Vec::new();
        for client in &self.clients {
            let id = client.client_id.as_str();
            let key = |field: &str| tables::key::<Client>(id, field);
            let checked = client.check().and_then(|()| self.grants.check(client));
            checked.map_err(|bad| Misfit::new(key(bad.field), bad.reason))?;
            if seen.contains(&id) {
                return Err(Misfit::new(key("client_id"), "stands here twice"));
            }
            let known = |provider: &String| self.providers.iter().any(|p| p.id == *provider);
            if !client.provider.as_ref().is_none_or(known) {
                return Err(Misfit::new(key("provider"), "is not the id of one of [[providers]]"));
            }
            seen.push(id);
        }
        if self.cli_client && seen.contains(&DOORSTEP_CLI) {
            let key = tables::key::<Client>(DOORSTEP_CLI, "client_id");
            return Err(Misfit::new(
                key,
                "is the built-in client's; to replace it, set cli_client = false",
            ));
        }
        Ok(())
    }
}
