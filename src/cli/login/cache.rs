//! Tokens kept between runs: one file for each issuer, client and scope, readable by its owner only,
//! replaced as a whole, with a lock beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::lock::Lock;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::relying_party::{Claims, Tokens};
use crate::secret::{self, Secret};

/// The folder of all kept tokens.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Cache {
    folder: PathBuf,
}

/// What tokens belong to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::cli) struct Key {
    pub(in crate::cli) issuer: String,
    pub(in crate::cli) client_id: String,
    pub(in crate::cli) scope: String,
}

/// Kept tokens, as the file spells them.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(flatten)]
    key: Key,
    access_token: String,
    expires_at: Option<Timestamp>,
    id_token: String,
    refresh_token: Option<String>,
    granted_scope: Option<String>,
    obtained_at: Timestamp,
}

/// The place for one key's tokens.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Entry {
    key: Key,
    file: PathBuf,
}

impl Cache {
    /// Opens the folder, made for this user alone if it is new: `DOORSTEP_CACHE_DIR`, or `doorstep` in
    /// the place for such files. An error names it.
    pub(in crate::cli) fn open() -> io::Result<Self> {
        let folder =
            match std::env::var_os("DOORSTEP_CACHE_DIR").filter(|folder| !folder.is_empty()) {
                Some(folder) => PathBuf::from(folder),
                None => base().ok_or_else(homeless)?.join("doorstep"),
            };
        match make_private(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(error) => {
                Err(io::Error::new(error.kind(), format!("{}: {error}", folder.display())))
            }
        }
    }

    /// The place for the tokens of `key`.
    pub(in crate::cli) fn entry(&self, key: Key) -> Entry {
        let name = secret::digest(
            [&key.issuer, &key.client_id, &key.scope].map(|part| format!("{part}\0")).concat(),
        );
        Entry { key, file: self.folder.join(format!("{name}.json")) }
    }

    /// Every place that has tokens.
    pub(in crate::cli) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "json")
                && let Some(record) = read(&file)
            {
                entries.push(Entry { key: record.key, file });
            }
        }
        Ok(entries)
    }
}

impl Entry {
    /// What the tokens belong to.
    pub(in crate::cli) fn key(&self) -> &Key {
        &self.key
    }

    /// The tokens, if there are any that can be read.
    pub(in crate::cli) fn tokens(&self) -> Option<Tokens> {
        let record = read(&self.file).filter(|record| record.key == self.key)?;
        Some(Tokens {
            claims: Claims::of_kept(&record.id_token)?,
            access_token: Secret::new(record.access_token),
            expires_at: record.expires_at,
            id_token: Secret::new(record.id_token),
            refresh_token: record.refresh_token.map(Secret::new),
            scope: record.granted_scope,
            obtained_at: record.obtained_at,
        })
    }

    /// Keeps `tokens` in place of what was there: written aside, then renamed, so that a reader sees
    /// the old or the new and never a half.
    pub(in crate::cli) fn keep(&self, tokens: &Tokens) -> io::Result<()> {
        let record = Record {
            key: self.key.clone(),
            access_token: tokens.access_token.expose().to_owned(),
            expires_at: tokens.expires_at,
            id_token: tokens.id_token.expose().to_owned(),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().to_owned()),
            granted_scope: tokens.scope.clone(),
            obtained_at: tokens.obtained_at,
        };
        let aside = self.file.with_extension(format!("{}.tmp", secret::random_id()));
        let written = write_private(&aside, &serde_json::to_vec(&record)?)
            .and_then(|()| fs::rename(&aside, &self.file));
        if written.is_err() {
            let _ = fs::remove_file(&aside);
        }
        written
    }

    /// Forgets the tokens.
    pub(in crate::cli) fn forget(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Waits until no other process signs in for this key; calls `waiting` once if one does.
    pub(in crate::cli) async fn lock(&self, waiting: impl FnOnce()) -> io::Result<Lock> {
        Lock::acquire(&self.file.with_extension("lock"), waiting).await
    }
}

fn read(file: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}

fn write_private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private().create_new(true).write(true).open(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Options for a file that only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn homeless() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "this user has no home directory")
}

/// Where the system keeps such files of this user.
fn base() -> Option<PathBuf> {
    let variable =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library").join("Caches"));
    }
    variable("XDG_CACHE_HOME").or_else(|| Some(home()?.join(".cache")))
}
