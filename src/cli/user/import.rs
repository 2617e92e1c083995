//! `doorstep user import`: many accounts from one file, as they come from another system.
//!
//! Everything is checked before anything is stored, so a file with a mistake in it changes nothing.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::desk::{Desk, checked};
use crate::accounts::Account;
use crate::accounts::password::is_usable_hash;
use crate::cli::{Failure, output};
use crate::secret::Secret;

/// Arguments of `doorstep user import`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A JSON file with a list of users, or a TOML file with a users table for each. A user has a
    /// username, and may have a password or an Argon2 password_hash, must_change_password, a sub,
    /// disabled, and claims by their names
    file: PathBuf,
    /// Leave accounts as they are whose user name exists already
    #[arg(long)]
    skip_existing: bool,
}

#[derive(Deserialize)]
struct Entry {
    username: String,
    /// The `sub` that programs know the person by, from the system before.
    sub: Option<String>,
    password: Option<Secret>,
    password_hash: Option<Secret>,
    /// Whether another password has to be chosen at the first sign-in.
    #[serde(default)]
    must_change_password: bool,
    #[serde(default)]
    disabled: bool,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl Desk {
    pub(super) async fn import(&self, args: &Args) -> Result<(), Failure> {
        let entries = read(args)?;
        let (mut accounts, mut seen) = (Vec::new(), HashSet::new());
        let (total, mut skipped) = (entries.len(), 0);
        for entry in entries {
            let account = self.check(&entry)?;
            if !seen.insert(account.username.clone()) {
                return Err(wrong(&account.username, "stands in the file twice"));
            }
            if !seen.insert(format!("sub {}", account.id)) {
                return Err(wrong(&account.username, "has the sub of another user of the file"));
            }
            match self.db.find_account_by_username(&account.username).await? {
                Some(_) if args.skip_existing => skipped += 1,
                Some(_) => {
                    return Err(wrong(
                        &account.username,
                        "exists already; --skip-existing passes over it",
                    ));
                }
                None if self.db.find_account(&account.id).await?.is_some() => {
                    return Err(wrong(
                        &account.username,
                        "has the sub of an account that exists already",
                    ));
                }
                None => accounts.push((account, entry)),
            }
        }
        for (account, entry) in accounts {
            let hash = match (entry.password, entry.password_hash) {
                (Some(password), _) => Some(self.hash(&password, &account.username).await?),
                (None, hash) => hash.map(|hash| hash.expose().to_owned()),
            };
            if !self.db.insert_account(&account, hash).await? {
                return Err(wrong(
                    &account.username,
                    "was made by somebody else meanwhile; those before it are stored",
                ));
            }
            if entry.must_change_password {
                self.db.require_password_change(&account.id).await?;
            }
            self.record("account_made", &account, json!({ "username": account.username })).await?;
        }
        output::line(format!(
            "{} accounts were made, {skipped} were there already.",
            total - skipped
        ))
    }

    fn check(&self, entry: &Entry) -> Result<Account, Failure> {
        let username = self.username(&entry.username)?;
        let claims = checked(entry.claims.clone()).map_err(|failure| {
            wrong(&username, &format!("cannot be imported: {}", failure.message))
        })?;
        let mut account =
            Account { disabled: entry.disabled, ..self.new_account(username, claims) };
        let name = account.username.as_str();
        if let Some(sub) = &entry.sub {
            if sub.is_empty() || sub.len() > 255 || !sub.bytes().all(|byte| byte.is_ascii_graphic())
            {
                return Err(wrong(
                    name,
                    "has a sub that is not 1 to 255 ASCII characters without spaces",
                ));
            }
            account.id.clone_from(sub);
        }
        match (&entry.password, &entry.password_hash) {
            (Some(_), Some(_)) => Err(wrong(
                &account.username,
                "has a password and a password_hash; leave one of them out",
            )),
            (Some(password), None) => {
                self.check_password(password, &account.username)?;
                Ok(account)
            }
            (None, Some(hash)) if !is_usable_hash(hash.expose()) => Err(wrong(
                &account.username,
                "has a password_hash that is not Argon2 in the PHC format, as in $argon2id$v=19$…",
            )),
            (None, _) => Ok(account),
        }
    }
}

fn wrong(username: &str, reason: &str) -> Failure {
    Failure::new(format!("the user {username} {reason}"))
}

/// Reads the file. Errors do not quote it: there are passwords in it.
fn read(args: &Args) -> Result<Vec<Entry>, Failure> {
    let name = args.file.display();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::new(format!("{name} cannot be read: {error}")))?;
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let bad =
        |line: usize| Failure::new(format!("{name} cannot be understood, from line {line} on"));
    let value: Value = if args.file.extension().is_some_and(|extension| extension == "toml") {
        let line =
            |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        toml::from_str(text)
            .map_err(|error| bad(line(error.span().map_or(0, |span| span.start))))?
    } else {
        serde_json::from_str(text).map_err(|error| bad(error.line()))?
    };
    let users = listed(value).map_err(|reason| Failure::new(format!("{name} {reason}")))?;
    users.into_iter().enumerate().map(|(index, user)| entry(1 + index, user)).collect()
}

/// The users of a file: a list, or `users` with one.
fn listed(value: Value) -> Result<Vec<Value>, String> {
    let users = match value {
        Value::Object(mut members) => {
            let users = members.remove("users").unwrap_or_default();
            if let Some(other) = members.keys().next() {
                return Err(format!("has {other}, and nothing but users is read"));
            }
            users
        }
        value => value,
    };
    match users {
        Value::Array(users) => Ok(users),
        _ => Err("should be a list of users, each with a username in quotes".into()),
    }
}

/// One user. What is wrong is looked for by hand, since the words of the parser quote it.
fn entry(number: usize, user: Value) -> Result<Entry, Failure> {
    let wrong = |name: &str, reason: &str| {
        Failure::new(format!("user {number} of the file: {name} should be {reason}"))
    };
    for name in ["username", "sub", "password", "password_hash"] {
        if user.get(name).is_some_and(|value| !value.is_string()) {
            return Err(wrong(name, "text in quotes"));
        }
    }
    for name in ["must_change_password", "disabled"] {
        if user.get(name).is_some_and(|value| !value.is_boolean()) {
            return Err(wrong(name, "true or false"));
        }
    }
    serde_json::from_value(user).map_err(|_| wrong("it", "a user with a username in quotes"))
}
