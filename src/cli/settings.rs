//! What every administrative command begins with: the settings, the store and its root key.

use std::path::PathBuf;

use super::Failure;
use crate::accounts::breached::BadList;
use crate::clock::Timestamp;
use crate::config::{self, Config, key_file};
use crate::secret::RootKey;
use crate::store::{self, Db};

/// Where the settings are.
#[derive(clap::Args, Debug)]
pub struct SettingsArgs {
    /// The settings file [default: $DOORSTEP_CONFIG, else ./doorstep.toml if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl SettingsArgs {
    /// The settings.
    pub fn load(&self) -> Result<Config, Failure> {
        Ok(Config::load(self.config.as_deref())?)
    }

    /// The settings and the store that they name.
    pub async fn open(&self) -> Result<(Config, Db), Failure> {
        let config = self.load()?;
        let db = open_store(&config).await?;
        Ok((config, db))
    }
}

/// Opens the store of the settings; a failure names the setting, and the store without its password.
pub async fn open_store(config: &Config) -> Result<Db, Failure> {
    let url = config.database.url.expose();
    let opened = Db::connect(url, config.database.max_connections).await;
    opened
        .map_err(|error| Failure::new(format!("database.url ({}): {error}", without_password(url))))
}

/// The root key of the settings. A new one is made only for a store that nothing was sealed in yet: beside
/// any other it would hide that the right one is gone.
pub async fn root_key(config: &Config, db: &Db) -> Result<RootKey, Failure> {
    if is_sealed(db).await? {
        return Ok(key_file::load(&config.key_file)?);
    }
    Ok(key_file::load_or_create(&config.key_file)?.0)
}

/// Whether a root key was used with this store before.
pub async fn is_sealed(db: &Db) -> Result<bool, Failure> {
    Ok(!db.signing_keys(Timestamp(0)).await?.is_empty())
}

fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.has_host() && !url.starts_with("sqlite:") => {
            let _ = parsed.set_password(None);
            parsed.set_query(None);
            parsed.to_string()
        }
        _ if url.starts_with("sqlite:") => url.to_owned(),
        _ => "not shown, since a password may be in it".into(),
    }
}

/// The list of breached passwords cannot be used; a failure names the setting.
pub fn bad_list(error: BadList) -> Failure {
    Failure::new(format!("password.breached_list: {error}"))
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<config::key_file::Error> for Failure {
    fn from(error: config::key_file::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        let named = without_password(
            "postgres://doorstep:hunter2@db.example.org:5432/doorstep?password=hunter2",
        );
        assert_eq!(named, "postgres://doorstep@db.example.org:5432/doorstep");
        assert_eq!(without_password("sqlite:doorstep.db"), "sqlite:doorstep.db");
        assert!(!without_password("postgres:hunter2@nowhere").contains("hunter2"));
    }
}
