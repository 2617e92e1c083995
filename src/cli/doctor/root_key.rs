//! The file with the root key: whether it is there, and whether it is the one that belongs to the store.

use super::report::Report;
use crate::cli::settings::is_sealed;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::key_file::{self, Error};
use crate::keys::Keys;
use crate::store::Db;

const KEY: &str = "key";

/// Looks at the file, and tries it on the store if there is one.
pub async fn check(report: &mut Report, config: &Config, db: Option<&Db>) {
    let root = match key_file::load(&config.key_file) {
        Ok(root) => root,
        Err(error) => return tell(report, &error, db).await,
    };
    report.ok(KEY, "The key file is there, and only its owner can read it.");
    let Some(db) = db else { return };
    match Keys::are_opened_by(&root, db, Clock::system().now()).await {
        Ok(true) => report.ok(KEY, "It opens what is sealed in the database."),
        Ok(false) => {}
        Err(error) => {
            let fix = "Without the right file all that is sealed in the database is lost: look for it in your \
                       copies.";
            report.problem(KEY, error.to_string(), fix);
        }
    }
}

/// The file cannot be used.
async fn tell(report: &mut Report, error: &Error, db: Option<&Db>) {
    let is_needed = match db {
        Some(db) => is_sealed(db).await.unwrap_or(true),
        None => false,
    };
    let fix = match error {
        Error::Missing(path) if !is_needed => {
            let text = format!("The key file {} is not there yet.", path.display());
            let fix = "It is made at the first start. If there was one, put it back: without it nothing in \
                       the database can be used.";
            return report.warn(KEY, text, fix);
        }
        Error::Open(_) => {
            "The key opens everything that is sealed in the database: it has to be yours alone."
        }
        Error::Io(..) => "Let the user that runs Doorstep read and write it.",
        Error::Missing(_) | Error::NotAKey(_) => "Look for the right file in your copies.",
    };
    report.problem(KEY, error.to_string(), fix);
}
