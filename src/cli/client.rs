//! `doorstep client`: the programs that people sign in to.

mod registration_token;

use serde::{Deserialize, Serialize};
use serde_json::json;
use toml::{Table, Value};

use super::record::{event, record};
use super::settings::SettingsArgs;
use super::{Failure, output};
use crate::clock::Clock;
use crate::config::Config;
use crate::issuer;
use crate::outgoing::Outgoing;
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
    Add(AddArgs),
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

#[derive(clap::Args, Debug)]
struct AddArgs {
    /// The id that the program will use
    client_id: String,
    /// What people read on pages
    #[arg(long)]
    name: Option<String>,
    /// An address that responses may go to; can be given more than once
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// The program cannot keep a secret: a command line, a desktop app, a page
    #[arg(long)]
    public: bool,
    /// The program runs on people's machines and gets the hand-off page
    #[arg(long)]
    native: bool,
    /// The scopes that it may ask for, as in "openid email"
    #[arg(long)]
    scope: Option<String>,
    /// Skip the question whether to sign in to it
    #[arg(long)]
    trusted: bool,
    /// Any other setting that clients have in doorstep.toml, as in code_lifetime=30
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    others: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it should look like KEY=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl AddArgs {
    /// The client without its secret.
    fn client(&self) -> Result<Client, Failure> {
        let mut table = Table::new();
        table.insert("client_id".into(), self.client_id.clone().into());
        table.insert("redirect_uris".into(), self.redirect_uris.clone().into());
        let texts = [("client_name", self.name.as_deref()), ("scope", self.scope.as_deref())];
        let flags = [
            ("token_endpoint_auth_method", self.public.then_some("none")),
            ("application_type", self.native.then_some("native")),
        ];
        for (key, text) in texts.into_iter().chain(flags) {
            if let Some(text) = text {
                table.insert(key.into(), text.into());
            }
        }
        if self.trusted {
            table.insert("trusted".into(), true.into());
        }
        for (key, text) in &self.others {
            if key == "client_secret" {
                return Err(Failure::new(
                    "a client's secret is made up here, not given: leave client_secret out",
                ));
            }
            table.insert(key.clone(), value(text));
        }
        Client::deserialize(table)
            .map_err(|error| Failure::new(error.message().trim_end().replace('\n', ", ")))
    }
}

/// A value as in TOML; what is none is a text without its quotes.
fn value(text: &str) -> Value {
    let table: Option<Table> = format!("value = {text}").parse().ok();
    table.and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}

/// Runs `doorstep client`.
pub async fn run(args: Args) -> Result<(), Failure> {
    let (config, db) = args.settings.open().await?;
    let done = match args.command {
        Command::Add(args) => add(&config, &db, &args).await,
        Command::List { json } => list(&config, &db, json).await,
        Command::RotateSecret { client_id } => rotate(&config, &db, &client_id).await,
        Command::RegistrationToken { days } => registration_token::run(&config, &db, days).await,
        Command::Remove { client_id } => remove(&config, &db, &client_id).await,
    };
    db.close().await;
    done
}

async fn add(config: &Config, db: &Db, args: &AddArgs) -> Result<(), Failure> {
    let mut client = args.client()?;
    if config.all_clients().iter().any(|known| known.client_id == client.client_id) {
        return Err(not_stored(&client.client_id));
    }
    let secret = client.token_endpoint_auth_method.uses_secret().then(new_secret);
    client.client_secret = secret.as_ref().map(|secret| ClientSecret::new(secret.expose()));
    let checked = client.check().and_then(|()| config.grants.check(&client));
    checked.map_err(|bad| Failure::new(bad.to_string()))?;
    check_factors(config, &client)?;
    check_sector(config, &client).await?;
    if !db.insert_client(&client, Clock::system().now()).await? {
        return Err(Failure::new(format!(
            "there is a client {} already; nothing was changed",
            client.client_id
        )));
    }
    record(db, event("client_added").client(&client.client_id), json!({})).await?;
    output::line(format!("The client {} was added.", client.client_id))?;
    if let Some(warning) = password_warning(&client) {
        eprintln!("doorstep: {warning}");
    }
    secret.map_or(Ok(()), |secret| show_secret(&secret))
}

/// A client that asks for what nobody can have lets nobody in.
fn check_factors(config: &Config, client: &Client) -> Result<(), Failure> {
    let factors = config.factors.settings();
    if !client.require_mfa || factors.can_be_met_at(&config.issuer_url().origin()) {
        return Ok(());
    }
    Err(Failure::new(
        "require_mfa asks for a second factor, and nobody can have one here: turn on totp in the section \
         [factors], or passkeys with an issuer that has a host name",
    ))
}

/// What the file of settings says is taken at its word; here a mistake can still be pointed out.
async fn check_sector(config: &Config, client: &Client) -> Result<(), Failure> {
    let settings = config.outgoing.settings().map_err(Failure::new)?;
    let outgoing = Outgoing::new(settings, Clock::system());
    let outgoing = outgoing.map_err(|error| Failure::new(error.to_string()))?;
    let checked = issuer::check_sector(&outgoing, client).await;
    checked.map_err(|bad| Failure::new(bad.to_string()))
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

/// A client as `--json` shows it: every setting but the secret.
#[derive(Serialize)]
struct Shown {
    source: &'static str,
    #[serde(flatten)]
    client: Client,
}

/// Where a client of the store comes from.
fn stored_source(client: &Client) -> &'static str {
    if client.stranger.is_some() { "registered itself" } else { "store" }
}

async fn list(config: &Config, db: &Db, json: bool) -> Result<(), Failure> {
    let source =
        |client: &Client| if client.client_id == DOORSTEP_CLI { "built in" } else { "file" };
    let configured =
        config.all_clients().into_iter().map(|client| Shown { source: source(&client), client });
    let stored = db
        .list_clients()
        .await?
        .into_iter()
        .map(|client| Shown { source: stored_source(&client), client });
    let mut shown: Vec<Shown> = configured.chain(stored).collect();
    for entry in &mut shown {
        entry.client.client_secret = None;
    }
    if json {
        return output::json(&shown);
    }
    let row = |Shown { source, client }: &Shown| {
        let kind = if client.is_public() { "public" } else { "confidential" };
        let name = client.client_name.clone();
        [
            client.client_id.clone(),
            name,
            kind.into(),
            (*source).into(),
            client.redirect_uris.join(" "),
        ]
    };
    let rows: Vec<_> = shown.iter().map(row).collect();
    output::table(["CLIENT", "NAME", "KIND", "SOURCE", "REDIRECT URIS"], &rows)
}
