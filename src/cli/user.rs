//! `doorstep user`: the people who can sign in.

mod claim_args;
mod desk;
mod factors;
mod import;
mod link;
mod show;

use super::Failure;
use super::password_input::PasswordArgs;
use super::settings::{self, SettingsArgs};
use crate::accounts::password::{self, Passwords};
use claim_args::ClaimArgs;
use desk::Desk;

/// Arguments of `doorstep user`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Make an account
    Add {
        /// What the person types to sign in
        username: String,
        #[command(flatten)]
        password: PasswordArgs,
        /// Let the person choose another password at the first sign-in
        #[arg(long)]
        must_change: bool,
        #[command(flatten)]
        claims: ClaimArgs,
    },
    /// Change what is known about a person
    Set {
        /// The person's user name
        username: String,
        #[command(flatten)]
        claims: ClaimArgs,
        /// Forget this claim; can be given more than once
        #[arg(long, value_name = "CLAIM")]
        unset: Vec<String>,
    },
    /// Set a new password, which signs the person out of every browser
    Passwd {
        /// The person's user name
        username: String,
        #[command(flatten)]
        password: PasswordArgs,
        /// Let the person choose another password at the next sign-in
        #[arg(long)]
        must_change: bool,
    },
    /// List or remove the apps and passkeys that a person signs in with
    Factors(factors::Args),
    /// List the accounts
    List {
        /// Write JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one account as JSON
    Show {
        /// The person's user name
        username: String,
    },
    /// Close an account: nobody can sign in to it, and whoever is signed in no longer is
    Disable {
        /// The person's user name
        username: String,
    },
    /// Open an account again
    Enable {
        /// The person's user name
        username: String,
    },
    /// Remove an account for good
    Remove {
        /// The person's user name
        username: String,
    },
    /// Let a person sign in with a provider of the settings
    Link {
        /// The person's user name
        username: String,
        /// The provider's id
        provider: String,
        /// What the provider calls the person: the sub of its ID tokens
        subject: String,
    },
    /// Take that back
    Unlink {
        /// The person's user name
        username: String,
        /// The provider's id
        provider: String,
    },
    /// Make many accounts from a JSON or TOML file: all of them, or none if one is wrong
    Import(import::Args),
}

/// Runs `doorstep user`.
pub async fn run(args: Args) -> Result<(), Failure> {
    let (config, db) = args.settings.open().await?;
    let hashing = password::Settings { concurrency: 1, ..config.password.hashing() };
    let rules = config.password.rules().map_err(settings::bad_list)?;
    let desk = Desk { config, db, passwords: Passwords::start(&hashing), rules };
    let done = match args.command {
        Command::Add { username, password, must_change, claims } => {
            desk.add(&username, &password, must_change, &claims).await
        }
        Command::Set { username, claims, unset } => desk.set(&username, &claims, &unset).await,
        Command::Passwd { username, password, must_change } => {
            desk.passwd(&username, &password, must_change).await
        }
        Command::Factors(args) => desk.factors(&args).await,
        Command::List { json } => desk.list(json).await,
        Command::Show { username } => desk.show(&username).await,
        Command::Disable { username } => desk.set_disabled(&username, true).await,
        Command::Enable { username } => desk.set_disabled(&username, false).await,
        Command::Remove { username } => desk.remove(&username).await,
        Command::Link { username, provider, subject } => {
            desk.link(&username, &provider, &subject).await
        }
        Command::Unlink { username, provider } => desk.unlink(&username, &provider).await,
        Command::Import(args) => desk.import(&args).await,
    };
    desk.db.close().await;
    done
}
