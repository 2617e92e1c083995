//! `doorstep client add`.

use serde_json::json;
use toml::{Table, Value};

use super::{new_secret, not_stored, password_warning, show_secret};
use crate::cli::record::{event, record};
use crate::cli::{Failure, output};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::issuer;
use crate::outgoing::Outgoing;
use crate::protocol::client::{Client, ClientSecret};
use crate::store::Db;

/// Its arguments.
#[derive(clap::Args, Debug)]
pub struct Args {
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

impl Args {
    /// The client without its secret.
    fn client(&self) -> Result<Client, Failure> {
        let text = |option, key: &str, text: Option<&str>| {
            text.map(|text| (option, key.to_owned(), Value::from(text)))
        };
        let uris = (!self.redirect_uris.is_empty()).then(|| self.redirect_uris.clone().into());
        let options = [
            text("CLIENT_ID", "client_id", Some(&self.client_id)),
            uris.map(|uris| ("--redirect-uri", "redirect_uris".to_owned(), uris)),
            text("--name", "client_name", self.name.as_deref()),
            text("--scope", "scope", self.scope.as_deref()),
            text("--public", "token_endpoint_auth_method", self.public.then_some("none")),
            text("--native", "application_type", self.native.then_some("native")),
            self.trusted.then(|| ("--trusted", "trusted".to_owned(), true.into())),
        ];
        if self.others.iter().any(|(key, _)| key == "client_secret") {
            return Err(Failure::new(
                "a client's secret is made up here, not given: leave client_secret out",
            ));
        }
        let others = self.others.iter().map(|(key, text)| ("--set", key.clone(), value(text)));
        Ok(config::from_options(options.into_iter().flatten().chain(others))?)
    }
}

/// A value as in TOML; what is none is a text without its quotes.
fn value(text: &str) -> Value {
    let table: Option<Table> = format!("value = {text}").parse().ok();
    table.and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}

/// Adds a client.
pub async fn run(config: &Config, db: &Db, args: &Args) -> Result<(), Failure> {
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
        output::tell(format!("doorstep: {warning}"));
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
