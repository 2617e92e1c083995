//! `doorstep client`: the programs that people sign in to.

mod add;
mod list;
mod registration_token;

use serde_json::json;

use super::record::{event, record};
use super::settings::SettingsArgs;
use super::{Failure, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::protocol::client::builtin::DOORSTEP_CLI;
use crate::protocol::client::{Client, ClientSecret, GrantType};
use crate::secret::Secret;
use crate::store::Db;

/// What client secrets begin with, so that scanners for leaked secrets know them.
const SECRET_PREFIX: &str = "dsc_";

/// Arguments of `doorstep client`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Add a client, and print its secret, this once
    Add(add::Args),
    /// List the clients
    List {
        /// Write JSON, with every setting
        #[arg(long)]
        json: bool,
    },
    /// Give a client a new secret and print it, this once; the old one is no longer accepted
    RotateSecret {
        /// The client's id
        client_id: String,
    },
    /// Make a token with which programs can register themselves, and print it, this once
    RegistrationToken {
        /// For how many days it is good
        #[arg(long, default_value_t = 7)]
        days: i64,
    },
    /// Remove a client
    Remove {
        /// The client's id
        client_id: String,
    },
}

/// Runs `doorstep client`.
pub async fn run(args: Args) -> Result<(), Failure> {
    let (config, db) = args.settings.open().await?;
    let done = match args.command {
        Command::Add(args) => add::run(&config, &db, &args).await,
        Command::List { json } => list::run(&config, &db, json).await,
        Command::RotateSecret { client_id } => rotate(&config, &db, &client_id).await,
        Command::RegistrationToken { days } => registration_token::run(&config, &db, days).await,
        Command::Remove { client_id } => remove(&config, &db, &client_id).await,
    };
    db.close().await;
    done
}

async fn rotate(config: &Config, db: &Db, client_id: &str) -> Result<(), Failure> {
    let mut client = find(config, db, client_id).await?;
    let method = client.token_endpoint_auth_method;
    if !method.uses_secret() {
        let method = method.as_str();
        return Err(Failure::new(format!(
            "the client {client_id} has no secret: its token_endpoint_auth_method is {method}"
        )));
    }
    let secret = new_secret();
    client.client_secret = Some(ClientSecret::new(secret.expose()));
    db.update_client(&client, Clock::system().now()).await?;
    record(db, event("client_secret_rotated").client(client_id), json!({})).await?;
    output::line(format!(
        "The client {client_id} has a new secret; the old one is no longer accepted."
    ))?;
    show_secret(&secret)
}

async fn remove(config: &Config, db: &Db, client_id: &str) -> Result<(), Failure> {
    let client = find(config, db, client_id).await?;
    db.delete_client(&client.client_id).await?;
    record(db, event("client_removed").client(client_id), json!({})).await?;
    output::line(format!("The client {client_id} is gone."))
}

async fn find(config: &Config, db: &Db, client_id: &str) -> Result<Client, Failure> {
    if let Some(client) = db.find_client(client_id).await? {
        return Ok(client);
    }
    if config.all_clients().iter().any(|known| known.client_id == client_id) {
        return Err(not_stored(client_id));
    }
    Err(Failure::new(format!(
        "there is no client {client_id:?}; doorstep client list shows them all"
    )))
}

fn not_stored(client_id: &str) -> Failure {
    Failure::new(match client_id {
        DOORSTEP_CLI => {
            format!("{client_id} is built in; cli_client = false in the settings takes it away")
        }
        _ => format!("the client {client_id} stands in the settings file: change it there"),
    })
}

/// What an admin should hear who lets a program ask people for their password.
pub(super) fn password_warning(client: &Client) -> Option<String> {
    let asks = client.grant_types.contains(&GrantType::Password);
    asks.then(|| {
        format!(
            "the client {} may ask people for their password itself (grant_types has password): whoever \
             runs it can read every password",
            client.client_id
        )
    })
}

fn new_secret() -> Secret {
    Secret::new(format!("{SECRET_PREFIX}{}", Secret::generate().expose()))
}

fn show_secret(secret: &Secret) -> Result<(), Failure> {
    output::line(format!("Its secret, which is not shown again: {}", secret.expose()))
}
