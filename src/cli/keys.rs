//! `doorstep keys`: the keys that sign tokens.

use serde_json::json;

use super::record::{event, record};
use super::settings::{SettingsArgs, root_key};
use super::{Failure, output};
use crate::clock::{Clock, Timestamp};
use crate::keys::{self, Keys};
use crate::protocol::client::SigningAlg;
use crate::store::Db;

/// Arguments of `doorstep keys`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// List the keys that are published
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Make the next key: it is published now and signs as soon as every program knows it
    Rotate {
        /// The algorithm whose key is followed by another [default: each]
        #[arg(long, value_parser = algorithm, value_name = "RS256|ES256|EdDSA|PS256")]
        alg: Option<SigningAlg>,
        /// Withdraw the present key at once, since somebody else may have it: tokens that it signed are
        /// no longer accepted
        #[arg(long)]
        now: bool,
    },
}

fn algorithm(text: &str) -> Result<SigningAlg, String> {
    SigningAlg::parse(text).ok_or_else(|| "it should be RS256, ES256, EdDSA or PS256".into())
}

impl From<keys::Error> for Failure {
    fn from(error: keys::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// Runs `doorstep keys`.
pub async fn run(args: Args) -> Result<(), Failure> {
    let (config, db) = args.settings.open().await?;
    let root = root_key(&config, &db).await?;
    let keys = Keys::open(db.clone(), root, Clock::system()).await?;
    let done = match args.command {
        Command::List { json: true } => output::json(&keys.list()),
        Command::List { json: false } => list(&keys),
        Command::Rotate { alg, now } => rotate(&db, &keys, alg, now).await,
    };
    db.close().await;
    done
}

fn list(keys: &Keys) -> Result<(), Failure> {
    let rows: Vec<_> = keys
        .list()
        .into_iter()
        .map(|key| {
            let state = match (key.signs, key.active_at > Clock::system().now()) {
                (true, _) => "signs",
                (false, true) => "next",
                (false, false) => "old",
            };
            let until = key.expires_at.map_or_else(String::new, Timestamp::to_utc);
            [key.kid, key.alg.as_str().into(), state.into(), key.active_at.to_utc(), until]
        })
        .collect();
    output::table(["KEY", "ALGORITHM", "STATE", "SIGNS FROM", "PUBLISHED UNTIL"], &rows)
}

async fn rotate(db: &Db, keys: &Keys, alg: Option<SigningAlg>, now: bool) -> Result<(), Failure> {
    let present = |wanted: &SigningAlg| keys.list().iter().any(|key| key.alg == *wanted);
    let algs = match alg {
        Some(alg) => vec![alg],
        None => SigningAlg::ALL.into_iter().filter(present).collect(),
    };
    for alg in algs {
        keys.rotate(alg, now).await?;
        let detail = json!({ "alg": alg.as_str(), "withdrawn": now });
        record(db, event("key_rotated"), detail).await?;
    }
    list(keys)
}
